import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import * as AlbumsApi from "../../../src/client/api/AlbumsApi.js"
import * as ArtistsApi from "../../../src/client/api/ArtistsApi.js"
import * as AudiobooksApi from "../../../src/client/api/AudiobooksApi.js"
import * as BrowseApi from "../../../src/client/api/BrowseApi.js"
import * as ChaptersApi from "../../../src/client/api/ChaptersApi.js"
import * as EpisodesApi from "../../../src/client/api/EpisodesApi.js"
import * as MarketsApi from "../../../src/client/api/MarketsApi.js"
import * as RecommendationsApi from "../../../src/client/api/RecommendationsApi.js"
import * as ShowsApi from "../../../src/client/api/ShowsApi.js"
import * as TracksApi from "../../../src/client/api/TracksApi.js"
import * as UsersApi from "../../../src/client/api/UsersApi.js"
import type { Execute } from "../../../src/client/call/endpoint.js"
import { ArtistId, AudiobookId, ChapterId, EpisodeId, ShowId, TrackId } from "../../../src/model/SpotifyId.js"
import type { SpotifyError } from "../../../src/client/SpotifyError.js"
import * as Fixture from "../../model/fixtures.js"
import { paged, type Params, range, recorder, refused } from "./support.js"

const ids = range(120).map((index) => Fixture.id(index))

/** A batch under the name of its group, in which every third thing is missing. */
const batch = (params: Params, { path }: { readonly path: string }) => ({
  [path.slice(1).replaceAll("-", "_")]: (params["ids"] as ReadonlyArray<string>).map((id) =>
    ids.indexOf(id) % 3 === 0 ? null : id
  )
})

type Several = (
  ids: ReadonlyArray<never>,
  options?: { readonly market?: string | undefined }
) => Effect.Effect<ReadonlyArray<Option.Option<unknown>>, SpotifyError>

const batches: ReadonlyArray<readonly [name: string, size: number, of: (execute: Execute) => Several]> = [
  ["albums.getSeveral", 20, (execute) => AlbumsApi.make(execute).getSeveral],
  ["artists.getSeveral", 50, (execute) => ArtistsApi.make(execute).getSeveral],
  ["audiobooks.getSeveral", 50, (execute) => AudiobooksApi.make(execute).getSeveral],
  ["chapters.getSeveral", 50, (execute) => ChaptersApi.make(execute).getSeveral],
  ["episodes.getSeveral", 50, (execute) => EpisodesApi.make(execute).getSeveral],
  ["shows.getSeveral", 50, (execute) => ShowsApi.make(execute).getSeveral],
  ["tracks.getSeveral", 50, (execute) => TracksApi.make(execute).getSeveral],
  ["tracks.severalAudioFeatures", 100, (execute) => TracksApi.make(execute).severalAudioFeatures]
]

describe.each(batches)("%s", (name, size, of) => {
  it.effect(`gives everything in its order, ${size} to a request`, () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(batch)
      const several = of(execute)
      const found = yield* several([...ids, ...ids.slice(0, 2)] as unknown as ReadonlyArray<never>)
      assert.deepStrictEqual(
        found.map(Option.getOrNull),
        [...ids, ...ids.slice(0, 2)].map((id) => (ids.indexOf(id) % 3 === 0 ? null : id))
      )
      assert.strictEqual(calls.length, Math.ceil(ids.length / size))
      assert.isTrue(calls.every(({ operation }) => operation === name))
      assert.deepStrictEqual(calls[0]?.params["ids"], ids.slice(0, size))
    })
  )

  it.effect("asks nothing for nothing, and refuses what is no id", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(batch)
      const several = of(execute)
      assert.deepStrictEqual(yield* several([]), [])
      assert.strictEqual(yield* refused(several(["a,b" as never])), "ids")
      assert.strictEqual(yield* refused(several(["" as never])), "ids")
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("does not guess where answers are missing", () =>
    Effect.gen(function* () {
      const { execute } = recorder((params, { path }) => ({
        [path.slice(1).replaceAll("-", "_")]: (params["ids"] as ReadonlyArray<string>).slice(1)
      }))
      assert.strictEqual(yield* refused(of(execute)(ids as unknown as ReadonlyArray<never>)), "DecodeError")
    })
  )
})

describe("shows, episodes, audiobooks, chapters", () => {
  it.effect("pass their parameters on", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(60, (index) => index))
      const id = Fixture.id(1)
      yield* ShowsApi.make(execute).get(ShowId.make(id), { market: "SE" })
      yield* ShowsApi.make(execute).episodesPage(ShowId.make(id), { limit: 3 })
      assert.strictEqual(yield* Stream.runCount(ShowsApi.make(execute).episodes(ShowId.make(id))), 60)
      yield* EpisodesApi.make(execute).get(EpisodeId.make(id), { market: "SE" })
      yield* AudiobooksApi.make(execute).get(AudiobookId.make(id))
      yield* AudiobooksApi.make(execute).chaptersPage(AudiobookId.make(id), { offset: 3 })
      assert.strictEqual(
        yield* Stream.runCount(AudiobooksApi.make(execute).chapters(AudiobookId.make(id))),
        60
      )
      yield* ChaptersApi.make(execute).get(ChapterId.make(id), { market: "US" })
      assert.deepStrictEqual(calls, [
        { operation: "shows.get", params: { id, market: "SE" } },
        { operation: "shows.episodes", params: { id, limit: 3 } },
        { operation: "shows.episodes", params: { id, offset: 0, limit: 50 } },
        { operation: "shows.episodes", params: { id, offset: 50, limit: 50 } },
        { operation: "episodes.get", params: { id, market: "SE" } },
        { operation: "audiobooks.get", params: { id } },
        { operation: "audiobooks.chapters", params: { id, offset: 3 } },
        { operation: "audiobooks.chapters", params: { id, offset: 0, limit: 50 } },
        { operation: "audiobooks.chapters", params: { id, offset: 50, limit: 50 } },
        { operation: "chapters.get", params: { id, market: "US" } }
      ])
    })
  )
})

describe("what is closed", () => {
  const id = Fixture.id(1)

  it.effect("of artists and tracks", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => ({ tracks: [1, null, 2], artists: [null, 3] }))
      const artists = ArtistsApi.make(execute)
      assert.deepStrictEqual<unknown>(yield* artists.topTracks(ArtistId.make(id), { market: "SE" }), [1, 2])
      assert.deepStrictEqual<unknown>(yield* artists.relatedArtists(ArtistId.make(id)), [3])
      yield* TracksApi.make(execute).audioFeatures(TrackId.make(id))
      yield* TracksApi.make(execute).audioAnalysis(TrackId.make(id))
      assert.deepStrictEqual(calls, [
        { operation: "artists.topTracks", params: { id, market: "SE" } },
        { operation: "artists.relatedArtists", params: { id } },
        { operation: "tracks.audioFeatures", params: { id } },
        { operation: "tracks.audioAnalysis", params: { id } }
      ])
    })
  )

  it.effect("of browsing", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((params) => {
        const page = paged(60, (index) => (index === 1 ? null : index))(params)
        return { message: "Evening", categories: page, albums: page, playlists: page }
      })
      const browse = BrowseApi.make(execute)
      assert.strictEqual(yield* Stream.runCount(browse.categories({ locale: "sv_SE" })), 59)
      assert.strictEqual((yield* browse.categoriesPage()).items.length, 19)
      assert.strictEqual(yield* Stream.runCount(browse.newReleases()), 59)
      assert.strictEqual((yield* browse.newReleasesPage({ limit: 2 })).items.length, 1)
      yield* browse.category("party", { locale: "sv_SE" })
      const featured = yield* browse.featuredPlaylists({ limit: 3, locale: "sv_SE" })
      assert.strictEqual(featured.message, "Evening")
      assert.strictEqual(featured.playlists.items.length, 2)
      assert.strictEqual((yield* browse.categoryPlaylists("party", { offset: 0 })).playlists.items.length, 19)
      assert.strictEqual(yield* refused(browse.categoryPlaylists("party", { limit: 0 })), "limit")
      assert.strictEqual(yield* refused(browse.categoriesPage({ offset: -1 })), "offset")
      assert.deepStrictEqual(
        calls.map(({ operation }) => operation),
        [
          "categories",
          "categories",
          "categories",
          "newReleases",
          "newReleases",
          "newReleases",
          "category",
          "featuredPlaylists",
          "categoryPlaylists"
        ].map((name) => `browse.${name}`)
      )
      assert.deepStrictEqual(calls.at(-1)?.params, { category_id: "party", offset: 0 })
    })
  )

  it.effect("of recommendations and markets", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => ({ genres: ["ska"], markets: ["SE"] }))
      const recommendations = RecommendationsApi.make(execute)
      yield* recommendations.get({
        seed_artists: [ArtistId.make(id)],
        seed_genres: ["ska"],
        seed_tracks: [],
        limit: 100,
        min_tempo: 120,
        target_valence: 0.9
      })
      assert.deepStrictEqual(yield* recommendations.genreSeeds, ["ska"])
      assert.deepStrictEqual(yield* MarketsApi.make(execute).available, ["SE"])
      assert.deepStrictEqual(calls, [
        {
          operation: "recommendations.get",
          params: {
            seed_artists: [id],
            seed_genres: ["ska"],
            limit: 100,
            min_tempo: 120,
            target_valence: 0.9
          }
        },
        { operation: "recommendations.genreSeeds", params: {} },
        { operation: "markets.available", params: {} }
      ])
      assert.strictEqual(yield* refused(recommendations.get({})), "seed_artists")
      const six = ["a", "b", "c", "d", "e", "f"]
      assert.strictEqual(yield* refused(recommendations.get({ seed_genres: six })), "seed_artists")
      for (const limit of [0, 101, 1.5]) {
        assert.strictEqual(yield* refused(recommendations.get({ seed_genres: ["a"], limit })), "limit")
      }
      assert.strictEqual(calls.length, 3)
    })
  )

  it.effect("of users", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(3, (index) => index))
      const users = UsersApi.make(execute)
      yield* users.get("some body")
      yield* users.playlistsPage("x", { limit: 2 })
      assert.strictEqual(yield* Stream.runCount(users.playlists("x")), 3)
      yield* users.createPlaylist("x", { name: "A", public: false })
      assert.strictEqual(yield* refused(users.createPlaylist("x", { name: "" })), "name")
      assert.deepStrictEqual(calls, [
        { operation: "users.get", params: { user_id: "some body" } },
        { operation: "users.playlists", params: { user_id: "x", limit: 2 } },
        { operation: "users.playlists", params: { user_id: "x", offset: 0, limit: 50 } },
        { operation: "users.createPlaylist", params: { user_id: "x", name: "A", public: false } }
      ])
    })
  )
})
