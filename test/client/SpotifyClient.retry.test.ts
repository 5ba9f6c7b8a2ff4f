import { assert, describe, it } from "@effect/vitest"
import { CallOptions, type Saved, type SpotifyClient, type SpotifyError } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Fake from "../support/fakeSpotify.js"
import { always, getArtist, inTurn, ok, status, withClient } from "../support/numberedClient.js"

const pause = (spotify: SpotifyClient.Service) => spotify.player.pause()
const next = (spotify: SpotifyClient.Service) => spotify.player.next()

const after = <A, E>(duration: string, effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(duration as "1 seconds")
    return yield* Fiber.join(fiber)
  })

describe("SpotifyClient, retries", () => {
  it.effect("a read is tried again after each failure that may pass, three times", () =>
    Effect.forEach([500, 502, 503, 504], (code) =>
      withClient(always(status(code)))((spotify, seen) =>
        Effect.gen(function* () {
          const error = yield* after("3 seconds", Effect.flip(getArtist(spotify)))
          assert.isTrue(error._tag === "ServiceUnavailable" && error.status === code)
          assert.strictEqual(seen.length, 4)
        })
      )
    )
  )

  it.effect("a read succeeds when Spotify is back", () =>
    withClient(inTurn(status(503), status(502), ok))((spotify, seen) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after("3 seconds", getArtist(spotify))).name, "Artist")
        assert.strictEqual(seen.length, 3)
      })
    )
  )

  it.effect("an answer to a read that is empty, cut or something else is asked for once more", () =>
    Effect.forEach(["", " ", '{"id":', "<html>", "null", "{}", "[]", '"text"'], (body) =>
      withClient(inTurn(status(200, body), ok))((spotify, seen) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* getArtist(spotify)).name, "Artist")
          assert.strictEqual(seen.length, 2)
        })
      )
    )
  )

  it.effect("and no more than once, not without time or will to retry, and not for a write", () =>
    withClient(always(status(200, '{"id":')))((spotify, seen) =>
      Effect.gen(function* () {
        const requests = <A, E>(call: Effect.Effect<A, E>) =>
          Effect.suspend(() => {
            seen.length = 0
            return Effect.map(Effect.flip(call), (error) => [error, seen.length] as const)
          })
        for (const [call, expected] of [
          [getArtist(spotify), 2],
          [spotify.player.state(), 2],
          [spotify.execute({ method: "GET", path: "/me", schema: Schema.Unknown }), 2],
          [CallOptions.withOptions(getArtist(spotify), { retry: false }), 1],
          [spotify.execute({ method: "PUT", path: "/me/x", schema: Schema.Unknown }), 1]
        ] as const) {
          const [error, sent] = yield* requests<unknown, SpotifyError.SpotifyError>(call)
          assert.strictEqual(error._tag, "DecodeError")
          assert.strictEqual(sent, expected)
        }
      })
    )
  )

  it.effect("then it says where to look", () =>
    Effect.forEach(["", "<!DOCTYPE html>", '{"id":'], (body) =>
      withClient(always(status(200, body)))((spotify) =>
        Effect.map(Effect.flip(getArtist(spotify)), (error) =>
          assert.match(error.message, /lost or cut.*try again.*proxy.*sign-in page/)
        )
      )
    )
  )

  it.effect("what will not pass is not tried again", () =>
    Effect.forEach([400, 403, 404, 409, 413, 501, 505], (code) =>
      withClient(always(status(code)))((spotify, seen) =>
        Effect.gen(function* () {
          yield* Effect.flip(getArtist(spotify))
          assert.strictEqual(seen.length, 1)
        })
      )
    )
  )

  it.effect("a call that changes nothing more the second time is tried again", () =>
    withClient(inTurn(status(502), status(204)))((spotify, seen) =>
      Effect.gen(function* () {
        yield* after("1 seconds", pause(spotify))
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("G9: a command is not repeated when it may have reached Spotify", () =>
    Effect.forEach(
      [always(status(500)), always(status(503)), Fake.broken("ECONNRESET"), Fake.broken("EPIPE")],
      (handler) =>
        withClient(handler)((spotify, seen) =>
          Effect.gen(function* () {
            const error = yield* Effect.flip(next(spotify))
            assert.isTrue(error._tag === "ServiceUnavailable" && error.sent === "unknown")
            assert.strictEqual(seen.length, 1)
          })
        )
    )
  )

  it.effect("a command is repeated when it surely did not", () => {
    let tries = 0
    return withClient((request) =>
      ++tries < 3 ? Fake.broken("ECONNREFUSED")(request) : Effect.sync(status(204))
    )((spotify, seen) =>
      Effect.gen(function* () {
        yield* after("2 seconds", next(spotify))
        assert.strictEqual(seen.length, 3)
      })
    )
  })

  it.effect("waits as long as a server that is down asks for, if the call has the time", () =>
    withClient(inTurn(status(503, undefined, { "retry-after": "20" }), ok))((spotify, seen) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(getArtist(spotify))
        yield* TestClock.adjust("19999 millis")
        assert.strictEqual(seen.length, 1)
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(call)
      })
    )
  )

  it.effect("fails at once when a server that is down asks for more than that, and says until when", () =>
    withClient(always(status(503, undefined, { "retry-after": "3600" })))((spotify, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(getArtist(spotify))
        assert.isTrue(error._tag === "ServiceUnavailable" && error.retryAt?.epochMillis === 3_600_000)
        assert.include(error.message, "1970-01-01T01:00:00")
        assert.strictEqual(seen.length, 1)
      })
    )
  )

  it.effect("a schedule of the program's own is followed, and none at all", () =>
    Effect.gen(function* () {
      yield* withClient(always(status(500)), {
        retry: { safe: Schedule.intersect(Schedule.spaced("10 seconds"), Schedule.recurs(1)) }
      })((spotify, seen) =>
        Effect.gen(function* () {
          const call = yield* Effect.fork(Effect.flip(getArtist(spotify)))
          yield* TestClock.adjust("9999 millis")
          assert.strictEqual(seen.length, 1)
          yield* TestClock.adjust("1 millis")
          yield* Fiber.join(call)
          assert.strictEqual(seen.length, 2)
        })
      )
      yield* withClient(always(status(500)), { retry: { safe: false } })((spotify, seen) =>
        Effect.gen(function* () {
          yield* Effect.flip(getArtist(spotify))
          assert.strictEqual(seen.length, 1)
        })
      )
    })
  )

  it.effect("one call in all takes no longer than its total time", () =>
    withClient(() => Effect.never, {
      timeout: "5 seconds",
      totalTimeout: "12 seconds",
      retry: { safe: Schedule.spaced("1 seconds") }
    })((spotify, seen) =>
      Effect.gen(function* () {
        const error = yield* after("12 seconds", Effect.flip(getArtist(spotify)))
        assert.isTrue(error._tag === "ServiceUnavailable" && error.kind === "Timeout")
        // From 0 to 5, from 6 to 11; the third would begin at 12
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("single calls have options of their own, inner ones before outer ones", () =>
    withClient(always(status(500)))((spotify, seen) =>
      Effect.gen(function* () {
        yield* Effect.flip(CallOptions.withOptions(getArtist(spotify), { retry: false }))
        assert.strictEqual(seen.length, 1)
        yield* after(
          "1 seconds",
          Effect.flip(
            getArtist(spotify).pipe(
              CallOptions.withOptions({ retry: Schedule.recurs(1) }),
              CallOptions.withOptions({ retry: false, timeout: "1 seconds" })
            )
          )
        )
        assert.strictEqual(seen.length, 3)
      })
    )
  )

  it.effect("streams have them as effects do, whichever argument comes first", () =>
    withClient(always(status(500)))((spotify, seen) =>
      Effect.gen(function* () {
        const tracks = spotify.library.savedTracks({ prefetch: 2 })
        const first: Stream.Stream<Saved.SavedTrack, SpotifyError.SpotifyError> = CallOptions.withOptions(
          tracks,
          {
            retry: false
          }
        )
        const last: typeof first = tracks.pipe(CallOptions.withOptions({ retry: false }))
        for (const stream of [first, last]) {
          seen.length = 0
          yield* Effect.flip(Stream.runDrain(stream))
          assert.strictEqual(seen.length, 1)
        }
        seen.length = 0
        const inner = last.pipe(CallOptions.withOptions({ retry: Schedule.recurs(5), timeout: "1 second" }))
        yield* Effect.flip(Stream.runDrain(inner))
        assert.strictEqual(seen.length, 1)
      })
    )
  )

  it.effect("a command stays unrepeated whatever its options say", () =>
    withClient(always(status(500)))((spotify, seen) =>
      Effect.gen(function* () {
        yield* Effect.flip(CallOptions.withOptions(next(spotify), { retry: Schedule.recurs(5) }))
        assert.strictEqual(seen.length, 1)
      })
    )
  )

  it.effect("an interrupted wait sends nothing more", () =>
    withClient(always(status(500)))((spotify, seen) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(getArtist(spotify))
        yield* TestClock.adjust("1 millis")
        yield* Fiber.interrupt(call)
        yield* TestClock.adjust("1 minutes")
        assert.strictEqual(seen.length, 1)
        assert.strictEqual((yield* spotify.status).inFlight, 0)
      })
    )
  )
})
