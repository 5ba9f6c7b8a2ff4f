import { assert, describe, it } from "@effect/vitest"
import { AuthError, SpotifyError, TokenStore } from "effect-spotify"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"

const call = { operation: "albums.get", route: "GET /albums/{id}" }

const in_ = (wait: Duration.DurationInput) => Effect.map(DateTime.now, DateTime.addDuration(wait))

const rateLimited = (wait: Duration.DurationInput) =>
  Effect.map(in_(wait), (retryAt) => new SpotifyError.RateLimited({ ...call, retryAt, quotaExceeded: false }))

const unavailable = new SpotifyError.ServiceUnavailable({ ...call, kind: "Reset", sent: "unknown" })

const partial = (cause: SpotifyError.RequestError) =>
  new SpotifyError.PartialWrite({
    operation: "playlists.add",
    route: "POST /playlists/{id}/items",
    completed: 100,
    remaining: ["spotify:track:1"],
    uncertain: 0,
    resumeWith: "playlists.add",
    cause
  })

/** When each run began, in seconds, and how it ended: of an effect that fails so often in this way. */
const runs = <E>(fail: Effect.Effect<E>, times: number, upTo: Duration.DurationInput = "15 minutes") =>
  Effect.gen(function* () {
    const began: Array<number> = []
    const job = Effect.gen(function* () {
      began.push((yield* Clock.currentTimeMillis) / 1000)
      return began.length > times ? "done" : yield* Effect.flip(fail)
    }).pipe(Effect.retry(SpotifyError.untilRetryAt({ upTo })), Effect.either)
    const fiber = yield* Effect.fork(job)
    yield* TestClock.adjust("2 hours")
    return [began, (yield* Fiber.join(fiber))._tag] as const
  })

describe("SpotifyError.untilRetryAt", () => {
  it.effect("waits until the time that the error names, as often as it takes", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* runs(rateLimited("90 seconds"), 3), [[0, 90, 180, 270], "Right"])
    })
  )

  it.effect("gives up at once where that is later than the bound, and takes what is exactly there", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* runs(rateLimited("901 seconds"), 1), [[0], "Left"])
      yield* TestClock.setTime(0)
      assert.deepStrictEqual(yield* runs(rateLimited("900 seconds"), 1), [[0, 900], "Right"])
    })
  )

  it.effect("the bound holds for all waits together, from the first failure on", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* runs(rateLimited("6 minutes"), 5), [[0, 360, 720], "Left"])
      yield* TestClock.setTime(0)
      const endless = yield* runs(rateLimited("40 minutes"), 2, Duration.infinity)
      assert.deepStrictEqual(endless, [[0, 2400, 4800], "Right"])
    })
  )

  it.effect("a time that is over costs a second, so that nothing runs without a wait", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* runs(rateLimited("-1 minutes" as "1 minutes"), 2), [[0, 1, 2], "Right"])
      yield* TestClock.setTime(0)
      assert.deepStrictEqual(yield* runs(rateLimited(0), 9, "2 seconds"), [[0, 1, 2], "Left"])
    })
  )

  it.effect("takes every error: those that name a time, and those that name none", () =>
    Effect.gen(function* () {
      const retryAt = yield* in_("1 minute")
      for (const error of [
        new SpotifyError.ServiceUnavailable({
          ...call,
          kind: "Status",
          sent: "unknown",
          status: 503,
          retryAt
        }),
        new AuthError.TokenEndpointUnavailable({ kind: "Status", sent: "unknown", status: 503, retryAt }),
        new AuthError.TooManyLogins({ retryAt })
      ]) {
        yield* TestClock.setTime(0)
        assert.deepStrictEqual(yield* runs(Effect.succeed(error), 1), [[0, 60], "Right"], error._tag)
      }
      for (const error of [
        unavailable,
        partial(yield* rateLimited("1 minute")),
        new AuthError.NotAuthenticated({ reason: "SignedOut" }),
        new Error("of the program's own"),
        undefined
      ]) {
        yield* TestClock.setTime(0)
        assert.deepStrictEqual(yield* runs(Effect.succeed(error), 1), [[0], "Left"])
      }
    })
  )
})

describe("SpotifyError.isTransient", () => {
  it.effect("is true of what passes by itself, and of nothing else", () =>
    Effect.gen(function* () {
      const retryAt = yield* in_("1 minute")
      const endpoint = (kind: AuthError.TokenEndpointUnavailable["kind"], at?: DateTime.Utc) =>
        new AuthError.TokenEndpointUnavailable({ kind, sent: "no", ...(at && { retryAt: at }) })
      const passing = [
        yield* rateLimited("14 hours"),
        unavailable,
        new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" }),
        endpoint("Connect"),
        endpoint("Busy", retryAt)
      ]
      const staying = [
        endpoint("Redirect"),
        endpoint("Closed"),
        endpoint("Busy"),
        partial(unavailable),
        new AuthError.ReauthorizationRequired({ reason: "Revoked" }),
        new SpotifyError.NotFound({ ...call, description: "" }),
        new SpotifyError.DecodeError({ ...call, path: "", problem: "" }),
        { _tag: "RateLimited" },
        undefined
      ]
      for (const error of passing) {
        assert.isTrue(SpotifyError.isTransient(error), String(error))
      }
      for (const error of staying) {
        assert.isFalse(SpotifyError.isTransient(error), String(error))
      }
      assert.isTrue(SpotifyError.isTransient(partial(unavailable).cause))
    })
  )
})

describe("SpotifyError.userMessage", () => {
  it.effect("is a sentence for a person, of any error and of what is none", () =>
    Effect.gen(function* () {
      const forbidden = (reason: SpotifyError.Forbidden["reason"]) =>
        new SpotifyError.Forbidden({ ...call, reason, description: "", scopes: [] })
      const general = "Something went wrong between this app and Spotify."
      const expected: ReadonlyArray<readonly [error: unknown, message: RegExp | string]> = [
        [new AuthError.ReauthorizationRequired({ reason: "Revoked" }), /log in again/],
        [yield* rateLimited("14 hours"), /try again later/],
        [partial(unavailable), /part of the change/],
        [forbidden("PremiumRequired"), /Premium/],
        [forbidden("InsufficientScope"), /log in again/],
        [forbidden("Other"), general],
        [new AuthError.ClientMisconfigured({ code: "invalid_client" }), general],
        [{ _tag: "constructor" }, general],
        [new Error("secret"), general],
        [undefined, general]
      ]
      for (const [error, message] of expected) {
        const shown = SpotifyError.userMessage(error)
        assert.match(shown, new RegExp(message))
        assert.notInclude(shown, call.operation)
      }
    })
  )
})
