/** The command line login with real sockets: how it ends, and what the browser is shown. */
import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { LoginService, SessionService, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { Loopback } from "effect-spotify/node"
import { TestBrowser } from "effect-spotify/testing"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { createServer } from "node:http"
import { expectNoLeak, shown } from "../support/canaries.js"
import * as Sockets from "./support/sockets.js"
import { assertStatic } from "./support/staticPage.js"
import * as WaitingLogin from "./support/waitingLogin.js"

const codesExchanged = Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ controls }) =>
  Effect.map(controls.tokenRequests, (count) => count.authorization_code)
)

/** Follows the redirect as a browser does. */
const follow = (where: Sockets.Where, target: string) =>
  Effect.gen(function* () {
    const redirect = yield* Sockets.request(where, { target })
    assert.strictEqual(redirect.status, 303)
    const page = yield* Sockets.request(where, { target: redirect.headers["location"] ?? "" })
    return { redirect, page }
  })

describe("Loopback.login", () => {
  it.live("a browser follows the redirects to the page, and the session works", () =>
    Effect.gen(function* () {
      const browser = yield* TestBrowser.make
      const opened = yield* Deferred.make<string>()
      const visit = yield* Deferred.await(opened).pipe(
        Effect.flatMap((url) => browser.open(url)),
        Effect.flatMap((consent) => browser.submit(consent, { _user: "free-listener", _decision: "allow" })),
        Effect.fork
      )
      const session = yield* Loopback.login({ openBrowser: (url) => Deferred.succeed(opened, url) })
      assert.strictEqual(session._tag, "Active")
      const { text, url } = yield* Fiber.join(visit)
      assert.include(text, "You are signed in")
      assert.match(new URL(url).pathname, /^\/signed-in\//)
      assert.strictEqual(new URL(url).search, "")
      assert.isTrue(yield* Sockets.isClosed({ port: Number(new URL(url).port) }))
      yield* Effect.flatMap(SessionService.SessionService, (sessions) => sessions.accessToken)
    }).pipe(
      Effect.provide(
        SessionService.layerPkce().pipe(
          Layer.provide(TokenStore.layerMemory),
          Layer.provideMerge(
            SpotifyEmulator.layerServer({
              app: "public",
              consent: "form",
              config: { redirectUri: "http://127.0.0.1/callback" }
            })
          ),
          Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
          // Not fetch, which says that it is no navigation
          Layer.provideMerge(NodeHttpClient.layer)
        )
      )
    )
  )

  it.scopedLive("every answer is static, unframed, uncached and without a referrer", () =>
    Effect.gen(function* () {
      const { answer, fiber, where } = yield* WaitingLogin.begin()
      const refused = yield* Sockets.request(where, { target: "/nothing" })
      const { page, redirect } = yield* follow(where, yield* answer())
      for (const { headers } of [refused, redirect, page]) {
        assert.strictEqual(headers["cache-control"], "no-store")
        assert.strictEqual(headers["connection"], "close")
        assert.match(headers["content-security-policy"] ?? "", /^default-src 'none';/)
        assert.include(headers["content-security-policy"], "frame-ancestors 'none'")
        assert.strictEqual(headers["referrer-policy"], "no-referrer")
        assert.strictEqual(headers["x-content-type-options"], "nosniff")
        assert.match(headers["content-type"] ?? "", /; charset=utf-8$/)
        assert.notProperty(headers, "access-control-allow-origin")
      }
      assert.strictEqual(page.status, 200)
      assertStatic(page.body, page.headers["content-security-policy"])
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Active")
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("the port is closed when the session is there, even if the browser stays connected", () =>
    Effect.gen(function* () {
      const { answer, fiber, where } = yield* WaitingLogin.begin()
      const lingering = yield* Sockets.idle(where)
      yield* follow(where, yield* answer())
      yield* Fiber.join(fiber)
      assert.isTrue(yield* Sockets.isClosed(where))
      yield* lingering.closed
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("a browser that leaves before the page does not cost the session", () =>
    Effect.gen(function* () {
      const { answer, fiber, where } = yield* WaitingLogin.begin()
      yield* Sockets.request(where, { target: yield* answer() })
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Active")
      assert.isTrue(yield* Sockets.isClosed(where))
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scoped("F2 F13: one answer counts; a second callback gets 410, later the code is used up", () =>
    Effect.gen(function* () {
      const { answer, fiber, redirectUri, where } = yield* WaitingLogin.begin()
      const target = yield* answer()
      const redirect = yield* Sockets.request(where, { target })
      const again = yield* Sockets.request(where, { target })
      const other = yield* Sockets.request(where, { target: yield* answer("deny") })
      assert.deepStrictEqual([redirect.status, again.status, other.status], [303, 410, 410])
      const page = yield* Sockets.request(where, { target: redirect.headers["location"] ?? "" })
      assert.include(page.body, "You are signed in")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Active")
      // At once it is taken for a reload, later for a replay; the code is not sent again either way
      const login = yield* LoginService.LoginService
      yield* login.complete(`${redirectUri.origin}${target}`, { unsafeAnyBrowser: true })
      yield* TestClock.adjust("2 minutes")
      const error = yield* Effect.flip(
        login.complete(`${redirectUri.origin}${target}`, { unsafeAnyBrowser: true })
      )
      assert.isTrue(error._tag === "AuthorizationResponseInvalid" && error.reason === "AlreadyUsed")
      assert.strictEqual(yield* codesExchanged, 1)
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("the user's refusal ends the wait with a kind page", () =>
    Effect.gen(function* () {
      const { answer, fiber, where } = yield* WaitingLogin.begin()
      const { page } = yield* follow(where, yield* answer("deny"))
      assert.strictEqual(page.status, 403)
      assert.include(page.body, "You did not give consent")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.isTrue(error._tag === "AuthorizationDenied" && error.code === "access_denied")
      assert.strictEqual(yield* codesExchanged, 0)
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("F7: an error with markup, escapes and CRLF is shown and told as its kind only", () =>
    Effect.gen(function* () {
      for (const text of [
        "<script>alert(1)</script>",
        "\u001b]0;canary\u0007",
        "a\r\nSet-Cookie: canary=1"
      ]) {
        const { fiber, state, where } = yield* WaitingLogin.begin()
        const hostile = encodeURIComponent(text)
        const { page, redirect } = yield* follow(
          where,
          `/callback?error=${hostile}&error_description=${hostile}&state=${state}`
        )
        assert.include(page.body, "Nothing was shared")
        for (const reply of [redirect, page]) {
          assert.notMatch(reply.text, /script>|canary|set-cookie|alert/i)
        }
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert.isTrue(error._tag === "AuthorizationDenied" && error.code === "other")
        assert.notMatch(shown(error), /canary|alert/)
      }
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("a code that Spotify refuses is told in the terminal, and not in the browser", () =>
    Effect.gen(function* () {
      const { fiber, state, where } = yield* WaitingLogin.begin()
      const { page } = yield* follow(where, `/callback?code=canary-code&state=${state}`)
      assert.strictEqual(page.status, 500)
      assert.include(page.body, "Go back to the terminal")
      assert.notMatch(page.text, /canary|grant/)
      assert.strictEqual((yield* Effect.flip(Fiber.join(fiber)))._tag, "InvalidGrant")
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scoped("F12: nobody comes: a typed error after five minutes, and the port is closed", () =>
    Effect.gen(function* () {
      const { fiber, where } = yield* WaitingLogin.begin()
      yield* TestClock.adjust("299 seconds")
      assert.isFalse(yield* Sockets.isClosed(where))
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.isTrue(error._tag === "LoopbackServerError" && error.kind === "Timeout")
      assert.include(error.message, "Headless.login")
      assert.isTrue(yield* Sockets.isClosed(where))
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("an interruption closes the port and every connection", () =>
    Effect.gen(function* () {
      const { fiber, where } = yield* WaitingLogin.begin()
      const lingering = yield* Sockets.idle(where, "GET /call")
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.isTrue(yield* Sockets.isClosed(where))
      yield* lingering.closed
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scoped("an interruption during the exchange closes the port at once, and the session is kept", () =>
    Effect.gen(function* () {
      const { controls } = yield* SpotifyEmulator.SpotifyEmulator
      const { answer, fiber, where } = yield* WaitingLogin.begin()
      yield* controls.faults.plan([
        { fault: { kind: "latency", delay: "20 seconds" }, target: "accounts", method: "POST", times: 1 }
      ])
      yield* Sockets.request(where, { target: yield* answer() })
      yield* Effect.repeat(Effect.zipRight(Effect.yieldNow(), controls.faults.injected), {
        until: (injected) => injected.length > 0
      })
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* Effect.repeat(Sockets.isClosed(where), { until: (closed) => closed, times: 1000 })
      assert.isTrue(yield* Sockets.isClosed(where))
      assert.isTrue(Option.isNone(yield* Fiber.poll(interrupting)))
      yield* TestClock.adjust("20 seconds")
      const exit = yield* Fiber.join(interrupting)
      assert.isTrue(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause))
      const sessions = yield* SessionService.SessionService
      assert.strictEqual((yield* sessions.session)._tag, "Active")
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.scopedLive("the address is shown when no browser opens, even if what opens it is broken", () =>
    Effect.gen(function* () {
      for (const openBrowser of [
        false as const,
        () => new Loopback.BrowserNotOpened({ reason: "NoDisplay" }),
        () => Effect.die("broken")
      ]) {
        const seen = yield* Deferred.make<string>()
        const fiber = yield* Effect.fork(
          Loopback.login({ openBrowser, showUrl: (url) => Deferred.succeed(seen, url) })
        )
        assert.match(yield* Deferred.await(seen), /^http:\/\/127\.0\.0\.1:\d+\/sign-in\/[\w-]{22}$/)
        yield* Fiber.interrupt(fiber)
      }
    }).pipe(Effect.provide(WaitingLogin.layer()))
  )

  it.effect("F24: neither state, code nor token is in a log, a span or an error", () => {
    const secrets: Array<string> = []
    return expectNoLeak(
      () => secrets,
      Effect.gen(function* () {
        const { answer, fiber, state, where } = yield* WaitingLogin.begin()
        const target = yield* answer()
        secrets.push(state, new URL(target, "http://x").searchParams.get("code") ?? "-")
        yield* Sockets.request(where, { target: "/callback?code=a&state=b" })
        yield* follow(where, target)
        yield* Effect.log(yield* Fiber.join(fiber))
        const sessions = yield* SessionService.SessionService
        secrets.push(Redacted.value(yield* sessions.accessToken))
      }).pipe(Effect.scoped, Effect.provide(WaitingLogin.layer()))
    )
  })
})
