/** The Web API without the client's groups: one operation, one group, and an app that needs no store. */
import { assert, describe, it } from "@effect/vitest"
import * as Api from "effect-spotify"
import { AlbumsApi, SessionService, SpotifyClient, SpotifyConfig, SpotifyId, WebApi } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"

const emulator = SpotifyEmulator.layer()

const layer = Layer.merge(WebApi.layer({ batching: true }), SpotifyClient.layer()).pipe(
  Layer.provideMerge(SessionService.layerClientCredentialsInMemory()),
  Layer.provideMerge(emulator)
)

const secret = Redacted.make("canary-client-secret")

/** An app's session over a token endpoint that counts. */
const app = (server: FakeAccounts.FakeAccounts) =>
  SessionService.layerClientCredentialsInMemory().pipe(
    Layer.provide([server.layer, SpotifyConfig.layerApp({ clientId: "client", clientSecret: secret })]),
    Layer.orDie,
    Layer.fresh
  )

const tokenOf = ({ accessToken }: SessionService.Service) => Effect.map(accessToken, Redacted.value)

/** Every group has its operations by its own name as well. */
const groups = {
  albums: Api.AlbumsApi.group,
  artists: Api.ArtistsApi.group,
  audiobooks: Api.AudiobooksApi.group,
  browse: Api.BrowseApi.group,
  chapters: Api.ChaptersApi.group,
  episodes: Api.EpisodesApi.group,
  library: Api.LibraryApi.group,
  markets: Api.MarketsApi.group,
  me: Api.MeApi.group,
  player: Api.PlayerApi.group,
  playlists: Api.PlaylistsApi.group,
  recommendations: Api.RecommendationsApi.group,
  search: Api.SearchApi.group,
  shows: Api.ShowsApi.group,
  tracks: Api.TracksApi.group,
  users: Api.UsersApi.group
}

describe("WebApi", () => {
  it.effect("a group alone reads what the whole client reads, pages and streams included", () =>
    Effect.gen(function* () {
      const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
      const spotify = yield* SpotifyClient.SpotifyClient
      const albums = yield* AlbumsApi.group
      const id = SpotifyId.AlbumId.make(catalogue.albums[0]?.id ?? "")
      assert.deepStrictEqual(yield* albums.get(id), yield* spotify.albums.get(id))
      assert.deepStrictEqual(
        yield* Stream.runCollect(albums.tracks(id)),
        yield* Stream.runCollect(spotify.albums.tracks(id))
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("every group is there by its own name, with the methods of the client, and is made once", () =>
    Effect.gen(function* () {
      const spotify = yield* SpotifyClient.SpotifyClient
      const all = Struct.omit(spotify, "execute", "grantedScopes", "status")
      assert.deepStrictEqual(Object.keys(groups).sort(), Object.keys(all).sort())
      for (const [name, group] of Object.entries(groups)) {
        const one: object = yield* group
        assert.strictEqual(yield* group, one)
        assert.deepStrictEqual(Object.keys(one), Object.keys(Reflect.get(all, name)))
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("two clients have groups of their own", () =>
    Effect.gen(function* () {
      const one = yield* Effect.provide(AlbumsApi.group, Layer.fresh(layer))
      assert.notStrictEqual(yield* AlbumsApi.group, one)
    }).pipe(Effect.provide(layer))
  )

  it.effect("executes one operation with its schema, and fails as the methods do", () =>
    Effect.gen(function* () {
      const { catalogue } = yield* SpotifyEmulator.SpotifyEmulator
      const [album] = catalogue.albums
      const read = (id: string) =>
        WebApi.WebApi.use((api) =>
          api.execute({
            method: "GET",
            path: "/albums/{id}",
            params: { id },
            schema: Schema.Struct({ name: Schema.String })
          })
        )
      assert.deepStrictEqual(yield* read(album?.id ?? ""), { name: album?.name })
      assert.strictEqual((yield* Effect.flip(read("0000000000000000000000")))._tag, "NotFound")
      const api = yield* WebApi.WebApi
      assert.deepStrictEqual(yield* api.grantedScopes, Option.none())
      const { closed, inFlight, waiting } = yield* api.status
      assert.deepStrictEqual({ closed, inFlight, waiting }, { closed: [], inFlight: 0, waiting: 0 })
    }).pipe(Effect.provide(layer))
  )
})

describe("the app's session without a store", () => {
  it.scoped("requests one token for all calls, and another one before it expires", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const session = yield* Effect.provide(SessionService.SessionService, yield* Layer.build(app(server)))
      assert.strictEqual((yield* session.session)._tag, "SignedOut")
      const first = yield* Effect.replicateEffect(tokenOf(session), 20, { concurrency: "unbounded" })
      assert.strictEqual(new Set(first).size, 1)
      assert.strictEqual(server.requests.length, 1)
      const state = yield* session.session
      assert.isTrue(state._tag === "Active" && Option.isSome(state.accessTokenExpiresAt))
      yield* TestClock.adjust("59 minutes")
      // Callers wait for the new one in the last half minute
      yield* TestClock.adjust("45 seconds")
      assert.notStrictEqual(yield* tokenOf(session), first[0])
      assert.strictEqual(server.requests.length, 2)
    })
  )

  it.scoped("is no other program's: each layer has its own token, and a sign-out drops it", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const [one, other] = [
        yield* Effect.provide(SessionService.SessionService, yield* Layer.build(app(server))),
        yield* Effect.provide(SessionService.SessionService, yield* Layer.build(app(server)))
      ]
      const [mine, theirs] = [yield* tokenOf(one), yield* tokenOf(other)]
      assert.notStrictEqual(mine, theirs)
      yield* one.signOut
      assert.strictEqual((yield* one.session)._tag, "SignedOut")
      assert.notStrictEqual(yield* tokenOf(one), mine)
      assert.strictEqual(yield* tokenOf(other), theirs)
      assert.strictEqual(server.requests.length, 3)
    })
  )

  it.effect("fails to build without a secret, and a wrong setting is named", () =>
    Effect.gen(function* () {
      const build = (config: ReturnType<typeof SpotifyConfig.layerApp>) =>
        Effect.scoped(
          Layer.build(
            SessionService.layerClientCredentialsInMemory().pipe(
              Layer.provide([FakeAccounts.make().layer, config])
            )
          )
        ).pipe(Effect.exit)
      const missing = yield* build(SpotifyConfig.layerApp({ clientId: "client" }))
      assert.isTrue(
        Exit.isFailure(missing) &&
          missing.cause._tag === "Fail" &&
          missing.cause.error._tag === "ClientMisconfigured" &&
          missing.cause.error.code === "client_secret_missing"
      )
      const wrong = yield* build(
        SpotifyConfig.layerApp({ clientId: "client", clientSecret: secret, market: "Sweden" })
      )
      assert.isTrue(Exit.isFailure(wrong))
      assert.include(String(wrong), "market")
      assert.notInclude(String(wrong), Redacted.value(secret))
    })
  )
})
