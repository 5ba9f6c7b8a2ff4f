/** What else comes to the port of a login that waits: none of it ends the wait or changes the result. */
import { assert, describe, it } from "@effect/vitest"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Fiber from "effect/Fiber"
import * as LoopbackServer from "../../src/node/loopback/loopbackServer.js"
import * as Hostile from "./support/hostile.js"
import * as Sockets from "./support/sockets.js"
import * as WaitingLogin from "./support/waitingLogin.js"

type Case = readonly [what: string, status: number | ReadonlyArray<number>, request: Attack]
type Attack = (login: {
  readonly where: Sockets.Where
  readonly state: string
  readonly start: URL
}) => Effect.Effect<Sockets.Reply>

const get =
  (target: string, headers: Record<string, string | null> = {}): Attack =>
  ({ start, state, where }) =>
    Sockets.request(where, {
      target: target.replace("$STATE", state).replace("$START", start.pathname),
      headers
    })

/** Right but for one thing, so that only this thing can be the reason of the refusal. */
const right = "/callback?code=canary&state=$STATE"

const flipped = (state: string, at: number) =>
  `${state.slice(0, at)}${state[at] === "x" ? "y" : "x"}${state.slice(at + 1)}`

const byState =
  (change: (state: string) => string): Attack =>
  ({ state, where }) =>
    Sockets.request(where, { target: `/callback?code=canary&state=${change(state)}` })

/** Sends all of them to one waiting login, which must still succeed. */
const survives = (cases: ReadonlyArray<Case>) =>
  Effect.gen(function* () {
    const { controls } = yield* SpotifyEmulator.SpotifyEmulator
    const login = yield* WaitingLogin.begin()
    for (const [what, status, attack] of cases) {
      const reply = yield* attack(login)
      assert.include([status].flat(), reply.status, what)
      assert.notInclude(reply.text, "canary", what)
      assert.notMatch(reply.text, /access-control/i, what)
      assert.strictEqual(yield* Fiber.poll(login.fiber).pipe(Effect.map((_) => _._tag)), "None", what)
    }
    assert.strictEqual((yield* controls.tokenRequests).authorization_code, 0)
    const redirect = yield* Sockets.request(login.where, { target: yield* login.answer() })
    assert.strictEqual(redirect.status, 303)
    yield* Sockets.request(login.where, { target: redirect.headers["location"] ?? "" })
    assert.strictEqual((yield* Fiber.join(login.fiber))._tag, "Active")
    assert.strictEqual((yield* controls.tokenRequests).authorization_code, 1)
  }).pipe(Effect.provide(WaitingLogin.layer()))

/** The listener itself with less patience, so that nobody waits five seconds. */
const impatient = (limits: Partial<LoopbackServer.Limits>) =>
  Effect.gen(function* () {
    const server = yield* LoopbackServer.make({
      host: "127.0.0.1",
      port: 0,
      redirectUri: (port) => `http://127.0.0.1:${port}/callback`,
      limits: { ...LoopbackServer.limits, ...limits }
    })
    yield* server.expect({ state: "right", url: "https://accounts.example/authorize" })
    const { pathname, port } = new URL(server.startUrl)
    const where: Sockets.Where = { port: Number(port) }
    const { headers } = yield* Sockets.request(where, { target: pathname })
    return { server, where: { ...where, cookie: headers["set-cookie"]?.split(";")[0] } }
  })

/** A cookie of the waiting login's browser, changed. */
const withCookie =
  (change: (cookie: string) => string, target = right): Attack =>
  (login) =>
    get(target, { Cookie: change(login.where.cookie ?? "") })(login)

const worthless = (cookie: string) => cookie.replace(/=.*/, `=${"A".repeat(43)}`)

describe("Loopback under attack", () => {
  it.scopedLive("F3: an answer with the right state from another browser or program is refused", () =>
    Effect.gen(function* () {
      const other = yield* Effect.provide(WaitingLogin.begin(), WaitingLogin.layer())
      const [, value] = other.where.cookie?.split("=") ?? []
      yield* survives([
        ["no cookie", 403, get(right, { Cookie: null })],
        ["an empty one", 403, withCookie((cookie) => cookie.replace(/=.*/, "="))],
        ["another value", 403, withCookie(worthless)],
        ["one character more", 403, withCookie((cookie) => `${cookie}A`)],
        ["one character off", 403, withCookie((cookie) => flipped(cookie, cookie.length - 1))],
        ["another name", 403, withCookie((cookie) => cookie.replace("=", "x="))],
        ["the name behind a no-break space", 403, withCookie((cookie) => `\xA0${cookie}`)],
        ["the cookie of another login", 403, get(right, { Cookie: other.where.cookie ?? "" })],
        ["its value", 403, withCookie((cookie) => cookie.replace(/=.*/, `=${value}`))],
        ["twice, a planted one first", 403, withCookie((cookie) => `${worthless(cookie)}; ${cookie}`)],
        ["twice, a planted one last", 403, withCookie((cookie) => `${cookie}; ${worthless(cookie)}`)],
        ["twice the same", 403, withCookie((cookie) => `${cookie}; ${cookie}`)],
        ["a denial", 403, get("/callback?error=access_denied&state=$STATE", { Cookie: null })]
      ])
    })
  )

  it.scopedLive("F3: the start names nothing of the login, and gives one browser a cookie of its own", () =>
    Effect.gen(function* () {
      const { start, where } = yield* WaitingLogin.open()
      assert.match(start.href, /^http:\/\/127\.0\.0\.1:\d+\/sign-in\/[\w-]{22}$/)
      const reply = yield* Sockets.request(where, { target: start.pathname })
      assert.strictEqual(reply.status, 303)
      assert.match(reply.headers["location"] ?? "", /\/authorize\?.*[?&]state=/)
      assert.strictEqual(reply.headers["referrer-policy"], "no-referrer")
      assert.strictEqual(reply.headers["cache-control"], "no-store")
      assert.match(
        reply.headers["set-cookie"] ?? "",
        /^effect-spotify-login-[\w-]{12}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/
      )
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("F3: the browser that came first may come again, as by a reload", () =>
    survives([
      ["the same browser", 303, get("$START")],
      ["a query", 404, get("$START?x=1", { Cookie: null })],
      ["a longer path", 404, get("$START/", { Cookie: null })],
      ["a page of another site", 403, get("$START", { "Sec-Fetch-Mode": "no-cors" })]
    ])
  )

  it.scopedLive("F3: when somebody else took the start first, the user's browser ends the login", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const { fiber, start, where } = yield* WaitingLogin.open()
      const attacker = yield* WaitingLogin.enter(where, start)
      const answer = yield* attacker.answer()
      const page = yield* Sockets.request(where, { target: start.pathname })
      assert.strictEqual(page.status, 409)
      assert.include(page.body, "This sign-in was already opened")
      assert.notProperty(page.headers, "set-cookie")
      assert.notInclude(page.text, attacker.state)
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.isTrue(error._tag === "LoopbackServerError" && error.kind === "OpenedTwice")
      assert.include(error.message, "log in again")
      assert.strictEqual((yield* Sockets.request(attacker.where, { target: answer })).status, 0)
      assert.isTrue(yield* Sockets.isClosed(where))
      assert.strictEqual((yield* controls.tokenRequests).authorization_code, 0)
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scoped("F3: the start is over when the answer is there", () =>
    Effect.gen(function* () {
      const { answer, fiber, start, where } = yield* WaitingLogin.begin()
      const redirect = yield* Sockets.request(where, { target: yield* answer() })
      const late = yield* Sockets.request({ port: where.port }, { target: start.pathname })
      assert.deepStrictEqual([redirect.status, late.status], [303, 410])
      yield* Sockets.request(where, { target: redirect.headers["location"] ?? "" })
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Active")
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("F1: a wrong, missing, empty, changed or longer state is refused and the wait goes on", () =>
    survives([
      ["another", 400, byState(() => "canary")],
      ["missing", 400, get("/callback?code=canary")],
      ["empty", 400, byState(() => "")],
      ["first character off", 400, byState((state) => flipped(state, 0))],
      ["last character off", 400, byState((state) => flipped(state, state.length - 1))],
      ["longer", 400, byState((state) => `${state}A`)],
      ["shorter", 400, byState((state) => state.slice(0, -1))],
      ["other case", 400, byState((state) => (state === state.toLowerCase() ? "X" : state.toLowerCase()))],
      ["twice", 400, get(`${right}&state=$STATE`)],
      ["a code twice", 400, get(`${right}&code=canary`)],
      ["code and error", 400, get(`${right}&error=access_denied`)],
      ["neither code nor error", 400, get("/callback?state=$STATE")],
      ["a denial of another login", 400, get("/callback?error=access_denied&state=canary")]
    ])
  )

  it.scopedLive("F8: a foreign, missing or double Host and an absolute target are refused", () =>
    survives([
      ["rebound name", 421, get(right, { Host: "evil.example" })],
      [
        "rebound name with the port",
        421,
        (login) => get(right, { Host: `evil.example:${login.where.port}` })(login)
      ],
      ["localhost", 421, (login) => get(right, { Host: `localhost:${login.where.port}` })(login)],
      ["no port", 421, get(right, { Host: "127.0.0.1" })],
      ["missing", 400, get(right, { Host: null })],
      [
        "missing in HTTP/1.0",
        400,
        ({ state, where }) =>
          Sockets.exchange(where, `GET ${right.replace("$STATE", state)} HTTP/1.0\r\n\r\n`)
      ],
      [
        "twice",
        400,
        ({ state, where }) =>
          Sockets.exchange(
            where,
            `GET ${right.replace("$STATE", state)} HTTP/1.1\r\nHost: 127.0.0.1:${where.port}\r\nHost: canary\r\n\r\n`
          )
      ],
      ["absolute target", 400, (login) => get(`http://127.0.0.1:${login.where.port}${right}`)(login)]
    ])
  )

  it.scopedLive("F9: what a page of another site can send is refused", () =>
    survives([
      ["fetch", 403, get(right, { "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" })],
      ["img", 403, get(right, { "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" })],
      ["iframe", 403, get(right, { "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" })],
      ["foreign origin", 403, get(right, { Origin: "https://canary.example" })],
      ["origin of a sandbox", 403, get(right, { Origin: "null" })],
      ["WebSocket", 403, get(right, { Upgrade: "websocket", Connection: "Upgrade" })],
      [
        "form",
        405,
        ({ state, where }) =>
          Sockets.request(where, {
            method: "POST",
            target: right.replace("$STATE", state),
            headers: { "Content-Length": "6" },
            body: "canary"
          })
      ],
      [
        "preflight",
        405,
        ({ where }) =>
          Sockets.request(where, {
            method: "OPTIONS",
            target: "/callback",
            headers: { Origin: "https://canary.example", "Access-Control-Request-Private-Network": "true" }
          })
      ],
      [
        "HEAD",
        405,
        ({ state, where }) =>
          Sockets.request(where, { method: "HEAD", target: right.replace("$STATE", state) })
      ],
      [
        "CONNECT",
        [0, 400],
        ({ where }) => Sockets.request(where, { method: "CONNECT", target: `127.0.0.1:${where.port}` })
      ]
    ])
  )

  it.scopedLive("F9: what a browser loads before anybody asks for it consumes nothing", () =>
    survives(
      [
        { "Sec-Purpose": "prefetch", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" },
        { "Sec-Purpose": "prefetch;prerender" },
        { "Sec-Purpose": "prefetch;anonymous-client-ip" },
        { Purpose: "prefetch" },
        { "X-Purpose": "preview" },
        { "X-Moz": "prefetch" }
      ].flatMap((headers) =>
        [right, "$START"].map((target): Case => [
          `${JSON.stringify(headers)} at ${target}`,
          503,
          get(target, { Cookie: null, ...headers })
        ])
      )
    )
  )

  it.scopedLive("F9: a browser's own navigation, with everything it says about itself, is taken", () =>
    Effect.gen(function* () {
      const { answer, fiber, where } = yield* WaitingLogin.begin()
      const headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-User": "?1",
        "Upgrade-Insecure-Requests": "1",
        Cookie: `of_another_program=${"x".repeat(4000)}; ${where.cookie}; last=1`
      }
      const redirect = yield* Sockets.request(where, { target: yield* answer(), headers })
      const page = yield* Sockets.request(where, { target: redirect.headers["location"] ?? "", headers })
      assert.strictEqual(page.status, 200)
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("F10: a port scan, an icon and every other spelling of the path are not found", () =>
    survives([
      ...["/", "/favicon.ico", "/robots.txt", "/signed-in/", "/signed-in/canary"].map((path): Case => [
        path,
        404,
        get(path)
      ]),
      ...[
        "/callback/",
        "//callback",
        "/callback%2f",
        "/./callback",
        "/x/../callback",
        "/CALLBACK",
        "/c%61llback"
      ].map((path): Case => [path, 404, get(right.replace("/callback", path))]),
      ["a port scan", [0, 400], ({ where }) => Sockets.exchange(where, "\r\n\r\ncanary\r\n\r\n")],
      ["TLS", [0, 400], ({ where }) => Sockets.exchange(where, "\u0016\u0003\u0001\u0002\u0000\u0001")]
    ])
  )

  it.scopedLive("F11: long targets and headers are refused, and a body is not waited for", () =>
    survives([
      ["target over 8 KiB", 414, get(`${right}&padding=${"a".repeat(8192)}`)],
      ["headers over 8 KiB", 431, get(right, { Cookie: "a".repeat(8192) })],
      // What is refused is not read to its end, so the answer may be lost on the way
      ["64 KiB of headers", [0, 431], get(right, { Cookie: "canary".repeat(11_000) })],
      [
        "endless body",
        405,
        ({ state, where }) =>
          Sockets.request(where, {
            method: "POST",
            target: right.replace("$STATE", state),
            headers: { "Transfer-Encoding": "chunked" },
            body: "6\r\ncanary\r\n"
          })
      ],
      [
        "endless body where there is none",
        404,
        ({ where }) =>
          Sockets.request(where, { target: "/", headers: { "Content-Length": "1000000000" }, body: "canary" })
      ]
    ])
  )

  it("F11: a client gets 5 s and 16 connections, and 128 for less than a second", () => {
    assert.deepInclude(LoopbackServer.limits, { connections: 16, burst: 128, requestMillis: 5000 })
    assert.isAtMost(LoopbackServer.limits.checkMillis, 1000)
  })

  it.scopedLive("F11: slow and silent clients are cut off", () =>
    Effect.gen(function* () {
      const { where } = yield* impatient({ requestMillis: 200, checkMillis: 50 })
      for (const bytes of ["", "GET /callback", "GET /callback HTTP/1.1\r\nHost: 127.0.0.1\r\nA: "]) {
        const slow = yield* Sockets.idle(where, bytes)
        const reply = yield* slow.closed
        assert.include([0, 408], reply.status, bytes)
      }
    })
  )

  for (const [what, limits, most] of [
    ["at most 16 stay", {}, LoopbackServer.limits.connections],
    ["at most 128 are there at once", { checkMillis: 60_000 }, LoopbackServer.limits.burst]
  ] as const) {
    it.scopedLive(`F11: 1,000 idle connections: ${what}, and the browser still gets through`, () =>
      Effect.gen(function* () {
        const { server, where } = yield* impatient(limits)
        const idle = yield* Effect.forEach(
          Array.from({ length: 1000 }, (_, n) => n),
          () => Sockets.idle(where),
          { concurrency: 50 }
        )
        const reply = yield* Sockets.request(where, { target: "/callback?code=a&state=right" })
        assert.strictEqual(reply.status, 303)
        yield* server.callback(Effect.void)
        const open = Effect.sync(() => idle.filter((socket) => socket.isOpen()).length)
        yield* Effect.repeat(open, {
          until: (count) => count <= most,
          schedule: Schedule.intersect(Schedule.spaced("50 millis"), Schedule.recurs(600))
        })
        assert.isAtMost(yield* open, most)
      })
    )
  }

  it.live("N15: 10,000 hostile requests during a login reflect nothing, and the login succeeds", () =>
    Effect.gen(function* () {
      const report = yield* Hostile.run({ requests: 10_000 })
      console.log(`N15 ${JSON.stringify(report)}`)
      assert.strictEqual(report.succeeded, 1)
      assert.strictEqual(report.exchanges, 1)
      assert.strictEqual(report.reflectedBytes, 0)
      // Nobody is turned away, or the browser could be
      assert.notProperty(report.statuses, "0")
      assert.notProperty(report.statuses, "200")
      assert.notProperty(report.statuses, "303")
      // The goals are 10 MB and 100 ms, which only a process that has the machine for itself can be held to
      assert.isAtMost(report.rssGrowthBytes, 30e6)
      assert.isAtMost(report.portClosedMillis, 10_000)
    })
  )
})
