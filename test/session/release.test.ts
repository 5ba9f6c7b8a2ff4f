/** What a process of many sessions drops from memory, and what it must keep. */
import { assert, describe, it } from "@effect/vitest"
import { LoginService, TokenStore } from "effect-spotify"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { activeRecord, as, open, put, storeKey, stored, unavailable, writes } from "./support.js"

/** A process over a store that has a new session for every key that nobody put there. */
const crowded = Effect.gen(function* () {
  const server = FakeAccounts.make()
  const memory = yield* TokenStore.makeMemory
  const reads: Array<string> = []
  const faults = { get: false, result: false }
  const store: TokenStore.Service = {
    ...memory,
    get: (key) =>
      Effect.gen(function* () {
        reads.push(key)
        if (faults.get) {
          return yield* unavailable("get")
        }
        const found = yield* memory.get(key)
        const now = yield* Clock.currentTimeMillis
        return Option.orElseSome(found, () => ({
          version: TokenStore.Version(`of-${key}`),
          payload: Redacted.make(
            activeRecord({ accessToken: `access-${key}`, obtainedAt: now, expiresAt: now + 3600_000 })
          ),
          disposableAt: Option.none()
        }))
      }),
    commit: (write) =>
      faults.result && writes(write) === "result"
        ? unavailable("commit")
        : Effect.catchTag(memory.commit(write), "TokenStoreConflict", (conflict) =>
            // The record that was made up is not in memory yet
            Option.exists(write.expected, (version) => version === `of-${write.key}`)
              ? memory.commit({ ...write, expected: Option.none() })
              : conflict
          )
  }
  const { context, session } = yield* open(server, store, {
    sessions: "many",
    // Not every two seconds, because the tests take hours
    unstoredRetry: Schedule.spaced("10 minutes")
  })
  const login = Context.get(context, LoginService.LoginService)
  const tokenOf = (key: string) => Effect.map(as(key)(session.accessToken), Redacted.value)
  /** So many other sessions, each read once. */
  const others = (name: string, count: number) =>
    Effect.forEach(
      Array.from({ length: count }, (_, index) => `${name}-${index}`),
      tokenOf,
      { discard: true }
    )
  return { faults, login, memory, others, reads, server, session, tokenOf }
})

describe("what a process drops from memory", () => {
  it.scoped("tokens that are over, as soon as a few other sessions are fetched", () =>
    Effect.gen(function* () {
      const { others, reads, session } = yield* crowded
      yield* others("early", 150)
      yield* TestClock.adjust("59 minutes")
      yield* others("soon", 5)
      reads.length = 0
      // The scopes are those of memory, even if the token may not be served any more
      for (let index = 0; index < 150; index++) {
        yield* as(`early-${index}`)(session.scopes)
      }
      assert.deepStrictEqual(reads, [])
      yield* TestClock.adjust("2 minutes")
      yield* others("later", 2)
      reads.length = 0
      for (let index = 0; index < 150; index++) {
        yield* as(`early-${index}`)(session.scopes)
      }
      assert.strictEqual(reads.length, 150)
    })
  )

  it.scoped("and as soon as others are checked", () =>
    Effect.gen(function* () {
      const { others, reads, session } = yield* crowded
      yield* others("early", 90)
      yield* TestClock.adjust("30 minutes")
      yield* others("active", 1)
      yield* TestClock.adjust("31 minutes")
      yield* others("active", 1)
      assert.strictEqual(reads.filter((key) => key.endsWith("active-0")).length, 2)
      reads.length = 0
      for (let index = 0; index < 90; index++) {
        yield* as(`early-${index}`)(session.scopes)
      }
      assert.strictEqual(reads.length, 90)
    })
  )
})

describe("what a process keeps in memory", () => {
  it.scoped("D1: a good token that nobody used for long, for the time when the store is down", () =>
    Effect.gen(function* () {
      const { faults, others, tokenOf } = yield* crowded
      const token = yield* tokenOf("quiet")
      for (let minute = 0; minute < 54; minute += 6) {
        yield* TestClock.adjust("6 minutes")
        yield* others("busy", 40)
      }
      faults.get = true
      assert.strictEqual(yield* tokenOf("quiet"), token)
    })
  )

  it.scoped("D3: a refresh token that is in no store, after its access token is over and others came", () =>
    Effect.gen(function* () {
      const { faults, memory, others, server, tokenOf } = yield* crowded
      yield* put(memory, activeRecord({ expiresAt: 1 }), "kept")
      yield* TestClock.setTime(100_000)
      server.rotate = true
      faults.result = true
      const caller = yield* Effect.fork(tokenOf("kept"))
      yield* TestClock.adjust("10 seconds")
      const token = yield* caller
      const rotated = server.refreshToken
      assert.notStrictEqual(rotated, "refresh-0")
      for (let hour = 0; hour < 3; hour++) {
        yield* TestClock.adjust("1 hour")
        yield* others(`hour-${hour}`, 110)
      }
      faults.result = false
      yield* TestClock.adjust("10 minutes")
      const record = yield* stored(memory, "kept")
      assert.deepInclude(record?.["token"], { accessToken: token, refreshToken: rotated })
      assert.notStrictEqual(yield* tokenOf("kept"), token)
      assert.strictEqual(server.reuse, 0)
    })
  )

  it.scoped("a token that was refused, while it has not expired", () =>
    Effect.gen(function* () {
      const { memory, others, server, session, tokenOf } = yield* crowded
      const life = 3 * 3600_000
      yield* put(memory, activeRecord({ expiresAt: life }), "refused")
      const token = yield* as("refused")(session.accessToken)
      server.instead = () => Effect.succeed(Fake.json({}, { status: 500 }))
      const renewed = yield* Effect.fork(Effect.exit(as("refused")(session.renew(token))))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* renewed)._tag, "Failure")
      for (let hour = 0; hour < 2; hour++) {
        yield* others(`hour-${hour}`, 150)
        yield* TestClock.adjust("1 hour")
      }
      const later = yield* Effect.fork(Effect.flip(tokenOf("refused")))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* later)._tag, "TokenEndpointUnavailable")
    })
  )

  it.scoped("a user who was seen, until the idle timeout is over", () =>
    Effect.gen(function* () {
      const { faults, login, reads } = yield* crowded
      const touch = (key: string) => as(key)(login.touch({ idleTimeout: "3 hours" }))
      assert.isTrue(yield* touch("quiet"))
      for (let minute = 0; minute < 170; minute += 10) {
        yield* TestClock.adjust("10 minutes")
        yield* Effect.forEach(
          Array.from({ length: 10 }, (_, index) => `busy-${index}`),
          touch
        )
      }
      faults.get = true
      assert.isTrue(yield* touch("quiet"))
      yield* TestClock.adjust("11 minutes")
      reads.length = 0
      assert.strictEqual((yield* Effect.flip(touch("quiet")))._tag, "TokenStoreUnavailable")
      assert.include(reads, storeKey("quiet"))
    })
  )

  it.scoped("one list of scopes for all sessions that have the same, which nobody can change", () =>
    Effect.gen(function* () {
      const { others, session } = yield* crowded
      yield* others("user", 2)
      const [first, second] = [
        yield* Effect.flatten(as("user-0")(session.scopes)),
        yield* Effect.flatten(as("user-1")(session.scopes))
      ]
      assert.deepStrictEqual(first, ["user-top-read"])
      assert.strictEqual(first, second)
      assert.isTrue(Object.isFrozen(first))
    })
  )
})
