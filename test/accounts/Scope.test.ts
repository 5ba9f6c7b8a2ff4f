import { assert, describe, it } from "@effect/vitest"
import { Scope } from "effect-spotify"

describe("Scope", () => {
  it("reads and writes the space-separated form", () => {
    assert.deepStrictEqual(Scope.parse(" user-top-read  streaming user-top-read "), [
      "user-top-read",
      "streaming"
    ])
    assert.deepStrictEqual(Scope.parse(""), [])
    assert.strictEqual(Scope.format(["streaming", "user-soa-link", "streaming"]), "streaming user-soa-link")
  })

  it("tells what is missing, once each and in the order of the wanted", () => {
    assert.deepStrictEqual(
      Scope.missing(["streaming", "user-top-read", "streaming", "user-soa-link"], ["user-top-read"]),
      ["streaming", "user-soa-link"]
    )
    assert.deepStrictEqual(Scope.missing(["streaming"])(["streaming", "user-soa-link"]), ["user-soa-link"])
    assert.deepStrictEqual(Scope.missing([], ["streaming"]), [])
    assert.deepStrictEqual(Scope.missing(["streaming"], Scope.all), [])
  })

  it("lists the 19 documented scopes", () => {
    assert.strictEqual(new Set(Scope.all).size, 19)
  })
})
