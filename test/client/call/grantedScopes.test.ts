import { assert, describe, it } from "@effect/vitest"
import type { Scope } from "effect-spotify"
import { missing, missingAfterRefusal } from "../../../src/client/call/grantedScopes.js"

const publicOrPrivate: ReadonlyArray<Scope.Scope> = ["playlist-modify-public", "playlist-modify-private"]

describe("the scopes that a call lacks", () => {
  it("are those of no alternative before the call", () => {
    assert.deepStrictEqual(missing(["user-top-read", publicOrPrivate], ["playlist-modify-public"]), [
      "user-top-read"
    ])
    assert.deepStrictEqual(missing([publicOrPrivate, publicOrPrivate], []), publicOrPrivate)
    assert.deepStrictEqual(missing(["user-top-read"], ["user-top-read"]), [])
  })

  it("are the other alternative after Spotify's refusal, where nothing is certain to be lacking", () => {
    assert.deepStrictEqual(missingAfterRefusal([publicOrPrivate], ["playlist-modify-public"]), [
      "playlist-modify-private"
    ])
    assert.deepStrictEqual(
      missingAfterRefusal(["user-top-read", publicOrPrivate], ["playlist-modify-public"]),
      ["user-top-read"]
    )
    assert.deepStrictEqual(missingAfterRefusal([publicOrPrivate, publicOrPrivate], []), publicOrPrivate)
  })
})
