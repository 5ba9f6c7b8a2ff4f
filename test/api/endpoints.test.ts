import { describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert } from "vitest"
import { all } from "../../src/api/endpoints.js"
import * as Scope from "../../src/auth/Scope.js"

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")
const document = path.resolve(root, "../shared/spotify/openapi-official.yml")
const available = fs.existsSync(document)

/** Operation ids by method and route, as far as indentation tells. */
const operations = (): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  let route = ""
  let method = ""
  for (const line of fs.readFileSync(document, "utf8").split("\n")) {
    const [, newRoute] = /^ {2}(\/\S*):$/.exec(line) ?? []
    const [, newMethod] = /^ {4}(get|put|post|delete):$/.exec(line) ?? []
    const [, operationId] = /^ {6}operationId: (\S+)$/.exec(line) ?? []
    route = newRoute ?? route
    method = newMethod ?? method
    if (operationId !== undefined) {
      found.set(`${method.toUpperCase()} ${route}`, operationId)
    }
  }
  return found
}

describe("endpoints", () => {
  it("have names of their own", () => {
    const names = all.map(({ group, name }) => `${group}.${name}`)
    assert.strictEqual(new Set(names).size, names.length)
    assert.isAtLeast(names.length, 29)
  })

  it("need scopes that are documented", () => {
    const unknown = all
      .flatMap(({ scopes }) => scopes.flat())
      .filter((scope) => !(Scope.all as ReadonlyArray<string>).includes(scope))
    assert.deepStrictEqual(unknown, [])
  })

  it("page with limit, and with offset or a cursor", () => {
    for (const { name, paging, query } of all) {
      assert.strictEqual(query.includes("limit"), paging !== "none", name)
      assert.strictEqual(query.includes("offset"), paging === "offset", name)
    }
  })

  it.skipIf(!available)(`are Spotify's (skipped without ${path.relative(root, document)})`, () => {
    const official = operations()
    assert.isAtLeast(official.size, 90)
    for (const { method, operationId, path } of all) {
      assert.strictEqual(official.get(`${method} ${path}`), operationId, `${method} ${path}`)
    }
  })
})
