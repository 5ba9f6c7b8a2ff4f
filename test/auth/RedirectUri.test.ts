import { assert, describe, it } from "@effect/vitest"
import { RedirectUri } from "effect-spotify"
import * as Either from "effect/Either"

const accepted = [
  "https://app.example/callback",
  "https://app.example/callback?from=spotify",
  "http://127.0.0.1:8888/callback",
  "http://127.0.0.1",
  "http://[::1]:8888/callback",
  "my-app://callback",
  "https://localhost.example/callback"
]

const refused: ReadonlyArray<readonly [string, RegExp]> = [
  ["http://localhost:8888/callback", /127\.0\.0\.1:8888\/callback/],
  ["https://localhost/callback", /127\.0\.0\.1/],
  ["http://app.example/callback", /https/],
  ["http://192.168.0.2/callback", /https/],
  ["http://127.0.0.2/callback", /127\.0\.0\.1/],
  ["https://app.example/#top", /fragment/],
  ["https://app.example/#", /fragment/],
  ["https://user:pw@app.example/", /user name/],
  ["javascript:alert(1)", /scheme/],
  ["data:text/html,x", /scheme/],
  ["/callback", /absolute/],
  ["", /absolute/],
  [" https://app.example/callback", /absolute/]
]

describe("RedirectUri", () => {
  for (const uri of accepted) {
    it(`accepts ${uri}`, () => {
      assert.deepStrictEqual(RedirectUri.validate(uri), Either.right(uri))
    })
  }

  for (const [uri, remedy] of refused) {
    it(`refuses ${JSON.stringify(uri)} with the remedy`, () => {
      const result = RedirectUri.validate(uri)
      assert.isTrue(Either.isLeft(result))
      assert.match(Either.isLeft(result) ? result.left : "", remedy)
    })
  }
})
