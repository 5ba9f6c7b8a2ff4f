import { assert, describe, it } from "@effect/vitest"
import * as ReturnTo from "../../src/accounts/returnTo.js"
import * as FastCheck from "effect/FastCheck"

const app = "https://app.example"

/** Where a browser goes that is told to go there from a page of the app. */
const originOf = (location: string) => new URL(location, `${app}/callback`).origin

describe("ReturnTo", () => {
  it("keeps paths of the app, with their query and fragment", () => {
    for (const path of [
      "/",
      "/albums",
      "/albums/1?page=2&sort=name#third",
      "/search/my%20song",
      "/a//b",
      "/ü"
    ]) {
      const found = ReturnTo.path(path)
      assert.strictEqual(found, new URL(path, app).href.slice(app.length))
    }
  })

  it("F17: replaces what leads elsewhere, however it is spelt", () => {
    for (const wanted of [
      "//evil.example",
      "///evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "\\/evil.example",
      "https:evil.example",
      "https:/evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      "data:text/html,x",
      "%2f%2fevil.example",
      "/%2f%2fevil.example",
      "/%2Fevil.example",
      "/%5cevil.example",
      "/%5Cevil.example",
      "/\t/evil.example",
      "/\n/evil.example",
      "/\r/evil.example",
      " //evil.example",
      "/ /evil.example",
      "\u0000//evil.example",
      "/.//evil.example",
      "/a/..//evil.example",
      "/a/%2e%2e//evil.example",
      "/.%2e//evil.example",
      "evil.example",
      "@evil.example",
      "?next=//evil.example",
      "",
      `/${"a".repeat(2048)}`,
      null,
      undefined
    ]) {
      assert.strictEqual(ReturnTo.path(wanted), "/", JSON.stringify(wanted))
      assert.strictEqual(ReturnTo.path(wanted, "/home"), "/home", JSON.stringify(wanted))
    }
  })

  it("F17, F23: any text gives a path of the app", () => {
    const piece = FastCheck.constantFrom(
      "/",
      "\\",
      "//",
      "%2f",
      "%5C",
      "..",
      ".",
      "%2e",
      "@",
      ":",
      "?",
      "#",
      "\t",
      "\n",
      " ",
      "https:",
      "evil.example",
      "a",
      "\u0000",
      "\ud800"
    )
    const text = FastCheck.oneof(
      FastCheck.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
      FastCheck.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join("")}`),
      FastCheck.string({ unit: "binary" })
    )
    FastCheck.assert(
      FastCheck.property(text, (wanted) => {
        const found = ReturnTo.path(wanted)
        assert.isTrue(found.startsWith("/"), found)
        assert.strictEqual(originOf(found), app)
        // Checked again it stays as it is
        assert.strictEqual(ReturnTo.path(found), found)
      }),
      { numRuns: 5000, seed: 17 }
    )
  })
})
