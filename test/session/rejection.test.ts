/** Refresh tokens that Spotify refuses: what is kept, what comes back, and what is told. */
import { assert, describe, it } from "@effect/vitest"
import { LoginService, SessionService, TokenStore } from "effect-spotify"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { accessToken, login, run } from "../support/userSession.js"
import {
  activeRecord,
  as,
  collectEvents,
  makeGate,
  open,
  put,
  refreshes,
  storeKey,
  stored
} from "./support.js"

const inSession = run()

const revoked = () =>
  Effect.sync(() =>
    Fake.json({ error: "invalid_grant", error_description: "Refresh token revoked" }, { status: 400 })
  )

/** A session that is over by now, in one process or several. */
const overdue = (options: SessionService.Options = {}) =>
  Effect.gen(function* () {
    const server = FakeAccounts.make()
    const store = yield* TokenStore.makeMemory
    yield* put(store, activeRecord({ expiresAt: 1 }))
    yield* TestClock.setTime(100_000)
    return { server, store, options, ...(yield* open(server, store, options)) }
  })

describe("invalid_grant", () => {
  it.effect("A15: a revoked refresh token is asked for once, and only a new login helps", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.refreshToken = "another"
        const service = yield* SessionService.SessionService
        for (let call = 0; call < 5; call++) {
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
          yield* TestClock.adjust("1 hour")
        }
        assert.strictEqual(refreshes(server.requests).length, 1)
        assert.strictEqual((yield* service.session)._tag, "Rejected")
        const tombstone = yield* stored(store)
        assert.strictEqual(tombstone?.["_tag"], "Rejected")
        // Spotify asks to discard what it has rejected
        assert.notInclude(JSON.stringify(tombstone), "refresh-")
        yield* login
        assert.strictEqual((yield* service.session)._tag, "Active")
        yield* accessToken
      })
    )
  )

  it.scoped(
    "A16: when a sibling has stored a newer token meanwhile, that one is served and nothing deleted",
    () =>
      Effect.gen(function* () {
        const { accessToken, server, session, store } = yield* overdue()
        const events = yield* collectEvents(session)
        const sibling = activeRecord({
          accessToken: "of-the-sibling",
          refreshToken: "rotated-by-the-sibling",
          obtainedAt: 100_000,
          expiresAt: 3700_000
        })
        server.before = Effect.asVoid(Effect.orDie(put(store, sibling)))
        server.instead = revoked
        assert.strictEqual(yield* accessToken, "of-the-sibling")
        assert.deepStrictEqual(yield* stored(store), JSON.parse(sibling))
        assert.strictEqual(server.requests.length, 1)
        assert.deepStrictEqual(events, [])
      })
  )

  it.effect("A17: 30 sessions rejected within a minute raise one alarm, and all can be restored", () =>
    run({ sessions: "many", quarantine: "1 day" })((server, store) =>
      Effect.scoped(
        Effect.gen(function* () {
          const session = yield* SessionService.SessionService
          const keys = Array.from({ length: 30 }, (_, n) => `key-${n}`)
          for (const key of keys) {
            yield* put(store, activeRecord({ expiresAt: 1, refreshToken: `refresh-of-${key}` }), key)
          }
          yield* TestClock.setTime(1_000_000)
          const events = yield* collectEvents(session)
          const alarms = () => events.filter((event) => event._tag === "ManyRejected")
          server.instead = revoked
          for (const [n, key] of keys.entries()) {
            yield* Effect.flip(as(key)(accessToken))
            yield* TestClock.adjust("1 second")
            assert.strictEqual(alarms().length, n < 9 ? 0 : 1, `after ${n + 1}`)
          }
          const [alarm] = alarms()
          assert.isTrue(alarm?._tag === "ManyRejected" && alarm.since.epochMillis === 1_009_000 - 60_000)
          assert.strictEqual(events.filter((event) => event._tag === "Rejected").length, 30)
          server.instead = undefined
          server.takesAny = true
          const login = yield* LoginService.LoginService
          for (const key of keys) {
            assert.strictEqual((yield* as(key)(login.restore))._tag, "Active")
            yield* as(key)(accessToken)
          }
          assert.deepStrictEqual(
            refreshes(server.requests)
              .slice(30)
              .map(({ form }) => form.get("refresh_token")),
            keys.map((key) => `refresh-of-${key}`)
          )
          // Over, and later once more
          yield* TestClock.adjust("2 hours")
          server.instead = revoked
          for (const key of keys.slice(0, 12)) {
            yield* Effect.flip(as(key)(accessToken))
          }
          assert.strictEqual(alarms().length, 2)
        })
      )
    )
  )

  it.effect("A17: nine in a minute, however often, are no alarm", () =>
    run({ sessions: "many" })((server, store) =>
      Effect.scoped(
        Effect.gen(function* () {
          const events = yield* collectEvents(yield* SessionService.SessionService)
          yield* TestClock.setTime(100_000)
          server.instead = revoked
          for (let n = 0; n < 27; n++) {
            yield* put(store, activeRecord({ expiresAt: 1 }), `key-${n}`)
            yield* Effect.flip(as(`key-${n}`)(accessToken))
            yield* TestClock.adjust("7 seconds")
          }
          assert.strictEqual(events.filter((event) => event._tag === "Rejected").length, 27)
          assert.strictEqual(events.filter((event) => event._tag === "ManyRejected").length, 0)
        })
      )
    )
  )
})

describe("quarantine", () => {
  it.scoped("without it nothing is kept, and restoring says so", () =>
    Effect.gen(function* () {
      const { accessToken, login, server, store } = yield* overdue()
      server.instead = revoked
      yield* Effect.flip(accessToken)
      const before = yield* store.get(storeKey("default"))
      const error = yield* Effect.flip(login.restore)
      assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
      assert.deepStrictEqual(yield* store.get(storeKey("default")), before)
    })
  )

  it.scoped("restore brings the session back, with all that was known of it", () =>
    Effect.gen(function* () {
      const { login, server, session, store } = yield* overdue({ quarantine: "1 hour" })
      const authorizedAt = 50_000
      yield* put(store, activeRecord({ expiresAt: 1, authorizedAt }))
      const events = yield* collectEvents(session)
      server.instead = revoked
      yield* Effect.flip(session.accessToken)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* Effect.flip(session.accessToken))._tag, "ReauthorizationRequired")
      server.instead = undefined
      const restored = yield* login.restore
      assert.isTrue(
        restored._tag === "Active" &&
          Option.exists(restored.authorizedAt, (at) => at.epochMillis === authorizedAt) &&
          restored.scopes[0] === "user-top-read"
      )
      assert.strictEqual(Redacted.value(yield* session.accessToken), "access-1-0")
      assert.deepStrictEqual(
        events.map((event) => event._tag),
        ["Rejected", "Restored", "Refreshed"]
      )
      assert.notInclude(JSON.stringify(yield* stored(store)), "quarantined")
    })
  )

  it.scoped("is over at its time to the millisecond, and the next call erases the token", () =>
    Effect.gen(function* () {
      const { accessToken, login, server, store } = yield* overdue({ quarantine: "1 hour" })
      server.instead = revoked
      yield* Effect.flip(accessToken)
      yield* TestClock.adjust("3599999 millis")
      yield* Effect.flip(accessToken)
      assert.include(JSON.stringify(yield* stored(store)), "refresh-0")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Effect.flip(login.restore))._tag, "ReauthorizationRequired")
      const error = yield* Effect.flip(accessToken)
      assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
      const record = yield* stored(store)
      assert.notInclude(JSON.stringify(record), "refresh-0")
      assert.notInclude(JSON.stringify(record), "seeded-access")
      assert.deepInclude(record, { _tag: "Rejected", reason: "Revoked", rejectedAt: 100_000 })
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.scoped("restore leaves a session that works alone, and knows none that is signed out", () =>
    Effect.gen(function* () {
      const { login, session, store } = yield* overdue({ quarantine: "1 hour" })
      const before = yield* store.get(storeKey("default"))
      assert.strictEqual((yield* login.restore)._tag, "Active")
      assert.deepStrictEqual(yield* store.get(storeKey("default")), before)
      yield* session.signOut
      const error = yield* Effect.flip(login.restore)
      assert.isTrue(error._tag === "NotAuthenticated" && error.reason === "SignedOut")
    })
  )

  it.scoped("a rejection that was right rejects again, and the token is kept for a new time", () =>
    Effect.gen(function* () {
      const { accessToken, login, server, store } = yield* overdue({ quarantine: "1 hour" })
      server.instead = revoked
      yield* Effect.flip(accessToken)
      yield* TestClock.adjust("30 minutes")
      yield* login.restore
      assert.strictEqual((yield* Effect.flip(accessToken))._tag, "ReauthorizationRequired")
      assert.strictEqual(server.requests.length, 2)
      assert.deepNestedInclude(yield* stored(store), { "quarantined.until": 100_000 + 90 * 60_000 })
    })
  )

  it.scoped("of ten processes that restore at once one tells it, and all get the session", () =>
    Effect.gen(function* () {
      const { accessToken, options, server, store } = yield* overdue({ quarantine: "1 hour" })
      server.instead = revoked
      yield* Effect.flip(accessToken)
      server.instead = undefined
      const events: Array<Array<{ readonly _tag: string }>> = []
      const processes = yield* Effect.replicateEffect(open(server, store, options), 10)
      for (const { session } of processes) {
        events.push(yield* collectEvents(session))
      }
      const restored = yield* Effect.all(
        processes.map(({ login }) => login.restore),
        { concurrency: "unbounded" }
      )
      assert.isTrue(restored.every((session) => session._tag === "Active"))
      yield* Effect.yieldNow()
      assert.strictEqual(events.flat().filter((event) => event._tag === "Restored").length, 1)
      const tokens = yield* Effect.all(
        processes.map((process) => Effect.fork(process.accessToken)),
        { concurrency: "unbounded" }
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...new Set(yield* Fiber.joinAll(tokens))], ["access-1-0"])
      assert.strictEqual(server.grants, 1)
    })
  )

  for (const winner of ["a login", "a sign-out"] as const) {
    it.scoped(`restore loses to ${winner} that comes between its reading and its writing`, () =>
      Effect.gen(function* () {
        const { accessToken, context, server, session, store } = yield* overdue({ quarantine: "1 hour" })
        server.instead = revoked
        yield* Effect.flip(accessToken)
        server.instead = undefined
        const gate = yield* makeGate
        let first = true
        const slow = yield* open(server, {
          ...store,
          commit: (write) =>
            Effect.suspend(() => {
              const hold = first ? gate.hold : Effect.void
              first = false
              return Effect.zipRight(hold, store.commit(write))
            })
        })
        const restoring = yield* Effect.fork(Effect.either(slow.login.restore))
        yield* gate.reached
        yield* winner === "a login" ? Effect.provide(login, context) : session.signOut
        yield* gate.open
        const result = yield* Fiber.join(restoring)
        if (winner === "a login") {
          assert.isTrue(result._tag === "Right" && result.right._tag === "Active")
          assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": "refresh-1" })
        } else {
          assert.isTrue(result._tag === "Left" && result.left._tag === "NotAuthenticated")
          assert.isUndefined(yield* stored(store))
        }
      })
    )
  }

  it.scoped("H7: a notice that was given before the rejection is not given again after it", () =>
    Effect.gen(function* () {
      const { server, session, store, login } = yield* overdue({ quarantine: "1 hour" })
      const now = Date.parse("2026-12-01T00:00:00Z")
      yield* TestClock.setTime(now)
      yield* put(store, activeRecord({ expiresAt: 1, authorizedAt: Date.parse("2026-06-18T00:00:00Z") }))
      const events = yield* collectEvents(session)
      const notices = () => events.filter((event) => event._tag === "ReauthorizationDue").length
      yield* session.accessToken
      assert.strictEqual(notices(), 1)
      yield* TestClock.adjust("2 hours")
      server.instead = revoked
      yield* Effect.flip(session.accessToken)
      server.instead = undefined
      yield* login.restore
      yield* session.accessToken
      assert.strictEqual(notices(), 1)
    })
  )
})

describe("importRefreshToken", () => {
  const of = (refreshToken: string) => ({ refreshToken: Redacted.make(refreshToken) })

  it.scoped("takes over a session: it is stored before its first use, and used at once", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      const { accessToken, login, session } = yield* open(server, store)
      server.rotate = true
      let before: Record<string, unknown> | undefined
      server.before = Effect.flatMap(Effect.orDie(stored(store)), (record) =>
        Effect.sync(() => {
          before = record
        })
      )
      yield* TestClock.setTime(1000)
      const imported = yield* login.importRefreshToken(of("refresh-0"))
      assert.deepNestedInclude(before, { "token.refreshToken": "refresh-0" })
      assert.isTrue(imported._tag === "Active" && Option.isNone(imported.authorizedAt))
      assert.strictEqual(yield* accessToken, "access-1-0")
      assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": "refresh-0-1" })
      assert.strictEqual(server.requests.length, 1)
      assert.strictEqual((yield* session.session)._tag, "Active")
    })
  )

  it.scoped("keeps the day of the authorization, and the scopes until a refresh tells them", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      server.instead = () =>
        Effect.sync(() => Fake.json({ access_token: "bare", token_type: "Bearer", expires_in: 3600 }))
      const { login, session } = yield* open(server, yield* TokenStore.makeMemory)
      yield* TestClock.setTime(Date.parse("2026-11-24T00:00:00Z"))
      const authorizedAt = DateTime.unsafeMake("2026-06-01T00:00:00Z")
      const imported = yield* login.importRefreshToken({
        ...of("refresh-0"),
        scopes: ["user-library-read"],
        authorizedAt
      })
      assert.isTrue(
        imported._tag === "ExpiresSoon" &&
          DateTime.formatIso(imported.reauthorizeBy.value) === "2026-12-01T00:00:00.000Z"
      )
      assert.deepStrictEqual(yield* session.scopes, Option.some(["user-library-read"]))
    })
  )

  it.scoped("one that Spotify refuses is told at once and leaves a tombstone", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      const { accessToken, login } = yield* open(server, store)
      const error = yield* Effect.flip(login.importRefreshToken(of("canary-wrong")))
      assert.strictEqual(error._tag, "ReauthorizationRequired")
      assert.notInclude(JSON.stringify(yield* stored(store)), "canary-wrong")
      assert.strictEqual((yield* Effect.flip(accessToken))._tag, "ReauthorizationRequired")
      assert.strictEqual(server.requests.length, 1)
    })
  )

  for (const [name, token] of [
    ["nothing", ""],
    ["a text that no session record holds", "x".repeat(100_000)]
  ] as const) {
    it.scoped(`${name} is typed, asks nobody and leaves the stored session alone`, () =>
      Effect.gen(function* () {
        const server = FakeAccounts.make()
        const store = yield* TokenStore.makeMemory
        yield* put(store, activeRecord())
        const before = yield* store.get(storeKey("default"))
        const { accessToken, login } = yield* open(server, store)
        const error = yield* Effect.flip(login.importRefreshToken(of(token)))
        assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Malformed")
        assert.deepStrictEqual(yield* store.get(storeKey("default")), before)
        assert.strictEqual(yield* accessToken, "seeded-access")
        assert.strictEqual(server.requests.length, 0)
      })
    )
  }

  it.scoped("an outage keeps what was imported for later", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const { accessToken, login } = yield* open(server, yield* TokenStore.makeMemory)
      server.instead = () => Effect.sync(() => new Response("down", { status: 500 }))
      assert.strictEqual(
        (yield* Effect.flip(login.importRefreshToken(of("refresh-0"))))._tag,
        "TokenEndpointUnavailable"
      )
      server.instead = undefined
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* accessToken, "access-1-0")
    })
  )

  it.scoped("wins over a refresh of the session it replaces", () =>
    Effect.gen(function* () {
      const { accessToken, login, server, store } = yield* overdue()
      const gate = yield* makeGate
      server.after = gate.hold
      const caller = yield* Effect.fork(accessToken)
      yield* gate.reached
      server.after = Effect.void
      server.refreshToken = "imported"
      const importing = yield* Effect.fork(login.importRefreshToken(of("imported")))
      yield* Effect.yieldNow()
      yield* gate.open
      yield* Fiber.join(importing)
      assert.strictEqual(yield* Fiber.join(caller), yield* accessToken)
      assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": "imported", lease: null })
    })
  )
})
