/** A store that fails, hangs, loses its answers or holds something else. */
import { assert, describe, it } from "@effect/vitest"
import { SessionService, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import { accessToken, login, run } from "../support/userSession.js"
import {
  activeRecord,
  as,
  collectEvents,
  open,
  put,
  refreshes,
  storeKey,
  stored,
  unavailable,
  writes
} from "./support.js"

const inSession = run()

/** A store with a switch for each direction. */
const makeSwitched = Effect.map(TokenStore.makeMemory, (store) => {
  const fails = { reads: false, writes: false, hangs: false }
  const wrapped: TokenStore.Service = {
    ...store,
    get: (key) =>
      Effect.suspend(() => (fails.hangs ? Effect.never : fails.reads ? unavailable("get") : store.get(key))),
    commit: (write) =>
      Effect.suspend(() =>
        fails.hangs ? Effect.never : fails.writes ? unavailable("commit") : store.commit(write)
      )
  }
  return { fails, store: wrapped, behind: store }
})

describe("a store that is down", () => {
  it.scoped(
    "D1: a good token is served from memory to its end, also when everybody waits for a new one",
    () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const { fails, store } = yield* makeSwitched
        yield* put(store, activeRecord())
        const { accessToken, session } = yield* open(server, store)
        assert.strictEqual(yield* accessToken, "seeded-access")
        const events = yield* collectEvents(session)
        fails.reads = true
        fails.writes = true
        yield* TestClock.setTime(3301_000)
        for (let second = 0; second < 295; second += 5) {
          assert.strictEqual(yield* accessToken, "seeded-access", `second ${second}`)
          yield* TestClock.adjust("5 seconds")
        }
        yield* TestClock.adjust("3999 millis")
        assert.strictEqual(yield* accessToken, "seeded-access")
        assert.strictEqual(server.requests.length, 0)
        assert.isAbove(events.length, 0)
        assert.isTrue(
          events.every((event) => event._tag === "RefreshFailed" && event.error === "TokenStoreUnavailable")
        )
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreUnavailable")
        assert.strictEqual(server.requests.length, 0)
        fails.reads = false
        fails.writes = false
        assert.strictEqual(yield* accessToken, "access-1-0")
      })
  )

  it.scoped(
    "D1: a store that hangs lets nobody wait before the last half minute, but one call for a second",
    () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const { fails, store } = yield* makeSwitched
        yield* put(store, activeRecord())
        const { accessToken } = yield* open(server, store)
        yield* accessToken
        fails.hangs = true
        yield* TestClock.setTime(3299_000)
        const first = yield* Effect.fork(accessToken)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.poll(first), Option.some(Exit.succeed("seeded-access")))
        yield* TestClock.adjust("1 second")
        for (let second = 0; second < 260; second += 13) {
          const caller = yield* Effect.fork(accessToken)
          yield* Effect.yieldNow()
          yield* Effect.yieldNow()
          const exit = yield* Fiber.poll(caller)
          assert.deepStrictEqual(
            Option.getOrUndefined(exit),
            Exit.succeed("seeded-access"),
            `second ${second}`
          )
          yield* TestClock.adjust("13 seconds")
        }
        yield* TestClock.setTime(3590_000)
        const caller = yield* Effect.fork(accessToken)
        yield* TestClock.adjust("10 seconds")
        assert.isTrue(Option.isSome(yield* Fiber.poll(caller)))
        yield* Fiber.interrupt(caller)
      })
  )

  it.effect("D2: with an expired token and no store nothing is asked of Spotify", () => {
    let down = false
    return inSession(
      (server) =>
        Effect.gen(function* () {
          yield* login
          yield* TestClock.adjust("2 hours")
          down = true
          assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreUnavailable")
          assert.strictEqual(refreshes(server.requests).length, 0)
          down = false
          assert.strictEqual(yield* accessToken, "access-1-1")
        }),
      (store) => ({
        ...store,
        get: (key) => Effect.suspend(() => (down ? unavailable("get") : store.get(key))),
        commit: (write) => Effect.suspend(() => (down ? unavailable("commit") : store.commit(write)))
      })
    )
  })

  it.scoped("a store that cannot be written is noticed before Spotify may rotate", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      server.rotate = true
      const { fails, store } = yield* makeSwitched
      yield* put(store, activeRecord())
      const { accessToken } = yield* open(server, store)
      yield* TestClock.setTime(2 * 3600_000)
      fails.writes = true
      assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreUnavailable")
      assert.strictEqual(server.requests.length, 0)
    })
  )

  it.scoped("a store that hangs is given up after storeTimeout", () =>
    Effect.gen(function* () {
      const { fails, store } = yield* makeSwitched
      yield* put(store, activeRecord())
      for (const [options, limit] of [
        [{}, "10 seconds"],
        [{ storeTimeout: "2 seconds" }, "2 seconds"]
      ] as const) {
        const { accessToken } = yield* open(FakeAccounts.make(), store, options)
        fails.hangs = true
        const caller = yield* Effect.fork(Effect.flip(accessToken))
        yield* TestClock.adjust(limit)
        assert.strictEqual((yield* Fiber.join(caller))._tag, "TokenStoreUnavailable")
      }
    })
  )
})

describe("a store that dies after the lease", () => {
  it.effect("D3: loses no rotated token: it is served from memory and written when the store is back", () => {
    let down = false
    return inSession(
      (server, store) =>
        Effect.scoped(
          Effect.gen(function* () {
            server.rotate = true
            yield* login
            const events = yield* collectEvents(yield* SessionService.SessionService)
            yield* TestClock.adjust("2 hours")
            server.after = Effect.sync(() => {
              down = true
            })
            const caller = yield* Effect.fork(accessToken)
            yield* TestClock.adjust("5 seconds")
            assert.strictEqual(yield* Fiber.join(caller), "access-1-1")
            assert.deepStrictEqual(
              events.map((event) => event._tag),
              ["RefreshNotStored"]
            )
            yield* TestClock.adjust("1 minute")
            assert.strictEqual(yield* accessToken, "access-1-1")
            assert.notDeepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
            down = false
            yield* TestClock.adjust("2 seconds")
            assert.deepNestedInclude(yield* stored(store), {
              "token.refreshToken": server.refreshToken,
              lease: null
            })
            server.after = Effect.void
            yield* TestClock.adjust("2 hours")
            yield* accessToken
            assert.strictEqual(server.reuse, 0)
            assert.strictEqual(server.grants, 2)
          })
        ),
      (store) => ({
        ...store,
        commit: (write) => Effect.suspend(() => (down ? unavailable("commit") : store.commit(write)))
      })
    )
  })

  it.scoped("storeRetry is how the write is tried while its callers wait, unstoredRetry how it goes on", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const memory = yield* TokenStore.makeMemory
      const tries: Array<number> = []
      const store: TokenStore.Service = {
        ...memory,
        commit: (write) =>
          writes(write) === "result"
            ? Effect.flatMap(TestClock.currentTimeMillis, (now) => {
                tries.push(now)
                return tries.length < 6 ? unavailable("commit") : memory.commit(write)
              })
            : memory.commit(write)
      }
      yield* put(store, activeRecord({ expiresAt: 1 }))
      yield* TestClock.setTime(100_000)
      const { accessToken } = yield* open(server, store, {
        storeRetry: Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(2)),
        unstoredRetry: Schedule.spaced("1 minute")
      })
      const caller = yield* Effect.fork(accessToken)
      yield* TestClock.adjust("1999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(caller)))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(caller), "access-1-0")
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(
        tries.map((at) => at - 100_000),
        [0, 1000, 2000, 2000, 62_000, 122_000]
      )
      assert.deepNestedInclude(yield* stored(memory), { "token.accessToken": "access-1-0", lease: null })
    })
  )

  it.scoped(
    "after its end it is still written by the next call, which refreshes it, and loses no rotation",
    () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        server.rotate = true
        server.refreshToken = "refresh-0"
        const { behind, fails, store } = yield* makeSwitched
        yield* put(store, activeRecord({ expiresAt: 1 }))
        yield* TestClock.setTime(100_000)
        const { accessToken } = yield* open(server, store, { unstoredRetry: Schedule.spaced("10 hours") })
        server.after = Effect.sync(() => {
          fails.writes = true
        })
        const caller = yield* Effect.fork(accessToken)
        yield* TestClock.adjust("5 seconds")
        const first = yield* Fiber.join(caller)
        server.after = Effect.void
        yield* TestClock.adjust("2 hours")
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreUnavailable")
        fails.writes = false
        assert.notStrictEqual(yield* accessToken, first)
        assert.strictEqual(server.grants, 2)
        assert.strictEqual(server.reuse, 0)
        assert.deepNestedInclude(yield* stored(behind), { "token.refreshToken": server.refreshToken })
      })
  )

  it.scoped("a session that was signed out or in meanwhile is not served from there again", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const { fails, store } = yield* makeSwitched
      yield* put(store, activeRecord({ expiresAt: 1 }))
      yield* TestClock.setTime(100_000)
      const { accessToken, context } = yield* open(server, store, {
        unstoredRetry: Schedule.spaced("1 hour")
      })
      server.after = Effect.sync(() => {
        fails.writes = true
      })
      const caller = yield* Effect.fork(accessToken)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(caller)
      fails.writes = false
      server.after = Effect.void
      yield* Effect.provide(login, context)
      fails.writes = true
      fails.reads = true
      // Nothing is known of the new session while the store is down, and the old one is over
      assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreUnavailable")
    })
  )
})

describe("onUnpersisted", () => {
  /** Refreshes so many sessions whose results cannot be stored, and ends the program. */
  const endUnstored = (
    count: number,
    options: SessionService.Options,
    failure: "down" | "hangs",
    closeEarly = false
  ) =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      server.takesAny = true
      const memory = yield* TokenStore.makeMemory
      let up = true
      const store: TokenStore.Service = {
        ...memory,
        commit: (write) =>
          Effect.suspend(() =>
            up || writes(write) !== "result"
              ? memory.commit(write)
              : failure === "hangs"
                ? Effect.never
                : unavailable("commit")
          )
      }
      for (let key = 0; key < count; key++) {
        yield* put(store, activeRecord({ expiresAt: 1 }), `key-${key}`)
      }
      up = false
      yield* TestClock.setTime(100_000)
      const unpersisted: Array<readonly [string, TokenStore.Write]> = []
      const scope = yield* Scope.make()
      const process = yield* Scope.extend(
        open(server, store, {
          sessions: "many",
          onUnpersisted: (key, write) => Effect.sync(() => void unpersisted.push([key, write])),
          ...options
        }),
        scope
      )
      const callers = yield* Effect.forEach(Array.from({ length: count }), (_, key) =>
        Effect.fork(as(`key-${key}`)(process.accessToken))
      )
      if (!closeEarly) {
        yield* TestClock.adjust("1 minute")
        yield* Fiber.joinAll(callers)
      } else {
        yield* Effect.yieldNow()
      }
      let atTheEnd = -1
      yield* Effect.fork(
        Effect.map(Scope.close(scope, Exit.void), () => {
          atTheEnd = unpersisted.length
        })
      )
      yield* TestClock.adjust("1 minute")
      assert.isAtLeast(atTheEnd, 0, "the program ends")
      return { memory, server, unpersisted: unpersisted.slice(0, atTheEnd) }
    })

  it.effect("D3: at the end of the program gets the write, which the store takes later", () =>
    Effect.gen(function* () {
      const { memory, server, unpersisted } = yield* endUnstored(1, {}, "down")
      assert.deepStrictEqual(
        unpersisted.map(([key]) => key),
        ["key-0"]
      )
      assert.deepNestedInclude(yield* stored(memory, "key-0"), { "token.accessToken": "seeded-access" })
      for (const [, write] of unpersisted) {
        yield* memory.commit(write)
      }
      assert.deepNestedInclude(yield* stored(memory, "key-0"), {
        "token.accessToken": "access-1-0",
        lease: null
      })
      const scope = yield* Scope.make()
      const next = yield* Scope.extend(open(server, memory, { sessions: "many" }), scope)
      assert.strictEqual(yield* as("key-0")(next.accessToken), "access-1-0")
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(server.grants, 1)
    })
  )

  it.effect("gets it as well when the program ends while the refresh is under way", () =>
    Effect.gen(function* () {
      const { server, unpersisted } = yield* endUnstored(1, {}, "down", true)
      assert.strictEqual(server.grants, 1)
      assert.strictEqual(unpersisted.length, 1)
    })
  )

  it.effect("gets it as well when the retries have ended before", () =>
    Effect.gen(function* () {
      const { unpersisted } = yield* endUnstored(1, { unstoredRetry: Schedule.recurs(1) }, "down")
      assert.strictEqual(unpersisted.length, 1)
    })
  )

  it.effect("a store that hangs holds the end of 20 sessions no longer than that of one", () =>
    Effect.gen(function* () {
      const { unpersisted } = yield* endUnstored(20, {}, "hangs")
      assert.strictEqual(new Set(unpersisted.map(([key]) => key)).size, 20)
      assert.strictEqual(unpersisted.length, 20)
    })
  )

  it.effect("a hook that fails for one session gets the others", () =>
    Effect.gen(function* () {
      const got: Array<string> = []
      yield* endUnstored(
        3,
        {
          onUnpersisted: (key) =>
            Effect.suspend(() => {
              got.push(key)
              return got.length === 1 ? Effect.die(new Error("broken hook")) : Effect.void
            })
        },
        "down"
      )
      assert.strictEqual(got.length, 3)
    })
  )
})

describe("a store whose answers are lost", () => {
  it.effect("D4: a write whose answer is lost is not a second refresh", () => {
    let lose = 0
    return inSession(
      (server, store) =>
        Effect.gen(function* () {
          server.rotate = true
          yield* login
          for (let expiry = 0; expiry < 5; expiry++) {
            yield* TestClock.adjust("1 hour")
            server.after = Effect.sync(() => {
              lose = 2
            })
            const caller = yield* Effect.fork(accessToken)
            yield* TestClock.adjust("5 seconds")
            yield* Fiber.join(caller)
            assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
          }
          assert.strictEqual(server.grants, 5)
          assert.strictEqual(server.reuse, 0)
        }),
      (store) => ({
        ...store,
        commit: (write) =>
          Effect.zipRight(
            store.commit(write),
            Effect.suspend(() => (lose-- > 0 ? unavailable("commit", "unknown") : Effect.void))
          )
      })
    )
  })

  for (const which of ["lease", "result"] as const) {
    it.scoped(
      `D5: the write of the ${which} times out and is applied later: one grant, and it is stored`,
      () =>
        Effect.gen(function* () {
          const server = FakeAccounts.make()
          server.rotate = true
          const memory = yield* TokenStore.makeMemory
          let slow = true
          const store: TokenStore.Service = {
            ...memory,
            commit: (write) =>
              slow && writes(write) === which
                ? Effect.zipRight(
                    // The network holds it back; the caller has long given up when it arrives
                    Effect.forkDaemon(Effect.delay(Effect.exit(memory.commit(write)), "12 seconds")),
                    Effect.never
                  )
                : memory.commit(write)
          }
          yield* put(store, activeRecord({ expiresAt: 1 }))
          yield* TestClock.setTime(100_000)
          const { accessToken } = yield* open(server, store)
          const caller = yield* Effect.fork(Effect.either(accessToken))
          yield* TestClock.adjust("90 seconds")
          slow = false
          yield* TestClock.adjust("5 seconds")
          const first = yield* Fiber.join(caller)
          if (which === "lease") {
            // Nothing was sent, for nothing was known
            assert.isTrue(first._tag === "Left" && first.left._tag === "TokenStoreUnavailable")
            assert.strictEqual(server.grants, 0)
          } else {
            assert.isTrue(first._tag === "Right" && first.right === "access-1-0")
          }
          assert.strictEqual(yield* accessToken, "access-1-0")
          assert.strictEqual(server.grants, 1)
          assert.strictEqual(server.reuse, 0)
          assert.deepNestedInclude(yield* stored(memory), {
            "token.refreshToken": server.refreshToken,
            lease: null
          })
        })
    )
  }
})

describe("a record of another kind", () => {
  it.effect("C7, F20: what is not ours or newer than we are is left as it is", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const records = [
          ["not JSON", "Decode"],
          ["[]", "Decode"],
          ['{"v":1,"_tag":"Active"}', "Decode"],
          ['{"__proto__":{"v":1}}', "Decode"],
          ['{"v":2,"_tag":"Something new"}', "SchemaVersion"],
          ["x".repeat(100_000), "TooLarge"]
        ] as const
        for (const [text, reason] of records) {
          const entry = yield* put(store, text)
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === reason, text.slice(0, 40))
          assert.deepStrictEqual(yield* store.get(storeKey("default")), Option.some(entry))
        }
        assert.strictEqual(server.requests.length, 0)
        yield* login
        yield* accessToken
      })
    )
  )
})
