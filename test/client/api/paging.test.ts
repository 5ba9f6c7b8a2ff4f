import { describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import * as Albums from "../../../src/client/api/Albums.js"
import * as Artists from "../../../src/client/api/Artists.js"
import * as Me from "../../../src/client/api/Me.js"
import { AlbumId, ArtistId } from "../../../src/model/SpotifyId.js"
import * as Fixture from "../../model/fixtures.js"
import { paged, type Params, range, recorder, refused } from "./support.js"

const album = AlbumId.make(Fixture.id(1))
const artist = ArtistId.make(Fixture.id(1))

const collect = <A, E>(stream: Stream.Stream<A, E>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

/** Three entries without the links that Spotify gives. */
const unlinked = (params: Params) => {
  const { items, limit, offset, total } = paged(3, (index) => index)(params)
  return { items, limit, offset, total }
}

describe("paging by offset", () => {
  it.effect("gives every entry once, in order", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(120, (index) => index))
      assert.deepStrictEqual<unknown>(
        yield* collect(Albums.make(execute).tracks(album, { market: "SE" })),
        range(120)
      )
      assert.deepStrictEqual(
        calls.map(({ params }) => params),
        [0, 50, 100].map((offset) => ({ id: album, market: "SE", offset, limit: 50 }))
      )
    })
  )

  it.effect("asks for no page before it is needed", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(1000, (index) => index))
      const stream = Albums.make(execute).tracks(album)
      assert.strictEqual(calls.length, 0)
      assert.strictEqual((yield* collect(Stream.take(stream, 50))).length, 50)
      assert.strictEqual(calls.length, 1)
      yield* collect(Stream.take(stream, 51))
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("starts at an offset with a limit of one's own", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(12, (index) => index))
      const stream = Artists.make(execute).albums(artist, { offset: 5, limit: 4 })
      assert.deepStrictEqual<unknown>(yield* collect(stream), range(7, 5))
      assert.deepStrictEqual(
        calls.map(({ params }) => params["offset"]),
        [5, 9]
      )
    })
  )

  it.effect("leaves out nulls, and counts them", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(100, (index) => (index % 2 === 0 ? null : index)))
      assert.strictEqual((yield* collect(Albums.make(execute).tracks(album))).length, 50)
      assert.strictEqual(calls.length, 2)
      const page = yield* Albums.make(execute).tracksPage(album, { limit: 4 })
      assert.deepStrictEqual<unknown>(page.items, [1, 3])
    })
  )

  it.effect(
    "goes on by what Spotify says the limit was, behind a page from which something was left out",
    () =>
      Effect.gen(function* () {
        const { calls, execute } = recorder((params) => ({
          ...paged(30, (index) => index)({ ...params, limit: 10 }),
          items: [params["offset"]]
        }))
        assert.deepStrictEqual<unknown>(yield* collect(Albums.make(execute).tracks(album)), [0, 10, 20])
        assert.strictEqual(calls.length, 3)
      })
  )

  const stops = (
    name: string,
    answer: Parameters<typeof recorder>[0],
    expected: ReadonlyArray<number>,
    pages: number
  ) =>
    it.effect(`ends ${name}`, () =>
      Effect.gen(function* () {
        const { calls, execute } = recorder(answer)
        assert.deepStrictEqual<unknown>(
          yield* collect(Albums.make(execute).tracks(album, { limit: 2 })),
          expected
        )
        assert.strictEqual(calls.length, pages)
      })
    )

  const next = "https://api.spotify.com/v1/next"

  stops(
    "where there is no next page, whatever the total",
    () => ({ items: [1, 2], limit: 2, offset: 0, next: null, total: 99 }),
    [1, 2],
    1
  )
  stops(
    "on an empty page, whatever it says of a next one",
    (_, __, call) => ({ items: call === 0 ? [1, 2] : [], limit: 2, offset: call * 2, next, total: 99 }),
    [1, 2],
    2
  )
  stops("on a page without a list", () => ({ items: null, limit: 2, offset: 0, next }), [], 1)
  stops(
    "on a page that does not advance, without its repeats",
    () => ({ items: [1, 2], limit: 2, offset: 0, next, total: 99 }),
    [1, 2],
    2
  )
  stops("by the total where no link is given", unlinked, [0, 1, 2], 2)

  it.effect("refuses limits and offsets that no app may have, before anything is sent", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(3, (index) => index))
      const { tracks, tracksPage } = Albums.make(execute)
      for (const limit of [0, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY]) {
        assert.strictEqual(yield* refused(collect(tracks(album, { limit }))), "limit")
        assert.strictEqual(yield* refused(tracksPage(album, { limit })), "limit")
      }
      for (const offset of [-1, Number.NaN, 0.5]) {
        assert.strictEqual(yield* refused(collect(tracks(album, { offset }))), "offset")
        assert.strictEqual(yield* refused(tracksPage(album, { offset })), "offset")
      }
      assert.strictEqual(calls.length, 0)
      // How many an app may ask for is Spotify's to say
      assert.strictEqual(yield* refused(tracksPage(album, { limit: 500 })), "accepted")
    })
  )
})

describe("paging by cursor", () => {
  const followed = (length: number, withCursors: boolean) => (params: Readonly<Record<string, unknown>>) => {
    const start = params["after"] === undefined ? 0 : Number(params["after"]) + 1
    const end = Math.min(length, start + Number(params["limit"] ?? 20))
    const more = end < length
    return {
      artists: {
        items: range(end - start, start).map((index) => ({ id: String(index) })),
        limit: 20,
        next: more ? "https://api.spotify.com/v1/next" : null,
        total: length,
        ...(withCursors ? { cursors: { after: more ? String(end - 1) : null } } : undefined)
      }
    }
  }

  it.effect("follows the last artist of each page", () =>
    Effect.gen(function* () {
      for (const withCursors of [true, false]) {
        const { calls, execute } = recorder(followed(120, withCursors))
        const artists = yield* collect(Me.make(execute).followedArtists())
        assert.deepStrictEqual<unknown>(
          artists.map(({ id }) => Number(id)),
          range(120)
        )
        assert.deepStrictEqual(
          calls.map(({ params }) => params),
          [
            { type: "artist", limit: 50 },
            { type: "artist", limit: 50, after: "49" },
            { type: "artist", limit: 50, after: "99" }
          ]
        )
      }
    })
  )

  it.effect("ends on an empty page and on one that does not advance", () =>
    Effect.gen(function* () {
      const next = "https://api.spotify.com/v1/next"
      const empty = recorder(() => ({ artists: { items: [], limit: 50, next, cursors: null } }))
      assert.deepStrictEqual(yield* collect(Me.make(empty.execute).followedArtists()), [])
      const stuck = recorder(() => ({
        artists: { items: [{ id: "1" }], limit: 50, next, cursors: { after: "1" } }
      }))
      assert.strictEqual((yield* collect(Me.make(stuck.execute).followedArtists())).length, 2)
      assert.strictEqual(stuck.calls.length, 2)
    })
  )

  it.effect("a page, and its parameters", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(followed(3, true))
      const me = Me.make(execute)
      const page = yield* me.followedArtistsPage({ limit: 2 })
      assert.strictEqual(page.cursors?.after, "1")
      assert.strictEqual(yield* refused(me.followedArtistsPage({ limit: 0 })), "limit")
      assert.strictEqual(yield* refused(Stream.runDrain(me.followedArtists({ limit: 0 }))), "limit")
      assert.strictEqual(calls.length, 1)
    })
  )
})
