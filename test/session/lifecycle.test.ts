/** What happens to a flight when its program, its session or its caller goes away, or comes back into it. */
import { assert, describe, it } from "@effect/vitest"
import { SessionService, type SpotifyError, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Supervisor from "effect/Supervisor"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import { accessToken, login, run } from "../support/userSession.js"
import { activeRecord, makeGate, open, put, refreshes, stored, unavailable, writes } from "./support.js"

const inSession = run()

const overdue = Effect.gen(function* () {
  const store = yield* TokenStore.makeMemory
  yield* put(store, activeRecord({ expiresAt: 1 }))
  yield* TestClock.setTime(100_000)
  return store
})

describe("the end of the program", () => {
  it.effect("B7: waits for the refresh under way, and then every call is told that it is closed", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      server.rotate = true
      const store = yield* overdue
      const scope = yield* Scope.make()
      const process = yield* Scope.extend(open(server, store), scope)
      const { hold, open: release, reached } = yield* makeGate
      server.after = hold
      const caller = yield* Effect.fork(process.accessToken)
      yield* reached
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow()
      // Who comes now may still wait for it; nobody starts another
      const joined = yield* Effect.fork(process.accessToken)
      yield* Effect.yieldNow()
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* release
      yield* Fiber.join(closing)
      assert.strictEqual(yield* Fiber.join(caller), "access-1-0")
      assert.strictEqual(yield* Fiber.join(joined), "access-1-0")
      assert.deepNestedInclude(yield* stored(store), {
        "token.refreshToken": server.refreshToken,
        lease: null
      })
      yield* TestClock.adjust("2 hours")
      const calls = [process.session.accessToken, process.session.refresh, process.session.scopes] as const
      for (const call of calls.map((call) =>
        Effect.asVoid<unknown, SpotifyError.SessionError, never>(call)
      )) {
        const error = yield* Effect.flip(call).pipe(Effect.option)
        assert.isTrue(
          Option.isNone(error) ||
            (error.value._tag === "TokenEndpointUnavailable" && error.value.kind === "Closed")
        )
      }
      const closed = yield* Effect.flip(process.session.accessToken)
      assert.isTrue(closed._tag === "TokenEndpointUnavailable" && closed.kind === "Closed")
      assert.include(closed.message, "closed")
      assert.strictEqual(refreshes(server.requests).length, 1)
    })
  )

  it.effect("B7: takes no longer than a request, its repetition and the tries of the write", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* overdue
      const scope = yield* Scope.make()
      const process = yield* Scope.extend(open(server, store), scope)
      server.instead = () => Effect.never
      const caller = yield* Effect.fork(Effect.exit(process.accessToken))
      yield* Effect.yieldNow()
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("44 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.isTrue(Exit.isFailure(yield* Fiber.join(caller)))
      assert.deepNestedInclude(yield* stored(store), { lease: null, unanswered: true })
    })
  )

  it.effect("B7: a flight that only waits for another process ends at once, as closed", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, JSON.stringify({ ...JSON.parse(activeRecord({ expiresAt: 1 })), lease: "another" }))
      yield* TestClock.setTime(100_000)
      const scope = yield* Scope.make()
      const process = yield* Scope.extend(open(server, store), scope)
      const caller = yield* Effect.fork(Effect.flip(process.accessToken))
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      const error = yield* Fiber.join(caller)
      assert.isTrue(error._tag === "TokenEndpointUnavailable" && error.kind === "Closed")
      assert.strictEqual(server.requests.length, 0)
    })
  )

  it.effect(
    "C5: processes that live for one request each see together that the owner of a lease has died",
    () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const store = yield* TokenStore.makeMemory
        yield* put(
          store,
          JSON.stringify({ ...JSON.parse(activeRecord({ expiresAt: 1 })), lease: "the dead" })
        )
        yield* TestClock.setTime(100_000)
        // A lease lasts 70 seconds by default, and nobody waits for so long
        const visit = Effect.gen(function* () {
          const { accessToken } = yield* open(server, store)
          const caller = yield* Effect.fork(Effect.timeoutOption(accessToken, "9 seconds"))
          yield* TestClock.adjust("9 seconds")
          return yield* Fiber.join(caller)
        }).pipe(Effect.scoped)
        const visits = yield* Effect.replicateEffect(visit, 8)
        assert.deepStrictEqual(visits.map(Option.getOrUndefined), [
          ...Array.from({ length: 7 }, () => undefined),
          "access-1-0"
        ])
        assert.strictEqual(server.grants, 1)
      })
  )

  it.scoped("a caller who waits for a lease to run out reads the record fewer than 50 times", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, JSON.stringify({ ...JSON.parse(activeRecord({ expiresAt: 1 })), lease: "the dead" }))
      yield* TestClock.setTime(100_000)
      let reads = 0
      const counted = { ...store, get: (key: TokenStore.StoreKey) => (reads++, store.get(key)) }
      const { accessToken } = yield* open(server, counted)
      const caller = yield* Effect.fork(accessToken)
      yield* TestClock.adjust("69 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(caller)))
      yield* TestClock.adjust("1100 millis")
      assert.strictEqual(yield* Fiber.join(caller), "access-1-0")
      // So many may a request on an edge runtime make
      assert.isBelow(reads, 50)
    })
  )

  it.effect("a closed layer leaves no fiber behind, whatever was under way", () =>
    Effect.gen(function* () {
      const supervisor = yield* Supervisor.track
      const running = Effect.map(supervisor.value, (fibers) => fibers.filter(isRunning).length)
      const store = yield* overdue
      const scope = yield* Scope.make()
      yield* Effect.gen(function* () {
        const process = yield* Scope.extend(
          open(FakeAccounts.make(), {
            ...store,
            commit: (write) => (writes(write) === "result" ? unavailable("commit") : store.commit(write))
          }),
          scope
        )
        const caller = yield* Effect.fork(process.accessToken)
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(caller)
      }).pipe(Effect.supervised(supervisor))
      assert.isAbove(yield* running, 0)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* running, 0)
    })
  )
})

const isRunning = (fiber: Fiber.RuntimeFiber<unknown, unknown>) => fiber.unsafePoll() === null

describe("a session that changes during its refresh", () => {
  for (const from of ["this process", "another process"] as const) {
    it.scoped(`B13: a sign-out in ${from} is not undone`, () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const store = yield* overdue
        const process = yield* open(server, store)
        const other = from === "this process" ? process : yield* open(server, store)
        const gate = yield* makeGate
        server.after = gate.hold
        const callers = yield* Effect.replicateEffect(Effect.fork(Effect.flip(process.accessToken)), 20)
        yield* gate.reached
        yield* other.session.signOut
        yield* gate.open
        for (const error of yield* Fiber.joinAll(callers)) {
          assert.isTrue(error._tag === "NotAuthenticated" && error.reason === "SignedOut")
        }
        assert.isUndefined(yield* stored(store))
        assert.strictEqual((yield* Effect.flip(process.accessToken))._tag, "NotAuthenticated")
      })
    )

    it.scoped(`B14: a login in ${from} wins, and nobody gets the old session's token afterwards`, () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const store = yield* overdue
        const process = yield* open(server, store)
        const other = from === "this process" ? process : yield* open(server, store)
        const gate = yield* makeGate
        server.after = gate.hold
        const callers = yield* Effect.replicateEffect(Effect.fork(process.accessToken), 20)
        yield* gate.reached
        server.after = Effect.void
        yield* Effect.provide(login, other.context)
        yield* gate.open
        assert.deepStrictEqual([...new Set(yield* Fiber.joinAll(callers))], ["access-1-1"])
        assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": "refresh-1", lease: null })
        assert.strictEqual(yield* process.accessToken, "access-1-1")
        assert.strictEqual(server.grants, 1)
      })
    )
  }
})

describe("a call from within the refresh", () => {
  it.effect("B15: a store that asks for the token it is storing gets an error at once, no deadlock", () => {
    const answers: Array<string> = []
    const ask = Effect.suspend(() => self).pipe(
      Effect.match({
        onFailure: (error) =>
          answers.push(error._tag === "TokenEndpointUnavailable" ? String(error.kind) : error._tag),
        onSuccess: (token) => answers.push(token)
      })
    )
    let self: Effect.Effect<string, { readonly _tag: string; readonly kind?: string }> = Effect.never as never
    let asking = false
    return inSession(
      (server) =>
        Effect.gen(function* () {
          const service = yield* SessionService.SessionService
          self = Effect.provideService(accessToken, SessionService.SessionService, service) as never
          yield* login
          yield* TestClock.adjust("2 hours")
          asking = true
          assert.strictEqual(yield* accessToken, "access-1-1")
          assert.isAbove(answers.length, 0)
          assert.deepStrictEqual([...new Set(answers)], ["Busy"])
          assert.strictEqual(refreshes(server.requests).length, 1)
        }),
      (store) => ({
        ...store,
        get: (key) => (asking ? Effect.zipRight(ask, store.get(key)) : store.get(key)),
        commit: (write) => (asking ? Effect.zipRight(ask, store.commit(write)) : store.commit(write))
      })
    )
  })

  it.scoped("B15: while the old token is good, it is what a store or a logger gets", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const memory = yield* TokenStore.makeMemory
      yield* put(memory, activeRecord())
      const answers: Array<unknown> = []
      let ask: Effect.Effect<unknown> = Effect.void
      const store: TokenStore.Service = {
        ...memory,
        commit: (write) =>
          Effect.zipRight(
            Effect.suspend(() => ask),
            memory.commit(write)
          )
      }
      const process = yield* open(server, store)
      yield* process.accessToken
      ask = Effect.map(Effect.either(process.accessToken), (answer) => answers.push(answer))
      yield* TestClock.setTime(3400_000)
      assert.strictEqual(yield* process.accessToken, "seeded-access")
      yield* Effect.yieldNow()
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* process.accessToken, "access-1-0")
      assert.strictEqual(answers.length, 2)
      assert.isTrue(
        answers.every((answer) => (answer as { readonly right?: string }).right === "seeded-access")
      )
    })
  )

  it.scoped("B15: a log hook may call the service", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* overdue
      let calls = 0
      let process: Effect.Effect<string, unknown> | undefined
      const logger = Logger.make(() => {
        if (process !== undefined) {
          calls += 1
          Effect.runFork(Effect.ignore(process))
        }
      })
      yield* Effect.gen(function* () {
        const opened = yield* open(server, {
          ...store,
          commit: (write) => Effect.zipRight(Effect.logInfo("storing"), store.commit(write))
        })
        process = opened.accessToken
        assert.strictEqual(yield* opened.accessToken, "access-1-0")
        assert.isAbove(calls, 0)
        assert.strictEqual(refreshes(server.requests).length, 1)
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    })
  )
})
