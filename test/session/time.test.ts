/** Clocks: boundaries, jumps, sleep, skew, and the six months of an authorization. */
import { assert, describe, it } from "@effect/vitest"
import { SessionService, TokenStore } from "effect-spotify"
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { accessToken, login, run } from "../support/userSession.js"
import { activeRecord, as, collectEvents, makeGate, open, put, refreshes, stored } from "./support.js"

const inSession = run()

const hour = 3600_000

const day = 24 * hour

/** A wall clock of its own, as after a sleep of the machine or on another one; time passes as in the test. */
const withWallClock = (ahead: { ms: number }) =>
  Effect.clockWith((clock) => {
    const unsafeCurrentTimeMillis = () => clock.unsafeCurrentTimeMillis() + ahead.ms
    return Effect.succeed(
      // All the rest is the test's clock, which the test moves
      Object.assign(Object.create(clock) as Clock.Clock, {
        unsafeCurrentTimeMillis,
        currentTimeMillis: Effect.sync(unsafeCurrentTimeMillis),
        unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
        currentTimeNanos: clock.currentTimeNanos
      })
    )
  })

describe("the windows before a token's end", () => {
  /** A random part of zero or nearly one: the window begins five minutes before the end, or four. */
  for (const [random, window] of [
    [0, 300_000],
    [0.5, 270_000]
  ] as const) {
    it.scoped(`H1: to the millisecond, when chance makes the window ${window / 1000} seconds long`, () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const store = yield* TokenStore.makeMemory
        yield* put(store, activeRecord({ expiresAt: hour }))
        const { accessToken } = yield* open(server, store, { timeout: "1 hour" })
        const gate = yield* makeGate
        server.before = gate.hold
        yield* accessToken
        const end = hour
        // Fresh to the last millisecond before the window
        yield* TestClock.setTime(end - window - 1)
        assert.strictEqual(yield* accessToken, "seeded-access")
        yield* Effect.yieldNow()
        assert.strictEqual(server.requests.length, 0)
        // In the window it is served at once, and fetched in the background
        yield* TestClock.setTime(end - window)
        assert.strictEqual(yield* accessToken, "seeded-access")
        yield* gate.reached
        assert.strictEqual(server.requests.length, 1)
        // To the last millisecond before callers wait
        yield* TestClock.setTime(end - 30_001)
        assert.strictEqual(yield* accessToken, "seeded-access")
        assert.strictEqual(server.requests.length, 1)
        for (const at of [end - 30_000, end - 1, end]) {
          yield* TestClock.setTime(at)
          const waiting = yield* Effect.timeoutOption(accessToken, "1 millis").pipe(Effect.fork)
          yield* Effect.yieldNow()
          yield* TestClock.setTime(at + 1)
          assert.isTrue(
            Option.isNone(yield* waiting.await.pipe(Effect.flatMap((exit) => exit))),
            `${at - end}`
          )
        }
        yield* gate.open
        assert.strictEqual(yield* accessToken, "access-1-0")
        assert.strictEqual(server.requests.length, 1)
      }).pipe(Effect.withRandom(Random.fixed([random])))
    )
  }

  it.scoped("H1: a token that cannot be renewed is served to its last millisecond, and not in the next", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord({ expiresAt: hour }))
      const { accessToken } = yield* open(server, store)
      yield* accessToken
      server.instead = () => Effect.sync(() => new Response("down", { status: 500 }))
      yield* TestClock.setTime(hour - 1)
      assert.strictEqual(yield* accessToken, "seeded-access")
      yield* TestClock.setTime(hour)
      assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenEndpointUnavailable")
    })
  )

  it.effect("H1: refreshes in the background first and lets nobody wait, then lets callers wait", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const first = yield* accessToken
        // Before 55 minutes no token is renewed, whatever the random part of the window
        yield* TestClock.adjust("54 minutes")
        assert.strictEqual(yield* accessToken, first)
        assert.strictEqual(server.grants, 0)
        const gate = yield* makeGate
        server.before = gate.hold
        yield* TestClock.adjust("3 minutes")
        assert.strictEqual(yield* accessToken, first)
        yield* gate.reached
        assert.strictEqual(yield* accessToken, first)
        assert.strictEqual(refreshes(server.requests).length, 1)
        yield* gate.open
        yield* TestClock.adjust("1 millis")
        assert.notStrictEqual(yield* accessToken, first)
        assert.strictEqual(server.grants, 1)
      })
    )
  )

  it.scoped("refreshAhead and waitAhead move the windows, within the token's life", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord({ expiresAt: hour }))
      const { accessToken } = yield* open(server, store, {
        refreshAhead: "10 minutes",
        waitAhead: "2 minutes"
      })
      const gate = yield* makeGate
      server.before = gate.hold
      yield* accessToken
      yield* TestClock.setTime(hour - 600_001)
      yield* accessToken
      assert.strictEqual(server.requests.length, 0)
      yield* TestClock.setTime(hour - 120_001)
      assert.strictEqual(yield* accessToken, "seeded-access")
      yield* gate.reached
      yield* TestClock.setTime(hour - 120_000)
      const waiting = yield* Effect.fork(accessToken)
      yield* gate.open
      assert.strictEqual(yield* waiting.await.pipe(Effect.flatMap((exit) => exit)), "access-1-0")
    })
  )

  for (const [life, least, most] of [
    [1, 20, 27],
    [10, 20, 27],
    [59, 20, 27],
    [86_400, 19, 21]
  ] as const) {
    it.effect(`H5: tokens of ${life} s are refreshed about once in their life`, () =>
      inSession((server) =>
        Effect.gen(function* () {
          server.expiresIn = life
          yield* login
          // Twenty lives, a call at each tenth of one
          for (let step = 0; step < 200; step++) {
            yield* accessToken
            yield* TestClock.setTime(((step + 1) * life * 1000) / 10)
          }
          assert.isAtLeast(server.grants, least)
          assert.isAtMost(server.grants, most)
          assert.strictEqual(refreshes(server.requests).length, server.grants)
        })
      )
    )
  }
})

describe("a wall clock that is wrong", () => {
  for (const [name, jump] of [
    ["two hours back", -2 * hour],
    ["two hours ahead", 2 * hour],
    ["ten years back", -10 * 365 * day],
    ["ten years ahead", 10 * 365 * day]
  ] as const) {
    it.effect(`H2: set ${name}: one refresh, no loop, and none when it is set right again`, () =>
      inSession((server) =>
        Effect.gen(function* () {
          const now = Date.parse("2026-11-24T12:00:00Z")
          yield* TestClock.setTime(now)
          yield* login
          const first = yield* accessToken
          yield* TestClock.setTime(now + 60_000 + jump)
          const second = yield* accessToken
          assert.notStrictEqual(second, first)
          for (let minute = 0; minute < 40; minute += 4) {
            assert.strictEqual(yield* accessToken, second)
            yield* TestClock.adjust("4 minutes")
          }
          assert.strictEqual(server.grants, 1)
          yield* TestClock.setTime(now + 45 * 60_000)
          const third = yield* accessToken
          assert.notStrictEqual(third, second)
          yield* TestClock.adjust("30 minutes")
          assert.strictEqual(yield* accessToken, third)
          assert.strictEqual(server.grants, 2)
        })
      )
    )
  }

  it.effect("H2: small corrections of the clock cost nothing", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(hour)
        yield* login
        const first = yield* accessToken
        for (const correction of [-60_000, 60_000, -600_000, 600_000]) {
          yield* TestClock.setTime(hour + 60_000 + correction)
          assert.strictEqual(yield* accessToken, first)
        }
        assert.strictEqual(server.grants, 0)
      })
    )
  )

  it.effect("H2: refresh asks although the clock stands before the token's beginning", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(10 * hour)
        yield* login
        const first = yield* accessToken
        yield* TestClock.setTime(10 * hour - 60_000)
        const session = yield* SessionService.SessionService
        assert.notStrictEqual(Redacted.value(yield* session.refresh), first)
        assert.strictEqual(server.grants, 1)
      })
    )
  )

  it.scoped("H2: a time to try again that a wrong clock has set is not waited for", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(
        store,
        JSON.stringify({
          ...JSON.parse(activeRecord({ expiresAt: 1 })),
          nextAttemptAt: 10 * day,
          failures: 3
        })
      )
      yield* TestClock.setTime(100_000)
      const { accessToken } = yield* open(server, store)
      assert.strictEqual(yield* accessToken, "access-1-0")
    })
  )

  it.scoped("H3: after three hours of sleep the wall clock ends the token, and not the lease", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord({ expiresAt: hour }))
      const ahead = { ms: 0 }
      const clock = yield* withWallClock(ahead)
      yield* Effect.gen(function* () {
        const process = yield* open(server, store)
        assert.strictEqual(yield* process.accessToken, "seeded-access")
        ahead.ms = 3 * hour
        assert.strictEqual(yield* process.accessToken, "access-1-0")
        assert.strictEqual(server.grants, 1)
        // Another process holds the lease and both slept: seen from here, no time has passed
        yield* put(store, JSON.stringify({ ...JSON.parse(activeRecord({ expiresAt: 1 })), lease: "another" }))
        const other = yield* open(server, store)
        const waiting = yield* Effect.fork(other.accessToken)
        yield* TestClock.adjust("100 millis")
        ahead.ms = 6 * hour
        yield* TestClock.adjust("100 millis")
        assert.strictEqual(server.grants, 1)
        assert.isNull(waiting.unsafePoll())
        yield* put(
          store,
          activeRecord({ accessToken: "of-the-holder", obtainedAt: 6 * hour, expiresAt: 7 * hour })
        )
        yield* TestClock.adjust("100 millis")
        assert.strictEqual(yield* waiting.await.pipe(Effect.flatMap((exit) => exit)), "of-the-holder")
        assert.strictEqual(server.grants, 1)
      }).pipe(Effect.withClock(clock))
    })
  )

  it.effect("H4: a server's clock that is ten minutes off changes nothing, for lives are relative", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.setTime(2 * hour)
        server.deliver = (response) => {
          response.headers.set("date", new Date(2 * hour + 600_000).toUTCString())
          return response
        }
        const session = yield* SessionService.SessionService
        yield* accessToken
        const described = yield* session.session
        assert.isTrue(
          described._tag === "Active" &&
            Option.exists(described.accessTokenExpiresAt, (at) => at.epochMillis === 3 * hour)
        )
        yield* TestClock.setTime(3 * hour - 301_000)
        yield* accessToken
        assert.strictEqual(server.grants, 1)
        // It believes that the token is over and refuses it: that is an ordinary 401
        assert.strictEqual(Redacted.value(yield* session.renew(yield* session.accessToken)), "access-2-1")
        assert.strictEqual(server.grants, 2)
      })
    )
  )

  for (const [name, start] of [
    ["the end of 32 bits in 2038", Date.parse("2038-01-19T03:14:07Z") - 30 * 60_000],
    ["the end of unsigned 32 bits in 2106", Date.parse("2106-02-07T06:28:15Z") - 30 * 60_000],
    ["a leap second", Date.parse("2016-12-31T23:30:00Z")],
    ["the end of summer time in Europe", Date.parse("2026-10-25T00:30:00Z")],
    ["the beginning of summer time in America", Date.parse("2026-03-08T09:30:00Z")],
    ["a leap day", Date.parse("2028-02-28T23:30:00Z")],
    ["a year before the last day of Date", 8_640_000_000_000_000 - 366 * day]
  ] as const) {
    it.effect(`H8: over ${name} a token lives as long as ever`, () =>
      inSession((server, store) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(start)
          yield* login
          const first = yield* accessToken
          assert.deepNestedInclude(yield* stored(store), {
            "token.obtainedAt": start,
            "token.expiresAt": start + hour
          })
          yield* TestClock.setTime(start + 55 * 60_000 - 1)
          assert.strictEqual(yield* accessToken, first)
          assert.strictEqual(server.grants, 0)
          yield* TestClock.setTime(start + hour)
          assert.notStrictEqual(yield* accessToken, first)
          assert.strictEqual(server.grants, 1)
        })
      )
    )
  }
})

describe("the six months of an authorization", () => {
  const authorizedAt = Date.parse("2026-06-18T12:00:00Z")
  const by = Date.parse("2026-12-18T12:00:00Z")

  it.scoped(
    "H7: tells of the end once at 30 days and once at 7, whatever number of processes refreshes",
    () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const store = yield* TokenStore.makeMemory
        yield* put(store, activeRecord({ authorizedAt, expiresAt: 1 }))
        yield* TestClock.setTime(by - 40 * day)
        const processes = [yield* open(server, store), yield* open(server, store)]
        const events: Array<
          Array<{ readonly _tag: string; readonly days?: number; readonly by?: DateTime.Utc }>
        > = []
        for (const { session } of processes) {
          events.push(yield* collectEvents(session))
        }
        const notices = () =>
          events
            .flat()
            .flatMap((event) => (event._tag === "ReauthorizationDue" ? [[event.days, event.by]] : []))
        const refreshAt = (time: number) =>
          Effect.gen(function* () {
            yield* TestClock.setTime(time)
            for (const process of processes) {
              yield* process.accessToken
            }
            yield* Effect.yieldNow()
          })
        const end = DateTime.unsafeMake(by)
        yield* refreshAt(by - 30 * day - 1)
        assert.deepStrictEqual(notices(), [])
        yield* refreshAt(by - 30 * day + 2 * hour)
        assert.deepStrictEqual(notices(), [[30, end]])
        yield* refreshAt(by - 20 * day)
        yield* refreshAt(by - 7 * day - 1)
        assert.deepStrictEqual(notices(), [[30, end]])
        yield* refreshAt(by - 7 * day + 2 * hour)
        assert.deepStrictEqual(notices(), [
          [30, end],
          [7, end]
        ])
        yield* refreshAt(by - day)
        yield* refreshAt(by + day)
        assert.strictEqual(notices().length, 2)
      })
  )

  it.scoped("H7: a session that was not used for long gets the notice that is due, and no other", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord({ authorizedAt, expiresAt: 1 }))
      yield* TestClock.setTime(by - 5 * day)
      const { accessToken, session } = yield* open(FakeAccounts.make(), store)
      const events = yield* collectEvents(session)
      yield* accessToken
      yield* TestClock.adjust("2 hours")
      yield* accessToken
      yield* Effect.yieldNow()
      assert.deepStrictEqual(
        events.flatMap((event) => (event._tag === "ReauthorizationDue" ? [event.days] : [])),
        [7]
      )
    })
  )

  it.effect("H7: after six months the reason is told, and refreshing never moved the day", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(authorizedAt)
        yield* login
        const service = yield* SessionService.SessionService
        yield* TestClock.setTime(by - 31 * day)
        yield* accessToken
        const before = yield* service.session
        assert.isTrue(before._tag === "Active" && Option.getOrThrow(before.reauthorizeBy).epochMillis === by)
        yield* TestClock.setTime(by - 30 * day - 1)
        assert.strictEqual((yield* service.session)._tag, "Active")
        yield* TestClock.setTime(by - 30 * day)
        assert.strictEqual((yield* service.session)._tag, "ExpiresSoon")
        yield* TestClock.setTime(by + 1)
        server.instead = () =>
          Effect.succeed(
            Fake.json({ error: "invalid_grant", error_description: "Refresh token revoked" }, { status: 400 })
          )
        const error = yield* Effect.flip(accessToken)
        assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Expired")
      })
    )
  )

  it.scoped("H7: one day earlier the same refusal has another reason", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord({ authorizedAt, expiresAt: 1, refreshToken: "another" }))
      yield* TestClock.setTime(by - day)
      const error = yield* Effect.flip((yield* open(server, store)).accessToken)
      assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
    })
  )

  for (const [from, until] of [
    ["2027-08-31T10:00:00Z", "2028-02-29T10:00:00.000Z"],
    ["2026-08-31T10:00:00Z", "2027-02-28T10:00:00.000Z"],
    ["2028-02-29T10:00:00Z", "2028-08-29T10:00:00.000Z"],
    ["2026-12-31T23:59:59Z", "2027-06-30T23:59:59.000Z"]
  ] as const) {
    it.effect(`H7: an authorization of ${from} ends at ${until}`, () =>
      inSession(() =>
        Effect.gen(function* () {
          yield* TestClock.setTime(Date.parse(from))
          const session = yield* login
          assert.strictEqual(
            session._tag === "Active" ? DateTime.formatIso(Option.getOrThrow(session.reauthorizeBy)) : "",
            until
          )
        })
      )
    )
  }

  it.scoped("H7: of a session whose authorization has no known day nothing is told, ever", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord({ authorizedAt: null, expiresAt: 1 }))
      const { accessToken, session } = yield* open(server, store)
      const events = yield* collectEvents(session)
      for (const months of [1, 6, 12, 24]) {
        yield* TestClock.setTime(months * 31 * day)
        yield* accessToken
        const described = yield* session.session
        assert.isTrue(
          described._tag === "Active" &&
            Option.isNone(described.authorizedAt) &&
            Option.isNone(described.reauthorizeBy)
        )
      }
      assert.deepStrictEqual([...new Set(events.map((event) => event._tag))], ["Refreshed"])
      server.refreshToken = "another"
      yield* TestClock.adjust("2 hours")
      const error = yield* Effect.flip(accessToken)
      assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
    })
  )
})

describe("many sessions that began together", () => {
  it.scoped(
    "H9: issued in one second they are refreshed over a minute, at most at three times the mean rate",
    () =>
      Effect.gen(function* () {
        const count = 600
        const server = FakeAccounts.make()
        server.takesAny = true
        const memory = yield* TokenStore.makeMemory
        for (let n = 0; n < count; n++) {
          const obtainedAt = Math.floor((n * 1000) / count)
          yield* put(memory, activeRecord({ obtainedAt, expiresAt: obtainedAt + hour }), `key-${n}`)
        }
        yield* TestClock.setTime(1000)
        const { accessToken } = yield* open(server, memory, { sessions: "many" })
        const calls = Effect.forEach(
          Array.from({ length: count }, (_, n) => as(`key-${n}`)),
          (of) => of(accessToken),
          {
            discard: true
          }
        )
        yield* calls
        const rates: Array<number> = []
        for (let second = 0; second < 64; second += 2) {
          const before = server.grants
          yield* TestClock.setTime(hour - 301_000 + second * 1000)
          yield* calls
          yield* TestClock.adjust("1 millis")
          rates.push(server.grants - before)
        }
        assert.strictEqual(server.grants, count)
        const busy = rates.filter((rate) => rate > 0)
        assert.isAtLeast(busy.length, 27)
        assert.isAtMost(Math.max(...rates), (3 * count) / busy.length)
      }).pipe(Effect.withRandom(Random.make("H9"))),
    // For a machine that others load
    180_000
  )
})
