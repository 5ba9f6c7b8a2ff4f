import { assert, it } from "@effect/vitest"
import { valuesOf } from "../../src/login/browserCookie.js"

it("every cookie of a name is found, without the blanks about it and with what else it holds", () => {
  for (const [header, expected] of [
    ["id=1", ["1"]],
    ["id=1; id=2;id=3", ["1", "2", "3"]],
    [" \tid\t = \t1 \t; other=2", ["1"]],
    ["other=2;\tid=1\t", ["1"]],
    ["id= ", [""]],
    ["id=", [""]],
    ["id=a b", ["a b"]],
    ["id=a=b", ["a=b"]],
    ['id="1"', ['"1"']],
    ["id=%31", ["%31"]],
    ["\u00a0id=1", []],
    ["id=\u00a01", ["\u00a01"]],
    ["id", []],
    ["=id", []],
    ["ID=1; xid=1; idx=1", []],
    ["", []]
  ] as const) {
    assert.deepStrictEqual(valuesOf(header, "id"), expected, JSON.stringify(header))
  }
})

it("a header that no browser sends holds none", () => {
  const header = (length: number) => `id=${"x".repeat(length - 3)}`
  assert.lengthOf(valuesOf(header(16 * 1024), "id"), 1)
  assert.lengthOf(valuesOf(header(16 * 1024 + 1), "id"), 0)
})
