/** The layers of usual programs: what they give, what they ask for, and how each part is swapped. */
import type { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import {
  type AuthError,
  LoginRoutes,
  type LoginService,
  ResponseCache,
  type Session,
  SessionService,
  Spotify,
  SpotifyClient,
  SpotifyConfig,
  SpotifyRuntime,
  TokenStore
} from "effect-spotify"
import { BrowserLogin, BrowserSpotify } from "effect-spotify/browser"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { Loopback, NodeSpotify } from "effect-spotify/node"
import { SignIn, TestSpotify } from "effect-spotify/testing"
import * as ConfigProvider from "effect/ConfigProvider"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { expectTypeOf } from "vitest"
import { Browser, secret } from "../login/support/routesServer.js"
import * as Sockets from "../login/support/sockets.js"
import * as WaitingLogin from "../login/support/waitingLogin.js"

const emulator = SpotifyEmulator.layer()
const parts = { http: emulator, config: emulator }
const profile = SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile)
const search = SpotifyClient.SpotifyClient.use((spotify) =>
  Stream.runCollect(Stream.take(spotify.search.artists("a"), 1))
)
const artist = SpotifyClient.SpotifyClient.use((spotify) =>
  Effect.flatMap(Stream.runHead(spotify.search.artists("a")), (found) =>
    Effect.flatMap(found, ({ id }) => spotify.artists.get(id))
  )
)
const state = SessionService.SessionService.use((sessions) =>
  Effect.map(sessions.session, ({ _tag }) => _tag)
)

const withVariables =
  (variables: Record<string, string>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.withConfigProvider(self, ConfigProvider.fromMap(new Map(Object.entries(variables))))

type Misconfigured = AuthError.ClientMisconfigured | ConfigError
class Database extends Context.Tag("test/Database")<Database, object>() {}

describe("Spotify", () => {
  it.effect("layerClientCredentials reads the catalogue", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* search).length, 1)
      assert.strictEqual((yield* Effect.flip(profile))._tag, "Unauthorized")
    }).pipe(Effect.provide(Spotify.layerClientCredentials(parts)))
  )

  it.effect("what has no option is provided to the layer", () =>
    Effect.gen(function* () {
      yield* Effect.zip(artist, artist)
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const requests = (yield* controls.requests).filter(({ path }) => path.includes("/artists/"))
      assert.strictEqual(requests.length, 1)
    }).pipe(
      Effect.provide(
        Layer.merge(Layer.provide(Spotify.layerClientCredentials(parts), ResponseCache.layer()), emulator)
      )
    )
  )

  it.effect("what is not set says so, and what is set is read", () =>
    Effect.gen(function* () {
      const layer = Spotify.layerClientCredentials({ http: emulator })
      const error = yield* Effect.flip(Effect.provide(Effect.void, layer)).pipe(withVariables({}))
      assert.include(String(error), "SPOTIFY_CLIENT_ID")
      const read = yield* Effect.provide(SpotifyConfig.SpotifyConfig, layer).pipe(
        withVariables({ SPOTIFY_CLIENT_ID: "mine", SPOTIFY_CLIENT_SECRET: "hidden-hidden" })
      )
      assert.strictEqual(read.clientId, "mine")
    })
  )

  it("the types tell what a layer gives, and what its parts fail with and need", () => {
    type App = SpotifyClient.SpotifyClient | SessionService.SessionService | SpotifyConfig.SpotifyConfig
    type User = App | LoginService.LoginService
    expectTypeOf(Spotify.layerClientCredentials()).toEqualTypeOf<Layer.Layer<App, Misconfigured>>()
    expectTypeOf(NodeSpotify.layerClientCredentials()).toEqualTypeOf<Layer.Layer<App, Misconfigured>>()
    expectTypeOf(Spotify.layerPkce({})).toEqualTypeOf<Layer.Layer<User, Misconfigured>>()
    const http: Layer.Layer<HttpClient.HttpClient, "http"> = Layer.fail("http")
    const store: Layer.Layer<TokenStore.TokenStore, "store", Database> = Layer.fail("store")
    const some = [
      Spotify.layerAuthorizationCode({ http, store }),
      NodeSpotify.layerAuthorizationCode({ http, store })
    ] as const
    expectTypeOf(some[0]).toEqualTypeOf<Layer.Layer<User, Misconfigured | "http" | "store", Database>>()
    expectTypeOf(some[1]).toEqualTypeOf<Layer.Layer<User, Misconfigured | "http" | "store", Database>>()
    const server = Spotify.layerWebServer({
      store,
      onLogin: () => Effect.asVoid(Effect.zip(Database, SessionService.SessionService))
    })
    expectTypeOf(server).toEqualTypeOf<
      Layer.Layer<
        User | LoginRoutes.LoginRoutes,
        Misconfigured | LoginRoutes.LoginRoutesMisconfigured | "store",
        Database
      >
    >()
    expectTypeOf(NodeSpotify.layerWebServer()).toEqualTypeOf<
      Layer.Layer<User | LoginRoutes.LoginRoutes, Misconfigured | LoginRoutes.LoginRoutesMisconfigured>
    >()
    expectTypeOf(NodeSpotify.layerCommandLine({ name: "x" })).toEqualTypeOf<
      Layer.Layer<
        User,
        Misconfigured | Session.SessionError | LoginService.LoginError | Loopback.LoopbackServerError
      >
    >()
    expectTypeOf(BrowserSpotify.layer({ clientId: "", redirectUri: "" })).toEqualTypeOf<
      Layer.Layer<User | BrowserLogin.BrowserLogin, Misconfigured>
    >()
    // @ts-expect-error -- no such part
    Spotify.layerClientCredentials({ transport: emulator })
    // @ts-expect-error -- a page keeps no secret
    BrowserSpotify.layer({ clientId: "", redirectUri: "", clientSecret: Redacted.make("") })
  })

  it.scopedLive(
    "layerWebServer has the login, with its secrets from a variable, and a run for a session",
    () =>
      Effect.gen(function* () {
        const config = SpotifyEmulator.layer({ config: { redirectUri: "https://app.example/auth/callback" } })
        const services = yield* Layer.build(config)
        const fixed = Layer.succeedContext(services)
        const ended: Array<string> = []
        const layer = Spotify.layerWebServer({
          http: fixed,
          config: fixed,
          scopes: ["user-read-private"],
          onLogin: ({ key }) => Effect.asVoid(Effect.sync(() => ended.push(key)))
        })
        const provider = Layer.setConfigProvider(
          ConfigProvider.fromMap(new Map([["SPOTIFY_COOKIE_SECRETS", secret]]))
        )
        const spotify = SpotifyRuntime.make(Layer.provide(layer, provider))
        const login = LoginRoutes.toWebLogin(spotify)
        const browser = new Browser()
        const server = (request: Request) =>
          Effect.promise(
            async () =>
              (await login.handle(request)) ??
              login.withSession(request, async (session) => {
                const me = await spotify.run((client) => client.me.profile, { session })
                return new Response(`${me.id} ${ended.length}`)
              })
          )
        yield* Effect.provide(browser.login(server), services)
        assert.strictEqual((yield* browser.send(server, "/me")).body, "free-listener 1")
        // No call without a session is anybody's
        const nobody = spotify.run((client) => client.me.profile).catch((error: unknown) => error)
        assert.propertyVal(yield* Effect.promise(() => nobody), "_tag", "NotAuthenticated")
        yield* Effect.promise(() => spotify.dispose())
      })
  )
})

/** A command line whose user is a person with a browser; counts how often it was opened. */
const commandLine = Effect.gen(function* () {
  const context = yield* Layer.build(
    SpotifyEmulator.layer({ app: "public", config: { redirectUri: "http://127.0.0.1/callback" } })
  )
  const services = Layer.succeedContext(context)
  let opened = 0
  const openBrowser = (url: string) =>
    Effect.gen(function* () {
      opened += 1
      const { port } = new URL(url)
      const { answer, where } = yield* WaitingLogin.enter({ port: Number(port) }, new URL(url))
      yield* Sockets.request(where, { target: yield* answer() })
    }).pipe(Effect.provide(context), Effect.orDie)
  return { opened: () => opened, options: { http: services, config: services, openBrowser } as const }
})

describe("NodeSpotify.layerCommandLine", () => {
  it.scopedLive("logs in when nobody is signed in, and again only for a scope that is missing", () =>
    Effect.gen(function* () {
      const { opened, options } = yield* commandLine
      const store = Layer.succeed(TokenStore.TokenStore, yield* TokenStore.makeMemory)
      const once = (scopes: ReadonlyArray<"user-top-read" | "user-read-private">) =>
        Effect.provide(profile, NodeSpotify.layerCommandLine({ ...options, name: "tool", store, scopes }))
      assert.strictEqual((yield* once(["user-top-read"])).id, "premium-listener")
      yield* once(["user-top-read"])
      assert.strictEqual(opened(), 1)
      yield* once(["user-top-read", "user-read-private"])
      yield* once(["user-top-read"])
      assert.strictEqual(opened(), 2)
    })
  )

  it.scopedLive("with signIn: false it leaves the login to the program", () =>
    Effect.gen(function* () {
      const { opened, options } = yield* commandLine
      const layer = NodeSpotify.layerCommandLine({
        ...options,
        name: "tool",
        store: TokenStore.layerMemory,
        signIn: false
      })
      yield* Effect.gen(function* () {
        assert.deepStrictEqual([yield* state, opened()], ["SignedOut", 0])
        yield* Loopback.login({ openBrowser: options.openBrowser })
        assert.deepStrictEqual([yield* state, opened()], ["Active", 1])
      }).pipe(Effect.provide(layer))
    })
  )

  it.scopedLive.skipIf(process.platform === "win32")(
    "keeps the session where the system wants it, or where a variable says",
    () =>
      Effect.gen(function* () {
        const home = yield* Effect.acquireRelease(
          Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "state-"))),
          (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
        )
        const { opened, options } = yield* commandLine
        const program = Effect.provide(state, NodeSpotify.layerCommandLine({ ...options, name: "my-tool" }))
        yield* withVariables({ XDG_STATE_HOME: home })(program)
        assert.isNotEmpty(Fs.readdirSync(Path.join(home, "my-tool", "spotify")))
        assert.strictEqual(yield* withVariables({ XDG_STATE_HOME: home })(program), "Active")
        assert.strictEqual(opened(), 1)
        const own = Path.join(home, "own")
        yield* withVariables({ XDG_STATE_HOME: home, SPOTIFY_SESSION_DIRECTORY: own })(program)
        assert.isNotEmpty(Fs.readdirSync(own))
        assert.strictEqual(opened(), 2)
      })
  )

  it.scopedLive("refuses a name that is no directory's", () =>
    Effect.gen(function* () {
      const { options } = yield* commandLine
      for (const name of ["", "..", "a/b", "a\\b", "a\0"]) {
        const layer = NodeSpotify.layerCommandLine({ ...options, name })
        const error = yield* Effect.flip(Effect.provide(state, layer))
        assert.include(String(error), "the name becomes a directory", name)
      }
    })
  )
})

describe("BrowserSpotify.layer", () => {
  it.effect("gives a page the client, its session and its login", () =>
    Effect.gen(function* () {
      const login = yield* BrowserLogin.BrowserLogin
      // There is no address bar here
      assert.isTrue(Option.isNone(yield* login.handleRedirect))
      assert.strictEqual((yield* Effect.flip(login.signIn()))._tag, "BrowserLoginUnavailable")
      const { clientId, redirectUri, scopes } = yield* SpotifyConfig.SpotifyConfig
      assert.deepStrictEqual(
        [clientId, Option.getOrNull(redirectUri), scopes],
        ["mine", "http://127.0.0.1:5173/callback", ["user-top-read"]]
      )
      assert.strictEqual((yield* Effect.flip(profile))._tag, "NotAuthenticated")
    }).pipe(
      Effect.provide(
        BrowserSpotify.layer({
          clientId: "mine",
          redirectUri: "http://127.0.0.1:5173/callback",
          scopes: ["user-top-read"],
          http: emulator,
          store: TokenStore.layerMemory
        })
      )
    )
  )
})

describe("TestSpotify.layer", () => {
  it.effect("has a user signed in, and the emulator's controls for what goes wrong", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* profile).id, "premium-listener")
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      yield* controls.revokeGrant({ user: "premium-listener" })
      assert.strictEqual((yield* Effect.flip(profile))._tag, "ReauthorizationRequired")
    }).pipe(Effect.provide(TestSpotify.layer({ signIn: { user: "premium-listener" } })))
  )

  it.effect("nobody is signed in where the test says so, in an app with a secret and in one without", () =>
    Effect.gen(function* () {
      for (const app of ["confidential", "public"] as const) {
        const signedOut = TestSpotify.layer({ signIn: false, emulator: { app } })
        assert.strictEqual(yield* Effect.provide(state, signedOut), "SignedOut")
        const later = Effect.zipRight(SignIn.signIn({ scopes: ["user-top-read"] }), state)
        assert.strictEqual(yield* Effect.provide(later, signedOut), "Active")
        assert.strictEqual(yield* Effect.provide(state, TestSpotify.layer({ emulator: { app } })), "Active")
      }
    })
  )
})
