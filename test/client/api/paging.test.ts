import { describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import * as AlbumsApi from "../../../src/client/api/AlbumsApi.js"
import * as ArtistsApi from "../../../src/client/api/ArtistsApi.js"
import * as SearchApi from "../../../src/client/api/SearchApi.js"
import * as MeApi from "../../../src/client/api/MeApi.js"
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
        yield* collect(AlbumsApi.make(execute).tracks(album, { market: "SE" })),
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
      const stream = AlbumsApi.make(execute).tracks(album)
      assert.strictEqual(calls.length, 0)
      assert.strictEqual((yield* collect(Stream.take(stream, 50))).length, 50)
      assert.strictEqual(calls.length, 1)
      yield* collect(Stream.take(stream, 51))
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("requests no more than the entries that are wanted", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(1000, (index) => index))
      const { tracks } = AlbumsApi.make(execute)
      const asked = () => calls.splice(0).map(({ params }) => [params["offset"], params["limit"]])
      assert.deepStrictEqual<unknown>(yield* collect(tracks(album, { max: 10 })), range(10))
      assert.deepStrictEqual<unknown>(asked(), [[0, 10]])
      assert.deepStrictEqual<unknown>(yield* collect(tracks(album, { max: 3, offset: 7 })), range(3, 7))
      assert.deepStrictEqual<unknown>(asked(), [[7, 3]])
      assert.deepStrictEqual<unknown>(yield* collect(tracks(album, { max: 60, prefetch: 2 })), range(60))
      assert.deepStrictEqual<unknown>(asked().at(0), [0, 50])
      assert.deepStrictEqual(yield* collect(tracks(album, { max: 0 })), [])
      assert.deepStrictEqual<unknown>(asked(), [])
      const refusal = yield* Effect.flip(collect(tracks(album, { max: 1.5 })))
      assert.strictEqual(refusal._tag, "InvalidParameter")
    })
  )

  it.effect("starts at an offset with a limit of one's own", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(12, (index) => index))
      const stream = ArtistsApi.make(execute).albums(artist, { offset: 5, limit: 4 })
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
      assert.strictEqual((yield* collect(AlbumsApi.make(execute).tracks(album))).length, 50)
      assert.strictEqual(calls.length, 2)
      const page = yield* AlbumsApi.make(execute).tracksPage(album, { limit: 4 })
      assert.deepStrictEqual<unknown>(page.items, [1, 3])
    })
  )

  const next = (offset: number) => `https://api.spotify.com/v1/x?offset=${offset}&limit=50`

  it.effect("goes on where Spotify's link leads, behind a page from which something was left out", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((params) => {
        const offset = Number(params["offset"])
        return { items: [offset], limit: 10, offset, total: 30, next: offset < 20 ? next(offset + 10) : null }
      })
      assert.deepStrictEqual<unknown>(yield* collect(AlbumsApi.make(execute).tracks(album)), [0, 10, 20])
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("goes on behind the entries that came, where no link is likely", () =>
    Effect.gen(function* () {
      for (const link of [undefined, "https://api.spotify.com/v1/x", "%", next(0), next(1), next(5000)]) {
        const { calls, execute } = recorder((params) => ({
          ...paged(100, (index) => index)({ ...params, limit: 20 }),
          limit: 50,
          ...(Number(params["offset"]) < 80 ? { next: link } : {})
        }))
        assert.deepStrictEqual<unknown>(yield* collect(AlbumsApi.make(execute).tracks(album)), range(100))
        assert.strictEqual(calls.length, 5, link)
      }
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
          yield* collect(AlbumsApi.make(execute).tracks(album, { limit: 2 })),
          expected
        )
        assert.strictEqual(calls.length, pages)
      })
    )

  stops(
    "where there is no next page, also when asked for again, whatever the total",
    () => ({ items: [1, 2], limit: 2, offset: 0, next: null, total: 99 }),
    [1, 2],
    2
  )
  stops(
    "on a page that is not full, where neither a link nor a total is given",
    (params) => ({ items: range(5).slice(Number(params["offset"])).slice(0, 2) }),
    range(5),
    3
  )
  stops("where such a list does not advance, once that is seen again", () => ({ items: [1, 2] }), [1, 2], 3)
  stops(
    "with a page that has more than was asked for, and all there is",
    () => ({ items: range(5), limit: 2, offset: 0, next: null, total: 5 }),
    range(5),
    1
  )
  stops("on pages that say nothing, once asked for again", () => ({}), [], 2)
  stops(
    "after five pages in a row that are empty, also when asked for again",
    (params, _, call) => ({
      items: call === 0 ? [1, 2] : [],
      limit: 2,
      offset: params["offset"],
      next: next(Number(params["offset"]) + 2),
      total: 99
    }),
    [1, 2],
    11
  )
  stops(
    "on an empty page of a list that became shorter",
    (params, _, call) => ({
      items: call === 0 ? [1, 2] : [],
      limit: 2,
      offset: params["offset"],
      next: call === 0 ? next(2) : null,
      total: call === 0 ? 3 : 2
    }),
    [1, 2],
    2
  )
  stops(
    "on an empty page within the total, if it stays empty",
    (params, _, call) => ({
      items: call === 0 ? [1, 2] : [],
      limit: 2,
      offset: params["offset"],
      next: call === 0 ? next(2) : null,
      total: 4
    }),
    [1, 2],
    3
  )
  stops(
    "on a page that is shorter than its total, if it stays so",
    () => ({ items: [1], limit: 2, offset: 0, next: null, total: 99 }),
    [1],
    2
  )
  stops("on a page without a list", () => ({ items: null, limit: 2, offset: 0, next: next(2) }), [], 2)
  stops(
    "where a list that does not advance has given its total",
    () => ({ items: [1, 2], limit: 2, offset: 0, next: next(2), total: 2 }),
    [1, 2],
    3
  )
  stops("by the total where no link is given", unlinked, [0, 1, 2], 2)

  it.effect("a page of a search that is missing in the middle is asked for again", () =>
    Effect.gen(function* () {
      const answer = (missing: ReadonlyArray<number>) =>
        recorder((params, _, call) =>
          missing.includes(call) ? {} : { tracks: paged(30, (index) => index)(params) }
        )
      const once = answer([1])
      assert.deepStrictEqual<unknown>(yield* collect(SearchApi.make(once.execute).tracks("x")), range(30))
      assert.strictEqual(once.calls.length, 4)
      const gone = answer([1, 2])
      assert.deepStrictEqual<unknown>(yield* collect(SearchApi.make(gone.execute).tracks("x")), range(10))
      assert.strictEqual(gone.calls.length, 3)
    })
  )

  it.effect("says that a list of nulls may need a market", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const { execute } = recorder((params) => {
        const page = paged(60, () => null)(params)
        return { episodes: page, tracks: page, artists: paged(9, (index) => index)(params), ...page }
      })
      const search = SearchApi.make(execute)
      yield* Effect.all([
        collect(search.episodes("x")),
        search("x", { types: ["track", "artist"] }),
        AlbumsApi.make(execute).tracksPage(album),
        collect(MeApi.make(execute).topTracks()),
        // An empty list is no list of nulls
        AlbumsApi.make(recorder(paged(0, () => null)).execute).tracksPage(album)
      ]).pipe(
        Effect.provide(
          Logger.replace(
            Logger.defaultLogger,
            Logger.make(({ message }) => logged.push(String(message)))
          )
        )
      )
      const nulls = (operation: string, count: number) =>
        `${operation}: Spotify gives null for all ${count} entries of the page, as it does for entries that this app may not see`
      const market = " and without a market: set `market` in the call or the configuration"
      assert.deepStrictEqual(logged, [
        nulls("search.search", 10) + market,
        nulls("search.search", 20) + market,
        nulls("albums.tracks", 20) + market,
        nulls("me.topTracks", 50)
      ])
    })
  )

  it.effect("refuses limits and offsets that no app may have, before anything is sent", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(3, (index) => index))
      const { tracks, tracksPage } = AlbumsApi.make(execute)
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

interface Habit {
  /** Once in the place of the page. */
  readonly lie: ((params: Params) => unknown) | undefined
  /** How many of the wanted entries come. */
  readonly come: number
  readonly offset: "right" | "zero"
  readonly limit: number
  readonly total: "right" | "more" | "null"
  readonly link: "right" | "none" | "back" | "far"
}

/** What has nothing. */
const zeros = [
  () => ({ items: [], limit: 0, offset: 0, total: 0, next: null }),
  ({ limit, offset }: Params) => ({ items: [], limit, offset, total: 0, next: null }),
  () => ({ items: null, limit: 0, offset: 0 })
] as const

/** What a list says in the place of a page, once or for good. */
const contradictions: Record<string, (params: Params) => unknown> = {
  "a page of zeros": zeros[0],
  "a page of zeros with its limit": zeros[1],
  "a page without anything": zeros[2],
  "an empty page that is the last": ({ limit, offset }) => ({
    items: [],
    limit,
    offset,
    total: 230,
    next: null
  }),
  "the first page": (params) => paged(230, (index) => index)({ ...params, offset: 0 }),
  "the first page as the only one": () => ({ items: range(20), limit: 20, offset: 0, total: 20, next: null })
}

describe("a page that contradicts the ones before", () => {
  for (const [name, contradiction] of Object.entries(contradictions)) {
    for (const prefetch of [0, 3]) {
      const answers = (times: number) => {
        let left = times
        return recorder((params) => {
          if (params["offset"] !== 50 || left === 0) {
            return paged(230, (index) => index)(params)
          }
          left -= 1
          return contradiction(params)
        })
      }

      it.effect(`${name} is asked for again; ${prefetch} pages ahead`, () =>
        Effect.gen(function* () {
          const { calls, execute } = answers(1)
          const stream = AlbumsApi.make(execute).tracks(album, { prefetch })
          assert.deepStrictEqual<unknown>(yield* collect(stream), range(230))
          assert.strictEqual(calls.length, 6)
        })
      )

      it.effect(`${name} is a failure behind what came before it if it stays; ${prefetch} pages ahead`, () =>
        Effect.gen(function* () {
          const { execute } = answers(Number.POSITIVE_INFINITY)
          const came: Array<unknown> = []
          const error = yield* AlbumsApi.make(execute)
            .tracks(album, { prefetch })
            .pipe(
              Stream.runForEach((track) => Effect.sync(() => came.push(track))),
              Effect.flip
            )
          assert.deepStrictEqual<ReadonlyArray<unknown>>(came, range(50))
          assert.isTrue(error._tag === "ServiceUnavailable" && error.kind === "Contradiction")
          assert.match(error.message, /^albums\.tracks: a page of the list .*incomplete: try again later$/)
        })
      )
    }
  }

  it.effect("is asked for again where a single page is read, and a first one that stays so is taken", () =>
    Effect.gen(function* () {
      const zeros = { items: [], limit: 0, offset: 0, total: 0, next: null }
      const once = recorder((params, _, call) => (call === 0 ? zeros : paged(9, (index) => index)(params)))
      const albums = AlbumsApi.make(once.execute)
      assert.deepStrictEqual<unknown>((yield* albums.tracksPage(album, { limit: 5 })).items, range(5))
      const always = AlbumsApi.make(recorder(() => zeros).execute)
      assert.deepStrictEqual((yield* always.tracksPage(album)).items, [])
      assert.deepStrictEqual(yield* collect(always.tracks(album)), [])
      const error = yield* Effect.flip(always.tracksPage(album, { offset: 5 }))
      assert.strictEqual(error._tag, "ServiceUnavailable")
    })
  )

  it.effect("whatever a list of estimates says, it ends", () =>
    Effect.gen(function* () {
      const { execute } = recorder((params) => ({
        tracks: Number(params["offset"]) < 20 ? { ...paged(40, (_) => _)(params), total: 900 } : empty(params)
      }))
      const empty = ({ limit, offset }: Params) => ({ items: [], limit, offset, total: 0, next: null })
      assert.deepStrictEqual<unknown>(yield* collect(SearchApi.make(execute).tracks("x")), range(20))
    })
  )

  it.effect("an empty page in the middle is passed over", () =>
    Effect.gen(function* () {
      for (const prefetch of [0, 2]) {
        const { execute } = recorder((params) => {
          const page = paged(150, (index) => index)(params)
          return params["offset"] === 50 ? { ...page, items: [], next: next(100) } : page
        })
        const tracks = yield* collect(AlbumsApi.make(execute).tracks(album, { prefetch }))
        assert.deepStrictEqual<unknown>(tracks, [...range(50), ...range(50, 100)])
      }
    })
  )

  const next = (offset: number) => `https://api.spotify.com/v1/x?offset=${offset}&limit=50`

  it.effect("any list comes whole, whatever its pages say of themselves", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.nat(230),
          FastCheck.constantFrom(0, 1, 3),
          FastCheck.infiniteStream(
            FastCheck.record<Habit>({
              lie: FastCheck.constantFrom(undefined, undefined, ...zeros),
              come: FastCheck.integer({ min: 1, max: 50 }),
              offset: FastCheck.constantFrom("right", "zero"),
              limit: FastCheck.constantFrom(0, 20, 50),
              total: FastCheck.constantFrom("right", "more", "null"),
              link: FastCheck.constantFrom("right", "none", "back", "far")
            })
          ),
          (length, prefetch, habits) => {
            const lied = new Set<unknown>()
            const { execute } = recorder((params) => {
              const habit: Habit = habits.next().value
              const offset = Number(params["offset"])
              // The first page and the ones behind the last entry have nothing to contradict
              if (habit.lie !== undefined && offset > 0 && offset + 50 < length && !lied.has(offset)) {
                lied.add(offset)
                return habit.lie(params)
              }
              const page = paged(length, (index) => (index % 7 === 3 ? null : index))({
                offset,
                limit: habit.come
              })
              const links = {
                right: next(offset + page.items.length),
                none: next(0).slice(0, 28),
                back: next(0),
                far: next(9000)
              }
              return {
                items: page.items,
                limit: habit.limit,
                offset: habit.offset === "zero" ? 0 : offset,
                total: { right: length, more: length + 40, null: null }[habit.total],
                next: page.next === null ? null : links[habit.link]
              }
            })
            return Effect.runPromise(
              Effect.map(collect(AlbumsApi.make(execute).tracks(album, { prefetch })), (tracks) =>
                assert.deepStrictEqual<unknown>(
                  tracks,
                  range(length).filter((index) => index % 7 !== 3)
                )
              )
            )
          }
        ),
        { seed: 14, numRuns: 300 }
      )
    )
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
        const artists = yield* collect(MeApi.make(execute).followedArtists())
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

  const linked = (after: number) => `https://api.spotify.com/v1/me/following?type=artist&after=${after}`

  it.effect("takes the cursor of the link where the page has none", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((params) => {
        const { artists } = followed(120, false)(params)
        const last = artists.items.at(-1)
        return {
          artists: {
            ...artists,
            items: [...artists.items.slice(0, -1), null],
            next: artists.next && linked(Number(last?.id))
          }
        }
      })
      const artists = yield* collect(MeApi.make(execute).followedArtists())
      assert.deepStrictEqual<unknown>(
        artists.map(({ id }) => Number(id)),
        range(120).filter((index) => ![49, 99, 119].includes(index))
      )
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("an empty page in the middle is passed over, endless ones end", () =>
    Effect.gen(function* () {
      const { execute } = recorder((params) => {
        const { artists } = followed(120, true)(params)
        return params["after"] === "49"
          ? { artists: { ...artists, items: [], cursors: null, next: linked(99) } }
          : { artists }
      })
      assert.strictEqual((yield* collect(MeApi.make(execute).followedArtists())).length, 70)
      const endless = recorder((_, __, call) => ({
        artists: { items: [], limit: 50, cursors: null, next: linked(call), total: 900 }
      }))
      assert.deepStrictEqual(yield* collect(MeApi.make(endless.execute).followedArtists()), [])
      assert.isAtMost(endless.calls.length, 10)
    })
  )

  for (const [name, contradiction] of Object.entries({
    "of zeros": { items: [], limit: 0, total: 0, next: null, cursors: null },
    "without entries that is the last": { items: [], limit: 50, total: 160, next: null, cursors: null },
    "that does not say where the list goes on": {
      items: [null],
      limit: 50,
      total: 160,
      next: "https://api.spotify.com/v1/me/following"
    }
  })) {
    it.effect(`a page ${name} is asked for again, and then a failure`, () =>
      Effect.gen(function* () {
        const answers = (times: number) => {
          let left = times
          return recorder((params) => {
            if (params["after"] !== "49" || left === 0) {
              return followed(160, true)(params)
            }
            left -= 1
            return { artists: contradiction }
          })
        }
        const once = answers(1)
        assert.strictEqual((yield* collect(MeApi.make(once.execute).followedArtists())).length, 160)
        assert.strictEqual(once.calls.length, 5)
        const always = MeApi.make(answers(Number.POSITIVE_INFINITY).execute)
        const error = yield* Effect.flip(collect(always.followedArtists()))
        assert.isTrue(error._tag === "ServiceUnavailable" && error.kind === "Contradiction")
      })
    )
  }

  it.effect("ends where the total says, although a link that leads nowhere says more", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((params) => {
        const { artists } = followed(101, true)(params)
        return {
          artists:
            params["after"] === "99"
              ? { ...artists, items: [null], next: "https://api.spotify.com/v1/me/following", cursors: null }
              : artists
        }
      })
      assert.strictEqual((yield* collect(MeApi.make(execute).followedArtists())).length, 100)
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("ends on an empty page and on one that does not advance", () =>
    Effect.gen(function* () {
      const next = "https://api.spotify.com/v1/next"
      const empty = recorder(() => ({ artists: { items: [], limit: 50, next, cursors: null } }))
      assert.deepStrictEqual(yield* collect(MeApi.make(empty.execute).followedArtists()), [])
      const stuck = recorder(() => ({
        artists: { items: [{ id: "1" }], limit: 50, next, cursors: { after: "1" } }
      }))
      assert.strictEqual((yield* collect(MeApi.make(stuck.execute).followedArtists())).length, 2)
      assert.strictEqual(stuck.calls.length, 2)
    })
  )

  it.effect("goes on by a cursor where the link is missing and the total says more, and no further", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((params) => {
        const { artists } = followed(120, true)(params)
        return { artists: { ...artists, next: null, cursors: { after: String(artists.items.at(-1)?.id) } } }
      })
      assert.strictEqual((yield* collect(MeApi.make(execute).followedArtists())).length, 120)
      // A page without a link is asked for once more if the total says that others follow
      assert.deepStrictEqual(
        calls.map(({ params }) => params["after"]),
        [undefined, undefined, "49", "49", "99"]
      )
    })
  )

  it.effect("a page, and its parameters", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(followed(3, true))
      const me = MeApi.make(execute)
      const page = yield* me.followedArtistsPage({ limit: 2 })
      assert.strictEqual(page.cursors?.after, "1")
      assert.strictEqual(yield* refused(me.followedArtistsPage({ limit: 0 })), "limit")
      assert.strictEqual(yield* refused(Stream.runDrain(me.followedArtists({ limit: 0 }))), "limit")
      assert.strictEqual(calls.length, 1)
    })
  )
})
