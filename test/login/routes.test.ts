/** The login of a web server, from the link to the logout, with any number of instances, tabs and users. */
import {
  type HttpApp,
  HttpClient,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { LoginRoutes, Session, SessionService, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { TestBrowser as RealBrowser } from "effect-spotify/testing"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { randomBytes } from "node:crypto"
import { createServer } from "node:http"
import * as Signer from "../../src/login/signer.js"
import {
  Browser,
  codesExchanged,
  type Environment,
  environment,
  instance,
  origin,
  secret,
  type Server
} from "./support/routesServer.js"

const sessionName = "__Host-spotify-session"
const loginName = "__Host-spotify-login"

const idOf = (browser: Browser) => (browser.jar.get(sessionName) ?? "").split(".")[0] ?? ""

const stateOf = (context: Context.Context<SessionService.SessionService>, key: string) =>
  Context.get(context, SessionService.SessionService).session.pipe(
    SessionService.withSession(Session.SessionKey(key)),
    Effect.map(({ _tag }) => _tag)
  )

describe("LoginRoutes", () => {
  it.scoped("a page sends a person through the login and back, with returnTo", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const html = { accept: "text/html" }
      const first = yield* browser.send(server, "/me?tab=1", { headers: html })
      assert.strictEqual(first.status, 303)
      assert.strictEqual(first.location, "/auth/login?returnTo=%2Fme%3Ftab%3D1")
      const back = yield* browser.login(server, { login: first.location ?? "" })
      assert.strictEqual(back.status, 303)
      assert.strictEqual(back.location, "/me?tab=1")
      const page = yield* browser.send(server, back.location ?? "")
      assert.deepStrictEqual([page.status, page.body], [200, "free-listener"])
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("the cookies are signed, HttpOnly, Lax, of this host, and hold nothing but random ids", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const begun = yield* browser.send(server, "/auth/login")
      const done = yield* browser.login(server)
      for (const [reply, name, life] of [
        [begun, loginName, Duration.minutes(15)],
        [done, sessionName, Duration.days(30)]
      ] as const) {
        const cookie = reply.cookies.cookies[name]
        assert.match(cookie?.value ?? "", /^[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}$/)
        assert.deepInclude(cookie?.options, { httpOnly: true, secure: true, sameSite: "lax", path: "/" })
        assert.isUndefined(cookie?.options?.domain)
        assert.isTrue(Duration.equals(Duration.decode(cookie?.options?.maxAge ?? 0), life))
        assert.strictEqual(reply.headers.get("cache-control"), "no-store")
      }
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("on a loopback address without TLS the cookies go without Secure and its prefix", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const { cookies } = yield* new Browser().send(server, "/login")
      assert.deepStrictEqual(Object.keys(cookies.cookies), ["spotify-login"])
      assert.isUndefined(cookies.cookies["spotify-login"]?.options?.secure)
    }).pipe(Effect.provide(environment("http://127.0.0.1:8888/callback")))
  )

  it.scoped("a callback that reaches another instance completes, and the first knows the session", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* instance(), yield* instance()]
      const browser = new Browser()
      const target = yield* browser.authorize(one.server)
      assert.strictEqual((yield* browser.send(two.server, target)).location, "/")
      assert.strictEqual((yield* browser.send(one.server, "/me")).body, "free-listener")
      assert.strictEqual((yield* browser.send(two.server, "/me")).body, "free-listener")
      assert.strictEqual((yield* browser.post(one.server, "/auth/logout")).status, 303)
      assert.strictEqual((yield* browser.send(two.server, "/me")).status, 401)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped(
    "P7 P12: a callback sent twice, at once and again, by several instances: one exchange, one session",
    () =>
      Effect.gen(function* () {
        const [one, two] = [yield* instance(), yield* instance()]
        const browser = new Browser()
        const target = yield* browser.authorize(one.server)
        const sending = yield* Effect.fork(
          Effect.all(
            [one, one, two, two, one].map(({ server }) => browser.send(server, target)),
            { concurrency: "unbounded" }
          )
        )
        // Signatures take real time, after which an instance waits for the other by the test's clock
        const tick = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        yield* Effect.repeat(Effect.zipRight(tick, TestClock.adjust("10 millis")), {
          while: () => Effect.map(Fiber.poll(sending), Option.isNone)
        })
        const replies = [...(yield* Fiber.join(sending)), yield* browser.send(two.server, target)]
        const ids = replies.map(({ cookies }) => cookies.cookies[sessionName]?.value)
        assert.deepStrictEqual(
          replies.map(({ location, status }) => [status, location]),
          replies.map(() => [303, "/"])
        )
        assert.strictEqual(new Set(ids).size, 1)
        assert.strictEqual(yield* codesExchanged, 1)
        assert.strictEqual((yield* browser.send(two.server, "/me")).status, 200)
      }).pipe(Effect.provide(environment()))
  )

  it.scoped("two tabs log in at once: both come to their page, and one session is left", () =>
    Effect.gen(function* () {
      const { runtime, server } = yield* instance()
      const browser = new Browser()
      const first = yield* browser.authorize(server, { login: "/auth/login?returnTo=/one" })
      const second = yield* browser.authorize(server, { login: "/auth/login?returnTo=/two" })
      assert.strictEqual((yield* browser.send(server, second)).location, "/two")
      const left = idOf(browser)
      assert.strictEqual((yield* browser.send(server, first)).location, "/one")
      assert.notStrictEqual(idOf(browser), left)
      assert.strictEqual(yield* stateOf(runtime.context, left), "SignedOut")
      assert.strictEqual((yield* browser.send(server, "/me")).status, 200)
      // Their callbacks loaded again: nobody is signed out by it
      for (const target of [second, first]) {
        assert.strictEqual((yield* browser.send(server, target)).status, 303)
        assert.strictEqual((yield* browser.send(server, "/me")).status, 200)
      }
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("several users at one server see their own account only", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const users = ["free-listener", "premium-listener"]
      const browsers = users.map(() => new Browser())
      yield* Effect.forEach(browsers, (browser, index) => browser.login(server, { user: users[index] ?? "" }))
      for (const [index, browser] of browsers.entries()) {
        assert.strictEqual((yield* browser.send(server, "/me")).body, users[index])
      }
      const [one = new Browser(), two = new Browser()] = browsers
      yield* one.post(server, "/auth/logout")
      assert.strictEqual((yield* one.send(server, "/me")).status, 401)
      assert.strictEqual((yield* two.send(server, "/me")).status, 200)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("orLogIn passes on every other failure of the app", () =>
    Effect.gen(function* () {
      const { runtime } = yield* instance()
      const app: HttpApp.Default<string> = Effect.fail("mistake")
      const request = HttpServerRequest.fromWeb(new Request("http://127.0.0.1:8888/me"))
      const failure = LoginRoutes.orLogIn(app).pipe(
        Effect.flip,
        Effect.provideService(HttpServerRequest.HttpServerRequest, request),
        Effect.provide(runtime.context)
      )
      assert.strictEqual(yield* failure, "mistake")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("status tells state and scopes, and neither a token nor an id", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const browser = new Browser()
      const status = Effect.map(browser.send(server, "/auth/status"), (reply) => {
        assert.strictEqual(reply.status, 200)
        assert.strictEqual(reply.headers.get("cache-control"), "no-store")
        return JSON.parse(reply.body) as LoginRoutes.Status
      })
      const nobody = { signedIn: false, scopes: [], expiresSoon: false, reauthorizeBy: null }
      assert.deepStrictEqual(yield* status, nobody)
      yield* browser.login(server)
      const scopes = ["user-top-read", "user-read-private"] as const
      assert.deepStrictEqual(yield* status, { ...nobody, signedIn: true, scopes: [...scopes] })
      yield* TestClock.adjust("160 days")
      const soon = yield* status
      assert.isTrue(soon.signedIn && soon.expiresSoon)
      assert.deepStrictEqual(soon.scopes, [...scopes])
      assert.strictEqual(soon.reauthorizeBy, "1970-07-01T00:00:00.000Z")
      yield* browser.post(server, "/auth/logout")
      assert.deepStrictEqual(yield* status, nobody)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("logout forgets the session and the cookie, and the cookie works no more if it was kept", () =>
    Effect.gen(function* () {
      const { runtime, server } = yield* instance({ afterLogout: "/goodbye" })
      const browser = new Browser()
      yield* browser.login(server)
      const kept = new Map(browser.jar)
      const key = idOf(browser)
      const out = yield* browser.post(server, "/auth/logout")
      assert.deepStrictEqual([out.status, out.location], [303, "/goodbye"])
      assert.isFalse(browser.jar.has(sessionName))
      assert.strictEqual(yield* stateOf(runtime.context, key), "SignedOut")
      for (const [name, value] of kept) {
        browser.jar.set(name, value)
      }
      assert.strictEqual((yield* browser.send(server, "/me")).status, 401)
      const status = yield* browser.send(server, "/auth/status")
      assert.deepInclude(JSON.parse(status.body), { signedIn: false, scopes: [] })
      // Twice does no harm
      assert.strictEqual((yield* browser.post(server, "/auth/logout")).status, 303)
      assert.strictEqual((yield* new Browser().post(server, "/auth/logout")).status, 303)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("hooks: the app notes whose session it is, refuses users, and learns of the end", () =>
    Effect.gen(function* () {
      const users = new Map<string, string>()
      const ended: Array<string> = []
      const { runtime, server } = yield* instance({
        onLogin: ({ key, previous }) =>
          Effect.suspend(() => {
            if (users.size === 2) {
              return new LoginRoutes.LoginRefused()
            }
            users.set(
              key,
              Option.getOrElse(previous, () => "new")
            )
            return Effect.void
          }),
        onLogout: (key) => Effect.sync(() => void ended.push(key))
      })
      const browser = new Browser()
      yield* browser.login(server)
      const first = idOf(browser)
      yield* browser.login(server)
      const second = idOf(browser)
      assert.deepStrictEqual(
        [...users],
        [
          [first, "new"],
          [second, first]
        ]
      )
      assert.deepStrictEqual(ended, [first])
      const refused = yield* browser.login(server)
      assert.strictEqual(refused.status, 403)
      assert.include(refused.body, "does not accept the account")
      assert.strictEqual(idOf(browser), second)
      assert.strictEqual(yield* stateOf(runtime.context, second), "Active")
      assert.strictEqual(yield* codesExchanged, 3)
      const sessions = Context.get(runtime.context, SessionService.SessionService)
      assert.strictEqual(
        (yield* SessionService.withSession(sessions.session, Session.SessionKey(second)))._tag,
        "Active"
      )
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("keepScopes asks for what the present session has as well", () =>
    Effect.gen(function* () {
      const plain = yield* instance({ scopes: ["user-library-read"] })
      const keeping = yield* instance({ scopes: ["streaming"], keepScopes: true })
      const browser = new Browser()
      yield* browser.login(plain.server)
      const { location } = yield* browser.send(keeping.server, "/auth/login")
      assert.strictEqual(new URL(location ?? "").searchParams.get("scope"), "user-library-read streaming")
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("a store that is down: 503 and a page, and the session is there when it is back", () =>
    Effect.gen(function* () {
      const real = yield* TokenStore.TokenStore
      let down = false
      const wrapped = {
        ...real,
        get: (key: TokenStore.StoreKey) =>
          down ? new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" }) : real.get(key)
      }
      const { server } = yield* instance().pipe(Effect.provideService(TokenStore.TokenStore, wrapped))
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      down = true
      const reply = yield* browser.send(server, target)
      assert.strictEqual(reply.status, 503)
      assert.include(reply.body, "try again")
      down = false
      assert.strictEqual((yield* browser.send(server, target)).status, 303)
      down = true
      assert.strictEqual((yield* browser.post(server, "/auth/logout")).status, 503)
      assert.isTrue(browser.jar.has(sessionName))
      const { body, status } = yield* browser.send(server, "/auth/status")
      assert.deepStrictEqual([status, body], [503, '{"error":"unavailable"}'])
      down = false
      assert.strictEqual((yield* browser.send(server, "/me")).status, 200)
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("secrets rotate: the old one still verifies, and an unknown one does not", () =>
    Effect.gen(function* () {
      const [old, next, other] = [
        secret,
        "Zm9yIHRoZSBuZXh0IGNvb2tpZXM0MTU5MjY1",
        "YW5vdGhlciBzZXJ2ZXIncyBzZWNyZXQyNzE4"
      ].map((text) => Redacted.make(text))
      assert(old !== undefined && next !== undefined && other !== undefined)
      const before = yield* instance({ secrets: [old] })
      const during = yield* instance({ secrets: [next, old] })
      const after = yield* instance({ secrets: [next] })
      const stranger = yield* instance({ secrets: [other] })
      const browser = new Browser()
      yield* browser.login(before.server)
      const statuses = yield* Effect.forEach([before, during, after, stranger], ({ server }) =>
        Effect.map(browser.send(server, "/me"), ({ status }) => status)
      )
      assert.deepStrictEqual(statuses, [200, 200, 401, 401])
      yield* browser.login(during.server)
      assert.strictEqual((yield* browser.send(after.server, "/me")).status, 200)
    }).pipe(Effect.provide(environment()))
  )

  for (const lifetime of ["process", "request"] as const) {
    it.scopedLive(`P13: a plain function from Request to Response that lives for a ${lifetime}`, () =>
      Effect.gen(function* () {
        const context = yield* Effect.context<Environment>()
        let built = 0
        const layer = LoginRoutes.layer({ secrets: Redacted.make(secret) }).pipe(
          Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions: "many" })),
          Layer.tap(() => Effect.sync(() => (built += 1))),
          Layer.provide(Layer.succeedContext(context))
        )
        const page = Effect.map(LoginRoutes.requestSession, (key) => HttpServerResponse.text(key._tag))
        const { dispose, handler } = LoginRoutes.toWebHandler(page, layer, { lifetime })
        const server = (request: Request) => Effect.promise(() => handler(request))
        assert.strictEqual(built, 0)
        const browser = new Browser()
        assert.strictEqual((yield* browser.send(server, "/")).body, "None")
        assert.strictEqual((yield* browser.login(server)).status, 303)
        assert.strictEqual((yield* browser.send(server, "/")).body, "Some")
        assert.strictEqual(built, lifetime === "process" ? 1 : 4)
        yield* Effect.promise(dispose)
      }).pipe(Effect.provide(environment()))
    )
  }

  it.scoped(
    "a login that begins at another host goes on at the redirect URI's, once and before its cookie",
    () =>
      Effect.gen(function* () {
        const { server } = yield* instance()
        const login = "/auth/login?returnTo=%2Fme%3Ftab%3D1&x=a%20b"
        const sent = (headers: Record<string, string>, target = login, method = "GET") =>
          Effect.map(new Browser().send(server, target, { method, headers }), ({ cookies, location }) => {
            const url = new URL(location ?? "")
            const isHere = url.origin === origin
            assert.strictEqual(Object.keys(cookies.cookies).length, isHere ? 0 : 1)
            if (isHere) {
              assert.deepStrictEqual(
                [url.pathname, url.searchParams.get("returnTo"), url.searchParams.get("x")],
                ["/auth/login", "/me?tab=1", "a b"]
              )
            }
            return isHere ? url : undefined
          })
        for (const headers of [
          { host: "www.app.example" },
          { host: "evil.app.example" },
          { host: "app.example.", "sec-fetch-site": "same-origin" },
          { host: "app.example", "x-forwarded-host": "www.app.example, app.example" },
          { host: "app.example", forwarded: 'for=1;Host="www.app.example:443";proto=https, host=app.example' }
        ]) {
          const url = yield* sent(headers)
          assert.isDefined(url, JSON.stringify(headers))
          // A proxy may hide the host for ever
          const again = yield* new Browser().send(server, `${url?.pathname}${url?.search}`, { headers })
          assert.match(again.location ?? "", /authorize\?/)
        }
        const post = { host: "www.app.example", "sec-fetch-site": "same-origin" }
        assert.isDefined(yield* sent(post, login, "POST"))
        for (const headers of [
          {},
          { host: "APP.example:8443" },
          { host: "" },
          { host: "a b" },
          // What a proxy asks for that hides the host
          { host: "localhost" },
          { host: "127.0.0.1:3000" },
          { host: "[::1]:3000" },
          { host: "10.0.0.7:3000", "x-forwarded-host": "app.example" },
          { host: "10.0.0.7:3000", forwarded: "host=app.example:443" }
        ]) {
          assert.isUndefined(yield* sent(headers), JSON.stringify(headers))
        }
        const { location } = yield* new Browser().login(server, { login: `${login}&sentOn=1` })
        assert.strictEqual(location, "/me?tab=1")
      }).pipe(Effect.provide(environment()))
  )

  it.scoped("an https page is not led to a redirect URI in clear text", () =>
    Effect.gen(function* () {
      const { server } = yield* instance()
      const headers = { host: "app.example", "x-forwarded-proto": "https" }
      const { location } = yield* new Browser().send(server, "/login", { headers })
      assert.match(location ?? "", /authorize\?/)
      const local = new Request("http://localhost:8888/login")
      assert.strictEqual(
        (yield* server(local)).headers.get("location"),
        "http://127.0.0.1:8888/login?sentOn=1"
      )
    }).pipe(Effect.provide(environment("http://127.0.0.1:8888/callback")))
  )

  it.scoped("a real server, by either name, and a browser with a consent page", () =>
    Effect.gen(function* () {
      const browser = yield* RealBrowser.make
      const server = yield* HttpServer.HttpServer
      assert(server.address._tag === "TcpAddress")
      const origin = `http://127.0.0.1:${server.address.port}`
      const me = Effect.map(LoginRoutes.requestSession, (key) => HttpServerResponse.text(key._tag)).pipe(
        LoginRoutes.withRequestSession,
        LoginRoutes.orLogIn
      )
      yield* HttpRouter.empty.pipe(
        HttpRouter.get("/me", me),
        LoginRoutes.withRoutes,
        HttpServer.serve(),
        Layer.provide(LoginRoutes.layer({ secrets: Redacted.make(secret) })),
        Layer.provide(SessionService.layerAuthorizationCode({ sessions: "many" })),
        Layer.provide(TokenStore.layerMemory),
        Layer.provide(
          SpotifyEmulator.layerServer({
            consent: "form",
            config: { redirectUri: `${origin}/callback` }
          }).pipe(Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })))
        ),
        Layer.build
      )
      const consent = yield* browser.open(`${origin}/me`)
      const page = yield* browser.submit(consent, { _user: "free-listener", _decision: "allow" })
      assert.deepStrictEqual([page.status, page.text, page.url], [200, "Some", `${origin}/me`])
      const other = yield* RealBrowser.make
      const named = yield* other.open(`http://localhost:${server.address.port}/me?tab=1`)
      const there = yield* other.submit(named, { _user: "free-listener", _decision: "allow" })
      assert.deepStrictEqual([there.status, there.text, there.url], [200, "Some", `${origin}/me?tab=1`])
      const client = yield* HttpClient.HttpClient
      assert.strictEqual((yield* client.head(`${origin}/callback`)).status, 405)
    }).pipe(
      Effect.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
      Effect.provide(NodeHttpClient.layer)
    )
  )
})

describe("the ends of a session", () => {
  const statuses = (browser: Browser, server: Server, waits: ReadonlyArray<Duration.DurationInput>) =>
    Effect.forEach(waits, (wait) =>
      Effect.zipRight(
        TestClock.adjust(wait),
        Effect.map(browser.send(server, "/me"), ({ status }) => status)
      )
    )
  /** An instance that notes which sessions were forgotten. */
  const noting = Effect.fnUntraced(function* (options: Omit<LoginRoutes.Options, "secrets">) {
    const ended: Array<string> = []
    const { runtime, server } = yield* instance({
      ...options,
      onLogout: (key) => Effect.sync(() => void ended.push(key))
    })
    const browser = new Browser()
    yield* browser.login(server)
    return {
      browser,
      ended,
      key: idOf(browser),
      server,
      state: (key: string) => stateOf(runtime.context, key)
    }
  })

  it.scoped(
    "idle: the session is over for every copy of the cookie, and the next login tells the program",
    () =>
      Effect.gen(function* () {
        const { browser, ended, key, server, state } = yield* noting({ idleTimeout: "30 minutes" })
        assert.deepStrictEqual(yield* statuses(browser, server, ["29 minutes", "29 minutes"]), [200, 200])
        yield* TestClock.adjust("29 minutes")
        assert.strictEqual(yield* state(key), "Active")
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* state(key), "SignedOut")
        const first = yield* browser.send(server, "/me", { headers: { accept: "text/html" } })
        assert.deepStrictEqual([first.status, first.location], [303, "/auth/login?returnTo=%2Fme"])
        assert.deepStrictEqual(yield* statuses(browser, server, ["0 millis"]), [401])
        yield* browser.login(server)
        assert.deepStrictEqual([idOf(browser) === key, ended], [false, [key]])
        assert.deepStrictEqual(yield* statuses(browser, server, ["29 minutes"]), [200])
      }).pipe(Effect.provide(environment()))
  )

  it.scoped("absolute: however much it is used, and at another instance as well", () =>
    Effect.gen(function* () {
      const options = { idleTimeout: "30 minutes", absoluteTimeout: "2 hours" } as const
      const { browser, key, server, state } = yield* noting(options)
      const other = yield* instance(options)
      const waits = Array.from({ length: 5 }, () => "20 minutes" as const)
      assert.deepStrictEqual(yield* statuses(browser, server, waits), [200, 200, 200, 200, 200])
      assert.deepStrictEqual(yield* statuses(browser, other.server, ["19 minutes"]), [200])
      assert.deepStrictEqual(yield* statuses(browser, server, ["1 minute"]), [401])
      assert.deepStrictEqual(yield* statuses(browser, other.server, ["0 millis"]), [401])
      assert.strictEqual(yield* state(key), "SignedOut")
    }).pipe(Effect.provide(environment()))
  )

  for (const path of ["/auth/status", "/auth/login", "/auth/logout"]) {
    it.scoped(`${path} of a session that has ended answers like that of nobody`, () =>
      Effect.gen(function* () {
        const { browser, ended, key, server } = yield* noting({ idleTimeout: "1 hour" })
        yield* TestClock.adjust("59 minutes")
        // A page of the app that looks whether somebody is signed in shows that somebody is there
        yield* browser.send(server, "/auth/status")
        yield* TestClock.adjust("59 minutes")
        assert.include((yield* browser.send(server, "/auth/status")).body, '"signedIn":true')
        yield* TestClock.adjust("1 hour")
        const method = path === "/auth/logout" ? "POST" : "GET"
        const headers = path === "/auth/login" ? { "sec-fetch-site": "cross-site" } : { origin }
        const { body, status } = yield* browser.send(server, path, { method, headers })
        assert.strictEqual(status, path === "/auth/status" ? 200 : 303)
        assert.notInclude(body, '"signedIn":true')
        assert.deepStrictEqual(ended, path === "/auth/logout" ? [key] : [])
      }).pipe(Effect.provide(environment()))
    )
  }

  it.scoped("a callback sent again moves no end", () =>
    Effect.gen(function* () {
      const { server } = yield* instance({ idleTimeout: "1 minute" })
      const browser = new Browser()
      const target = yield* browser.authorize(server)
      yield* browser.send(server, target)
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual((yield* browser.send(server, target)).status, 303)
      assert.deepStrictEqual(yield* statuses(browser, server, ["10 seconds"]), [401])
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("sessions of before get the ends, and shorter ones hold at once", () =>
    Effect.gen(function* () {
      const plain = yield* instance()
      const browser = new Browser()
      yield* browser.login(plain.server)
      assert.deepStrictEqual(yield* statuses(browser, plain.server, ["20 hours"]), [200])
      const ending = yield* instance({ absoluteTimeout: "1 day", idleTimeout: "2 hours" })
      assert.deepStrictEqual(yield* statuses(browser, ending.server, ["1 hour", "1 hour"]), [200, 200])
      const shorter = yield* instance({ absoluteTimeout: "1 day", idleTimeout: "1 hour" })
      assert.deepStrictEqual(yield* statuses(browser, shorter.server, ["1 minute", "1 hour"]), [200, 401])
      yield* browser.login(plain.server)
      assert.deepStrictEqual(yield* statuses(browser, plain.server, ["20 hours"]), [200])
      assert.deepStrictEqual(yield* statuses(browser, ending.server, ["4 hours"]), [401])
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("a clock that is set back gives no session its time again, and ends none", () =>
    Effect.gen(function* () {
      const options = { idleTimeout: "1 hour", absoluteTimeout: "3 hours" } as const
      yield* TestClock.setTime(Duration.toMillis("10 days"))
      const { browser, server } = yield* noting(options)
      const hour = "59 minutes"
      assert.deepStrictEqual(yield* statuses(browser, server, [hour, hour]), [200, 200])
      yield* TestClock.setTime(Duration.toMillis("9 days"))
      assert.deepStrictEqual(
        yield* statuses(browser, server, ["0 millis", hour, "3 minutes"]),
        [200, 200, 401]
      )
      yield* browser.login(server)
      yield* TestClock.setTime(Duration.toMillis("8 days"))
      assert.deepStrictEqual(yield* statuses(browser, server, ["0 millis", "1 hour"]), [200, 401])
    }).pipe(Effect.provide(environment()))
  )

  it.scoped("a store that is down ends no session that was seen, and keeps none past its end", () =>
    Effect.gen(function* () {
      const real = yield* TokenStore.TokenStore
      let down = false
      const get = (key: TokenStore.StoreKey) =>
        down ? new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" }) : real.get(key)
      const watched = Effect.provideService(TokenStore.TokenStore, { ...real, get })
      const { server } = yield* instance({ idleTimeout: "50 minutes" }).pipe(watched)
      const fresh = yield* instance({ idleTimeout: "50 minutes" }).pipe(watched)
      const browser = new Browser()
      yield* browser.login(server)
      assert.deepStrictEqual(yield* statuses(browser, server, ["0 millis"]), [200])
      down = true
      assert.deepStrictEqual(yield* statuses(browser, server, ["49 minutes", "1 minute"]), [200, 401])
      assert.deepStrictEqual(yield* statuses(browser, fresh.server, ["0 millis"]), [401])
      assert.strictEqual((yield* browser.post(server, "/auth/logout")).status, 503)
      assert.isTrue(browser.jar.has(sessionName))
      down = false
      assert.deepStrictEqual(yield* statuses(browser, server, ["0 millis"]), [401])
    }).pipe(Effect.provide(environment()))
  )
})

describe("LoginRoutes' options", () => {
  const failure = (
    options: Partial<LoginRoutes.Options>,
    redirectUri: string | undefined = "https://app.example/callback"
  ) =>
    instance(options).pipe(
      Effect.scoped,
      Effect.flip,
      Effect.provide(environment(redirectUri)),
      Effect.map((error) => [
        error._tag,
        "reason" in error ? error.reason : "code" in error ? error.code : "",
        error.message
      ])
    )

  it.effect("a secret that is missing or short, and cookies and paths that cannot be, are told", () =>
    Effect.gen(function* () {
      const short = Redacted.make("canary".repeat(5))
      for (const [options, reason] of [
        [{ secrets: [] }, "SecretMissing"],
        [{ secrets: Redacted.make("") }, "SecretMissing"],
        [{ secrets: short }, "SecretTooShort"],
        [{ secrets: [Redacted.make(secret), short] }, "SecretTooShort"],
        ...[
          "x".repeat(64),
          "\u00e9".repeat(40),
          `${"canary".repeat(9)}can`,
          "passwordpasswordpasswordpassword",
          "0123456789abcdef".repeat(4),
          "abcdefghijklmnopqrstuvwxyz0123456789",
          "aabbccddeeffgghhiijjkkllmmnnooppqqrr",
          `${"a".repeat(31)}1`,
          "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee",
          `${"0".repeat(30)}canary`
        ].map(
          (text) => [{ secrets: [Redacted.make(secret), Redacted.make(text)] }, "SecretGuessable"] as const
        ),
        [{ sessionCookie: { name: "a;b" } }, "Cookie"],
        [{ sessionCookie: { name: "a.b" } }, "Cookie"],
        [{ sessionCookie: { name: "n".repeat(65) } }, "Cookie"],
        [{ sessionCookie: { name: "__Host-mine" } }, "Cookie"],
        [{ sessionCookie: { name: "spotify-login" } }, "Cookie"],
        [{ sessionCookie: { domain: "https://example.com" } }, "Cookie"],
        [{ prefix: "auth" }, "Path"],
        [{ prefix: "//evil" }, "Path"],
        [{ afterLogin: "https://evil.example" }, "Path"],
        [{ afterLogout: "//evil.example" }, "Path"],
        [{ idleTimeout: 0 }, "Timeout"],
        [{ absoluteTimeout: "-1 hours" }, "Timeout"]
      ] as const) {
        const [tag, found, message = ""] = yield* failure(options)
        assert.deepStrictEqual([tag, found], ["LoginRoutesMisconfigured", reason])
        assert.notInclude(message, "canary")
        assert.isAbove(message.length, 60)
      }
      assert.strictEqual((yield* failure({}, "https://app.example/login"))[1], "Path")
      assert.strictEqual((yield* failure({}, "com.example.app:/callback"))[1], "redirect_uri_invalid")
    })
  )

  it.effect("no random secret is taken for one that could be guessed", () =>
    Effect.gen(function* () {
      for (const text of Array.from({ length: 300 }, () => randomBytes(32))) {
        const forms = [text.toString("base64"), text.toString("hex"), text.toString("hex", 0, 16)]
        yield* Signer.make(forms.map((form) => Redacted.make(form)))
      }
    })
  )

  it.scoped("a domain's cookie is __Secure-, and names and prefix can be chosen", () =>
    Effect.gen(function* () {
      const { server } = yield* instance({
        prefix: "/spotify",
        sessionCookie: { name: "sid", domain: "app.example", life: "1 hour" },
        loginCookie: { name: "pending" }
      })
      const browser = new Browser()
      const { cookies } = yield* browser.login(server, { login: "/spotify/login" })
      assert.deepInclude(cookies.cookies["__Secure-sid"]?.options, { domain: "app.example", secure: true })
      assert.isTrue(browser.jar.has("__Host-pending"))
    }).pipe(Effect.provide(environment()))
  )

  it.effect("layerConfig takes the secrets from the environment", () =>
    Effect.gen(function* () {
      const build = (variables: ReadonlyArray<[string, string]>) =>
        Layer.build(LoginRoutes.layerConfig()).pipe(
          Effect.provide(SessionService.layerAuthorizationCode({ sessions: "many" })),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(variables))),
          Effect.scoped,
          Effect.either,
          Effect.provide(environment())
        )
      assert.strictEqual((yield* build([["SPOTIFY_COOKIE_SECRETS", `${secret} ${secret}2`]]))._tag, "Right")
      assert.strictEqual((yield* build([["SPOTIFY_COOKIE_SECRETS", `${secret} short`]]))._tag, "Left")
      for (const value of [undefined, ""]) {
        const missing = JSON.stringify(
          yield* build(value === undefined ? [] : [["SPOTIFY_COOKIE_SECRETS", value]])
        )
        assert.include(missing, "SPOTIFY_COOKIE_SECRETS")
        assert.include(missing, "openssl rand -base64 32")
      }
    })
  )

  it.scoped("layerConfig takes a Config for each option, or for all, and hooks as they are", () =>
    Effect.gen(function* () {
      const provider = ConfigProvider.fromMap(
        new Map([
          ["MY_SECRET", secret],
          ["MY_PREFIX", "/spotify"],
          ["MY_COOKIE", "sid"]
        ])
      )
      const seen: Array<string> = []
      const routes = LoginRoutes.layerConfig({
        secrets: Config.redacted("MY_SECRET"),
        prefix: Config.string("MY_PREFIX"),
        sessionCookie: { name: Config.string("MY_COOKIE") },
        onLogin: ({ key }) => Effect.sync(() => void seen.push(key))
      })
      const { server } = yield* Effect.withConfigProvider(instance({}, undefined, {}, routes), provider)
      const browser = new Browser()
      yield* browser.login(server, { login: "/spotify/login" })
      assert.deepStrictEqual(seen, [(browser.jar.get("__Host-sid") ?? "").split(".")[0]])

      const whole = LoginRoutes.layerConfig(
        Config.map(Config.redacted("MY_SECRET"), (secrets) => ({ secrets, prefix: "/whole" }))
      )
      const { runtime } = yield* Effect.withConfigProvider(instance({}, undefined, {}, whole), provider)
      assert.strictEqual(Context.get(runtime.context, LoginRoutes.LoginRoutes).paths.login, "/whole/login")
    }).pipe(Effect.provide(environment()))
  )
})
