/** The client against the emulator: every flow and every operation, in both quota modes. */
import { assert, describe, it } from "@effect/vitest"
import {
  CallOptions,
  Accounts,
  LoginService,
  type Scope,
  SessionService,
  SpotifyClient,
  type SpotifyConfig,
  type SpotifyError,
  SpotifyId,
  SpotifyUri,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { all } from "../src/client/api/endpoints.js"
import { expectNoLeak } from "./support/canaries.js"

type Emulated = SpotifyEmulator.SpotifyEmulator | SpotifyConfig.SpotifyConfig | HttpClient.HttpClient

/** Where the emulator sends what Spotify does not document, as Spotify does. All else is a fault of one of the two. */
const habits = new Set(["primary_color", "video_thumbnail", "track", "episode"])

/** Nulls that Spotify sends: a hidden playlist among those found, and no cursors where nothing was played. */
const nulls = /^(search\.search playlists\.items\[\d+\]|player\.recentlyPlayed cursors)$/

const unexpected: Array<string> = []

const client = SpotifyClient.layer({
  onDrift: ({ kind, operation, path }) =>
    Effect.sync(() => {
      const expected =
        kind === "UnknownMember"
          ? habits.has(path.split(".").at(-1) ?? "")
          : kind === "UndocumentedNull" && nulls.test(`${operation} ${path}`)
      if (!expected) {
        unexpected.push(`${operation} ${path} ${kind}`)
      }
    })
})

const userLayer = (options: SpotifyEmulator.Options = {}) =>
  client.pipe(
    Layer.provideMerge(
      options.app === "public" ? SessionService.layerPkce() : SessionService.layerAuthorizationCode()
    ),
    Layer.provide(TokenStore.layerMemory),
    Layer.provideMerge(SpotifyEmulator.layer(options))
  )

const appLayer = (options: SpotifyEmulator.Options = {}) =>
  client.pipe(
    Layer.provideMerge(SessionService.layerClientCredentials()),
    Layer.provide(TokenStore.layerMemory),
    Layer.provideMerge(SpotifyEmulator.layer(options))
  )

const signIn = (options?: {
  readonly user?: string
  readonly decision?: "allow" | "deny"
  readonly scopes?: ReadonlyArray<Scope.Scope>
}) =>
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    const login = yield* LoginService.LoginService
    const { state, url } = yield* login.begin(options?.scopes && { scopes: options.scopes })
    return yield* login.complete(yield* Effect.orDie(emulator.visit(url, options)), { state })
  })

const toArray = <A, E>(stream: Stream.Stream<A, E>) =>
  Effect.map(Stream.runCollect(stream), (chunk) => [...chunk])

const jpeg = new Uint8Array([
  0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9
])

/** Uses what every app may call once each, and checks that what was written can be read. */
const everything = Effect.gen(function* () {
  const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
  const spotify = yield* SpotifyClient.SpotifyClient
  const artistId = SpotifyId.ArtistId.make(catalogue.artists[0]?.id ?? "")
  const long = catalogue.albums.reduce((a, b) => (a.trackIds.length > b.trackIds.length ? a : b))
  const albumId = SpotifyId.AlbumId.make(long.id)

  const artist = yield* spotify.artists.get(artistId)
  assert.strictEqual(artist.name, catalogue.artists[0]?.name)
  const albums = yield* toArray(spotify.artists.albums(artistId))
  assert.isAbove(albums.length, 10)
  assert.strictEqual(new Set(albums.map((album) => album.id)).size, albums.length)
  assert.strictEqual((yield* spotify.artists.albumsPage(artistId, { limit: 3, offset: 2 })).items.length, 3)

  const album = yield* spotify.albums.get(albumId)
  assert.strictEqual(album.total_tracks, long.trackIds.length)
  const tracks = yield* toArray(spotify.albums.tracks(albumId))
  assert.deepStrictEqual(
    tracks.map((track) => track.id),
    long.trackIds as ReadonlyArray<string>
  )
  assert.strictEqual((yield* spotify.albums.tracksPage(albumId, { limit: 5 })).total, long.trackIds.length)

  const trackIds = long.trackIds.map((id) => SpotifyId.TrackId.make(id))
  const uris = trackIds.map((id) => SpotifyUri.make("track", id))
  const [trackId] = trackIds
  assert.isDefined(trackId)
  const track = yield* spotify.tracks.get(trackId)
  assert.strictEqual(track.album?.id, long.id)

  const result = yield* spotify.search(artist.name, { types: ["artist", "track", "album"], limit: 5 })
  assert.isAtLeast(result.artists.items.length, 1)
  assert.isAtMost(result.tracks.items.length, 5)
  assert.isAbove((yield* toArray(spotify.search.tracks(artist.name))).length, 10)
  for (const kind of ["albums", "artists", "audiobooks", "episodes", "playlists", "shows"] as const) {
    yield* Stream.runDrain(Stream.take<unknown, unknown, never>(spotify.search[kind]("a"), 12))
  }

  const me = yield* spotify.me.profile
  assert.strictEqual(me.id, catalogue.users[0]?.id)
  assert.isAtLeast((yield* toArray(spotify.me.topArtists())).length, 1)
  assert.isAtLeast((yield* spotify.me.topArtistsPage({ limit: 2, time_range: "long_term" })).items.length, 1)
  assert.isAtLeast((yield* toArray(spotify.me.topTracks())).length, 1)
  assert.isAtLeast((yield* spotify.me.topTracksPage({ limit: 2 })).items.length, 1)
  const followed = yield* toArray(spotify.me.followedArtists({ limit: 1 }))
  assert.isAtLeast(followed.length, 2)
  assert.strictEqual((yield* spotify.me.followedArtistsPage({ limit: 2 })).items.length, 2)

  yield* spotify.library.remove(uris)
  const before = yield* spotify.library.contains(uris)
  assert.isTrue([...before.values()].every((saved) => !saved))
  yield* spotify.library.save(uris)
  const after = yield* spotify.library.contains(uris)
  assert.isTrue(after.size === uris.length && [...after.values()].every((saved) => saved))
  const saved = yield* toArray(spotify.library.savedTracks())
  assert.isAtLeast(saved.length, uris.length)
  yield* spotify.library.savedTracksPage({ limit: 1 })
  for (const kind of ["savedAlbums", "savedEpisodes", "savedShows", "savedAudiobooks"] as const) {
    yield* Stream.runDrain<unknown, unknown, never>(spotify.library[kind]())
    yield* spotify.library[`${kind}Page`]({ limit: 1 })
  }

  const made = yield* spotify.playlists.create({ name: "Mine", public: false, description: "first" })
  const id = yield* Effect.fromNullable(made.id)
  const added = yield* spotify.playlists.add(id, [...uris, ...uris])
  assert.isTrue(Option.isSome(added))
  const namesOf = Effect.map(toArray(spotify.playlists.items(id)), (items) =>
    items.map(({ item }) => item?.id)
  )
  assert.strictEqual((yield* namesOf).length, 2 * uris.length)
  yield* spotify.playlists.replace(id, uris.slice(0, 5))
  yield* spotify.playlists.reorder(id, { range_start: 0, range_length: 2, insert_before: 5 })
  assert.deepStrictEqual(
    yield* namesOf,
    [2, 3, 4, 0, 1].map((index) => trackIds[index])
  )
  yield* spotify.playlists.add(id, uris.slice(7, 9), { position: 1 })
  yield* spotify.playlists.remove(id, uris.slice(3, 5))
  assert.deepStrictEqual(
    yield* namesOf,
    [2, 7, 8, 0, 1].map((index) => trackIds[index])
  )
  yield* spotify.playlists.changeDetails(id, { name: "Renamed" })
  const playlist = yield* spotify.playlists.get(id)
  assert.strictEqual(playlist.name, "Renamed")
  assert.strictEqual(playlist.description, "first")
  assert.strictEqual(playlist.items?.total, 5)
  assert.strictEqual((yield* spotify.playlists.itemsPage(id, { limit: 2 })).items.length, 2)
  assert.isTrue((yield* toArray(spotify.playlists.mine())).some((found) => found.id === id))
  assert.strictEqual((yield* spotify.playlists.minePage({ limit: 1 })).items.length, 1)
  yield* spotify.playlists.uploadCover(id, jpeg)
  assert.isAtLeast((yield* spotify.playlists.cover(id)).length, 1)
})

/** The same for podcasts, audiobooks and the player. */
const spokenAndPlayed = Effect.gen(function* () {
  const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
  const spotify = yield* SpotifyClient.SpotifyClient
  const market = "US"
  const showId = SpotifyId.ShowId.make(catalogue.shows[0]?.id ?? "")
  assert.strictEqual((yield* spotify.shows.get(showId, { market })).name, catalogue.shows[0]?.name)
  assert.isAtLeast((yield* toArray(spotify.shows.episodes(showId, { market }))).length, 1)
  const episodeId = SpotifyId.EpisodeId.make(catalogue.episodes[0]?.id ?? "")
  assert.strictEqual((yield* spotify.episodes.get(episodeId, { market })).id, episodeId)
  const audiobookId = SpotifyId.AudiobookId.make(catalogue.audiobooks[0]?.id ?? "")
  assert.strictEqual(
    (yield* spotify.audiobooks.get(audiobookId, { market })).name,
    catalogue.audiobooks[0]?.name
  )
  assert.isAtLeast((yield* toArray(spotify.audiobooks.chapters(audiobookId, { market }))).length, 1)
  const chapterId = SpotifyId.ChapterId.make(catalogue.chapters[0]?.id ?? "")
  assert.strictEqual((yield* spotify.chapters.get(chapterId, { market })).id, chapterId)

  const { player } = spotify
  const [device] = yield* player.devices
  assert.isString(device?.id)
  yield* player.transfer(device?.id ?? "")
  const uris = catalogue.tracks
    .slice(0, 3)
    .map(({ id }) => SpotifyUri.make("track", SpotifyId.TrackId.make(id)))
  const [uri] = uris
  assert.isDefined(uri)
  yield* player.play({ uris })
  assert.isTrue(Option.isSome(yield* player.state()))
  assert.isTrue(Option.isSome(yield* player.currentlyPlaying()))
  yield* player.seek(1000)
  yield* player.setVolume(30)
  yield* player.setRepeat("context")
  yield* player.setShuffle(false)
  yield* player.addToQueue(uri)
  assert.isTrue(Option.isSome(yield* player.queue))
  yield* player.next()
  yield* player.previous()
  yield* player.pause()
  yield* toArray(player.recentlyPlayed())
})

/** What only apps in extended mode may call, and what nobody new may: each write is seen through a read. */
const formerly = Effect.gen(function* () {
  const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
  const spotify = yield* SpotifyClient.SpotifyClient
  const market = "US"
  const idsOf = (items: ReadonlyArray<{ readonly id: string }>) => items.slice(0, 2).map(({ id }) => id)
  const albumIds = idsOf(catalogue.albums).map((id) => SpotifyId.AlbumId.make(id))
  const artistIds = idsOf(catalogue.artists).map((id) => SpotifyId.ArtistId.make(id))
  const trackIds = idsOf(catalogue.tracks).map((id) => SpotifyId.TrackId.make(id))
  const showIds = idsOf(catalogue.shows).map((id) => SpotifyId.ShowId.make(id))
  const episodeIds = idsOf(catalogue.episodes).map((id) => SpotifyId.EpisodeId.make(id))
  const audiobookIds = idsOf(catalogue.audiobooks).map((id) => SpotifyId.AudiobookId.make(id))
  const chapterIds = idsOf(catalogue.chapters).map((id) => SpotifyId.ChapterId.make(id))
  const [artistId] = artistIds
  const [trackId] = trackIds
  assert(artistId !== undefined && trackId !== undefined)

  const isSeveral = <E>(
    several: Effect.Effect<ReadonlyArray<Option.Option<{ readonly id: string }>>, E>,
    ids: ReadonlyArray<string>
  ) =>
    Effect.map(several, (found) =>
      assert.deepStrictEqual(
        found.map((one) => Option.getOrUndefined(one)?.id),
        [...ids]
      )
    )
  yield* isSeveral(spotify.albums.getSeveral(albumIds, { market }), albumIds)
  yield* isSeveral(spotify.artists.getSeveral(artistIds), artistIds)
  yield* isSeveral(spotify.tracks.getSeveral(trackIds, { market }), trackIds)
  yield* isSeveral(spotify.shows.getSeveral(showIds, { market }), showIds)
  yield* isSeveral(spotify.episodes.getSeveral(episodeIds, { market }), episodeIds)
  yield* isSeveral(spotify.audiobooks.getSeveral(audiobookIds, { market }), audiobookIds)
  yield* isSeveral(spotify.chapters.getSeveral(chapterIds, { market }), chapterIds)
  yield* isSeveral(spotify.tracks.severalAudioFeatures(trackIds), trackIds)
  assert.strictEqual((yield* spotify.tracks.audioFeatures(trackId)).id, trackId)
  assert.isAbove((yield* spotify.tracks.audioAnalysis(trackId)).track?.duration ?? 0, 0)
  assert.isTrue(
    (yield* spotify.artists.topTracks(artistId, { market })).every(({ artists }) =>
      artists.some(({ id }) => id === artistId)
    )
  )
  assert.isTrue((yield* spotify.artists.relatedArtists(artistId)).every(({ id }) => id !== artistId))

  const genres = yield* spotify.recommendations.genreSeeds
  const { seeds } = yield* spotify.recommendations.get({ seed_genres: genres.slice(0, 1), limit: 5 })
  assert.strictEqual(seeds.length, 1)
  assert.include(yield* spotify.markets.available, market)
  const { browse } = spotify
  const [category] = yield* toArray(browse.categories())
  assert.isDefined(category)
  assert.strictEqual((yield* browse.category(category.id)).name, category.name)
  assert.isAtMost((yield* browse.categoryPlaylists(category.id, { limit: 3 })).playlists.items.length, 3)
  assert.isAtMost((yield* browse.featuredPlaylists({ limit: 3 })).playlists.items.length, 3)
  assert.isAtLeast((yield* toArray(browse.newReleases())).length, 1)

  /** Out, in and out again, as the library tells each time. */
  const comesAndGoes = <Id, E>(
    ids: ReadonlyArray<Id>,
    save: (ids: ReadonlyArray<Id>) => Effect.Effect<void, E>,
    remove: (ids: ReadonlyArray<Id>) => Effect.Effect<void, E>,
    contains: (ids: ReadonlyArray<Id>) => Effect.Effect<ReadonlyMap<Id, boolean>, E>
  ) =>
    Effect.gen(function* () {
      const all = (saved: boolean) => new Map(ids.map((id) => [id, saved]))
      yield* remove(ids)
      assert.deepStrictEqual(yield* contains(ids), all(false))
      yield* save(ids)
      assert.deepStrictEqual(yield* contains(ids), all(true))
      yield* remove(ids)
      assert.deepStrictEqual(yield* contains(ids), all(false))
    })
  const { library, me, playlists, users } = spotify
  yield* comesAndGoes(albumIds, library.saveAlbums, library.removeAlbums, library.containsAlbums)
  yield* comesAndGoes(trackIds, library.saveTracks, library.removeTracks, library.containsTracks)
  yield* comesAndGoes(showIds, library.saveShows, library.removeShows, library.containsShows)
  yield* comesAndGoes(episodeIds, library.saveEpisodes, library.removeEpisodes, library.containsEpisodes)
  yield* comesAndGoes(
    audiobookIds,
    library.saveAudiobooks,
    library.removeAudiobooks,
    library.containsAudiobooks
  )
  yield* comesAndGoes(
    artistIds,
    (ids) => me.follow("artist", ids),
    (ids) => me.unfollow("artist", ids),
    (ids) => me.follows("artist", ids)
  )

  const [mine, other] = catalogue.users
  assert(mine !== undefined && other !== undefined)
  assert.strictEqual((yield* users.get(other.id)).id, other.id)
  const made = yield* users.createPlaylist(mine.id, { name: "Old ways" })
  const id = yield* Effect.fromNullable(made.id)
  assert.isTrue((yield* toArray(users.playlists(mine.id))).some((found) => found.id === id))
  const uris = catalogue.tracks
    .slice(0, 4)
    .map((track) => SpotifyUri.make("track", SpotifyId.TrackId.make(track.id)))
  const holds = (indices: ReadonlyArray<number>) =>
    Effect.map(toArray(playlists.tracks(id)), (items) =>
      assert.deepStrictEqual(
        items.map(({ item }) => item?.id),
        indices.map((index) => catalogue.tracks[index]?.id)
      )
    )
  yield* playlists.addTracks(id, uris.slice(0, 2))
  yield* holds([0, 1])
  yield* playlists.replaceTracks(id, uris)
  yield* holds([0, 1, 2, 3])
  yield* playlists.reorderTracks(id, { range_start: 0, insert_before: 4 })
  yield* holds([1, 2, 3, 0])
  yield* playlists.removeTracks(id, uris.slice(2, 3))
  yield* holds([1, 3, 0])
  for (const [change, followed] of [
    [playlists.unfollow(id), false],
    [playlists.follow(id), true]
  ] as const) {
    yield* change
    assert.strictEqual(yield* playlists.follows(id), followed)
  }
})

describe("every operation against the emulator", () => {
  for (const quotaMode of ["extended", "development"] as const) {
    it.effect(`in ${quotaMode} mode`, () =>
      Effect.gen(function* () {
        yield* signIn()
        yield* everything
        yield* spokenAndPlayed
        if (quotaMode === "extended") {
          yield* formerly
        }
        const { controls } = yield* SpotifyEmulator.SpotifyEmulator
        const reached = yield* controls.requests
        // A new operation must come with a use of it above; test/client/call/quotaMode.test.ts has the refusals
        for (const { availability, method, path } of all) {
          const pattern = new RegExp(`^(/v1)?${path.replace(/\{[^}]+\}/g, "[^/]+")}$`)
          assert.isTrue(
            (quotaMode === "development" && availability !== "all") ||
              reached.some((request) => request.method === method && pattern.test(request.path)),
            `${method} ${path}`
          )
        }
        assert.deepStrictEqual(unexpected, [])
      }).pipe(Effect.provide(userLayer({ quotaMode, closedOperations: true })))
    )
  }
})

describe("the flows against the emulator", () => {
  it.effect("authorization code: login, expiry, renewal, sign-out", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.SpotifyClient
      const sessions = yield* SessionService.SessionService
      assert.strictEqual((yield* signIn())._tag, "Active")
      const { id } = yield* spotify.me.profile
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* spotify.me.profile).id, id)
      yield* controls.expireAccessTokens
      yield* TestClock.adjust("31 seconds")
      assert.strictEqual((yield* spotify.me.profile).id, id)
      assert.strictEqual((yield* controls.tokenRequests).refresh_token, 2)
      yield* sessions.signOut
      assert.strictEqual((yield* Effect.flip(spotify.me.profile))._tag, "NotAuthenticated")
    }).pipe(Effect.provide(userLayer()))
  )

  it.effect("good tokens that are refused now and then cost a wait and no refresh", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.SpotifyClient
      yield* signIn()
      for (let call = 0; call < 6; call++) {
        const profile = yield* Effect.fork(spotify.me.profile)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(profile)
      }
      const tracks = yield* Effect.fork(toArray(Stream.take(spotify.me.topTracks({ limit: 1 }), 3)))
      yield* TestClock.adjust("5 seconds")
      assert.isAbove((yield* Fiber.join(tracks)).length, 1)
      const refused = (yield* controls.requests).filter(({ status }) => status === 401)
      assert.isAtLeast(refused.length, 5)
      assert.strictEqual((yield* controls.tokenRequests).refresh_token, 0)
    }).pipe(Effect.provide(userLayer({ habits: { missingTokens: 2 } })))
  )

  it.effect("a scope that is missing and told as 401 is named, and costs no refresh", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.make({ checkScopes: false })
      yield* signIn({ scopes: ["user-top-read"] })
      yield* spotify.me.topTracksPage()
      for (const call of [spotify.player.state(), spotify.player.next(), spotify.library.savedTracksPage()]) {
        const error = yield* Effect.flip<unknown, SpotifyError.SpotifyError, never>(call)
        assert.isTrue(error._tag === "Forbidden" && error.reason === "InsufficientScope", error.message)
        assert.match(
          error.message,
          /asks for the scopes user-(read-playback-state|modify-playback-state|library-read)/
        )
      }
      assert.isTrue((yield* controls.requests).some(({ status }) => status === 401))
      assert.strictEqual((yield* controls.tokenRequests).refresh_token, 0)
    }).pipe(Effect.scoped, Effect.provide(userLayer({ habits: { unauthorizedScopes: true } })))
  )

  for (const rotation of ["never", "always"] as const) {
    it.effect(`PKCE, refresh tokens that rotate ${rotation}`, () =>
      Effect.gen(function* () {
        const { controls } = yield* SpotifyEmulator.SpotifyEmulator
        const spotify = yield* SpotifyClient.SpotifyClient
        yield* controls.setRotation(rotation)
        yield* signIn()
        for (let hour = 0; hour < 5; hour++) {
          yield* spotify.me.profile
          yield* TestClock.adjust("1 hour")
        }
        assert.strictEqual((yield* controls.tokenRequests).refresh_token, 4)
      }).pipe(Effect.provide(userLayer({ app: "public" })))
    )
  }

  it.effect("client credentials: the catalogue, and a typed error for a user's data", () =>
    Effect.gen(function* () {
      const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.SpotifyClient
      yield* spotify.tracks.get(SpotifyId.TrackId.make(catalogue.tracks[0]?.id ?? ""))
      const error = yield* Effect.flip(spotify.me.profile)
      assert.strictEqual(error._tag, "Unauthorized")
      assert.include(error.message, "client credentials")
    }).pipe(Effect.provide(appLayer()))
  )

  it.effect("B1: 1,000 calls with client credentials and no token yet cause one token request", () =>
    Effect.gen(function* () {
      const { catalogue, controls } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.SpotifyClient
      const id = SpotifyId.TrackId.make(catalogue.tracks[0]?.id ?? "")
      yield* Effect.all(
        Array.from({ length: 1000 }, () => spotify.tracks.get(id)),
        { concurrency: "unbounded", discard: true }
      )
      assert.strictEqual((yield* controls.tokenRequests).client_credentials, 1)
    }).pipe(Effect.provide(appLayer()))
  )

  it.effect("client credentials survive a store that is down", () =>
    Effect.gen(function* () {
      const spotify = yield* SpotifyClient.SpotifyClient
      yield* spotify.search("a", { types: ["track"] })
    }).pipe(
      Effect.provide(
        client.pipe(
          Layer.provide(SessionService.layerClientCredentials()),
          Layer.provide(
            Layer.succeed(TokenStore.TokenStore, {
              get: () => new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" }),
              commit: () => new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "no" }),
              atomicity: "process",
              changes: Option.none()
            })
          ),
          Layer.provide(SpotifyEmulator.layer())
        )
      )
    )
  )

  it.effect("a wrong secret, a missing secret and a missing redirect URI are typed", () =>
    Effect.gen(function* () {
      const build = <A, E>(
        layer: Layer.Layer<A, E, TokenStore.TokenStore | Emulated>,
        config: Partial<SpotifyConfig.Options>
      ) =>
        Layer.build(layer).pipe(
          Effect.provide([TokenStore.layerMemory, SpotifyEmulator.layer({ config })]),
          Effect.scoped,
          Effect.either
        )
      const secretless = { clientSecret: undefined }
      for (const layer of [
        SessionService.layerAuthorizationCode(),
        SessionService.layerClientCredentials()
      ]) {
        const missing = yield* build(layer, secretless)
        assert.isTrue(
          Either.isLeft(missing) &&
            missing.left._tag === "ClientMisconfigured" &&
            missing.left.code === "client_secret_missing"
        )
      }
      const wrong = yield* Effect.flatMap(Accounts.make(), (accounts) =>
        Effect.flip(accounts.clientCredentials)
      ).pipe(Effect.provide(SpotifyEmulator.layer({ config: { clientSecret: Redacted.make("wrong") } })))
      assert.isTrue(wrong._tag === "ClientMisconfigured" && wrong.code === "invalid_client")
      const noUri = yield* Effect.flatMap(Accounts.make(), (accounts) =>
        Effect.flip(accounts.authorizeUrl())
      ).pipe(Effect.provide(SpotifyEmulator.layer({ config: { redirectUri: undefined } })))
      assert.strictEqual(noUri.code, "redirect_uri_missing")
    })
  )

  it.effect("refused consent, and consent given after it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(signIn({ decision: "deny" }))
      assert.strictEqual(error._tag, "AuthorizationDenied")
      yield* signIn()
    }).pipe(Effect.provide(userLayer()))
  )

  it.effect("A15: a grant that the user took back is told, and a new login mends it", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.SpotifyClient
      yield* signIn()
      yield* controls.revokeGrant()
      const error = yield* Effect.flip(spotify.me.profile)
      assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
      yield* signIn()
      yield* spotify.me.profile
    }).pipe(Effect.provide(userLayer()))
  )

  it.effect("H7: six months later the session says that its time is over", () =>
    Effect.gen(function* () {
      const spotify = yield* SpotifyClient.SpotifyClient
      const sessions = yield* SessionService.SessionService
      yield* signIn()
      yield* TestClock.adjust("160 days")
      yield* spotify.me.profile
      assert.strictEqual((yield* sessions.session)._tag, "ExpiresSoon")
      yield* TestClock.adjust("25 days")
      const error = yield* Effect.flip(spotify.me.profile)
      assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Expired")
    }).pipe(Effect.provide(userLayer()))
  )

  it.effect("an outage with HTML and a rate limit: the error says what to do, and nothing is lost", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.SpotifyClient
      yield* signIn()
      yield* controls.failNext({
        status: 502,
        body: "<html><h1>Bad gateway</h1></html>",
        contentType: "text/html"
      })
      const outage = yield* Effect.flip(CallOptions.withOptions(spotify.me.profile, { retry: false }))
      assert.isTrue(outage._tag === "ServiceUnavailable" && outage.status === 502)
      yield* controls.rateLimitNext({ retryAfter: "14 hours" })
      const limited = yield* Effect.flip(spotify.me.profile)
      assert.strictEqual(limited._tag, "RateLimited")
      yield* TestClock.adjust("14 hours")
      yield* controls.rateLimitNext({ count: 2, retryAfter: "2 seconds" })
      const waiting = yield* Effect.fork(spotify.me.profile)
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(waiting)
    }).pipe(Effect.provide(userLayer()))
  )

  it.effect("F24: all of this shows no secret", () =>
    expectNoLeak(
      () => ["5ec3e7000000411e8f2b9d6c4a1b7f03"],
      Effect.gen(function* () {
        const { controls } = yield* SpotifyEmulator.SpotifyEmulator
        const spotify = yield* SpotifyClient.SpotifyClient
        const sessions = yield* SessionService.SessionService
        yield* signIn()
        yield* spotify.me.profile
        const token = yield* sessions.accessToken
        yield* Effect.log(spotify, sessions, yield* sessions.session, token)
        yield* controls.revokeGrant()
        yield* Effect.logError(yield* Effect.flip(spotify.me.profile))
        const shown = yield* controls.requests
        assert.notInclude(JSON.stringify(shown), Redacted.value(token))
      }).pipe(Effect.provide(userLayer()))
    )
  )
})
