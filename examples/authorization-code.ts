/**
 * Authorization code in a web server: step 1 sends the user to Spotify, step 2 exchanges the code and calls
 * the Web API. A cookie ties the two to one browser, and another names the session.
 *
 *     npx tsx examples/authorization-code.ts
 *
 * Against the emulator it starts everything, walks through the login as a browser would, and ends. With
 * SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET and SPOTIFY_REDIRECT_URI=http://127.0.0.1:8888/callback set it
 * serves http://127.0.0.1:8888 for Spotify until it is stopped.
 */
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import {
  FetchTransport,
  LoginService,
  Session,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"

const cookie = { httpOnly: true, sameSite: "lax", path: "/" } as const

/** Step 1: begin a login for a new session and send the browser to Spotify. */
const logIn = Effect.gen(function* () {
  const login = yield* LoginService.LoginService
  const key = Session.SessionKey(randomUUID())
  const { state, url } = yield* SessionService.withSession(login.begin(), key)
  return HttpServerResponse.redirect(url).pipe(
    HttpServerResponse.unsafeSetCookie("state", state, cookie),
    HttpServerResponse.unsafeSetCookie("session", key, cookie)
  )
})

/** Step 2: exchange the code. The session is stored under the key that step 1 chose. */
const callback = Effect.gen(function* () {
  const login = yield* LoginService.LoginService
  const request = yield* HttpServerRequest.HttpServerRequest
  yield* login.complete(request.url, { state: request.cookies["state"] })
  return HttpServerResponse.redirect("/me")
}).pipe(
  Effect.catchTags({
    AuthorizationDenied: (error) => HttpServerResponse.text(error.message, { status: 403 }),
    AuthorizationResponseInvalid: (error) => HttpServerResponse.text(error.message, { status: 400 }),
    InvalidGrant: (error) => HttpServerResponse.text(error.message, { status: 400 })
  })
)

/** Any later request: the session's token is found, and refreshed when it must be, by itself. */
const me = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const spotify = yield* SpotifyClient.SpotifyClient
  const key = Session.SessionKey.option(request.cookies["session"] ?? "")
  if (Option.isNone(key)) {
    return HttpServerResponse.redirect("/login")
  }
  const profile = yield* SessionService.withSession(spotify.me.profile, key.value)
  return HttpServerResponse.text(`Hello ${profile.display_name ?? profile.id}`)
}).pipe(
  Effect.catchTags({
    NotAuthenticated: () => HttpServerResponse.redirect("/login"),
    ReauthorizationRequired: () => HttpServerResponse.redirect("/login")
  })
)

const AppLayer = HttpRouter.empty.pipe(
  HttpRouter.get("/", HttpServerResponse.redirect("/login")),
  HttpRouter.get("/login", logIn),
  HttpRouter.get("/callback", callback),
  HttpRouter.get("/me", me),
  // Every other error already says what to do; a page for users would be kinder
  Effect.catchAll((error) =>
    Effect.as(Console.error(error.message), HttpServerResponse.text("Something went wrong", { status: 500 }))
  ),
  HttpServer.serve()
)

const SpotifyLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many" })),
  Layer.provide([TokenStore.layerMemory, FetchTransport.layer])
)

/** A browser: keeps cookies and follows redirects until a page comes. */
const browse = (start: string) =>
  Effect.promise(async () => {
    const jar = new Map<string, string>()
    let url = start
    while (true) {
      const response = await fetch(url, {
        redirect: "manual",
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") }
      })
      for (const pair of response.headers.getSetCookie()) {
        const [name = "", value = ""] = pair.split(";")[0]?.split("=") ?? []
        jar.set(name, value)
      }
      const location = response.headers.get("location")
      console.log(`${response.status} ${url.slice(0, 90)}`)
      if (location === null) {
        return response.text()
      }
      url = new URL(location, url).toString()
    }
  })

const listen = (port: number) => NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port })

const withSpotify = Layer.launch(
  AppLayer.pipe(
    HttpServer.withLogAddress,
    Layer.provide([SpotifyLayer, listen(8888)]),
    Layer.provide(SpotifyConfig.layerConfig())
  )
)

const withEmulator = Effect.gen(function* () {
  // The app's address is known before the app is built, because it is its redirect URI
  const server = yield* HttpServer.HttpServer
  const port = server.address._tag === "TcpAddress" ? server.address.port : 0
  const origin = `http://127.0.0.1:${port}`
  const EmulatorLayer = SpotifyEmulator.layerServer({ config: { redirectUri: `${origin}/callback` } }).pipe(
    Layer.provide(listen(0))
  )
  yield* browse(origin).pipe(
    Effect.flatMap(Console.log),
    Effect.provide(AppLayer.pipe(Layer.provide(SpotifyLayer), Layer.provide(EmulatorLayer)))
  )
}).pipe(Effect.provide(listen(0)))

Config.option(Config.nonEmptyString("SPOTIFY_CLIENT_ID")).pipe(
  Effect.flatMap((clientId) => (Option.isSome(clientId) ? withSpotify : withEmulator)),
  NodeRuntime.runMain
)
