/**
 * A web server with many users: each signs in with an account of their own, the app notes whose session is
 * whose, and everybody sees their own library only. Sessions are in files, so that users stay signed in when
 * the server starts again.
 *
 *     npx tsx examples/multi-user-server.ts
 *
 * It starts the emulator and a server, sends two browsers there, starts the server again, signs one user
 * out, and shows what happened to the sessions meanwhile.
 */
import { FetchHttpClient, HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { FetchTransport, LoginRoutes, type Session, SessionService, SpotifyClient } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { FileTokenStore } from "effect-spotify/node"
import { TestBrowser } from "effect-spotify/testing"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs/promises"
import { createServer } from "node:http"
import * as Os from "node:os"
import * as Path from "node:path"

/** Whose session is whose: in a real app a table of the database. */
const users = new Map<Session.SessionKey, string>()

const nameOf = (key: Session.SessionKey) => users.get(key) ?? "a new session"

const LoginLayer = LoginRoutes.layer({
  secrets: Redacted.make("the-example-s-own:yours-are-random-and-in-no-source"),
  afterLogin: "/me",
  onLogin: ({ key }) =>
    Effect.gen(function* () {
      const spotify = yield* SpotifyClient.SpotifyClient
      const { id } = yield* spotify.me.profile
      users.set(key, id)
    }).pipe(
      SessionService.withSession(key),
      // Who cannot be named is not let in
      Effect.mapError(() => new LoginRoutes.LoginRefused())
    )
})

const me = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const profile = yield* spotify.me.profile
  return HttpServerResponse.text(`${profile.display_name ?? profile.id}, ${profile.id}`)
}).pipe(LoginRoutes.withRequestSession, LoginRoutes.orLogIn)

const home = HttpServerResponse.html(
  `<form method="post" action="/auth/logout"><button>Sign out</button></form>`
)

const AppLayer = HttpRouter.empty.pipe(
  HttpRouter.get("/", home),
  HttpRouter.get("/me", me),
  Effect.catchTag("RouteNotFound", () => HttpServerResponse.text("Not found", { status: 404 })),
  Effect.catchAll((error) =>
    Effect.as(Console.error(error.message), HttpServerResponse.text("Something went wrong", { status: 500 }))
  ),
  LoginRoutes.withRoutes,
  HttpServer.serve()
)

const listen = NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })

const program = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.promise(() => Fs.mkdtemp(Path.join(Os.tmpdir(), "sessions-"))),
    (path) => Effect.promise(() => Fs.rm(path, { recursive: true }))
  )
  // The socket outlives the app behind it, as it does behind a load balancer
  const socket = yield* Layer.build(listen)
  const { address } = Context.get(socket, HttpServer.HttpServer)
  const origin = `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`
  const emulator = yield* Layer.build(
    SpotifyEmulator.layerServer({
      consent: "form",
      config: { redirectUri: `${origin}/auth/callback` }
    }).pipe(Layer.provide(Layer.fresh(listen)))
  )

  /** One life of the server: whatever the users do in it. */
  const serving = <E>(visit: Effect.Effect<void, E>) =>
    Effect.gen(function* () {
      const sessions = yield* SessionService.SessionService
      const watching = yield* sessions.events.pipe(
        Stream.runForEach((event) =>
          Console.log(`   ${event._tag}${"key" in event ? `: ${nameOf(event.key)}` : ""}`)
        ),
        Effect.fork
      )
      yield* Effect.yieldNow()
      yield* visit
      yield* Fiber.interrupt(watching)
    }).pipe(
      Effect.provide(
        AppLayer.pipe(
          Layer.provide(LoginLayer),
          Layer.provideMerge(SpotifyClient.layer()),
          Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many" })),
          Layer.provide([FileTokenStore.layer({ directory }), FetchTransport.layer]),
          Layer.provide([Layer.succeedContext(emulator), Layer.succeedContext(socket)])
        )
      )
    )

  const [first, second] = yield* Effect.all([TestBrowser.make, TestBrowser.make])
  const signIn = (browser: TestBrowser.Browser, user: string) =>
    Effect.gen(function* () {
      const consent = yield* browser.open(`${origin}/auth/login`)
      const page = yield* browser.submit(consent, { _user: user, _decision: "allow" })
      yield* Console.log(`signed in: ${page.text}`)
    })
  const show = (name: string, browser: TestBrowser.Browser) =>
    Effect.flatMap(browser.open(`${origin}/me`), (page) =>
      Console.log(`${name}: ${page.status} ${page.text}`)
    )

  yield* serving(Effect.zipRight(signIn(first, "premium-listener"), signIn(second, "free-listener")))
  yield* Console.log("the server starts again")
  yield* serving(
    Effect.gen(function* () {
      yield* show("first browser", first)
      yield* show("second browser", second)
      yield* first.submit(yield* first.open(origin), {})
      yield* show("first browser", first)
      yield* show("second browser", second)
    })
  )
}).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))

NodeRuntime.runMain(program)
