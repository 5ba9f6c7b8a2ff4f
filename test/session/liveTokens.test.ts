/** Which token is served from memory, where the session behind it is played by the test. */
import { assert, describe, it } from "@effect/vitest"
import { AuthError, Session } from "effect-spotify"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as LiveTokens from "../../src/session/liveTokens.js"
import type { Held } from "../../src/session/renewal.js"
import * as StoreChecks from "../../src/session/storeChecks.js"

const hour = 3_600_000

interface Given {
  readonly obtainedAt?: number
  readonly life?: number
  readonly authorizationId?: string
  readonly endsAt?: number
}

const held = (
  accessToken: string,
  { authorizationId = "one", endsAt = Infinity, life = hour, obtainedAt = 0 }: Given = {}
): Held => ({
  token: {
    accessToken: Redacted.make(accessToken),
    refreshToken: Option.none(),
    scopes: ["user-top-read"],
    obtainedAt: DateTime.unsafeMake(obtainedAt),
    expiresAt: DateTime.unsafeMake(obtainedAt + life)
  },
  authorizationId,
  notBefore: 0,
  endsAt
})

const signedOut = new AuthError.NotAuthenticated({ reason: "SignedOut" })
const down = new AuthError.TokenEndpointUnavailable({ kind: "Timeout", sent: "no" })

/** Live tokens of one session over what a refresh and a read of the store give, with the number of refreshes. */
const over = Effect.fnUntraced(function* (first: Held) {
  const session = {
    fetched: 0,
    refused: undefined as string | undefined,
    fetch: Effect.succeed(first) as ReturnType<Parameters<typeof LiveTokens.make>[0]["fetch"]>,
    stored: Effect.succeed(first) as ReturnType<Parameters<typeof LiveTokens.make>[0]["fetch"]>
  }
  const key = Session.SessionKey("default")
  const tokens = yield* LiveTokens.make({
    windows: { advisory: Duration.minutes(5), mandatory: Duration.seconds(30) },
    select: () => Either.right(key),
    fetch: (_, refused) =>
      Effect.suspend(() => {
        session.fetched += 1
        session.refused = refused
        return session.fetch
      }),
    check: { maxAge: 30_000, make: StoreChecks.make(() => Effect.suspend(() => session.stored)) },
    ends: ({ _tag }) => _tag === "NotAuthenticated"
  })
  return { session, tokens, key, accessToken: Effect.map(tokens.accessToken, Redacted.value) }
})

describe("the tokens in memory", () => {
  it.scoped(
    "after a failed refresh a good token is served for half a second at least before the next one",
    () =>
      Effect.gen(function* () {
        const { accessToken, session } = yield* over(held("good"))
        yield* accessToken
        yield* TestClock.setTime(hour - 60_000)
        session.fetch = Effect.fail(down)
        for (let call = 0; call < 10; call++) {
          assert.strictEqual(yield* accessToken, "good")
          yield* TestClock.adjust(40)
        }
        assert.strictEqual(session.fetched, 2)
        yield* TestClock.adjust("1 second")
        yield* accessToken
        yield* Effect.yieldNow()
        assert.strictEqual(session.fetched, 3)
      })
  )

  it.scoped("of one authorization the store's token is taken unless it is older, of another one always", () =>
    Effect.gen(function* () {
      const start = held("first", { obtainedAt: 1_000 })
      for (const [stored, token, authorization] of [
        [held("older", { obtainedAt: 999 }), "first", "one"],
        [held("as-old", { obtainedAt: 1_000 }), "as-old", "one"],
        [held("newer", { obtainedAt: 1_001 }), "newer", "one"],
        [held("older", { obtainedAt: 999, authorizationId: "two" }), "older", "two"],
        [held("first", { obtainedAt: 1_000, authorizationId: "two" }), "first", "two"]
      ] as const) {
        yield* TestClock.setTime(1_000)
        const { accessToken, session, tokens } = yield* over(start)
        yield* accessToken
        session.stored = Effect.succeed(stored)
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* accessToken, token)
        assert.deepStrictEqual(yield* tokens.authorizationId, Option.some(authorization))
        assert.strictEqual(session.fetched, 1)
      }
    })
  )

  it.scoped(
    "a session that its app has ended shows no scopes, and no token is renewed or refreshed from it",
    () =>
      Effect.gen(function* () {
        const { accessToken, session, tokens } = yield* over(held("good", { endsAt: 60_000 }))
        yield* accessToken
        session.fetch = Effect.fail(signedOut)
        session.stored = Effect.fail(signedOut)
        yield* TestClock.setTime(59_999)
        assert.deepStrictEqual(yield* tokens.scopes, ["user-top-read"])
        assert.strictEqual(session.fetched, 1)
        yield* TestClock.setTime(60_000)
        for (const call of [
          Effect.asVoid(tokens.scopes),
          Effect.asVoid(tokens.refresh),
          Effect.asVoid(tokens.renew(Redacted.make("another"))),
          Effect.asVoid(tokens.accessToken)
        ]) {
          assert.strictEqual(yield* Effect.flip(call), signedOut)
        }
      })
  )

  it.scoped("what a login or a sign-out overtook is given to nobody who waits for it", () =>
    Effect.gen(function* () {
      const { accessToken, key, session, tokens } = yield* over(held("unused"))
      const answer = yield* Deferred.make<Held>()
      session.fetch = Deferred.await(answer)
      const caller = yield* Effect.fork(accessToken)
      yield* TestClock.adjust(1)
      yield* tokens.forget(key)
      session.fetch = Effect.succeed(held("of-the-new-login", { authorizationId: "two" }))
      yield* Deferred.succeed(answer, held("of-the-old-login"))
      assert.strictEqual(yield* Fiber.join(caller), "of-the-new-login")
      assert.deepStrictEqual(yield* tokens.authorizationId, Option.some("two"))
    })
  )

  it.scoped("a token that is over when it arrives is asked for once more, and not again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(hour)
      const { accessToken, session } = yield* over(held("over"))
      assert.strictEqual(yield* accessToken, "over")
      assert.strictEqual(session.fetched, 2)
      session.fetch = Effect.map(Clock.currentTimeMillis, (obtainedAt) => held("good", { obtainedAt }))
      assert.strictEqual(yield* accessToken, "good")
      assert.strictEqual(session.fetched, 3)
    })
  )

  it.scoped("a new token is fetched in the background before the old one expires, at any date", () =>
    Effect.gen(function* () {
      const now = Date.parse("2026-11-29T12:00:00Z")
      yield* TestClock.setTime(now)
      const { accessToken, session } = yield* over(held("good", { obtainedAt: now }))
      yield* accessToken
      yield* TestClock.adjust("54 minutes")
      assert.strictEqual(yield* accessToken, "good")
      assert.strictEqual(session.fetched, 1)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* accessToken, "good")
      yield* Effect.yieldNow()
      assert.strictEqual(session.fetched, 2)
    })
  )

  it.scoped("a token that Spotify refused is remembered for a day, the longest that one lives", () =>
    Effect.gen(function* () {
      const { accessToken, session, tokens } = yield* over(held("good"))
      yield* accessToken
      session.fetch = Effect.fail(down)
      yield* Effect.flip(tokens.renew(Redacted.make("good")))
      yield* TestClock.setTime(24 * hour - 1)
      yield* Effect.flip(accessToken)
      assert.strictEqual(session.refused, "good")
      yield* TestClock.adjust(1)
      yield* Effect.flip(accessToken)
      assert.strictEqual(session.refused, undefined)
    })
  )

  it.scoped("callers with the same refused token confirm a refusal together, not one after another", () =>
    Effect.gen(function* () {
      const { accessToken, session, tokens } = yield* over(held("first"))
      yield* accessToken
      session.fetch = Effect.succeed(held("second"))
      yield* tokens.renew(Redacted.make("first"))
      const answer = yield* Deferred.make<Held>()
      session.fetch = Deferred.await(answer)
      const confirm = (token: string) =>
        Effect.map(tokens.renew(Redacted.make(token), { confirm: true }), Redacted.value)
      const callers = yield* Effect.fork(
        Effect.all([confirm("second"), confirm("second")], { concurrency: 2 })
      )
      yield* TestClock.adjust(1)
      yield* Deferred.succeed(answer, held("third"))
      assert.deepStrictEqual(yield* Fiber.join(callers), ["third", "third"])
      assert.strictEqual(session.fetched, 3)
      assert.strictEqual(yield* confirm("third"), "third")
      assert.strictEqual(session.fetched, 3)
    })
  )
})
