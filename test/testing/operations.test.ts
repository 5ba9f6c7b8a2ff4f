import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { assert } from "vitest"
import { decodeResponse, operations } from "../../src/testing.js"
import * as Fixture from "../model/fixtures.js"

const problem = (operationId: string, json: unknown) =>
  Effect.map(Effect.flip(decodeResponse(operationId, json)), (error) =>
    error._tag === "DecodeError" ? `${error.operation} ${error.path}` : error._tag
  )

describe("operations", () => {
  it("are plain data", () => {
    assert.deepStrictEqual<unknown>(JSON.parse(JSON.stringify(operations)), operations)
    assert.deepStrictEqual(
      operations.find(({ operationId }) => operationId === "save-albums-user"),
      {
        operationId: "save-albums-user",
        group: "library",
        name: "saveAlbums",
        method: "PUT",
        path: "/me/albums",
        scopes: ["user-library-modify"],
        availability: "extended",
        idempotency: "idempotent",
        paging: "none"
      }
    )
  })

  it("that two methods share are as careful as the more careful one", () => {
    const shared = operations.find(({ operationId }) => operationId === "reorder-or-replace-playlists-items")
    assert.strictEqual(shared?.name, "replace")
    assert.strictEqual(shared?.idempotency, "command")
  })
})

describe("decodeResponse", () => {
  it.effect("gives what the client makes of an answer", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(
        yield* decodeResponse("get-track", { ...Fixture.track(1), artists: null }),
        { ...Fixture.track(1), artists: [] }
      )
      assert.deepStrictEqual(
        yield* decodeResponse("get-information-about-the-users-current-playback", undefined),
        Option.none()
      )
      assert.isTrue(
        Option.isOption(yield* decodeResponse("get-queue", { currently_playing: null, queue: [null] }))
      )
      assert.isUndefined(yield* decodeResponse("pause-a-users-playback", "anything"))
    })
  )

  it.effect("tries every use of an operation", () =>
    Effect.gen(function* () {
      const top = "get-users-top-artists-and-tracks"
      assert.property(yield* decodeResponse(top, Fixture.page([Fixture.track(1)])), "items")
      assert.property(yield* decodeResponse(top, Fixture.page([Fixture.artist(1)])), "items")
      assert.strictEqual(yield* problem(top, []), "me.topArtists ")
    })
  )

  it.effect("fails with types", () =>
    Effect.gen(function* () {
      const nameless = { ...Fixture.track(1), id: 7, uri: 7, href: null, external_urls: {} }
      assert.strictEqual(yield* problem("get-track", nameless), "tracks.get id")
      assert.strictEqual(yield* problem("get-track", undefined), "tracks.get ")
      assert.strictEqual(yield* problem("get-track", 1n), "tracks.get ")
      assert.strictEqual(yield* problem("get-a-life", {}), "UnknownOperation")
    })
  )
})
