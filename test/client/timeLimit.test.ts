import { assert, describe, it } from "@effect/vitest"
import {
  CallOptions,
  RateGate,
  ResponseCache,
  SpotifyClient,
  SpotifyConfig,
  type SpotifyError,
  TokenStore
} from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { activeRecord, open, put } from "../session/support.js"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { always, errorBody, getArtist, ok, status, withClient } from "../support/numberedClient.js"

/** What a call fails with that has half a second, and that it does so then and not before. */
const inTime = <A>(call: Effect.Effect<A, SpotifyError.SpotifyError>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(Effect.flip(call))
    yield* TestClock.adjust("499 millis")
    assert.isNull(fiber.unsafePoll())
    yield* TestClock.adjust("1 millis")
    const error = yield* Fiber.join(fiber)
    assert.strictEqual(error._tag, "ServiceUnavailable")
    const { kind, sent, waitedFor } = error as SpotifyError.ServiceUnavailable
    assert.strictEqual(kind, "Timeout")
    assert.match(error.message, /its time was over while it waited for .*totalTimeout/)
    return [waitedFor, sent]
  })

const limited = CallOptions.withOptions({ totalTimeout: "500 millis" })

/** A client over a user's session in a store that the test holds. */
const overStore = (
  store: TokenStore.Service,
  options: SpotifyClient.Options = {},
  answer: Fake.Handler = always(ok)
) =>
  Effect.gen(function* () {
    const { context } = yield* open(FakeAccounts.make(), store)
    return yield* SpotifyClient.make(options).pipe(
      Effect.provide(
        Layer.mergeAll(
          Fake.layer(answer),
          Layer.succeedContext(context),
          Layer.orDie(SpotifyConfig.layer({ clientId: "client" }))
        )
      )
    )
  })

const ended = activeRecord({ expiresAt: 1 })
const refreshedElsewhere = JSON.stringify({ ...JSON.parse(ended), lease: "another" })

describe("a call's own time", () => {
  it.scoped("ends the wait for another process's refresh, before the scopes are known and after", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      yield* put(store, refreshedElsewhere)
      yield* TestClock.setTime(1000)
      const spotify = yield* overStore(store)
      for (const call of [getArtist(spotify), spotify.me.topArtistsPage(), spotify.player.next()]) {
        assert.deepStrictEqual(yield* inTime<unknown>(limited(call)), ["Session", "no"])
      }
      const bounded = yield* overStore(store, { totalTimeout: "500 millis" })
      assert.deepStrictEqual(yield* inTime(getArtist(bounded)), ["Session", "no"])
    })
  )

  it.scoped("ends the wait for a store that does not answer, with a cache too", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const spotify = yield* overStore({ ...store, get: () => Effect.never })
      assert.deepStrictEqual(yield* inTime(limited(getArtist(spotify))), ["Session", "no"])
      const cache = yield* ResponseCache.make()
      const cached = yield* overStore({ ...store, get: () => Effect.never }).pipe(
        Effect.provideService(ResponseCache.ResponseCache, cache)
      )
      assert.deepStrictEqual(yield* inTime(limited(getArtist(cached))), ["Session", "no"])
      // The flights end with the store's own time
      yield* TestClock.adjust("1 minute")
    })
  )

  it.scoped("ends the wait for a new token after a refusal, which no command was done with", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      yield* put(store, activeRecord())
      const spotify = yield* overStore(
        store,
        { checkScopes: false },
        always(() => {
          Effect.runSync(put(store, refreshedElsewhere))
          return status(401, errorBody(401, "The access token expired"))()
        })
      )
      assert.deepStrictEqual(yield* inTime(limited(spotify.player.next())), ["Session", "no"])
    })
  )

  it.effect("ends the wait for a free place, and the wait for the answer", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ concurrency: 1 })
      yield* withClient(() => Effect.never)((spotify, seen) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* inTime(limited(spotify.player.next())), ["Answer", "unknown"])
          yield* Effect.fork(spotify.player.next())
          yield* TestClock.adjust("1 millis")
          assert.deepStrictEqual(yield* inTime(limited(spotify.player.next())), ["RateGate", "no"])
          assert.strictEqual(seen.length, 2)
        })
      ).pipe(Effect.provideService(RateGate.RateGate, gate))
    })
  )

  it.scoped("ends the wait for the same read of a fiber that has more time", () =>
    Effect.gen(function* () {
      const cache = yield* ResponseCache.make()
      yield* withClient(() => Effect.delay(Effect.sync(ok), "20 seconds"))((spotify, seen) =>
        Effect.gen(function* () {
          const patient = yield* Effect.fork(getArtist(spotify))
          yield* TestClock.adjust("1 seconds")
          assert.deepStrictEqual(yield* inTime(limited(getArtist(spotify))), ["Answer", "no"])
          yield* TestClock.adjust("20 seconds")
          assert.strictEqual((yield* Fiber.join(patient)).name, "Artist")
          assert.strictEqual(seen.length, 1)
        })
      ).pipe(Effect.provideService(ResponseCache.ResponseCache, cache))
    })
  )
})
