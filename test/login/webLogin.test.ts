/** The login of a web server whose handlers know nothing of Effect, over one runtime. */
import { HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { LoginRoutes, SessionService, SpotifyClient, SpotifyRuntime } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { Browser, type Environment, environment, secret } from "./support/routesServer.js"

const app = Effect.fnUntraced(function* (
  options: Omit<LoginRoutes.Options, "secrets"> = {},
  page?: (session: string, request: Request) => Response | Promise<Response>
) {
  const context = yield* Effect.context<Environment>()
  let built = 0
  const layer = LoginRoutes.layer({ secrets: Redacted.make(secret), ...options }).pipe(
    Layer.provideMerge(SpotifyClient.layer()),
    Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many" })),
    Layer.tap(() => Effect.sync(() => (built += 1))),
    Layer.provide(Layer.succeedContext(context)),
    Layer.provideMerge(Layer.setClock(yield* Effect.clock))
  )
  const spotify = yield* Effect.acquireRelease(
    Effect.sync(() => SpotifyRuntime.make(layer)),
    (runtime) => Effect.promise(() => runtime.dispose())
  )
  const login = LoginRoutes.toWebLogin(spotify)
  const handler = async (request: Request) =>
    (await login.handle(request)) ??
    (new URL(request.url).pathname === "/"
      ? new Response("home")
      : login.withSession(request, async (session) =>
          page === undefined
            ? new Response((await spotify.run((client) => client.me.profile, { session })).id)
            : page(session, request)
        ))
  const server = (request: Request) => Effect.promise(() => handler(request))
  return { built: () => built, handler, login, server, spotify }
})

const html = { accept: "text/html" }

describe("toWebLogin", () => {
  it.scopedLive("sends a person through the login and back, and serves each their own session", () =>
    Effect.gen(function* () {
      const { built, server } = yield* app()
      const signedIn = Effect.fnUntraced(function* (user: string) {
        const browser = new Browser()
        const first = yield* browser.send(server, "/me?tab=1", { headers: html })
        assert.deepStrictEqual([first.status, first.location], [303, "/auth/login?returnTo=%2Fme%3Ftab%3D1"])
        const back = yield* browser.login(server, { login: first.location ?? "", user })
        assert.strictEqual(back.location, "/me?tab=1")
        return browser
      })
      assert.strictEqual((yield* new Browser().send(server, "/")).body, "home")
      const users = ["free-listener", "premium-listener"]
      const browsers = yield* Effect.forEach(users, signedIn, { concurrency: "unbounded" })
      const pages = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, i) => browsers[i % 2] ?? new Browser()),
        (browser) => browser.send(server, "/me"),
        { concurrency: "unbounded" }
      )
      pages.forEach(({ body }, i) => assert.strictEqual(body, users[i % 2]))
      const script = yield* new Browser().send(server, "/me")
      assert.deepStrictEqual([script.status, script.body], [401, '{"error":"not_authenticated"}'])
      const [free] = browsers
      assert.strictEqual((yield* (free ?? new Browser()).post(server, "/auth/logout")).status, 303)
      const after = yield* Effect.forEach(browsers, (browser) => browser.send(server, "/me"))
      assert.deepStrictEqual(
        after.map(({ status }) => status),
        [401, 200]
      )
      assert.strictEqual(built(), 1)
    }).pipe(Effect.provide(environment()))
  )

  it.scopedLive(
    "what toWebHandler serves and what run calls are the same, built once, and outlive the handler",
    () =>
      Effect.gen(function* () {
        const { built, server, spotify } = yield* app()
        const page = Effect.flatMap(SpotifyClient.SpotifyClient, (client) =>
          Effect.map(client.me.profile, ({ id }) => HttpServerResponse.text(id))
        ).pipe(LoginRoutes.withRequestSession, LoginRoutes.orLogIn)
        const { dispose, handler } = LoginRoutes.toWebHandler(page, spotify)
        const browser = new Browser()
        yield* browser.login((request) => Effect.promise(() => handler(request)))
        assert.strictEqual((yield* browser.send(server, "/me")).body, "free-listener")
        yield* Effect.promise(dispose)
        assert.strictEqual((yield* browser.send(server, "/me")).body, "free-listener")
        assert.strictEqual(built(), 1)
      }).pipe(Effect.provide(environment()))
  )

  it.scopedLive("an authorization that is gone leads to the login, and other errors reject as they are", () =>
    Effect.gen(function* () {
      const mistake = new Error("a mistake")
      const { handler, login, server } = yield* app()
      const failing = yield* app({}, () => {
        throw mistake
      })
      const browser = new Browser()
      yield* browser.login(server)
      const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join("; ")
      const request = new Request("https://app.example/me", { headers: { ...html, cookie } })
      const rejection = yield* Effect.promise(() => failing.handler(request).catch((error: unknown) => error))
      assert.strictEqual(rejection, mistake)
      assert.isUndefined(yield* Effect.promise(() => login.orLogIn(request, mistake)))
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      yield* controls.revokeGrant({ user: "free-listener" })
      const answer = yield* Effect.promise(() => handler(request))
      assert.strictEqual(answer.headers.get("location"), "/auth/login?returnTo=%2Fme")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("a session that is past its end is nobody's", () =>
    Effect.gen(function* () {
      const { login, server } = yield* app({ idleTimeout: "1 hour" }, () => new Response("page"))
      const browser = new Browser()
      yield* browser.login(server)
      const cookie = [...browser.jar].map(([name, value]) => `${name}=${value}`).join("; ")
      const sessionOf = Effect.promise(() => login.sessionOf({ headers: new Headers({ cookie }) }))
      yield* TestClock.adjust("50 minutes")
      assert.isString(yield* sessionOf)
      yield* TestClock.adjust("50 minutes")
      assert.strictEqual((yield* browser.send(server, "/page")).body, "page")
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(yield* sessionOf)
      assert.strictEqual((yield* browser.send(server, "/page")).status, 401)
    }).pipe(Effect.provide(environment()))
  )

  it.scopedLive("a login that is misconfigured rejects with its error, in either form of handler", () =>
    Effect.gen(function* () {
      const { handler, spotify } = yield* app({ afterLogin: "//elsewhere" })
      const request = new Request("https://app.example/me")
      const layer = Layer.effectContext(Effect.map(spotify, ({ context }) => context))
      const handlers = [
        handler,
        LoginRoutes.toWebHandler(HttpServerResponse.text(""), spotify).handler,
        LoginRoutes.toWebHandler(HttpServerResponse.text(""), layer).handler
      ]
      for (const send of handlers) {
        const error = yield* Effect.promise(() => send(request).catch((reason: unknown) => reason))
        assert.instanceOf(error, LoginRoutes.LoginRoutesMisconfigured)
      }
    }).pipe(Effect.provide(environment()))
  )
})
