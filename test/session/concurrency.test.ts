/** Many callers of one session in one process. */
import { assert, describe, it } from "@effect/vitest"
import { SessionService, TokenStore } from "effect-spotify"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import { accessToken, login, run } from "../support/userSession.js"
import { activeRecord, as, makeGate, open, put, refreshes, stored, together, writes } from "./support.js"

const inSession = run()

/** A session that is over, in a process of the scope. */
const overdue = (
  wrap: (store: TokenStore.Service) => TokenStore.Service = (store) => store,
  server = FakeAccounts.make()
) =>
  Effect.gen(function* () {
    const store = yield* TokenStore.makeMemory
    yield* put(store, activeRecord({ expiresAt: 1 }))
    yield* TestClock.setTime(100_000)
    return { server, store, ...(yield* open(server, wrap(store))) }
  })

describe("callers who come at once", () => {
  it.effect("B1: 10,000 callers on an expired token cause one request", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.before = Effect.sleep("50 millis")
        const callers = yield* Effect.fork(
          Effect.all(
            Array.from({ length: 10_000 }, () => accessToken),
            { concurrency: "unbounded" }
          )
        )
        yield* TestClock.adjust("50 millis")
        const tokens = yield* Fiber.join(callers)
        assert.strictEqual(refreshes(server.requests).length, 1)
        assert.deepStrictEqual([...new Set(tokens)], ["access-1-1"])
      })
    )
  )

  it.scoped("B4: half of 100 callers are interrupted at each of 40 expiries: 40 refreshes", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      server.rotate = true
      const { accessToken, store } = yield* overdue(undefined, server)
      for (let expiry = 1; expiry <= 40; expiry++) {
        const { hold, open, reached } = yield* makeGate
        if (expiry % 2 === 0) {
          server.before = hold
          server.after = Effect.void
        } else {
          server.before = Effect.void
          server.after = hold
        }
        const callers = yield* Effect.replicateEffect(Effect.fork(accessToken), 100)
        yield* reached
        const kept: Array<Fiber.RuntimeFiber<string, unknown>> = []
        // The first one, who started the flight, always leaves
        for (const [n, caller] of callers.entries()) {
          if (n === 0 || (yield* Random.nextBoolean)) {
            yield* Fiber.interrupt(caller)
          } else {
            kept.push(caller)
          }
        }
        yield* open
        const tokens = yield* Fiber.joinAll(kept)
        assert.deepStrictEqual([...new Set(tokens)], [`access-${expiry}-0`])
        assert.strictEqual(server.grants, expiry)
        yield* TestClock.setTime(100_000 + expiry * 3600_000)
      }
      assert.strictEqual(refreshes(server.requests).length, 40)
      assert.strictEqual(server.reuse, 0)
      assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
    }).pipe(Effect.withRandom(Random.make("B4")))
  )

  it.effect("B5: a caller's timeout ends the caller at once, and the refresh goes on", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.after = Effect.sleep("20 seconds")
        const callers = yield* Effect.fork(together(100, Effect.timeoutOption(accessToken, "5 millis")))
        yield* TestClock.adjust("5 millis")
        assert.isTrue((yield* Fiber.join(callers)).every(Option.isNone))
        assert.strictEqual(refreshes(server.requests).length, 1)
        yield* TestClock.adjust("20 seconds")
        assert.deepNestedInclude(yield* stored(store), { "token.accessToken": "access-1-1", lease: null })
        assert.strictEqual(yield* accessToken, "access-1-1")
        assert.strictEqual(refreshes(server.requests).length, 1)
      })
    )
  )

  it.scoped("B3: a refresh of which nobody waits any more is stored", () =>
    Effect.gen(function* () {
      const { hold, open, reached } = yield* makeGate
      const { accessToken, server, store } = yield* overdue()
      server.after = hold
      const callers = yield* Effect.replicateEffect(Effect.fork(accessToken), 100)
      yield* reached
      yield* Fiber.interruptAll(callers)
      yield* open
      assert.strictEqual(yield* accessToken, "access-1-0")
      assert.deepNestedInclude(yield* stored(store), { "token.accessToken": "access-1-0", lease: null })
      assert.strictEqual(server.grants, 1)
    })
  )

  it.scoped("B6: the request handler that started it ends, with its scope, and the refresh does not", () =>
    Effect.gen(function* () {
      const { hold, open, reached } = yield* makeGate
      const { accessToken, server, store } = yield* overdue()
      server.after = hold
      const handler = yield* Scope.make()
      yield* Effect.forkIn(accessToken, handler)
      yield* reached
      const other = yield* Effect.fork(accessToken)
      yield* Effect.yieldNow()
      yield* Scope.close(handler, Exit.void)
      yield* open
      assert.strictEqual(yield* Fiber.join(other), "access-1-0")
      assert.deepNestedInclude(yield* stored(store), { "token.accessToken": "access-1-0", lease: null })
      assert.strictEqual(server.grants, 1)
    })
  )

  it.effect("B12: two sessions are two flights, and none gets the other's token", () =>
    run({ sessions: "many" })((server, store) =>
      Effect.gen(function* () {
        server.takesAny = true
        server.instead = (request) =>
          Effect.as(
            Effect.sleep("1 second"),
            new Response(
              JSON.stringify({
                access_token: `of-${request.form.get("refresh_token")}`,
                token_type: "Bearer",
                expires_in: 3600
              })
            )
          )
        const keys = ["alice", "bob", "carol"]
        for (const key of keys) {
          yield* put(store, activeRecord({ expiresAt: 1, refreshToken: key }), key)
        }
        yield* TestClock.setTime(100_000)
        const callers = yield* Effect.forEach(
          keys.flatMap((key) => Array.from({ length: 50 }, () => key)),
          (key) => Effect.fork(Effect.map(as(key)(accessToken), (token) => [key, token] as const))
        )
        yield* TestClock.adjust("1 second")
        for (const [key, token] of yield* Fiber.joinAll(callers)) {
          assert.strictEqual(token, `of-${key}`)
        }
        assert.strictEqual(server.requests.length, 3)
      })
    )
  )
})

describe("a first caller who leaves", () => {
  const points = [
    "before the lease",
    "after the lease",
    "when the request is sent",
    "when the server has rotated",
    "while the answer is read",
    "before the token is stored",
    "after the token is stored"
  ] as const

  for (const point of points) {
    it.scoped(`B2: 200 of 200 followers are served: ${point}`, () =>
      Effect.gen(function* () {
        const { hold, open, reached } = yield* makeGate
        const around = (which: "lease" | "result", store: TokenStore.Service): TokenStore.Service => ({
          ...store,
          commit: (write) =>
            writes(write) !== which
              ? store.commit(write)
              : point.startsWith("before")
                ? Effect.zipRight(hold, store.commit(write))
                : Effect.zipLeft(store.commit(write), hold)
        })
        const server = FakeAccounts.make()
        server.rotate = true
        const { accessToken, store } = yield* overdue(
          (store) =>
            point.endsWith("lease")
              ? around("lease", store)
              : point.endsWith("stored")
                ? around("result", store)
                : store,
          server
        )
        if (point === "when the request is sent") {
          server.before = hold
        } else if (point === "when the server has rotated") {
          server.after = hold
        } else if (point === "while the answer is read") {
          server.deliver = (response) => {
            const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
            const body = response.body
            if (body !== null) {
              Effect.runFork(
                Effect.zipRight(
                  hold,
                  Effect.promise(() => body.pipeTo(writable))
                )
              )
            }
            return new Response(readable, response)
          }
        }
        const leader = yield* Effect.fork(accessToken)
        yield* reached
        const followers = yield* Effect.replicateEffect(Effect.fork(accessToken), 200)
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(leader)
        yield* open
        const tokens = yield* Fiber.joinAll(followers)
        assert.strictEqual([...tokens].filter((token) => token === "access-1-0").length, 200)
        assert.strictEqual(server.grants, 1)
        assert.strictEqual(server.reuse, 0)
        assert.deepNestedInclude(yield* stored(store), {
          "token.refreshToken": server.refreshToken,
          lease: null
        })
      })
    )
  }
})

describe("a refresh that fails", () => {
  it.scoped("B8: all who wait get the one error; nobody asks again too early, and later somebody does", () =>
    Effect.gen(function* () {
      const { accessToken, server } = yield* overdue()
      const { hold, open, reached } = yield* makeGate
      server.before = hold
      server.instead = () => Effect.succeed(new Response("down", { status: 500 }))
      const callers = yield* Effect.replicateEffect(Effect.fork(Effect.flip(accessToken)), 100)
      yield* reached
      yield* open
      const errors = yield* Fiber.joinAll(callers)
      assert.strictEqual(new Set(errors).size, 1)
      assert.isTrue(
        errors.every((error) => error._tag === "TokenEndpointUnavailable" && error.status === 500)
      )
      const early = yield* together(100, Effect.flip(accessToken))
      assert.deepStrictEqual(new Set([...early, ...errors]).size, 1)
      assert.strictEqual(server.requests.length, 1)
      server.instead = undefined
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* accessToken, "access-1-0")
    })
  )

  it.scoped("B9: a defect of the store reaches all who wait as what it is, and the next call works", () =>
    Effect.gen(function* () {
      let broken = true
      const gate = yield* Deferred.make<void>()
      const { accessToken, server } = yield* overdue((store) => ({
        ...store,
        get: (key) =>
          Effect.zipRight(
            Deferred.await(gate),
            Effect.suspend(() => {
              if (broken) {
                throw new Error("the store's own fault")
              }
              return store.get(key)
            })
          )
      }))
      const callers = yield* Effect.replicateEffect(Effect.fork(Effect.exit(accessToken)), 20)
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      for (const exit of yield* Fiber.joinAll(callers)) {
        assert.isTrue(
          Exit.isFailure(exit) &&
            exit.cause._tag === "Die" &&
            String(exit.cause.defect).includes("the store's own fault")
        )
      }
      broken = false
      assert.strictEqual(yield* accessToken, "access-1-0")
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.scoped("B9: a defect after Spotify has rotated does not hold the session for ever", () =>
    Effect.gen(function* () {
      let broken = true
      const server = FakeAccounts.make()
      const { accessToken } = yield* overdue(
        (store) => ({
          ...store,
          commit: (write) =>
            broken && writes(write) === "result" ? Effect.die(new Error("broken")) : store.commit(write)
        }),
        server
      )
      assert.isTrue(Exit.isFailure(yield* Effect.exit(accessToken)))
      broken = false
      assert.strictEqual(yield* accessToken, "access-2-0")
    })
  )
})

describe("tokens that the Web API refuses", () => {
  it.effect("B10, B11: 500 refusals of one token cause one refresh, and late ones none", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        const refused = yield* service.accessToken
        server.before = Effect.sleep("1 second")
        const callers = yield* Effect.fork(together(500, service.renew(refused)))
        yield* TestClock.adjust("1 second")
        const renewed = yield* Fiber.join(callers)
        assert.deepStrictEqual([...new Set(renewed.map(Redacted.value))], ["access-1-1"])
        assert.strictEqual(server.grants, 1)
        for (const late of yield* together(100, service.renew(refused))) {
          assert.strictEqual(Redacted.value(late), "access-1-1")
        }
        yield* TestClock.adjust("40 minutes")
        assert.strictEqual(Redacted.value(yield* service.renew(refused)), "access-1-1")
        assert.strictEqual(server.grants, 1)
      })
    )
  )

  it.scoped("B11: what a sibling process has refreshed meanwhile is taken, and nothing is asked", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord())
      const [one, other] = [yield* open(server, store), yield* open(server, store)]
      const refused = yield* one.session.accessToken
      yield* other.session.renew(yield* other.session.accessToken)
      assert.strictEqual(Redacted.value(yield* one.session.renew(refused)), "access-1-0")
      assert.strictEqual(server.grants, 1)
    })
  )

  it.effect("G2: refusals for ever cause at most one refresh in 30 seconds", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        for (let call = 0; call < 20; call++) {
          yield* service.renew(yield* service.accessToken)
        }
        assert.strictEqual(server.grants, 1)
        yield* TestClock.adjust("29999 millis")
        yield* service.renew(yield* service.accessToken)
        assert.strictEqual(server.grants, 1)
        yield* TestClock.adjust("1 millis")
        yield* service.renew(yield* service.accessToken)
        assert.strictEqual(server.grants, 2)
      })
    )
  )

  it.effect("a token that was refused is not served again, although the refresh fails", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        const refused = yield* service.accessToken
        server.instead = () => Effect.succeed(new Response("down", { status: 500 }))
        yield* Effect.flip(service.renew(refused))
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenEndpointUnavailable")
        server.instead = undefined
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* accessToken, "access-1-1")
      })
    )
  )
})
