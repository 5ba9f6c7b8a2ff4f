import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assert } from "vitest"
import * as LibraryApi from "../../../src/client/api/LibraryApi.js"
import * as MeApi from "../../../src/client/api/MeApi.js"
import { ArtistId, ShowId, TrackId } from "../../../src/model/SpotifyId.js"
import type { SpotifyError } from "../../../src/client/SpotifyError.js"
import * as Fixture from "../../model/fixtures.js"
import { range, recorder, refused } from "./support.js"

const ids = range(70).map((index) => Fixture.id(index))

type Write = (ids: ReadonlyArray<never>) => Effect.Effect<void, SpotifyError>
type Contains = (ids: ReadonlyArray<never>) => Effect.Effect<ReadonlyMap<string, boolean>, SpotifyError>

const families = [
  ["Albums", 20],
  ["Tracks", 50],
  ["Episodes", 50],
  ["Shows", 50],
  ["Audiobooks", 50]
] as const

describe.each(families)("library, %s by id", (kind, size) => {
  const chunks = range(Math.ceil(ids.length / size)).map((index) =>
    ids.slice(index * size, (index + 1) * size)
  )

  it.effect(`saves and removes, ${size} to a request, each once`, () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      const library = LibraryApi.make(execute)
      for (const verb of ["save", "remove"] as const) {
        const write: Write = library[`${verb}${kind}`]
        yield* write([...ids, ...ids] as unknown as ReadonlyArray<never>)
        assert.deepStrictEqual(
          calls.splice(0),
          chunks.map((chunk) => ({ operation: `library.${verb}${kind}`, params: { ids: chunk } }))
        )
        yield* write([])
        assert.strictEqual(yield* refused(write(["a,b" as never])), "ids")
        assert.strictEqual(calls.length, 0)
      }
    })
  )

  it.effect("contains answers for each id", () =>
    Effect.gen(function* () {
      const saved = new Set(ids.filter((_, index) => index % 3 === 0))
      const { calls, execute } = recorder(({ ids }) =>
        (ids as ReadonlyArray<string>).map((id) => saved.has(id))
      )
      const contains: Contains = LibraryApi.make(execute)[`contains${kind}`]
      const result = yield* contains(ids as unknown as ReadonlyArray<never>)
      assert.deepStrictEqual(
        [...result],
        ids.map((id) => [id, saved.has(id)])
      )
      assert.strictEqual(calls.length, chunks.length)
      assert.strictEqual((yield* contains([])).size, 0)
    })
  )
})

describe("library", () => {
  it.effect("saves tracks as of a time", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      const library = LibraryApi.make(execute)
      const entries = ids.map((id) => ({ id: TrackId.make(id), added_at: "2026-01-31T12:00:00Z" }))
      yield* library.saveTracks(entries)
      assert.deepStrictEqual(calls, [
        { operation: "library.saveTracks", params: { timestamped_ids: entries.slice(0, 50) } },
        { operation: "library.saveTracks", params: { timestamped_ids: entries.slice(50) } }
      ])
      const odd = [{ id: TrackId.make(Fixture.id(1)), added_at: "yesterday" }]
      assert.strictEqual(yield* refused(library.saveTracks(odd)), "added_at")
      assert.strictEqual(calls.length, 2)
    })
  )

  it.effect("removes podcasts as of a market", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      yield* LibraryApi.make(execute).removeShows([ShowId.make(Fixture.id(1))], { market: "SE" })
      assert.deepStrictEqual(calls[0]?.params, { ids: [Fixture.id(1)], market: "SE" })
    })
  )
})

describe("me", () => {
  it.effect("follows artists and users", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(({ ids }) =>
        (ids as ReadonlyArray<string>).map((_, index) => index % 2 === 0)
      )
      const me = MeApi.make(execute)
      const artists = ids.map((id) => ArtistId.make(id))
      yield* me.follow("artist", artists)
      yield* me.unfollow("user", ["some body"])
      const follows = yield* me.follows("artist", artists)
      assert.strictEqual(follows.size, 70)
      assert.isTrue(follows.get(ArtistId.make(Fixture.id(0))))
      assert.deepStrictEqual(calls, [
        { operation: "me.follow", params: { type: "artist", ids: ids.slice(0, 50) } },
        { operation: "me.follow", params: { type: "artist", ids: ids.slice(50) } },
        { operation: "me.unfollow", params: { type: "user", ids: ["some body"] } },
        { operation: "me.follows", params: { type: "artist", ids: ids.slice(0, 50) } },
        { operation: "me.follows", params: { type: "artist", ids: ids.slice(50) } }
      ])
      assert.strictEqual(yield* refused(me.follow("user", ["a,b"])), "ids")
    })
  )
})
