import { describe, it } from "@effect/vitest"
import { assert } from "vitest"
import { all } from "../../../src/client/api/endpoints.js"
import * as Scope from "../../../src/accounts/Scope.js"

describe("endpoints", () => {
  it("have names of their own", () => {
    const names = all.map(({ group, name }) => `${group}.${name}`)
    assert.strictEqual(new Set(names).size, names.length)
    assert.isAtLeast(names.length, 98)
  })

  it("need scopes that are documented", () => {
    const unknown = all
      .flatMap(({ scopes }) => scopes.flat())
      .filter((scope) => !(Scope.all as ReadonlyArray<string>).includes(scope))
    assert.deepStrictEqual(unknown, [])
  })

  it("page with limit, and with offset or a cursor", () => {
    // Recommendations have a limit, and no second page
    for (const { name, paging, query } of all.filter(({ group }) => group !== "recommendations")) {
      assert.strictEqual(query.includes("limit"), paging !== "none", name)
      assert.strictEqual(query.includes("offset"), paging === "offset", name)
    }
  })
})
