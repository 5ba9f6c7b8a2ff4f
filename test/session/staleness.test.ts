/** What an instance that keeps a token in memory learns of what others did to its session, and what that costs. */
import { assert, describe, it } from "@effect/vitest"
import { type SessionService, TokenStore } from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import { activeRecord, collectEvents, open, put, refreshes, unavailable } from "./support.js"

type Answer = ReturnType<TokenStore.Service["get"]>

/** Two instances over one store, of which the first is watched: each `get` of it is counted. */
const two = Effect.fnUntraced(function* (options: SessionService.Options = {}) {
  const server = FakeAccounts.make()
  const store = yield* TokenStore.makeMemory
  const reads = { count: 0, answer: (real: Answer): Answer => real }
  const watched = {
    ...store,
    get: (key: TokenStore.StoreKey) => {
      reads.count += 1
      return reads.answer(store.get(key))
    }
  }
  const now = yield* Clock.currentTimeMillis
  yield* put(store, activeRecord({ obtainedAt: now, expiresAt: now + 3600_000 }))
  const one = yield* open(server, watched, options)
  const other = yield* open(server, store, options)
  assert.strictEqual(yield* one.accessToken, "seeded-access")
  reads.count = 0
  return { one, other, reads, server, store }
})

/** What a call gets, without its error. */
const outcome = (call: Effect.Effect<string, { readonly _tag: string }>) =>
  Effect.match(call, { onFailure: ({ _tag }) => _tag, onSuccess: (token) => token })

describe("what another instance did", () => {
  it.scoped("a sign-out is seen after 30 seconds at the latest, by one who calls and one who does not", () =>
    Effect.gen(function* () {
      for (const every of [1, 7, 30, 300]) {
        const { one, other } = yield* two()
        yield* other.session.signOut
        let last = 0
        for (let at = 0; at < 60; at += every) {
          yield* TestClock.adjust(`${every} seconds`)
          last = (yield* outcome(one.accessToken)) === "seeded-access" ? at + every : last
        }
        assert.isBelow(last, 30, `calls every ${every} seconds`)
        assert.strictEqual(yield* outcome(one.accessToken), "NotAuthenticated")
        assert.strictEqual(
          yield* outcome(one.session.authorizationId.pipe(Effect.as(""))),
          "NotAuthenticated"
        )
      }
    })
  )

  it.scoped("that Spotify ended the session is seen as well, with the reason", () =>
    Effect.gen(function* () {
      const { one, other, server } = yield* two()
      server.refreshToken = "another"
      yield* TestClock.adjust("1 second")
      assert.strictEqual(
        yield* outcome(Effect.map(other.session.refresh, Redacted.value)),
        "ReauthorizationRequired"
      )
      yield* TestClock.adjust("30 seconds")
      const error = yield* Effect.flip(one.accessToken)
      assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
      assert.strictEqual(refreshes(server.requests).length, 1)
    })
  )

  it.scoped("so is another login, and the option says within which time", () =>
    Effect.gen(function* () {
      for (const [maxStaleness, seconds] of [
        [undefined, 30],
        ["5 seconds", 5],
        ["10 minutes", 600],
        [0, 0]
      ] as const) {
        const { one, store } = yield* two({ maxStaleness })
        const now = yield* Clock.currentTimeMillis
        const life = { obtainedAt: now, expiresAt: now + 3600_000 }
        yield* put(store, activeRecord({ accessToken: "another", ...life }))
        yield* TestClock.adjust(`${seconds} seconds`)
        assert.strictEqual(yield* one.accessToken, "another")
      }
      const { one, other } = yield* two({ maxStaleness: Duration.infinity })
      yield* other.session.signOut
      yield* TestClock.adjust("50 minutes")
      assert.strictEqual(yield* one.accessToken, "seeded-access")
    })
  )

  it.scoped("within the bound nothing is read, and a busy session waits for no read", () =>
    Effect.gen(function* () {
      const { one, reads, server } = yield* two()
      const many = Effect.replicateEffect(one.accessToken, 100)
      yield* many
      yield* TestClock.adjust("17 seconds")
      yield* many
      assert.strictEqual(reads.count, 0)
      let waited = 0
      reads.answer = (real) => Effect.zipRight(Effect.sleep("500 millis"), real)
      for (let at = 18; at < 300; at++) {
        yield* TestClock.adjust("1 second")
        const before = yield* Clock.currentTimeMillis
        assert.deepStrictEqual(Chunk.toReadonlyArray(Chunk.dedupe(Chunk.fromIterable(yield* many))), [
          "seeded-access"
        ])
        waited += (yield* Clock.currentTimeMillis) - before
      }
      // The last call may have begun a read, which the end of the session waits for
      yield* TestClock.adjust("1 second")
      assert.strictEqual(waited, 0)
      assert.isBelow(reads.count, 300 / 18 + 1)
      assert.isAbove(reads.count, 300 / 30 - 2)
      assert.strictEqual(refreshes(server.requests).length, 0)
    })
  )

  it.scoped(
    "a store that is down or hangs fails no call with a good token, and is not asked at every call",
    () =>
      Effect.gen(function* () {
        for (const outage of [Effect.suspend(() => unavailable("get")), Effect.never]) {
          const { one, other, reads } = yield* two()
          const seen = yield* collectEvents(one.session)
          yield* other.session.signOut
          reads.answer = () => outage
          yield* TestClock.adjust("40 seconds")
          // The first call may wait a second for an answer, and no other one does
          const first = yield* Effect.fork(one.accessToken)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* first, "seeded-access")
          reads.count = 0
          for (let at = 0; at < 40; at++) {
            assert.strictEqual(yield* one.accessToken, "seeded-access")
            assert.strictEqual(yield* one.accessToken, "seeded-access")
            yield* TestClock.adjust("1 second")
          }
          assert.isBelow(reads.count, 20)
          assert.deepStrictEqual(seen, [])
          reads.answer = (real) => real
          yield* TestClock.adjust("15 seconds")
          yield* outcome(one.accessToken)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* outcome(one.accessToken), "NotAuthenticated")
        }
      })
  )

  it.scoped("asking again changes nothing for a session that is still there", () =>
    Effect.gen(function* () {
      const { one, server } = yield* two()
      const id = yield* one.session.authorizationId
      for (let at = 0; at < 53; at++) {
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* one.accessToken, "seeded-access")
        assert.deepStrictEqual(yield* one.session.authorizationId, id)
      }
      assert.strictEqual(server.requests.length, 0)
      yield* TestClock.adjust("3 minutes")
      yield* one.accessToken
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* one.accessToken, "access-1-0")
      assert.strictEqual(refreshes(server.requests).length, 1)
      assert.deepStrictEqual(yield* one.session.authorizationId, id)
      assert.deepStrictEqual(Option.isSome(id), true)
    })
  )
})
