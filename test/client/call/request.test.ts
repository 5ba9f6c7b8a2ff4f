/** The address and the body that the values of a caller become. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../src/client/call/endpoint.js"
import * as Request from "../../../src/client/call/request.js"

const thing = Endpoint.json(Schema.Unknown)<{ readonly id: unknown; readonly of?: unknown }>({
  operationId: "get-a-thing",
  group: "things",
  name: "get",
  method: "GET",
  path: "/things/{id}/parts",
  query: ["of"]
})

/** The address, or the name of the refused parameter and why. */
const address = (params: Record<string, unknown>) =>
  Either.match(Request.make("https://api.test/v1", thing, Request.partsOf(thing, params)), {
    onLeft: ({ parameter, problem }) => `${parameter} ${problem}`,
    onRight: ({ url }) => url.slice("https://api.test/v1".length)
  })

describe("the address of a request", () => {
  it("has texts, finite numbers, booleans and lists of them, each as what it is", () => {
    for (const [of, text] of [
      ["a b&c=d", "a%20b%26c%3Dd"],
      ["", ""],
      [0, "0"],
      [-1.5, "-1.5"],
      [true, "true"],
      [false, "false"],
      [["a", 1, false], "a%2C1%2Cfalse"],
      [[], ""]
    ] as const) {
      assert.strictEqual(address({ id: "one", of }), `/things/one/parts?of=${text}`)
    }
    assert.strictEqual(address({ id: 7, of: undefined }), "/things/7/parts")
  })

  it("has nothing else", () => {
    for (const value of [Number.NaN, Infinity, -Infinity, null, {}, Symbol("a"), () => "a", 1n]) {
      const problem = "is not text, a finite number or a boolean"
      assert.strictEqual(address({ id: "one", of: value }), `of ${problem}`)
      assert.strictEqual(address({ id: "one", of: ["a", value] }), `of ${problem}`)
      assert.strictEqual(address({ id: value }), `id ${problem}`)
    }
    for (const text of ["\ud800", "a\udc00"]) {
      assert.strictEqual(address({ id: "one", of: text }), "of is not well-formed Unicode")
      assert.strictEqual(address({ id: text }), "id is not well-formed Unicode")
    }
  })

  it("has one id where an id is", () => {
    for (const id of [undefined, ""]) {
      assert.strictEqual(address({ id }), "id is empty")
    }
    for (const id of [["one"], [], ".", "..", "../../me", "a/../b", "%2e%2E", "%25252e.", "\t.", "a\\.."]) {
      assert.strictEqual(address({ id }), "id is not an id", String(id))
    }
    assert.strictEqual(address({ id: "a..b" }), "/things/a..b/parts")
    assert.strictEqual(address({ id: "..." }), "/things/.../parts")
  })
})
