/** Sessions that the app ends: by their record, in every process, whether or not a browser comes back. */
import { assert, describe, it } from "@effect/vitest"
import { type LoginService, type Session, TokenStore } from "effect-spotify"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import {
  activeRecord,
  collectEvents,
  makeGate,
  open,
  put,
  refreshes,
  storeKey,
  stored,
  together,
  unavailable,
  writes
} from "./support.js"

const idle: LoginService.Timeouts = { idleTimeout: "30 minutes" }

/** A server and a store that tells of its writes, and can be held in them. */
const world = Effect.gen(function* () {
  const server = FakeAccounts.make()
  const store = yield* TokenStore.makeMemory
  const seen: Array<TokenStore.Write> = []
  const gate: { before: (write: TokenStore.Write) => Effect.Effect<void, TokenStore.TokenStoreUnavailable> } =
    {
      before: () => Effect.void
    }
  const watched: TokenStore.Service = {
    ...store,
    commit: (write) =>
      Effect.suspend(() => {
        seen.push(write)
        return Effect.zipRight(gate.before(write), store.commit(write))
      })
  }
  return { gate, seen, server, store: watched }
})

type World = Effect.Effect.Success<typeof world>
type Process = Effect.Effect.Success<ReturnType<typeof open>>

const signIn = (process: Process, timeouts: LoginService.Timeouts) =>
  Effect.gen(function* () {
    const { state } = yield* process.login.begin()
    yield* process.login.complete(`http://127.0.0.1:8888/callback?code=${state}&state=${state}`, {
      state,
      ...timeouts
    })
  })

const begin = Effect.fnUntraced(function* (timeouts: LoginService.Timeouts, expiresIn = 3600) {
  const all = yield* world
  all.server.expiresIn = expiresIn
  const process = yield* open(all.server, all.store)
  yield* signIn(process, timeouts)
  return { ...all, ...process, process }
})

/** Everything that could give a token out, each time with what it says. */
const outcomes = (process: Process) =>
  Effect.forEach(
    [
      process.session.accessToken,
      process.session.scopes,
      process.session.authorizationId,
      process.session.refresh,
      process.login.restore
    ],
    (effect) =>
      Effect.match(Effect.asVoid<unknown, Session.SessionError, never>(effect), {
        onFailure: (error) => (error._tag === "NotAuthenticated" ? error.reason : error._tag),
        onSuccess: () => "given"
      })
  )

const none = Array.from({ length: 5 }, () => "SignedOut")

const version = (store: TokenStore.Service) =>
  Effect.map(store.get(storeKey("default")), (entry) => Option.map(entry, (_) => _.version))

const entryEnd = ({ store }: Pick<World, "store">) =>
  Effect.map(
    store.get(storeKey("default")),
    Option.flatMap(({ disposableAt }) => Option.map(disposableAt, (at) => at.epochMillis))
  )

describe("a browser that never comes back", () => {
  for (const [timeouts, end] of [
    [idle, "30 minutes"],
    [{ absoluteTimeout: "40 minutes" }, "40 minutes"],
    [{ absoluteTimeout: "10 hours", idleTimeout: "3 hours" }, "3 hours"],
    [{ absoluteTimeout: "2 hours", idleTimeout: "1 day" }, "2 hours"]
  ] as const) {
    it.scoped(`its session is over after ${end}, in memory and in the store, and nothing is refreshed`, () =>
      Effect.gen(function* () {
        const all = yield* begin(timeouts)
        const other = yield* open(all.server, all.store)
        const millis = Duration.toMillis(end)
        assert.deepStrictEqual(yield* entryEnd(all), Option.some(millis))
        // A job of the program goes on with the token; that is no user
        while ((yield* Clock.currentTimeMillis) < millis - 60_000) {
          yield* all.accessToken
          yield* TestClock.adjust("1 minute")
        }
        yield* other.accessToken
        yield* TestClock.setTime(millis - 1)
        yield* all.accessToken
        yield* other.accessToken
        assert.strictEqual((yield* all.session.session)._tag, "Active")
        assert.deepStrictEqual(yield* entryEnd(all), Option.some(millis))
        const before = refreshes(all.server.requests).length
        yield* TestClock.setTime(millis)
        for (const process of [all.process, other]) {
          assert.deepStrictEqual(yield* outcomes(process), none)
          assert.strictEqual((yield* process.session.session)._tag, "SignedOut")
        }
        yield* TestClock.adjust("1 day")
        assert.deepStrictEqual(yield* outcomes(all.process), none)
        assert.strictEqual(refreshes(all.server.requests).length, before)
        // Whoever writes next clears it away
        yield* put(all.store, activeRecord(), "other")
        assert.deepStrictEqual(yield* all.store.get(storeKey("default")), Option.none())
      })
    )
  }

  it.scoped("a session that Spotify rejected ends as well, and is not restored after its end", () =>
    Effect.gen(function* () {
      const { server, store } = yield* world
      const process = yield* open(server, store, { quarantine: "1 day" })
      yield* signIn(process, idle)
      server.refreshToken = "another"
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Effect.flip(process.session.refresh))._tag, "ReauthorizationRequired")
      assert.deepStrictEqual(yield* entryEnd({ store }), Option.some(1_800_000))
      assert.strictEqual((yield* process.login.restore)._tag, "Active")
      yield* TestClock.adjust("1 second")
      yield* Effect.flip(process.session.refresh)
      assert.strictEqual((yield* process.session.session)._tag, "Rejected")
      yield* TestClock.adjust("30 minutes")
      assert.strictEqual((yield* process.session.session)._tag, "SignedOut")
      assert.deepStrictEqual(yield* outcomes(process), none)
    })
  )
})

describe("a user who is there", () => {
  it.scoped("just before the end it goes on, and at the end it is over and gone", () =>
    Effect.gen(function* () {
      const { login, process, session, store } = yield* begin(idle, 7200)
      const events = yield* collectEvents(session)
      yield* TestClock.adjust("1799999 millis")
      assert.isTrue(yield* login.touch(idle))
      yield* TestClock.adjust("1799999 millis")
      yield* session.accessToken
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* login.touch(idle))
      assert.deepStrictEqual(yield* store.get(storeKey("default")), Option.none())
      assert.isFalse(yield* login.touch(idle))
      assert.deepStrictEqual(yield* outcomes(process), none)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["SignedOut"]
      )
    })
  )

  it.scoped("seen by one process: another serves the token of its memory beyond the old end", () =>
    Effect.gen(function* () {
      const all = yield* begin(idle)
      const other = yield* open(all.server, all.store, { maxStaleness: Duration.infinity })
      yield* other.accessToken
      assert.isTrue(yield* other.login.touch(idle))
      yield* TestClock.adjust("20 minutes")
      assert.isTrue(yield* all.login.touch(idle))
      yield* TestClock.adjust("20 minutes")
      assert.strictEqual(yield* other.accessToken, "access-0-1")
      assert.isTrue(yield* other.login.touch(idle))
      yield* TestClock.adjust("29 minutes")
      yield* all.accessToken
      yield* TestClock.adjust("1 minute")
      assert.isFalse(yield* all.login.touch(idle))
      assert.deepStrictEqual(yield* outcomes(other), none)
    })
  )

  it.scoped("a sign-out and another login are no end that a touch could move", () =>
    Effect.gen(function* () {
      const { login, process, session, store } = yield* begin(idle)
      yield* login.touch(idle)
      yield* session.signOut
      assert.isFalse(yield* login.touch(idle))
      yield* signIn(process, { idleTimeout: "1 hour" })
      assert.deepStrictEqual(yield* entryEnd({ store }), Option.some(3_600_000))
    })
  )

  it.scoped("herds of requests at three processes: one write a minute", () =>
    Effect.gen(function* () {
      const all = yield* begin(idle)
      const processes = [all.process, yield* open(all.server, all.store), yield* open(all.server, all.store)]
      const herd = Effect.forEach(
        processes,
        ({ login }) =>
          Effect.map(together(100, login.touch(idle)), (there) => assert.notInclude(there, false)),
        { concurrency: "unbounded" }
      )
      all.seen.length = 0
      for (let second = 0; second < 600; second += 10) {
        yield* herd
        yield* TestClock.adjust("10 seconds")
      }
      assert.isAtMost(all.seen.length, 3 * 10)
      const puts = new Set(all.seen.map(({ expected }) => Option.getOrElse(expected, () => "")))
      assert.isAtMost(puts.size, 10)
      assert.isAtLeast(puts.size, 9)
      // A short time is moved ten times at most
      const short = { idleTimeout: "100 seconds" } as const
      yield* all.login.touch(short)
      all.seen.length = 0
      for (let second = 0; second < 100; second++) {
        yield* TestClock.adjust("1 second")
        yield* together(100, all.login.touch(short))
      }
      assert.isAtMost(all.seen.length, 10)
    })
  )

  it.scoped("a store that is down or hangs: nobody who is known waits, or is sent away before the end", () =>
    Effect.gen(function* () {
      for (const outage of [unavailable("commit"), Effect.never]) {
        const { gate, login, seen } = yield* begin(idle)
        const start = yield* Clock.currentTimeMillis
        yield* login.touch(idle)
        gate.before = () => outage
        yield* TestClock.adjust("29 minutes")
        assert.isTrue(yield* login.touch(idle))
        assert.strictEqual((yield* Clock.currentTimeMillis) - start, 29 * 60_000)
        assert.isAbove(seen.length, 0)
        yield* TestClock.adjust("59 seconds")
        gate.before = () => Effect.void
        assert.isTrue(yield* login.touch(idle))
        yield* TestClock.adjust("29 minutes")
        assert.isTrue(yield* login.touch(idle))
      }
    })
  )
})

describe("an end and a refresh", () => {
  it.scoped("that is under way at the end: nobody gets its token, and nothing of it stays", () =>
    Effect.gen(function* () {
      const all = yield* begin({ absoluteTimeout: "3490 seconds" })
      all.server.rotate = true
      const gate = yield* makeGate
      all.server.after = gate.hold
      yield* TestClock.adjust("58 minutes")
      const waiting = yield* Effect.fork(outcomes(all.process))
      yield* gate.reached
      yield* TestClock.adjust("10 seconds")
      all.seen.length = 0
      yield* gate.open
      // The first calls were served the old token, which was good then
      assert.deepStrictEqual((yield* Fiber.join(waiting)).slice(3), none.slice(3))
      assert.deepStrictEqual(yield* outcomes(all.process), none)
      assert.strictEqual(refreshes(all.server.requests).length, 1)
      assert.deepStrictEqual(yield* all.store.get(storeKey("default")), Option.none())
      assert.isTrue(all.seen.every(({ next }) => Option.isNone(next)))
    })
  )

  it.scoped("that is under way at the end: another process's new login stays, and its token is given", () =>
    Effect.gen(function* () {
      const all = yield* begin({ absoluteTimeout: "3610 seconds" })
      const gate = yield* makeGate
      yield* TestClock.adjust("1 hour")
      all.server.after = gate.hold
      const waiting = yield* Effect.fork(all.session.accessToken)
      yield* gate.reached
      yield* TestClock.adjust("10 seconds")
      all.server.after = Effect.void
      const other = yield* open(all.server, all.store)
      yield* signIn(other, {})
      yield* gate.open
      assert.deepStrictEqual(yield* Fiber.join(waiting), yield* other.session.accessToken)
      assert.strictEqual((yield* all.session.session)._tag, "Active")
    })
  )

  it.scoped("whose lease is written when the end comes: it is not sent", () =>
    Effect.gen(function* () {
      const { gate, server, session } = yield* begin({ absoluteTimeout: "70 minutes" })
      yield* TestClock.adjust("69 minutes")
      gate.before = (write) => (writes(write) === "lease" ? Effect.sleep("2 seconds") : Effect.void)
      yield* TestClock.adjust("59 seconds")
      const waiting = yield* Effect.fork(Effect.flip(session.accessToken))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "NotAuthenticated")
      assert.strictEqual(refreshes(server.requests).length, 0)
    })
  )

  it.scoped("whose answer was lost before the end: it is not repeated after it", () =>
    Effect.gen(function* () {
      const { server, session } = yield* begin({ absoluteTimeout: "70 minutes" })
      server.before = Effect.never
      yield* TestClock.adjust("4199 seconds")
      const waiting = yield* Effect.fork(Effect.flip(session.accessToken))
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(waiting)
      assert.strictEqual(refreshes(server.requests).length, 1)
    })
  )

  it.scoped("a touch leaves a lease that somebody holds, and comes once it is given back", () =>
    Effect.gen(function* () {
      const all = yield* begin(idle)
      const gate = yield* makeGate
      all.server.after = gate.hold
      yield* TestClock.adjust("10 minutes")
      const waiting = yield* Effect.fork(all.session.refresh)
      yield* gate.reached
      const other = yield* open(all.server, all.store)
      const leased = yield* version(all.store)
      for (const { login } of [all, other]) {
        for (let second = 0; second < 10; second++) {
          assert.isTrue(yield* login.touch(idle))
          yield* TestClock.adjust("1 second")
        }
      }
      assert.deepStrictEqual(yield* version(all.store), leased)
      yield* gate.open
      yield* Fiber.join(waiting)
      assert.strictEqual(refreshes(all.server.requests).length, 1)
      yield* other.login.touch(idle)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(yield* entryEnd(all), Option.some(620_000 + 1_800_000))
    })
  )

  it.scoped("a lease whose holder died keeps nobody who is there from going on", () =>
    Effect.gen(function* () {
      const all = yield* begin(idle)
      const lost = { ...(yield* stored(all.store)), lease: "a process that died" }
      yield* put(all.store, JSON.stringify(lost))
      for (let minute = 0; minute < 40; minute++) {
        assert.isTrue(yield* all.login.touch(idle), `minute ${minute}`)
        yield* TestClock.adjust("1 minute")
      }
      assert.deepInclude(yield* stored(all.store), { lease: null, unanswered: true })
    })
  )

  it.scoped(
    "a token that the store has not taken yet is written in the end, whatever touches there were",
    () =>
      Effect.gen(function* () {
        const all = yield* begin({ idleTimeout: "3 hours" })
        yield* TestClock.adjust("58 minutes")
        all.server.rotate = true
        all.gate.before = (write) => (writes(write) === "result" ? unavailable("commit") : Effect.void)
        const before = yield* version(all.store)
        const waiting = yield* Effect.fork(all.session.refresh)
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(waiting)
        const leased = yield* version(all.store)
        assert.notDeepEqual(leased, before)
        for (let minute = 0; minute < 10; minute++) {
          assert.isTrue(yield* all.login.touch({ idleTimeout: "3 hours" }))
          yield* TestClock.adjust("1 minute")
          assert.deepStrictEqual(yield* version(all.store), leased)
        }
        all.gate.before = () => Effect.void
        yield* TestClock.adjust("5 seconds")
        assert.include(JSON.stringify(yield* stored(all.store)), `"${all.server.refreshToken}"`)
        yield* all.login.touch({ idleTimeout: "3 hours" })
        yield* TestClock.adjust("2 hours")
        assert.isTrue(yield* all.login.touch({ idleTimeout: "3 hours" }))
      })
  )
})
