import { assert, describe, it } from "@effect/vitest"
import {
  CallOptions,
  RateGate,
  ResponseCache,
  SpotifyClient,
  SpotifyConfig,
  SpotifyId,
  type SpotifyError,
  SpotifyUri,
  TokenStore
} from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { endpoints } from "../../src/client/api/ArtistsApi.js"
import * as TimeLimit from "../../src/client/call/timeLimit.js"
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
    assert.match(error.message, /timed out while waiting for .*totalTimeout/)
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

  it.effect("leaves a failure that comes before its end as it is", () =>
    withClient(always(() => new Response(null, { status: 404 })))((client) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(limited(getArtist(client))))._tag, "NotFound")
      })
    )
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

  it.effect("ends the wait for a free place after a 429, with which no command was done", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ concurrency: 1 })
      const busy = status(429, errorBody(429, "API rate limit exceeded"), { "retry-after": "0" })
      let answered = 0
      const answer: Fake.Handler = () =>
        answered++ === 0 ? Effect.delay(Effect.sync(busy), "100 millis") : Effect.never
      yield* withClient(answer)((spotify, seen) =>
        Effect.gen(function* () {
          const first = yield* Effect.fork(Effect.flip(limited(spotify.player.next())))
          yield* Effect.yieldNow()
          yield* Effect.fork(spotify.player.next())
          yield* TestClock.adjust("500 millis")
          const { sent, waitedFor } = (yield* Fiber.join(first)) as SpotifyError.ServiceUnavailable
          assert.deepStrictEqual([waitedFor, sent], ["RateGate", "no"])
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

/** Answers after a while. */
const slowly =
  (answer: Fake.Handler, after: Duration.DurationInput = "200 millis"): Fake.Handler =>
  (request) =>
    Effect.delay(
      Effect.suspend(() => answer(request)),
      after
    )

const ids = Array.from({ length: 250 }, (_, index) => `${index}`.padStart(22, "0"))
const uris = ids.map((id) => SpotifyUri.make("track", SpotifyId.TrackId.make(id)))
const playlistId = SpotifyId.PlaylistId.make(ids[0] ?? "")
const artistIds = ids.slice(0, 20).map((id) => SpotifyId.ArtistId.make(id))
const artist = (id: string) => ({ id, type: "artist" })

/** Every artist that is asked for, one by one or many at once, a list without an end, and yes to all else. */
const spotify: Fake.Handler = ({ url }) => {
  const asked = url.searchParams.get("ids")?.split(",")
  const offset = Number(url.searchParams.get("offset"))
  return Effect.succeed(
    Fake.json(
      url.pathname.endsWith("/contains")
        ? (url.searchParams.get("uris") ?? "").split(",").map(() => true)
        : url.pathname.startsWith("/v1/me/top")
          ? { items: [artist(ids[offset] ?? "")], limit: 1, offset, total: 1000, next: "/v1/me/top" }
          : asked === undefined
            ? { ...artist(url.pathname.slice(-22)), snapshot_id: "v1" }
            : { artists: asked.map(artist) }
    )
  )
}

describe("the time of a method that makes many requests", () => {
  const reads: Record<
    string,
    readonly [
      SpotifyConfig.QuotaMode,
      (_: SpotifyClient.Service) => Effect.Effect<unknown, SpotifyError.SpotifyError>
    ]
  > = {
    "one by one": ["development", (_) => _.artists.getMany(artistIds, { concurrency: 1 })],
    batches: ["extended", (_) => _.artists.getMany(ids as never, { concurrency: 1 })],
    several: ["extended", (_) => _.artists.getSeveral(ids as never)],
    contains: ["development", (_) => _.library.contains(uris)]
  }
  for (const [name, [quotaMode, call]] of Object.entries(reads)) {
    it.effect(`is that of all of them: ${name}`, () =>
      withClient(
        slowly(spotify),
        {},
        { quotaMode }
      )((client, seen) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* inTime(limited(call(client))), ["Answer", "unknown"])
          assert.strictEqual(seen.length, 3)
          const whole = yield* Effect.fork(call(client))
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(whole)
        })
      )
    )
  }

  it.effect("begins no request when it is over", () =>
    Effect.gen(function* () {
      let begun = 0
      const [endpoint] = endpoints
      assert(endpoint !== undefined)
      const request = TimeLimit.bounded(
        endpoint,
        Duration.millis(500),
        Effect.sync(() => (begun += 1))
      )
      const method = TimeLimit.together(Effect.zipRight(Effect.sleep("499 millis"), request))
      const inTime = yield* Effect.fork(method)
      const late = yield* Effect.fork(
        Effect.flip(TimeLimit.together(Effect.zipRight(Effect.sleep("500 millis"), request)))
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(inTime), 1)
      assert.deepInclude({ ...(yield* Fiber.join(late)) }, { waitedFor: "Answer", sent: "no" })
      assert.strictEqual(begun, 1)
    })
  )

  it.effect("is that of the whole of a long write, which tells how far it came", () =>
    Effect.forEach(
      [
        [(_: SpotifyClient.Service) => _.playlists.add(playlistId, uris), 200, 50, "1 seconds"],
        [(_: SpotifyClient.Service) => _.playlists.replace(playlistId, uris), 200, 50, "1 seconds"],
        [(_: SpotifyClient.Service) => _.library.save(uris), 80, 40, "1 minute"]
      ] as const,
      ([call, completed, uncertain, long]) =>
        withClient(slowly(spotify))((client, seen) =>
          Effect.gen(function* () {
            const cut = yield* Effect.fork(
              Effect.flip(limited(call(client) as Effect.Effect<unknown, SpotifyError.SpotifyError>))
            )
            yield* TestClock.adjust("500 millis")
            const error = yield* Fiber.join(cut)
            assert.isTrue(error._tag === "PartialWrite" && error.cause._tag === "ServiceUnavailable")
            assert.deepInclude({ ...error }, { completed, uncertain })
            assert.strictEqual(seen.length, 3)
            const whole = yield* Effect.fork(
              call(client) as Effect.Effect<unknown, SpotifyError.SpotifyError>
            )
            yield* TestClock.adjust(long)
            yield* Fiber.join(whole)
          })
        )
    )
  )

  it.effect("is that of a page and its second try", () =>
    withClient(slowly(always(() => Fake.json({ items: [], limit: 0, offset: 0, total: 0, next: null }))))(
      (client, seen) =>
        Effect.gen(function* () {
          const page = CallOptions.withOptions(client.me.topArtistsPage(), { totalTimeout: "300 millis" })
          const cut = yield* Effect.fork(Effect.flip(page))
          yield* TestClock.adjust("300 millis")
          assert.strictEqual((yield* Fiber.join(cut))._tag, "ServiceUnavailable")
          assert.strictEqual(seen.length, 2)
        })
    )
  )

  it.effect("is not that of a stream, of which each page has it", () =>
    withClient(slowly(spotify))((client) =>
      Effect.gen(function* () {
        const some = yield* Effect.fork(
          limited(Stream.runCollect(Stream.take(client.me.topArtists({ limit: 1 }), 10)))
        )
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(Chunk.size(yield* Fiber.join(some)), 10)
      })
    )
  )

  it.effect("ends the wait for a batch, which goes on for those who have more", () =>
    withClient(
      slowly(spotify),
      { batching: true },
      { quotaMode: "extended" }
    )((client, seen) =>
      Effect.gen(function* () {
        const [one = Effect.never, other = Effect.never] = artistIds.map((id) => client.artists.get(id))
        const hurried = yield* Effect.fork(
          Effect.flip(CallOptions.withOptions(one, { totalTimeout: "100 millis" }))
        )
        const patient = yield* Effect.fork(other)
        yield* TestClock.adjust("100 millis")
        const error = yield* Fiber.join(hurried)
        assert.isTrue(error._tag === "ServiceUnavailable" && error.waitedFor === "Answer")
        yield* TestClock.adjust("100 millis")
        assert.strictEqual((yield* Fiber.join(patient)).id, artistIds[1])
        assert.strictEqual(seen.length, 1)
      })
    )
  )

  it.scoped("is not that of others who share a read by way of the cache", () =>
    Effect.gen(function* () {
      const cache = yield* ResponseCache.make()
      yield* withClient(slowly(spotify))((client, seen) =>
        Effect.gen(function* () {
          const hurried = yield* Effect.fork(
            Effect.flip(CallOptions.withOptions(getArtist(client), { totalTimeout: "100 millis" }))
          )
          yield* TestClock.adjust("1 millis")
          const patient = yield* Effect.fork(getArtist(client))
          yield* TestClock.adjust("200 millis")
          assert.strictEqual((yield* Fiber.join(hurried))._tag, "ServiceUnavailable")
          assert.strictEqual((yield* Fiber.join(patient)).type, "artist")
          assert.strictEqual(seen.length, 1)
        })
      ).pipe(Effect.provideService(ResponseCache.ResponseCache, cache))
    })
  )
})

describe("a command whose answer has begun", () => {
  /** Says that it was done, and then no more. */
  const silent = () => Effect.succeed(new Response(new ReadableStream(), { status: 201 }))
  const commands: ReadonlyArray<
    (_: SpotifyClient.Service) => Effect.Effect<unknown, SpotifyError.SpotifyError>
  > = [
    (_) => _.playlists.create({ name: "Mine" }),
    (_) => _.playlists.add(playlistId, uris.slice(0, 2)),
    (_) => _.library.save(uris.slice(0, 2)),
    (_) => _.player.next()
  ]

  it.effect("is done when its time is over, whichever limit it is", () =>
    Effect.forEach(
      [
        { timeout: "500 millis" },
        { totalTimeout: "500 millis" },
        { timeout: "500 millis", totalTimeout: "500 millis" }
      ] satisfies ReadonlyArray<CallOptions.Override>,
      (options) =>
        Effect.forEach(commands, (command) =>
          withClient(silent)((client, seen) =>
            Effect.gen(function* () {
              const done = yield* Effect.fork(CallOptions.withOptions(command(client), options))
              yield* TestClock.adjust("499 millis")
              assert.isNull(done.unsafePoll())
              yield* TestClock.adjust("1 millis")
              yield* Fiber.join(done)
              assert.strictEqual(seen.length, 1)
            })
          )
        )
    )
  )

  it.effect("is known as done to whoever ends it, from the first part of the answer on", () =>
    Effect.forEach(commands, (command) =>
      withClient(silent)((client) =>
        Effect.gen(function* () {
          const wait: TimeLimit.Wait = { on: "Session", sent: "no" }
          const call = yield* Effect.fork(Effect.provideService(command(client), TimeLimit.CurrentWait, wait))
          yield* TestClock.adjust("1 second")
          assert.strictEqual(wait.on, "Answer")
          assert.isDefined(wait.done)
          assert.isTrue(Exit.isSuccess(yield* Effect.exit(wait.done ?? Effect.never)))
          yield* Fiber.interrupt(call)
        })
      )
    )
  )

  it.effect("of the caller's own too, which is told as done", () =>
    withClient(silent)((client) =>
      Effect.gen(function* () {
        const call = client.execute({
          method: "POST",
          path: "/me/x",
          schema: Schema.Struct({ id: Schema.String })
        })
        const told = yield* Effect.fork(Effect.flip(limited(call)))
        yield* TestClock.adjust("500 millis")
        assert.match((yield* Fiber.join(told)).message, /has carried it out, so do not send it again/)
      })
    )
  )

  it.effect("a read has failed", () =>
    withClient(silent)((client) =>
      Effect.gen(function* () {
        const read = client.playlists.get(playlistId)
        assert.deepStrictEqual(yield* inTime(limited(read)), ["Answer", "unknown"])
      })
    )
  )
})
