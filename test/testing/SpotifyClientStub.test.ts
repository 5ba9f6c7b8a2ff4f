import { assert, describe, it } from "@effect/vitest"
import { Playlist, SpotifyClient, SpotifyId, Track } from "effect-spotify"
import { Fixtures, SpotifyClientStub } from "effect-spotify/testing"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Drift from "../../src/client/decode/drift.js"

const id = SpotifyId.TrackId.make("11dFghVXANMlKmJXsNCbNl")

/** What the test of a program gives: no answer is whole, and no type is forced. */
const StubLayer = SpotifyClientStub.layer({
  me: { profile: Effect.succeed({ display_name: "Ada" }) },
  tracks: {
    get: (id) => Effect.succeed({ id, name: "Dancing Queen" }),
    getMany: (ids) =>
      Effect.succeed(ids.map((id, index) => (index === 0 ? Option.some({ id }) : Option.none())))
  },
  player: {
    state: () => Effect.succeedSome({ is_playing: false }),
    devices: Effect.succeed([{ name: "Kitchen" }])
  },
  playlists: {
    mine: () => Stream.make({ name: "A" }, { name: "B" }),
    minePage: () => Effect.succeed(Fixtures.page([Fixtures.playlist({ name: "A" })]))
  },
  search: Object.assign(
    (query: string) => Effect.succeed({ tracks: Fixtures.page([Fixtures.track({ name: query })]) }),
    { albums: (query: string) => Stream.make({ name: query }) }
  )
})

/** The message of the defect that a use of the stub is. */
const defect = <A, E>(use: (spotify: SpotifyClient.Service) => Effect.Effect<A, E>) =>
  SpotifyClient.SpotifyClient.use(use).pipe(
    Effect.exit,
    Effect.map((exit) => (Exit.isFailure(exit) ? Cause.pretty(exit.cause).split("\n")[0] : "no failure"))
  )

describe("SpotifyClientStub", () => {
  it.effect("makes partial answers whole: things, options of them, lists and streams", () =>
    Effect.gen(function* () {
      const spotify = yield* SpotifyClient.SpotifyClient
      assert.deepStrictEqual(yield* spotify.me.profile, Fixtures.user({ display_name: "Ada" }))
      const track = yield* spotify.tracks.get(id)
      assert.deepStrictEqual(track, Fixtures.track({ id, name: "Dancing Queen" }))
      assert.deepStrictEqual(Drift.read(Track.Track)(track).findings, [])
      assert.deepStrictEqual(yield* spotify.tracks.getMany([id, id]), [
        Option.some(Fixtures.track({ id })),
        Option.none()
      ])
      assert.deepStrictEqual(
        yield* spotify.player.state(),
        Option.some(Fixtures.playbackState({ is_playing: false }))
      )
      assert.deepStrictEqual(yield* spotify.player.devices, [Fixtures.device({ name: "Kitchen" })])
      const mine = Chunk.toReadonlyArray(yield* Stream.runCollect(spotify.playlists.mine()))
      assert.deepStrictEqual(
        mine,
        ["A", "B"].map((name) => Fixtures.simplifiedPlaylist({ name }))
      )
      assert.deepStrictEqual(Drift.read(Playlist.SimplifiedPlaylist)(mine[0]).findings, [])
      assert.strictEqual((yield* spotify.playlists.minePage()).items[0]?.name, "A")
    }).pipe(Effect.provide(StubLayer))
  )

  it.effect("answers a search with the pages that were asked for, and streams them as well", () =>
    Effect.gen(function* () {
      const { search } = yield* SpotifyClient.SpotifyClient
      const found = yield* search("abba", { types: ["track", "album"] })
      assert.strictEqual(found.tracks.items[0]?.name, "abba")
      assert.deepStrictEqual(found.albums.items, [])
      const albums = yield* Stream.runCollect(search.albums("abba"))
      assert.deepStrictEqual(Chunk.toReadonlyArray(albums), [Fixtures.simplifiedAlbum({ name: "abba" })])
    }).pipe(Effect.provide(StubLayer))
  )

  it.effect("names what the test gave no answer for", () =>
    Effect.gen(function* () {
      const none = "was used and the test gave no answer for it"
      assert.strictEqual(
        yield* defect((spotify) => spotify.me.topTracks().pipe(Stream.runDrain)),
        `Error: SpotifyClient.me.topTracks ${none}`
      )
      assert.strictEqual(
        yield* defect((spotify) => spotify.albums.get(SpotifyId.AlbumId.make(id))),
        `Error: SpotifyClient.albums ${none}`
      )
      assert.strictEqual(
        yield* defect((spotify) => spotify.search.tracks("abba").pipe(Stream.runDrain)),
        `Error: SpotifyClient.search.tracks ${none}`
      )
      assert.strictEqual(
        yield* Effect.provide(
          defect((spotify) => spotify.search("abba", { types: ["track"] })),
          SpotifyClientStub.layer({ search: { tracks: () => Stream.empty } })
        ),
        `Error: SpotifyClient.search ${none}`
      )
    }).pipe(Effect.provide(StubLayer))
  )
})
