import { assert, describe, it } from "@effect/vitest"
import type { SpotifyConfig } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as GetMany from "../../../src/client/lists/getMany.js"
import type * as Fake from "../../support/fakeSpotify.js"
import { always, kind, refusal, things, withInterpreter } from "../call/support.js"

const range = (length: number) => Array.from({ length }, (_, index) => `id${index}`)

const isBatch = ({ url }: Fake.Seen) => url.searchParams.has("ids")

/** Counts how many requests are under way at once, each for 20 ms. */
const measured = (handler: Fake.Handler) => {
  const flights = { now: 0, most: 0 }
  const slow: Fake.Handler = (request) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        flights.now += 1
        flights.most = Math.max(flights.most, flights.now)
      }),
      () => Effect.delay(handler(request), "20 millis"),
      () =>
        Effect.sync(() => {
          flights.now -= 1
        })
    )
  return { flights, slow }
}

describe("getMany", () => {
  const wanted = ["id1", "no1", "id2", "id1", ...range(50), "no2", "no1"]

  const configurations: ReadonlyArray<
    readonly [declared: SpotifyConfig.QuotaMode, real: "development" | "extended"]
  > = [
    ["development", "development"],
    ["development", "extended"],
    ["extended", "extended"],
    ["extended", "development"],
    ["auto", "development"],
    ["auto", "extended"]
  ]
  for (const [quotaMode, real] of configurations) {
    it.effect(`declared ${quotaMode}, really ${real}: the same result, in order`, () =>
      withInterpreter(things(real), { quotaMode })((execute, seen) =>
        Effect.gen(function* () {
          const found = yield* GetMany.getMany(execute, kind)(wanted, { market: "SE" })
          assert.deepStrictEqual(
            found.map(Option.getOrNull),
            wanted.map((id) => (id.startsWith("no") ? null : { id }))
          )
          assert.isTrue(seen.every(({ url }) => url.searchParams.get("market") === "SE"))
          const batches = seen
            .filter(isBatch)
            .map(({ url }) => url.searchParams.get("ids")?.split(",").length)
          if (quotaMode !== "development" && real === "extended") {
            assert.deepStrictEqual(batches, [20, 20, 12])
            assert.strictEqual(seen.length, 3)
          } else {
            assert.strictEqual(seen.length - batches.length, 52)
          }
          if (quotaMode === "auto" && real === "development") {
            assert.strictEqual(batches.length, 1)
            yield* GetMany.getMany(execute, kind)(range(3))
            assert.strictEqual(seen.filter(isBatch).length, 1)
          }
        })
      )
    )
  }

  it.effect("asks for nothing, for one, and refuses what is no id", () =>
    withInterpreter(things("extended"), { quotaMode: "extended" })((execute, seen) =>
      Effect.gen(function* () {
        const getMany = GetMany.getMany(execute, kind)
        assert.deepStrictEqual(yield* getMany([]), [])
        assert.strictEqual(seen.length, 0)
        assert.isTrue(Option.isSome((yield* getMany(["a", "a"]))[0] ?? Option.none()))
        assert.deepStrictEqual(
          seen.map(({ url }) => url.pathname),
          ["/v1/things/a"]
        )
        for (const ids of [[""], ["a", ""], ["a,b"], ["a,b", "c"]]) {
          const error = yield* Effect.flip(getMany(ids))
          assert.isTrue(error._tag === "InvalidParameter" && error.parameter === "ids")
        }
        for (const concurrency of [0, -1, Number.NaN]) {
          assert.strictEqual((yield* Effect.flip(getMany(["a"], { concurrency })))._tag, "InvalidParameter")
        }
        assert.strictEqual(seen.length, 1)
      })
    )
  )

  it.effect("fails as a whole with what is not a missing thing, and stops", () =>
    Effect.forEach(["development", "extended"] as const, (quotaMode) =>
      withInterpreter(
        always(() => new Response(null, { status: 500 })),
        { quotaMode }
      )((execute, seen) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(GetMany.getMany(execute, kind)(range(500)))
          assert.strictEqual(error._tag, "ServiceUnavailable")
          assert.isAtMost(seen.length, 8)
        })
      )
    )
  )

  it.effect("a batch of another length is not guessed at", () =>
    withInterpreter(
      always(() => Response.json({ things: [{ id: "id1" }] })),
      { quotaMode: "extended" }
    )((execute) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(GetMany.getMany(execute, kind)(range(2)))
        assert(error._tag === "DecodeError")
        assert.include(error.message, "1 answers to 2 questions")
      })
    )
  )

  it.effect("at most 8 requests at once, or as many as wanted", () =>
    Effect.forEach([undefined, 3], (concurrency) => {
      const { flights, slow } = measured(things("development"))
      return withInterpreter(slow, { quotaMode: "development" })((execute, seen) =>
        Effect.gen(function* () {
          const call = yield* Effect.fork(GetMany.getMany(execute, kind)(range(24), { concurrency }))
          yield* TestClock.adjust(concurrency === undefined ? "60 millis" : "160 millis")
          assert.strictEqual((yield* Fiber.join(call)).length, 24)
          assert.strictEqual(flights.most, concurrency ?? 8)
          assert.strictEqual(seen.length, 24)
        })
      )
    })
  )

  it.effect("interruption stops the requests", () => {
    const { flights, slow } = measured(things("development"))
    return withInterpreter(slow, { quotaMode: "development" })((execute, seen) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(GetMany.getMany(execute, kind)(range(100)))
        yield* TestClock.adjust("30 millis")
        yield* Fiber.interrupt(call)
        assert.strictEqual(flights.now, 0)
        const sent = seen.length
        yield* TestClock.adjust("1 seconds")
        assert.strictEqual(seen.length, sent)
      })
    )
  })

  it.effect("a rate limit in the midst is waited for", () => {
    let calls = 0
    return withInterpreter(
      (request) => (++calls === 2 ? Effect.succeed(refusalWith429()) : things("extended")(request)),
      { quotaMode: "extended" }
    )((execute) =>
      Effect.gen(function* () {
        const call = yield* Effect.fork(GetMany.getMany(execute, kind)(range(60)))
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* Fiber.join(call)).filter(Option.isSome).length, 60)
      })
    )
  })
})

const refusalWith429 = () => {
  const response = refusal(429, "API rate limit exceeded")
  response.headers.set("retry-after", "2")
  return response
}
