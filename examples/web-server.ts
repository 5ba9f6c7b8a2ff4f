/**
 * A web server with a login: `LoginRoutes` has the routes, the cookies and the pages for what goes wrong, and
 * the app has one page of its own.
 *
 *     npx tsx examples/web-server.ts
 *
 * Against the emulator it starts everything, walks through login and logout as a browser would, and ends.
 * With SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET, SPOTIFY_COOKIE_SECRETS (`openssl rand -base64 32`) and
 * SPOTIFY_REDIRECT_URI=http://127.0.0.1:8888/auth/callback set it serves http://127.0.0.1:8888, or whatever
 * port is named there, for Spotify until it is stopped.
 */
import { FetchHttpClient, HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import {
  FetchTransport,
  LoginRoutes,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { TestBrowser } from "effect-spotify/testing"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:http"

/** Whoever is not signed in is sent to Spotify, and comes back here. */
const me = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const profile = yield* spotify.me.profile
  return yield* HttpServerResponse.html`<!doctype html>
<title>You</title>
<p>Hello ${profile.display_name ?? profile.id}</p>
<form method="post" action="/auth/logout"><button>Sign out</button></form>`
}).pipe(LoginRoutes.withRequestSession, LoginRoutes.orLogIn)

const AppLayer = HttpRouter.empty.pipe(
  HttpRouter.get("/", HttpServerResponse.html(`<p>Welcome</p><p><a href="/me">Your account</a></p>`)),
  HttpRouter.get("/me", me),
  Effect.catchTag("RouteNotFound", () => HttpServerResponse.text("Not found", { status: 404 })),
  // Every other error already says what to do; a page for users would be kinder
  Effect.catchAll((error) =>
    Effect.as(Console.error(error.message), HttpServerResponse.text("Something went wrong", { status: 500 }))
  ),
  LoginRoutes.withRoutes,
  HttpServer.serve()
)

const SpotifyLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many" })),
  // For one process; instances of a server share their sessions in Redis, SQL or files
  Layer.provide([TokenStore.layerMemory, FetchTransport.layer])
)

const listen = (port: number) => NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port })

/** Where Spotify sends the browser is where the app has to be. */
const ListenLayer = Layer.unwrapEffect(
  Effect.map(SpotifyConfig.SpotifyConfig, ({ redirectUri }) =>
    listen(Option.match(redirectUri, { onNone: () => 8888, onSome: (uri) => Number(new URL(uri).port) }))
  )
)

const withSpotify = Layer.launch(
  AppLayer.pipe(
    HttpServer.withLogAddress,
    Layer.provide(
      LoginRoutes.layerConfig({ secrets: LoginRoutes.secrets, afterLogin: Config.succeed("/me") })
    ),
    Layer.provide([SpotifyLayer, ListenLayer]),
    Layer.provide(SpotifyConfig.layerConfig())
  )
)

const withEmulator = Effect.gen(function* () {
  // The app's address is known before the app is built, because it is its redirect URI
  const server = yield* HttpServer.HttpServer
  const port = server.address._tag === "TcpAddress" ? server.address.port : 0
  const origin = `http://127.0.0.1:${port}`
  const EmulatorLayer = SpotifyEmulator.layerServer({
    consent: "form",
    config: { redirectUri: `${origin}/auth/callback` }
  }).pipe(Layer.provide(listen(0)))
  const LoginLayer = LoginRoutes.layer({
    secrets: Redacted.make("the-example-s-own:yours-are-random-and-in-no-source"),
    afterLogin: "/me"
  })

  const walk = Effect.gen(function* () {
    const browser = yield* TestBrowser.make
    const consent = yield* browser.open(`${origin}/auth/login`)
    yield* Console.log(`1. ${consent.status} Spotify asks for consent`)
    const page = yield* browser.submit(consent, { _user: "premium-listener", _decision: "allow" })
    yield* Console.log(`2. ${page.status} ${page.url}: ${/Hello [^<]*/.exec(page.text)?.[0]}`)
    const home = yield* browser.submit(page, {})
    yield* Console.log(`3. ${home.status} ${home.url}: signed out`)
    const again = yield* browser.open(`${origin}/auth/status`)
    yield* Console.log(`4. ${again.status} ${again.text}`)
  })
  yield* walk.pipe(
    Effect.provide(
      AppLayer.pipe(Layer.provide(LoginLayer), Layer.provide(SpotifyLayer), Layer.provide(EmulatorLayer))
    ),
    Effect.provide(FetchHttpClient.layer)
  )
}).pipe(Effect.provide(listen(0)))

Config.option(Config.nonEmptyString("SPOTIFY_CLIENT_ID")).pipe(
  Effect.flatMap((clientId) => (Option.isSome(clientId) ? withSpotify : withEmulator)),
  NodeRuntime.runMain
)
