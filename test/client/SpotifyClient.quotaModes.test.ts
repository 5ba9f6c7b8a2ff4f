/** The same programs against the emulator in both quota modes, declared and found out. */
import { assert, describe, it } from "@effect/vitest"
import {
  LoginService,
  Paging,
  SessionService,
  SpotifyClient,
  type SpotifyConfig,
  SpotifyId,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

interface Mode {
  readonly declared: SpotifyConfig.QuotaMode
  readonly real: "development" | "extended"
  readonly batching?: boolean
}

const layer = ({ batching, declared, real }: Mode) =>
  SpotifyClient.layer({ batching }).pipe(
    Layer.provideMerge(SessionService.layerAuthorizationCode()),
    Layer.provide(TokenStore.layerMemory),
    Layer.provideMerge(SpotifyEmulator.layer({ quotaMode: real, config: { quotaMode: declared } }))
  )

const signIn = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const login = yield* LoginService.LoginService
  const { state, url } = yield* login.begin()
  yield* login.complete(yield* Effect.orDie(emulator.visit(url)), { state })
})

const unknown = "0000000000000000000000"

/** The ids, one of them twice and one that nothing has. */
const idsOf = <Id>(things: ReadonlyArray<{ readonly id: string }>, make: (id: string) => Id) => {
  const ids = things.slice(0, 60).map(({ id }) => id)
  return [...ids, unknown, ...ids.slice(0, 1)].map(make)
}

const namesOf = (things: ReadonlyArray<Option.Option<{ readonly id: string; readonly name: string }>>) =>
  things.map((thing) => Option.getOrNull(Option.map(thing, ({ id, name }) => `${id} ${name}`)))

const toNames = <A extends { readonly name: string }, E>(stream: Stream.Stream<A, E>) =>
  Effect.map(Stream.runCollect(stream), (chunk) => Chunk.toReadonlyArray(chunk).map(({ name }) => name))

/** What a program prints that backs up, lists and looks up. */
const output = Effect.gen(function* () {
  const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
  const spotify = yield* SpotifyClient.SpotifyClient
  const { AlbumId, ArtistId, AudiobookId, ChapterId, EpisodeId, ShowId, TrackId } = SpotifyId
  const market = "US"
  const artist = ArtistId.make(catalogue.artists[0]?.id ?? "")
  return {
    albums: namesOf(yield* spotify.albums.getMany(idsOf(catalogue.albums, AlbumId.make))),
    artists: namesOf(yield* spotify.artists.getMany(idsOf(catalogue.artists, ArtistId.make))),
    tracks: namesOf(yield* spotify.tracks.getMany(idsOf(catalogue.tracks, TrackId.make))),
    shows: namesOf(yield* spotify.shows.getMany(idsOf(catalogue.shows, ShowId.make), { market })),
    episodes: namesOf(yield* spotify.episodes.getMany(idsOf(catalogue.episodes, EpisodeId.make), { market })),
    audiobooks: namesOf(
      yield* spotify.audiobooks.getMany(idsOf(catalogue.audiobooks, AudiobookId.make), { market })
    ),
    chapters: namesOf(yield* spotify.chapters.getMany(idsOf(catalogue.chapters, ChapterId.make), { market })),
    single: yield* Effect.forEach(
      catalogue.albums.slice(0, 30),
      ({ id }) => Effect.map(spotify.albums.get(AlbumId.make(id)), ({ name }) => name),
      { concurrency: "unbounded" }
    ),
    discography: yield* toNames(spotify.artists.albums(artist)),
    ahead: yield* toNames(spotify.artists.albums(artist, { prefetch: 3 })),
    found: yield* toNames(spotify.search.tracks("a")),
    few: yield* Effect.map(
      spotify.library.savedTracks({ prefetch: 2 }).pipe(Paging.collect({ max: 25 })),
      ({ items, truncated }) => [truncated, ...items.map(({ track }) => track.name)]
    ),
    playlists: yield* toNames(spotify.playlists.mine())
  }
})

describe("the same programs give the same output", () => {
  const modes: ReadonlyArray<Mode> = [
    { declared: "development", real: "development" },
    { declared: "extended", real: "extended" },
    { declared: "extended", real: "extended", batching: true },
    { declared: "auto", real: "development" },
    { declared: "auto", real: "extended" },
    { declared: "development", real: "extended" }
  ]

  it.effect("in development mode, in extended mode, and where the mode is not declared", () =>
    Effect.gen(function* () {
      const runs = yield* Effect.forEach(modes, (mode) =>
        Effect.gen(function* () {
          yield* signIn
          const { controls } = yield* SpotifyEmulator.SpotifyEmulator
          const result = yield* output
          const requests = (yield* controls.requests).filter(({ target }) => target === "api")
          return { mode, result, requests }
        }).pipe(Effect.provide(layer(mode)))
      )
      const [first] = runs
      assert.isDefined(first)
      for (const [name, values] of Object.entries(first.result)) {
        assert.isAtLeast(values.length, 2, name)
      }
      for (const { mode, requests, result } of runs) {
        assert.deepStrictEqual(result, first.result, JSON.stringify(mode))
        const refused = requests.filter(({ status }) => status === 403 || status === 400)
        // Seven kinds of batches, and the limits of two lists
        assert.strictEqual(refused.length, mode.declared === "auto" && mode.real === "development" ? 9 : 0)
      }
      const count = (index: number) => runs[index]?.requests.length ?? 0
      assert.isBelow(count(1), count(0) / 3)
      assert.isBelow(count(2), count(1))
    })
  )
})
