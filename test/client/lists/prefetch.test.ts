import { assert, describe, it } from "@effect/vitest"
import { Paging as PublicPaging } from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { Execute } from "../../../src/client/call/endpoint.js"
import * as Paging from "../../../src/client/lists/paging.js"
import type { SpotifyError } from "../../../src/client/SpotifyError.js"
import type * as Fake from "../../support/fakeSpotify.js"
import { list, listed, refusal, withInterpreter } from "../call/support.js"

const range = (length: number) => Array.from({ length }, (_, index) => index)

const wide = { ...list, maxLimit: { development: 50, extended: 50 } }

const streamOf = (execute: Execute, options: { readonly offset?: number; readonly prefetch?: number }) =>
  Paging.byOffset(execute, wide, options, 50)

const toArray = <A>(stream: Stream.Stream<A, SpotifyError>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

const offsets = (seen: ReadonlyArray<Fake.Seen>) =>
  seen.map(({ url }) => Number(url.searchParams.get("offset")))

/** Every answer takes as long as it is told for its offset. */
const slowly = (handler: Fake.Handler, millis: (offset: number) => number = () => 20) => {
  const flights = { now: 0, most: 0 }
  const slow: Fake.Handler = (request) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        flights.now += 1
        flights.most = Math.max(flights.most, flights.now)
      }),
      () => Effect.delay(handler(request), millis(Number(request.url.searchParams.get("offset")))),
      () =>
        Effect.sync(() => {
          flights.now -= 1
        })
    )
  return { flights, slow }
}

/** Runs to the end, however long that takes, and says how long it took. */
const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(Effect.zip(effect, Clock.currentTimeMillis))
    for (let tick = 0; tick < 1000 && (yield* Fiber.poll(fiber))._tag === "None"; tick++) {
      yield* TestClock.adjust("20 millis")
    }
    const [value, ended] = yield* Fiber.join(fiber)
    return [value, ended - began] as const
  })

describe("prefetch", () => {
  it.effect("10,000 entries of 20 ms a page: 8 pages at once, in order, in an eighth of the time", () =>
    Effect.gen(function* () {
      const { flights, slow } = slowly(listed(10_000, 50))
      const time = (prefetch: number) =>
        withInterpreter(slow)((execute) =>
          Effect.map(timed(toArray(streamOf(execute, { prefetch }))), ([entries, took]) => {
            assert.deepStrictEqual(entries, range(10_000))
            return took
          })
        )
      assert.strictEqual(yield* time(0), 200 * 20)
      assert.strictEqual(flights.most, 1)
      assert.strictEqual(yield* time(8), (1 + Math.ceil(199 / 8)) * 20)
      assert.strictEqual(flights.most, 8)
    })
  )

  it.effect("keeps the order whichever answer comes first", () => {
    const { slow } = slowly(listed(500, 50), (offset) => 600 - offset)
    return withInterpreter(slow)((execute, seen) =>
      Effect.gen(function* () {
        const [entries] = yield* timed(toArray(streamOf(execute, { offset: 7, prefetch: 4 })))
        assert.deepStrictEqual(entries, range(500).slice(7))
        assert.strictEqual(new Set(offsets(seen)).size, seen.length)
        assert.strictEqual(seen.length, 10)
      })
    )
  })

  it.effect("asks for nothing before it is wanted, and no further than the end", () =>
    withInterpreter(listed(220, 50))((execute, seen) =>
      Effect.gen(function* () {
        const stream = streamOf(execute, { prefetch: 2 })
        assert.strictEqual(seen.length, 0)
        yield* toArray(Stream.take(stream, 50))
        assert.deepStrictEqual(offsets(seen), [0])
        seen.length = 0
        yield* toArray(Stream.take(stream, 51))
        assert.deepStrictEqual(offsets(seen), [0, 50, 100])
        seen.length = 0
        yield* toArray(streamOf(execute, { prefetch: 100 }))
        assert.deepStrictEqual(offsets(seen), [0, 50, 100, 150, 200])
      })
    )
  )

  it.effect("a slow consumer holds it back", () =>
    withInterpreter(listed(10_000, 50))((execute, seen) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(
          Stream.runForEachChunk(streamOf(execute, { prefetch: 3 }), () => Effect.sleep("1 seconds"))
        )
        yield* TestClock.adjust("2500 millis")
        // Two pages are used up, the third is in use, and two more wait
        assert.deepStrictEqual(offsets(seen), [0, 50, 100, 150, 200])
        yield* Fiber.interrupt(fiber)
      })
    )
  )

  it.effect("interruption and an early end stop the requests", () => {
    const { flights, slow } = slowly(listed(10_000, 50))
    return withInterpreter(slow)((execute, seen) =>
      Effect.gen(function* () {
        const interrupted = yield* Effect.fork(toArray(streamOf(execute, { prefetch: 5 })))
        yield* TestClock.adjust("30 millis")
        assert.strictEqual(flights.now, 5)
        yield* Fiber.interrupt(interrupted)
        assert.strictEqual(flights.now, 0)
        seen.length = 0
        const ended = yield* Effect.fork(toArray(Stream.take(streamOf(execute, { prefetch: 5 }), 51)))
        yield* TestClock.adjust("40 millis")
        assert.strictEqual((yield* Fiber.join(ended)).length, 51)
        assert.strictEqual(flights.now, 0)
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual(seen.length, 6)
      })
    )
  })

  it.effect("a failure comes in its turn, behind the entries before it", () =>
    withInterpreter((request) =>
      request.url.searchParams.get("offset") === "100"
        ? Effect.succeed(refusal(404, "gone"))
        : listed(1000, 50)(request)
    )((execute) =>
      Effect.gen(function* () {
        let taken = 0
        const exit = yield* Effect.exit(
          Stream.runForEach(streamOf(execute, { prefetch: 8 }), () => Effect.sync(() => (taken += 1)))
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(taken, 100)
      })
    )
  )

  it.effect("nothing is lost or doubled when Spotify's pages change their length on the way", () =>
    withInterpreter((request) => {
      const { url } = request
      const offset = Number(url.searchParams.get("offset"))
      const shorter = new URL(url)
      shorter.searchParams.set("limit", offset >= 200 ? "20" : "50")
      return listed(420, 50)({ ...request, url: shorter })
    })((execute) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* toArray(streamOf(execute, { prefetch: 6 })), range(420))
      })
    )
  )

  it.effect("goes on behind a total that was too small, and stops before one that was too large", () =>
    Effect.forEach([100, 5000], (total) =>
      withInterpreter((request) =>
        Effect.flatMap(listed(320, 50)(request), (response) =>
          Effect.promise(async () => Response.json({ ...((await response.json()) as object), total }))
        )
      )((execute, seen) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* toArray(streamOf(execute, { prefetch: 4 })), range(320))
          // The last page and the three ahead are asked for again, as they are shorter than the total says
          assert.isAtMost(seen.length, 7 + 1 + 2 * 3)
        })
      )
    )
  )

  it.effect("without a total it is one by one", () => {
    const { flights, slow } = slowly((request) =>
      Effect.flatMap(listed(220, 50)(request), (response) =>
        Effect.promise(async () => Response.json({ ...((await response.json()) as object), total: null }))
      )
    )
    return withInterpreter(slow)((execute) =>
      Effect.gen(function* () {
        const [entries] = yield* timed(toArray(streamOf(execute, { prefetch: 4 })))
        assert.deepStrictEqual(entries, range(220))
        assert.strictEqual(flights.most, 1)
      })
    )
  })

  it.effect("refuses what is no number of pages", () =>
    withInterpreter(listed(10, 50))((execute, seen) =>
      Effect.gen(function* () {
        for (const prefetch of [-1, 0.5, Number.NaN]) {
          const error = yield* Effect.flip(toArray(streamOf(execute, { prefetch })))
          assert.isTrue(error._tag === "InvalidParameter" && error.parameter === "prefetch")
        }
        assert.strictEqual(seen.length, 0)
      })
    )
  )
})

describe("collect", () => {
  it.effect("gathers up to a cap, and says whether there is more", () =>
    withInterpreter(listed(120, 50))((execute, seen) =>
      Effect.gen(function* () {
        const stream = streamOf(execute, {})
        for (const [max, truncated, requests] of [
          [200, false, 3],
          [120, false, 3],
          [119, true, 3],
          [49, true, 1],
          [50, true, 2],
          [0, true, 1]
        ] as const) {
          seen.length = 0
          const found = yield* PublicPaging.collect(stream, { max })
          assert.deepStrictEqual(found, { items: range(Math.min(max, 120)), truncated })
          assert.strictEqual(seen.length, requests, `${max}`)
        }
        assert.isFalse((yield* Stream.empty.pipe(PublicPaging.collect({ max: 0 }))).truncated)
        for (const max of [-1, 0.5, Number.NaN]) {
          assert.isTrue(Exit.isFailure(yield* Effect.exit(PublicPaging.collect(stream, { max }))))
        }
      })
    )
  )
})
