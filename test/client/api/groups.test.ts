import { describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import * as AlbumsApi from "../../../src/client/api/AlbumsApi.js"
import * as ArtistsApi from "../../../src/client/api/ArtistsApi.js"
import * as LibraryApi from "../../../src/client/api/LibraryApi.js"
import * as MeApi from "../../../src/client/api/MeApi.js"
import * as SearchApi from "../../../src/client/api/SearchApi.js"
import * as TracksApi from "../../../src/client/api/TracksApi.js"
import { AlbumId, ArtistId, TrackId } from "../../../src/model/SpotifyId.js"
import * as SpotifyUri from "../../../src/model/SpotifyUri.js"
import * as Fixture from "../../model/fixtures.js"
import { paged, range, recorder, refused } from "./support.js"

const uris = (length: number) =>
  range(length).map((index) => SpotifyUri.make("track", TrackId.make(Fixture.id(index))))

describe("albums, artists, tracks", () => {
  it.effect("pass their parameters on", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(0, () => 0))
      const id = Fixture.id(1)
      yield* AlbumsApi.make(execute).get(AlbumId.make(id), { market: "SE" })
      yield* TracksApi.make(execute).get(TrackId.make(id))
      const artists = ArtistsApi.make(execute)
      yield* artists.get(ArtistId.make(id))
      yield* artists.albumsPage(ArtistId.make(id), { include_groups: ["single"], limit: 3 })
      yield* artists.albumsPage(ArtistId.make(id), { include_groups: [] })
      yield* Stream.runDrain(artists.albums(ArtistId.make(id)))
      assert.deepStrictEqual(calls, [
        { operation: "albums.get", params: { id, market: "SE" } },
        { operation: "tracks.get", params: { id } },
        { operation: "artists.get", params: { id } },
        { operation: "artists.albums", params: { id, include_groups: ["single"], limit: 3 } },
        { operation: "artists.albums", params: { id } },
        { operation: "artists.albums", params: { id, limit: 10, offset: 0 } }
      ])
    })
  )
})

describe("me", () => {
  it.effect("profile is asked anew each time it runs", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => Fixture.user)
      const { profile } = MeApi.make(execute)
      assert.strictEqual(calls.length, 0)
      yield* profile
      yield* profile
      assert.deepStrictEqual(calls, [
        { operation: "me.profile", params: {} },
        { operation: "me.profile", params: {} }
      ])
    })
  )

  it.effect("favourites", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(60, (index) => index))
      const me = MeApi.make(execute)
      yield* me.topArtistsPage({ time_range: "long_term" })
      yield* me.topTracksPage({ limit: 5 })
      assert.strictEqual(yield* Stream.runCount(me.topArtists()), 60)
      assert.strictEqual(
        yield* Stream.runCount(Stream.take(me.topTracks({ time_range: "short_term" }), 1)),
        1
      )
      assert.deepStrictEqual(calls, [
        { operation: "me.topArtists", params: { type: "artists", time_range: "long_term" } },
        { operation: "me.topTracks", params: { type: "tracks", limit: 5 } },
        { operation: "me.topArtists", params: { type: "artists", offset: 0, limit: 50 } },
        { operation: "me.topArtists", params: { type: "artists", offset: 50, limit: 50 } },
        {
          operation: "me.topTracks",
          params: { type: "tracks", time_range: "short_term", offset: 0, limit: 50 }
        }
      ])
    })
  )
})

describe("search", () => {
  const answer = (params: Readonly<Record<string, unknown>>) => ({
    tracks: paged(5000, (index) => (index === 1 ? null : { name: index }))(params),
    albums: paged(3, (index) => ({ name: index }))(params)
  })

  it.effect(
    "gives the pages of the types that were asked for, and an empty one for a page that is missing",
    () =>
      Effect.gen(function* () {
        const { calls, execute } = recorder(answer)
        const search = SearchApi.make(execute)
        const found = yield* search("x", {
          types: ["track", "show"],
          limit: 3,
          market: "SE",
          include_external: "audio"
        })
        assert.strictEqual(found.tracks.items.length, 2)
        assert.deepStrictEqual(found.shows.items, [])
        assert.notProperty(found, "albums")
        assert.deepStrictEqual(calls, [
          {
            operation: "search.search",
            params: { q: "x", type: ["track", "show"], limit: 3, market: "SE", include_external: "audio" }
          }
        ])
      })
  )

  it.effect("streams end at the thousandth entry and never ask beyond", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(answer)
      const search = SearchApi.make(execute)
      assert.strictEqual(yield* Stream.runCount(search.tracks("x")), 999)
      assert.strictEqual(calls.length, 100)
      assert.deepStrictEqual(calls.at(-1)?.params, { q: "x", type: ["track"], offset: 990, limit: 10 })
      yield* Stream.runDrain(search.tracks("x", { offset: 995 }))
      assert.deepStrictEqual(calls.at(-1)?.params, { q: "x", type: ["track"], offset: 995, limit: 5 })
      yield* Stream.runDrain(search.tracks("x", { offset: 1000 }))
      assert.strictEqual(calls.length, 101)
    })
  )

  it.effect("streams take as much as is needed, and end without a page", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(answer)
      const search = SearchApi.make(execute)
      const names = yield* search.albums("x", { market: "SE" }).pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual<unknown>(Chunk.toReadonlyArray(names), [{ name: 0 }, { name: 1 }])
      for (const stream of [
        search.artists,
        search.audiobooks,
        search.episodes,
        search.playlists,
        search.shows
      ]) {
        assert.strictEqual(yield* Stream.runCount<unknown, unknown, never>(stream("x")), 0)
      }
      assert.deepStrictEqual(
        calls.map(({ params }) => params["type"]),
        [["album"], ["artist"], ["audiobook"], ["episode"], ["playlist"], ["show"]]
      )
    })
  )

  it.effect("refuses what cannot work", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(answer)
      const search = SearchApi.make(execute)
      assert.strictEqual(yield* refused(search(" ", { types: ["track"] })), "q")
      assert.strictEqual(yield* refused(search("x", { types: [] })), "types")
      assert.strictEqual(yield* refused(search("x", { types: ["track"], limit: 0 })), "limit")
      assert.strictEqual(yield* refused(search("x", { types: ["track"], offset: 1000 })), "offset")
      assert.strictEqual(yield* refused(search("x", { types: ["track"], offset: 991, limit: 10 })), "offset")
      assert.strictEqual(yield* refused(Stream.runDrain(search.tracks(""))), "q")
      assert.strictEqual(yield* refused(Stream.runDrain(search.tracks("x", { limit: -1 }))), "limit")
      assert.strictEqual(calls.length, 0)
    })
  )
})

describe("library", () => {
  it.effect("lists", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(1, (index) => index))
      const library = LibraryApi.make(execute)
      for (const stream of [
        library.savedAlbums({ market: "SE" }),
        library.savedTracks({ market: "SE" }),
        library.savedEpisodes({ market: "SE" }),
        library.savedShows(),
        library.savedAudiobooks()
      ]) {
        assert.strictEqual(yield* Stream.runCount<unknown, unknown, never>(stream), 1)
      }
      const pages: ReadonlyArray<Effect.Effect<{ readonly items: ReadonlyArray<unknown> }, unknown>> = [
        library.savedAlbumsPage(),
        library.savedTracksPage(),
        library.savedEpisodesPage(),
        library.savedShowsPage(),
        library.savedAudiobooksPage()
      ]
      for (const page of pages) {
        const { items } = yield* page
        assert.deepStrictEqual(items, [0])
      }
      const names = ["savedAlbums", "savedTracks", "savedEpisodes", "savedShows", "savedAudiobooks"]
      assert.deepStrictEqual(
        calls.map(({ operation }) => operation),
        [...names, ...names].map((name) => `library.${name}`)
      )
      assert.deepStrictEqual(calls[0]?.params, { market: "SE", offset: 0, limit: 50 })
    })
  )

  it.effect("writes 40 at a time, in order, each once", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      const library = LibraryApi.make(execute)
      const all = uris(100)
      yield* library.save([...all, ...all])
      yield* library.remove(all.slice(0, 40))
      assert.deepStrictEqual(calls, [
        { operation: "library.save", params: { uris: all.slice(0, 40) } },
        { operation: "library.save", params: { uris: all.slice(40, 80) } },
        { operation: "library.save", params: { uris: all.slice(80) } },
        { operation: "library.remove", params: { uris: all.slice(0, 40) } }
      ])
    })
  )

  it.effect("contains answers for each URI", () =>
    Effect.gen(function* () {
      const all = uris(90)
      const saved = new Set(all.filter((_, index) => index % 3 === 0))
      const { calls, execute } = recorder(({ uris }) => (uris as typeof all).map((uri) => saved.has(uri)))
      const result = yield* LibraryApi.make(execute).contains([...all, ...all])
      assert.strictEqual(calls.length, 3)
      assert.deepStrictEqual([...result.keys()], [...all])
      assert.deepStrictEqual(
        all.filter((uri) => result.get(uri) === true),
        [...saved]
      )
    })
  )

  it.effect("asks nothing for nothing", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      const library = LibraryApi.make(execute)
      yield* library.save([])
      yield* library.remove([])
      assert.strictEqual((yield* library.contains([])).size, 0)
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("does not guess where answers are missing, and refuses what is no URI", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => [true])
      const library = LibraryApi.make(execute)
      assert.strictEqual(yield* refused(library.contains(uris(2))), "DecodeError")
      assert.strictEqual(calls.length, 1)
      for (const odd of ["", "spotify:track:1,spotify:track:2"]) {
        assert.strictEqual(yield* refused(library.save([odd as SpotifyUri.SpotifyUri])), "uris")
        assert.strictEqual(yield* refused(library.contains([odd as SpotifyUri.SpotifyUri])), "uris")
      }
      assert.strictEqual(calls.length, 1)
    })
  )
})
