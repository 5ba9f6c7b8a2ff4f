import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { all as endpoints } from "../../../src/client/api/endpoints.js"
import * as Endpoint from "../../../src/client/call/endpoint.js"
import * as Paging from "../../../src/client/lists/paging.js"
import type { SpotifyError } from "../../../src/client/SpotifyError.js"
import * as Fake from "../../support/fakeSpotify.js"
import { always, batch, list, listed, refusal, things, withInterpreter } from "./support.js"

const ids = { ids: ["a", "b"] }

const closedOf = (path: `/${string}`, replacement?: string) =>
  Endpoint.json(Schema.Unknown)<{ readonly id?: string }>({
    operationId: `closed ${path}`,
    group: "old",
    name: "get",
    method: "GET",
    path,
    availability: "closed",
    ...(replacement === undefined ? {} : { replacement })
  })

const refused = <A>(call: Effect.Effect<A, SpotifyError>) =>
  Effect.map(Effect.flip(call), (error) => {
    assert(error._tag === "Forbidden", error.message)
    return error
  })

const closedFor = <A>(call: Effect.Effect<A, SpotifyError>) =>
  Effect.map(refused(call), (error) => {
    assert.strictEqual(error.reason, "OperationClosed")
    return error
  })

describe("development mode", () => {
  it.effect("an extended operation fails before the network, and names what to use instead", () =>
    withInterpreter(things("extended"), { quotaMode: "development" })((execute, seen) =>
      Effect.gen(function* () {
        const error = yield* closedFor(execute(batch, ids))
        assert.strictEqual(error.operation, "things.getSeveral")
        assert.strictEqual(error.route, "GET /things")
        assert.strictEqual(error.replacement, "things.getMany")
        assert.strictEqual(error.availability, "extended")
        assert.include(error.message, "use things.getMany instead")
        assert.include(error.message, "development mode in February 2026")
        assert.strictEqual(seen.length, 0)
      })
    )
  )

  it.effect("so does a closed one, and says that nothing replaces it", () =>
    withInterpreter(things("extended"), { quotaMode: "development" })((execute, seen) =>
      Effect.gen(function* () {
        const error = yield* closedFor(execute(closedOf("/old/{id}"), { id: "1" }))
        assert.isUndefined(error.replacement)
        assert.include(error.message, "nothing replaces it")
        assert.include(error.message, "November 2024")
        assert.strictEqual(seen.length, 0)
      })
    )
  )

  it.effect("streams ask for what every app may, whatever was wanted", () =>
    withInterpreter(listed(25, 10), { quotaMode: "development" })((execute, seen) =>
      Effect.gen(function* () {
        for (const limit of [undefined, 50, 7]) {
          seen.length = 0
          assert.strictEqual(yield* Stream.runCount(Paging.byOffset(execute, list, { limit }, 10)), 25)
          assert.strictEqual(seen[0]?.url.searchParams.get("limit"), String(Math.min(limit ?? 10, 10)))
        }
      })
    )
  )
})

describe("every operation that Spotify took from apps in development mode", () => {
  for (const endpoint of endpoints.filter(({ availability }) => availability !== "all")) {
    it.effect(`${endpoint.group}.${endpoint.name} is not sent, and says what to use`, () =>
      withInterpreter(
        always(() => Fake.json({})),
        { quotaMode: "development" }
      )((execute, seen) =>
        Effect.gen(function* () {
          const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, "1"])
          // The parameters of a descriptor among many are not known to the compiler
          const error = yield* closedFor(
            execute(endpoint as Endpoint.Endpoint<unknown, unknown>, Object.fromEntries(names))
          )
          assert.strictEqual(error.replacement, endpoint.replacement)
          assert.include(
            error.message,
            endpoint.replacement === undefined ? "nothing replaces it" : `use ${endpoint.replacement} instead`
          )
          assert.strictEqual(seen.length, 0)
        })
      )
    )
  }
})

describe("extended mode", () => {
  it.effect("sends everything, however often it is refused", () =>
    withInterpreter(things("development"), { quotaMode: "extended" })((execute, seen) =>
      Effect.gen(function* () {
        yield* closedFor(execute(batch, ids))
        yield* closedFor(execute(batch, ids))
        assert.strictEqual(seen.length, 2)
        const error = yield* Effect.flip(execute(closedOf("/things/{id}"), { id: "no" }))
        assert.strictEqual(error._tag, "NotFound")
      })
    )
  )

  it.effect("streams ask for 50 at a time, and never for more", () =>
    withInterpreter(listed(120, 50), { quotaMode: "extended" })((execute, seen) =>
      Effect.gen(function* () {
        for (const limit of [undefined, 100]) {
          seen.length = 0
          assert.strictEqual(yield* Stream.runCount(Paging.byOffset(execute, list, { limit }, 10)), 120)
          assert.deepStrictEqual(
            seen.map(({ url }) => url.search),
            ["?limit=50&offset=0", "?limit=50&offset=50", "?limit=50&offset=100"]
          )
        }
      })
    )
  )
})

describe("auto", () => {
  it.effect("learns that an operation is closed, forgets it after an hour, and leaves others alone", () => {
    let mode: "development" | "extended" = "development"
    return withInterpreter((request) => things(mode)(request))((execute, seen) =>
      Effect.gen(function* () {
        const first = yield* closedFor(execute(batch, ids))
        assert.strictEqual(first.description, "Forbidden")
        const second = yield* closedFor(execute(batch, ids))
        assert.include(second.message, "not sent")
        assert.include(second.message, "use things.getMany instead")
        assert.strictEqual(seen.length, 1)
        yield* closedFor(execute({ ...batch, operationId: "another" }, ids))
        assert.strictEqual(seen.length, 2)
        mode = "extended"
        yield* TestClock.adjust("59 minutes")
        yield* closedFor(execute(batch, ids))
        yield* TestClock.adjust("1 minutes")
        assert.strictEqual((yield* execute(batch, ids)).things.length, 2)
      })
    )
  })

  it.effect("learns nothing from a refusal for another reason", () =>
    withInterpreter(always(() => refusal(403, "User not registered in the Developer Dashboard")))(
      (execute, seen) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* refused(execute(batch, ids))).reason, "UserNotRegistered")
          yield* refused(execute(batch, ids))
          assert.strictEqual(seen.length, 2)
        })
    )
  )

  it.effect("404 of a closed operation without an id means that it is closed", () =>
    Effect.forEach(["auto", "extended"] as const, (quotaMode) =>
      withInterpreter(
        always(() => new Response(null, { status: 404 })),
        { quotaMode }
      )((execute, seen) =>
        Effect.gen(function* () {
          yield* closedFor(execute(closedOf("/recommendations"), {}))
          yield* closedFor(execute(closedOf("/recommendations"), {}))
          assert.strictEqual(seen.length, quotaMode === "auto" ? 1 : 2)
        })
      )
    )
  )

  it.effect("with an id too, unless the operation has worked or the answer speaks of the id", () => {
    const related = closedOf("/artists/{id}/related-artists")
    let answer = () => refusal(404, "Resource not found")
    return withInterpreter((request) => always(answer)(request))((execute, seen) =>
      Effect.gen(function* () {
        answer = () => refusal(404, "Non existing id: 1")
        assert.strictEqual((yield* Effect.flip(execute(related, { id: "1" })))._tag, "NotFound")
        answer = () => Fake.json([])
        yield* execute(related, { id: "1" })
        answer = () => refusal(404, "Resource not found")
        assert.strictEqual((yield* Effect.flip(execute(related, { id: "2" })))._tag, "NotFound")
        assert.strictEqual(seen.length, 3)
        const fresh = { ...related, operationId: "fresh" }
        yield* closedFor(execute(fresh, { id: "3" }))
        yield* closedFor(execute(fresh, { id: "3" }))
        assert.strictEqual(seen.length, 4)
      })
    )
  })

  it.effect("streams learn how much they may ask for", () =>
    withInterpreter(listed(35, 10))((execute, seen) =>
      Effect.gen(function* () {
        const stream = Paging.byOffset(execute, list, {}, 10)
        assert.strictEqual(yield* Stream.runCount(stream), 35)
        const limits = () => seen.map(({ url }) => url.searchParams.get("limit"))
        assert.deepStrictEqual(limits(), ["50", "10", "10", "10", "10"])
        seen.length = 0
        yield* Stream.runDrain(stream)
        assert.deepStrictEqual(limits(), ["10", "10", "10", "10"])
        seen.length = 0
        yield* TestClock.adjust("1 hours")
        yield* Stream.runDrain(stream)
        assert.strictEqual(limits()[0], "50")
      })
    )
  )

  it.effect("a page with too large a limit fails and names the one to use", () =>
    withInterpreter(listed(35, 10))((execute, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Paging.page(execute, list, { limit: 50 }))
        assert(error._tag === "RequestRejected")
        assert.strictEqual(error.maxLimit, 10)
        assert.include(error.message, "set limit to 10 or less")
        assert.strictEqual(seen.length, 1)
        assert.strictEqual((yield* Paging.page(execute, list, { limit: 10 })).items.length, 10)
      })
    )
  )

  it.effect("a limit that is refused although every app may have it ends the stream", () =>
    withInterpreter(always(() => refusal(400, "Invalid limit")))((execute, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Stream.runDrain(Paging.byOffset(execute, list, {}, 10)))
        assert.strictEqual(error._tag, "RequestRejected")
        assert.strictEqual(seen.length, 2)
      })
    )
  )
})
