/** What the token endpoint can do wrong, and what becomes of the session. */
import { assert, describe, it } from "@effect/vitest"
import { SessionService, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { accessToken, login, run } from "../support/userSession.js"
import { activeRecord, as, collectEvents, open, put, refreshes, stored } from "./support.js"

const inSession = run()

const respond = (body: string, init: ResponseInit) => () => Effect.sync(() => new Response(body, init))

const down = respond("down", { status: 500 })

const invalidClient = () => Effect.sync(() => Fake.json({ error: "invalid_client" }, { status: 400 }))

/** A server and a store for several processes. */
const shared = Effect.gen(function* () {
  return { server: FakeAccounts.make(), store: yield* TokenStore.makeMemory }
})

describe("a refresh that succeeds", () => {
  it.effect("A12: keeps the refresh token and the time of authorization when the answer has none", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        const before = yield* stored(store)
        for (let expiry = 0; expiry < 5; expiry++) {
          yield* TestClock.adjust("1 hour")
          yield* accessToken
        }
        const after = yield* stored(store)
        assert.strictEqual(server.grants, 5)
        assert.strictEqual(after?.["authorizedAt"], before?.["authorizedAt"])
        assert.deepNestedInclude(after, { "token.refreshToken": server.refreshToken, lease: null })
      })
    )
  )

  it.effect("A13: a rotated refresh token is in the store before anybody has the access token", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        server.rotate = true
        yield* login
        for (let expiry = 0; expiry < 5; expiry++) {
          yield* TestClock.adjust("1 hour")
          yield* accessToken
          assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
        }
        assert.strictEqual(server.reuse, 0)
      })
    )
  )

  it.effect("refresh fetches a new token although the old one is good", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        const before = yield* accessToken
        assert.notStrictEqual(Redacted.value(yield* service.refresh), before)
        yield* TestClock.adjust("1 second")
        yield* service.refresh
        assert.strictEqual(server.grants, 2)
      })
    )
  )

  it.effect("a refresh that was asked for and fails leaves the old token in use", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        const before = yield* accessToken
        yield* TestClock.adjust("1 second")
        server.instead = down
        assert.strictEqual((yield* Effect.flip(service.refresh))._tag, "TokenEndpointUnavailable")
        assert.strictEqual(yield* accessToken, before)
        assert.strictEqual(refreshes(server.requests).length, 1)
      })
    )
  )
})

describe("an outage of the token endpoint", () => {
  it.effect("A1: while the token is good it is felt by nobody, and is not made worse", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const first = yield* accessToken
        server.instead = down
        yield* TestClock.adjust("56 minutes")
        for (let second = 0; second < 120; second += 4) {
          assert.strictEqual(yield* accessToken, first)
          yield* TestClock.adjust("4 seconds")
        }
        assert.isAtMost(refreshes(server.requests).length, 12)
        server.instead = undefined
        yield* TestClock.adjust("10 minutes")
        assert.notStrictEqual(yield* accessToken, first)
      })
    )
  )

  it.scoped("A1: two processes share their attempts, and each serves the old token to its very end", () =>
    Effect.gen(function* () {
      const { server, store } = yield* shared
      yield* put(store, activeRecord())
      const processes = [yield* open(server, store), yield* open(server, store)]
      server.instead = down
      yield* TestClock.setTime(3301_000)
      const serve = Effect.gen(function* () {
        for (const process of processes) {
          assert.strictEqual(yield* process.accessToken, "seeded-access")
        }
      })
      for (let second = 0; second < 295; second += 5) {
        yield* serve
        yield* TestClock.adjust("5 seconds")
      }
      yield* TestClock.adjust("3999 millis")
      yield* serve
      // Doubling waits of five minutes: nine or so, for both together
      assert.isAtLeast(refreshes(server.requests).length, 6)
      assert.isAtMost(refreshes(server.requests).length, 12)
      yield* TestClock.adjust("1 millis")
      for (const process of processes) {
        assert.strictEqual((yield* Effect.flip(process.accessToken))._tag, "TokenEndpointUnavailable")
      }
    })
  )

  it.scoped("A2: with an expired token it says when to try again, and no process asks before", () =>
    Effect.gen(function* () {
      const { server, store } = yield* shared
      yield* put(store, activeRecord())
      const processes = [yield* open(server, store), yield* open(server, store)] as const
      const now = 2 * 3600_000
      yield* TestClock.setTime(now)
      server.instead = respond("down", { status: 503, headers: { "retry-after": "7" } })
      const first = yield* Effect.flip(processes[0].accessToken)
      assert.isTrue(
        first._tag === "TokenEndpointUnavailable" &&
          first.kind === "Status" &&
          first.status === 503 &&
          first.retryAt?.epochMillis === now + 7000
      )
      for (let wait = 0; wait < 7; wait++) {
        assert.strictEqual(yield* Effect.flip(processes[0].accessToken), first)
        const elsewhere = yield* Effect.flip(processes[1].accessToken)
        assert.isTrue(
          elsewhere._tag === "TokenEndpointUnavailable" &&
            elsewhere.kind === "Busy" &&
            elsewhere.sent === "no" &&
            elsewhere.retryAt?.epochMillis === now + 7000
        )
        assert.match(elsewhere.message, /failed a moment ago in another process.*not before/)
        yield* TestClock.adjust("999 millis")
      }
      assert.strictEqual(refreshes(server.requests).length, 1)
      server.instead = undefined
      yield* TestClock.adjust("7 millis")
      assert.strictEqual(yield* processes[1].accessToken, "access-1-0")
      assert.strictEqual(yield* processes[0].accessToken, "access-1-0")
      assert.strictEqual(refreshes(server.requests).length, 2)
    })
  )

  it.effect("whoever comes too early after a failure is told that failure, whatever it was", () =>
    Effect.forEach(
      [
        [respond("<html>Please accept our terms</html>", { status: 200 }), /not a token.*proxy/],
        [respond("<html>Please accept our terms</html>", { status: 302 }), /redirect.*accountsUrl/],
        [respond(`{"error":"invalid_request"}`, { status: 400 }), /malformed.*accountsUrl/],
        [
          respond(`{"access_token":"a","token_type":"Bearer","expires_in":0}`, { status: 200 }),
          /expires_in.*proxy/
        ],
        [Fake.broken("ENOTFOUND"), /could not be reached \(Dns\)/]
      ] as const,
      ([answer, says]) =>
        inSession((server) =>
          Effect.gen(function* () {
            yield* login
            yield* TestClock.adjust("2 hours")
            server.instead = answer
            const first = yield* Effect.flip(accessToken)
            assert.match(first.message, says)
            const asked = server.requests.length
            assert.strictEqual(yield* Effect.flip(accessToken), first)
            assert.strictEqual(server.requests.length, asked)
            server.instead = undefined
            yield* TestClock.adjust("2 seconds")
            yield* accessToken
          })
        )
    )
  )

  it.effect("A4: 429 without a header is waited for ever longer, at most five minutes", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.instead = respond("slow down", { status: 429 })
        const waits: Array<number> = []
        for (let failure = 0; failure < 14; failure++) {
          const now = yield* TestClock.currentTimeMillis
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(error._tag === "TokenEndpointUnavailable" && error.status === 429)
          const retryAt = error._tag === "TokenEndpointUnavailable" ? error.retryAt?.epochMillis : undefined
          waits.push((retryAt ?? now) - now)
          yield* TestClock.setTime(retryAt ?? now)
        }
        waits.forEach((wait, n) => {
          const longest = Math.min(1000 * 2 ** n, 300_000)
          assert.isAtLeast(wait, longest / 2, `wait ${n}`)
          assert.isAtMost(wait, longest + 1, `wait ${n}`)
        })
        assert.isAbove(new Set(waits.slice(-4)).size, 1)
      })
    )
  )

  it.effect("refreshRetry sets the waits, and one that ends goes on with its last", () =>
    run({
      refreshRetry: Schedule.intersect(Schedule.recurs(2), Schedule.exponential("10 seconds"))
    })((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.instead = down
        const waits: Array<number> = []
        for (let failure = 0; failure < 5; failure++) {
          const now = yield* TestClock.currentTimeMillis
          const error = yield* Effect.flip(accessToken)
          const retryAt = error._tag === "TokenEndpointUnavailable" ? error.retryAt?.epochMillis : undefined
          waits.push((retryAt ?? now) - now)
          yield* TestClock.setTime(retryAt ?? now)
        }
        assert.deepStrictEqual(waits, [10_000, 20_000, 20_000, 20_000, 20_000])
        server.instead = undefined
        assert.strictEqual(yield* accessToken, "access-1-1")
      })
    )
  )

  it.effect("A5: a request that never left is not sent again at once, and costs nothing", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        for (const [code, kind] of [
          ["ENOTFOUND", "Dns"],
          ["ECONNREFUSED", "Connect"],
          ["CERT_HAS_EXPIRED", "Tls"]
        ] as const) {
          server.instead = Fake.broken(code)
          const before = server.requests.length
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(
            error._tag === "TokenEndpointUnavailable" && error.kind === kind && error.sent === "no",
            kind
          )
          assert.strictEqual(server.requests.length, before + 1, kind)
          assert.deepNestedInclude(yield* stored(store), { unanswered: false })
          yield* TestClock.adjust("10 minutes")
        }
        server.instead = undefined
        assert.strictEqual(yield* accessToken, "access-1-1")
      })
    )
  )
})

describe("an answer that is lost", () => {
  it.effect("A6: is asked for once more at once after 30 seconds, and then given up for a while", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.instead = () => Effect.never
        const caller = yield* Effect.fork(Effect.flip(accessToken))
        yield* TestClock.adjust("29999 millis")
        assert.strictEqual(refreshes(server.requests).length, 1)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(refreshes(server.requests).length, 2)
        const sent = refreshes(server.requests).map(({ form }) => form.get("refresh_token"))
        assert.strictEqual(sent[0], sent[1])
        yield* TestClock.adjust("14999 millis")
        assert.isNull(
          yield* Fiber.poll(caller).pipe(Effect.map((exit) => (exit._tag === "None" ? null : exit)))
        )
        yield* TestClock.adjust("1 millis")
        const error = yield* Fiber.join(caller)
        assert.isTrue(
          error._tag === "TokenEndpointUnavailable" && error.kind === "Timeout" && error.sent === "unknown"
        )
        assert.strictEqual(yield* Effect.flip(accessToken), error)
        assert.strictEqual(refreshes(server.requests).length, 2)
        assert.deepNestedInclude(yield* stored(store), { lease: null, unanswered: true, failures: 1 })
        server.instead = undefined
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* accessToken, "access-1-1")
        assert.deepNestedInclude(yield* stored(store), { unanswered: false, failures: 0 })
      })
    )
  )

  it.effect("A6: the repetition gets it from a server that rotates with a grace time", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        const answer = { access_token: "late", token_type: "Bearer", expires_in: 3600, refresh_token: "next" }
        let first = true
        server.instead = () =>
          Effect.suspend(() => {
            const lost = first
            first = false
            return lost ? Effect.never : Effect.succeed(Fake.json(answer))
          })
        const caller = yield* Effect.fork(accessToken)
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* Fiber.join(caller), "late")
        assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": "next" })
      })
    )
  )

  it.effect("A6: from a strict server the reason says that the rotation was lost", () =>
    inSession((server) =>
      Effect.gen(function* () {
        server.rotate = true
        yield* login
        yield* TestClock.adjust("2 hours")
        server.after = Effect.suspend(() =>
          server.grants === 1 && server.reuse === 0 ? Effect.never : Effect.void
        )
        const caller = yield* Effect.fork(Effect.flip(accessToken))
        yield* TestClock.adjust("30 seconds")
        const error = yield* Fiber.join(caller)
        assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "CrashedDuringRotation")
      })
    )
  )

  it.effect(
    "A6: a repetition that gets a 503 or is refused does not make the first answer any less lost",
    () =>
      Effect.forEach(
        [
          Fake.json({ error: "unavailable" }, { status: 503 }),
          Fake.json({ error: "invalid_client" }, { status: 401 })
        ],
        (second) =>
          inSession((server, store) =>
            Effect.gen(function* () {
              server.rotate = true
              yield* login
              yield* TestClock.adjust("2 hours")
              // The server rotates, and its answer never arrives
              server.after = Effect.suspend(() =>
                refreshes(server.requests).length === 1 ? Effect.never : Effect.void
              )
              server.deliver = (response) =>
                refreshes(server.requests).length === 2 ? second.clone() : response
              const caller = yield* Effect.fork(Effect.flip(accessToken))
              yield* TestClock.adjust("30 seconds")
              yield* Fiber.join(caller)
              assert.strictEqual(refreshes(server.requests).length, 2)
              assert.deepNestedInclude(yield* stored(store), { lease: null, unanswered: true })
              yield* TestClock.adjust("15 minutes")
              const error = yield* Effect.flip(accessToken)
              assert.isTrue(
                error._tag === "ReauthorizationRequired" && error.reason === "CrashedDuringRotation"
              )
            })
          ),
        { discard: true }
      )
  )

  it.effect("timeout is for the first request, and half of it for the second", () =>
    run({ timeout: "4 seconds" })((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.instead = () => Effect.never
        const caller = yield* Effect.fork(Effect.flip(accessToken))
        yield* TestClock.adjust("4 seconds")
        assert.strictEqual(refreshes(server.requests).length, 2)
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* Fiber.join(caller))._tag, "TokenEndpointUnavailable")
      })
    )
  )

  const text = JSON.stringify({ access_token: "unseen", token_type: "Bearer", expires_in: 3600 })
  const breaksOff = (part: string) => () =>
    Effect.sync(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => {
              if (part !== "") {
                controller.enqueue(new TextEncoder().encode(part))
              }
              controller.error(Object.assign(new Error("aborted"), { code: "ECONNRESET" }))
            }
          }),
          { headers: { "content-type": "application/json" } }
        )
    )
  const losses: ReadonlyArray<readonly [string, Fake.Handler]> = [
    ["reset before the headers", Fake.broken("ECONNRESET")],
    ["reset after the headers", breaksOff("")],
    ["reset in the middle of the body", breaksOff(text.slice(0, 20))],
    ["truncated JSON", () => Effect.sync(() => new Response(text.slice(0, -5)))]
  ]
  for (const [name, loss] of losses) {
    it.effect(`A7: ${name}: sent again once at once, and then as after any failure`, () =>
      inSession((server, store) =>
        Effect.gen(function* () {
          yield* login
          yield* TestClock.adjust("2 hours")
          server.instead = loss
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(
            (error._tag === "TokenEndpointUnavailable" && error.sent === "unknown") ||
              (error._tag === "TokenResponseInvalid" && error.path === "body"),
            error._tag
          )
          assert.strictEqual(refreshes(server.requests).length, 2)
          assert.deepNestedInclude(yield* stored(store), {
            lease: null,
            unanswered: true,
            failures: 1,
            "token.refreshToken": server.refreshToken
          })
          yield* Effect.flip(accessToken)
          assert.strictEqual(refreshes(server.requests).length, 2)
          server.instead = undefined
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* accessToken, "access-1-1")
        })
      )
    )
  }
})

describe("an answer that is wrong", () => {
  it.effect("A8: garbage from the token endpoint loses nothing", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        for (const garbage of ["<html>portal</html>", "", "null", "[]", "[1]", "7"]) {
          server.instead = respond(garbage, { status: 200 })
          const error = yield* Effect.flip(accessToken)
          assert.strictEqual(error._tag, "TokenResponseInvalid", garbage)
          assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
          yield* TestClock.adjust("10 minutes")
        }
        server.instead = undefined
        assert.strictEqual(yield* accessToken, "access-1-1")
      })
    )
  )

  it.effect("A22: a token that is over on arrival is a failed refresh and is never handed out", () =>
    inSession((server, store) =>
      Effect.scoped(
        Effect.gen(function* () {
          server.rotate = true
          yield* login
          yield* TestClock.adjust("2 hours")
          const events = yield* collectEvents(yield* SessionService.SessionService)
          server.expiresIn = 5
          server.after = Effect.sleep("6 seconds")
          const caller = yield* Effect.fork(Effect.flip(accessToken))
          yield* TestClock.adjust("6 seconds")
          const error = yield* Fiber.join(caller)
          assert.isTrue(error._tag === "TokenResponseInvalid" && error.path === "expires_in")
          // Its refresh token is as good as any, and must not be lost
          assert.deepNestedInclude(yield* stored(store), {
            "token.refreshToken": server.refreshToken,
            failures: 1
          })
          yield* Effect.flip(accessToken)
          assert.strictEqual(refreshes(server.requests).length, 1)
          assert.deepStrictEqual(
            events.map((event) => event._tag),
            ["RefreshFailed"]
          )
          server.expiresIn = 3600
          server.after = Effect.void
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* accessToken, "access-2-1")
          assert.strictEqual(server.reuse, 0)
        })
      )
    )
  )
})

describe("an app that Spotify refuses", () => {
  it.effect("A18: leaves the session as it is, and is asked about once a minute at most", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.instead = invalidClient
        const error = yield* Effect.flip(accessToken)
        assert.isTrue(error._tag === "ClientMisconfigured" && error.code === "invalid_client")
        assert.include(error.message, "SPOTIFY_CLIENT_SECRET")
        server.instead = undefined
        for (let second = 0; second < 60; second += 5) {
          assert.strictEqual((yield* Effect.flip(accessToken))._tag, "ClientMisconfigured")
          yield* TestClock.adjust(second < 55 ? "5 seconds" : "4999 millis")
        }
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "ClientMisconfigured")
        assert.strictEqual(refreshes(server.requests).length, 1)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* accessToken, "access-1-1")
      })
    )
  )

  it.effect("A18: the refusal is remembered for all sessions, and good tokens are served meanwhile", () =>
    run({ sessions: "many" })((server, store) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(3590_000)
        yield* put(store, activeRecord({ expiresAt: 3_590_000 }), "over")
        yield* put(store, activeRecord({ accessToken: "good-still" }), "good")
        for (let key = 0; key < 20; key++) {
          yield* put(store, activeRecord({ expiresAt: 3_590_000 }), `over-${key}`)
        }
        server.instead = invalidClient
        assert.strictEqual((yield* Effect.flip(as("over")(accessToken)))._tag, "ClientMisconfigured")
        for (let key = 0; key < 20; key++) {
          assert.strictEqual((yield* Effect.flip(as(`over-${key}`)(accessToken)))._tag, "ClientMisconfigured")
        }
        assert.strictEqual(yield* as("good")(accessToken), "good-still")
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.effect("a request that one session alone makes malformed does not stop the others", () =>
    run({ sessions: "many" })((server, store) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(3600_000)
        yield* put(store, activeRecord({ refreshToken: "odd" }), "odd")
        yield* put(store, activeRecord(), "other")
        server.instead = (request) =>
          Effect.sync(() =>
            request.form.get("refresh_token") === "odd"
              ? Fake.json({ error: "invalid_request" }, { status: 400 })
              : Fake.json({ access_token: "fine", token_type: "Bearer", expires_in: 3600 })
          )
        const error = yield* Effect.flip(as("odd")(accessToken))
        assert.isTrue(error._tag === "ClientMisconfigured" && error.code === "invalid_request")
        assert.strictEqual(yield* as("other")(accessToken), "fine")
        // The session itself is not asked for again at every call either
        yield* Effect.flip(as("odd")(accessToken))
        assert.strictEqual(server.requests.length, 2)
      })
    )
  )
})

describe("RefreshFailed", () => {
  it.effect("is told once for each refresh that failed, not for each call", () =>
    inSession((server) =>
      Effect.scoped(
        Effect.gen(function* () {
          yield* login
          const events = yield* collectEvents(yield* SessionService.SessionService)
          const failed = () =>
            events.flatMap((event) => (event._tag === "RefreshFailed" ? [event.error] : []))
          yield* TestClock.adjust("59 minutes")
          server.instead = down
          // Good still: served, and told nevertheless
          yield* accessToken
          yield* TestClock.adjust("100 millis")
          assert.deepStrictEqual(failed(), ["TokenEndpointUnavailable"])
          yield* TestClock.adjust("2 hours")
          for (let call = 0; call < 20; call++) {
            yield* Effect.flip(accessToken)
          }
          assert.deepStrictEqual(failed(), ["TokenEndpointUnavailable", "TokenEndpointUnavailable"])
          server.instead = invalidClient
          yield* TestClock.adjust("10 minutes")
          for (let call = 0; call < 20; call++) {
            yield* Effect.flip(accessToken)
          }
          assert.deepStrictEqual(failed().slice(2), ["ClientMisconfigured"])
        })
      )
    )
  )
})
