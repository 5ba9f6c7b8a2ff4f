import { assert, describe, it } from "@effect/vitest"
import { CallOptions, RateGate, SpotifyError } from "effect-spotify"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import {
  always,
  artistId,
  errorBody,
  getArtist,
  inTurn,
  ok,
  status,
  withClient
} from "../../support/numberedClient.js"

const at = (millis: number) => DateTime.unsafeMake(millis)

const call = (overrides: Partial<RateGate.Call> = {}): RateGate.Call => ({
  operation: "artists.get",
  route: "GET /artists/{id}",
  queue: "",
  budget: 0,
  ...overrides
})

const pass = (gate: RateGate.Service, overrides: Partial<RateGate.Call> = {}) =>
  gate.pass(call(overrides), () => Effect.void)

const passes = (gate: RateGate.Service, count: number, overrides: Partial<RateGate.Call> = {}) =>
  Effect.forEach(Array.from({ length: count }), () => pass(gate, overrides), { discard: true })

const hour = 3_600_000

const budgetOf = (gate: RateGate.Service) =>
  Effect.map(gate.status, ({ budgets }) => {
    const [budget] = budgets
    return { used: budget?.used, left: budget?.left, limit: budget?.limit }
  })

describe("budgets of the gate", () => {
  it.effect("fail a call before it is sent, with the time and the name", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({
        budgets: [{ name: "all", limit: 2, window: "24 hours", reserve: 0 }]
      })
      yield* passes(gate, 2)
      let sent = 0
      const error = yield* Effect.flip(
        gate.pass(call(), () =>
          Effect.sync(() => {
            sent += 1
          })
        )
      )
      assert.strictEqual(sent, 0)
      assert.deepInclude(error, { budget: "all", quotaExceeded: true, route: "GET /artists/{id}" })
      assert.strictEqual(error.retryAt.epochMillis, 24 * hour)
      assert.include(error.message, 'the budget "all" has no calls left')
      yield* TestClock.adjust("24 hours")
      yield* pass(gate)
    })
  )

  it.effect("let a call wait if it may, and begin when the window opens", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ budgets: [{ name: "all", limit: 1, window: "30 seconds" }] })
      yield* pass(gate)
      const waiting = yield* Effect.fork(gate.pass(call({ budget: 30_000 }), Effect.succeed))
      yield* TestClock.adjust("29999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(waiting), 30_000)
    })
  )

  it.effect("count the routes of a group, whatever the names of their parameters", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({
        budgets: [
          { name: "albums", routes: ["GET /artists/{artist}/albums"], limit: 1, window: "1 hour" },
          { name: "playlists", routes: ["/playlists*", "POST /me/playlists"], limit: 2, window: "1 hour" }
        ]
      })
      yield* pass(gate, { route: "GET /artists/{id}/albums" })
      yield* pass(gate, { route: "PUT /playlists/{playlist_id}/items" })
      yield* pass(gate, { route: "POST /me/playlists" })
      yield* passes(gate, 5, { route: "GET /me/playlists" })
      const refused = yield* Effect.forEach(
        ["GET /artists/{id}/albums", "GET /playlists/{id}", "POST /me/playlists"],
        (route) => Effect.flip(pass(gate, { route }))
      )
      assert.deepStrictEqual(
        refused.map(({ budget }) => budget),
        ["albums", "playlists", "playlists"]
      )
    })
  )

  it.effect("of 30 seconds and of a day hold together, and a refused call counts in neither", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({
        budgets: [
          { name: "day", limit: 5, window: "24 hours" },
          { name: "burst", limit: 2, window: "30 seconds" }
        ]
      })
      yield* passes(gate, 2)
      yield* Effect.exit(passes(gate, 10))
      yield* TestClock.adjust("31 seconds")
      yield* passes(gate, 2)
      yield* TestClock.adjust("31 seconds")
      yield* pass(gate)
      assert.strictEqual((yield* Effect.flip(pass(gate))).budget, "day")
    })
  )

  it.effect("keep a reserve that background work leaves to others", () =>
    withClient(always(ok))((spotify, seen) =>
      Effect.gen(function* () {
        const background = CallOptions.withOptions(getArtist(spotify), { priority: "background" })
        const done = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.exit(background))
        assert.strictEqual(done.filter(Exit.isSuccess).length, 15)
        const refused = yield* Effect.flip(background)
        assert.isTrue(refused._tag === "RateLimited" && refused.budget === "day")
        yield* Effect.forEach(Array.from({ length: 5 }), () => getArtist(spotify))
        assert.strictEqual((yield* Effect.flip(getArtist(spotify)))._tag, "RateLimited")
        assert.strictEqual(seen.length, 20)
      })
    ).pipe(
      Effect.provideServiceEffect(
        RateGate.RateGate,
        RateGate.make({ budgets: [{ name: "day", limit: 20, window: "24 hours", reserve: 5 }] })
      )
    )
  )

  it.effect("count a call from its end, since Spotify may have counted it as late as that", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ budgets: [{ name: "all", limit: 1, window: "30 seconds" }] })
      const slow = yield* Effect.fork(gate.pass(call(), () => Effect.sleep("20 seconds")))
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(slow)
      const error = yield* Effect.flip(pass(gate))
      assert.isAtLeast(error.retryAt.epochMillis, 50_000)
    })
  )

  it.effect("do not count a request that never left, and count one that was interrupted", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ budgets: [{ name: "all", limit: 2, window: "1 hour" }] })
      const unsent = new SpotifyError.ServiceUnavailable({ ...call(), kind: "Network", sent: "no" })
      const lost = new SpotifyError.ServiceUnavailable({ ...call(), kind: "Network", sent: "unknown" })
      for (let index = 0; index < 10; index++) {
        yield* Effect.exit(gate.pass(call(), () => unsent))
      }
      assert.strictEqual((yield* budgetOf(gate)).used, 0)
      yield* Effect.exit(gate.pass(call(), () => lost))
      assert.strictEqual((yield* budgetOf(gate)).used, 1)
      const cut = yield* Effect.fork(gate.pass(call(), () => Effect.never))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.interrupt(cut)
      assert.deepStrictEqual(yield* budgetOf(gate), { used: 2, limit: Option.some(2), left: Option.some(0) })
    })
  )

  it.effect("tell once that they are low and once that they have ended, and again the next day", () =>
    Effect.gen(function* () {
      const events: Array<string> = []
      const gate = yield* RateGate.make({
        budgets: [{ name: "day", limit: 10, window: "24 hours" }],
        onBudget: ({ _tag, budget }) =>
          Effect.sync(() => {
            events.push(`${_tag} ${budget.used}`)
          })
      })
      yield* Effect.exit(passes(gate, 20))
      assert.deepStrictEqual(events, ["Low 8", "Ended 10"])
      yield* TestClock.adjust("24 hours")
      yield* passes(gate, 10)
      assert.deepStrictEqual(events, ["Low 8", "Ended 10", "Low 8", "Ended 10"])
    })
  )

  it.effect("close all their routes when Spotify says that the quota is used up", () => {
    const quota = status(429, errorBody(429, "Too many requests", "QUOTA_EXCEEDED"), {
      "retry-after": "50000"
    })
    const events: Array<string> = []
    return withClient(inTurn(ok, quota))((spotify, seen) =>
      Effect.gen(function* () {
        yield* getArtist(spotify)
        yield* Effect.flip(getArtist(spotify))
        const other = yield* Effect.flip(spotify.artists.albumsPage(artistId))
        assert.isTrue(other._tag === "RateLimited" && other.budget === "artists")
        assert.isTrue(other._tag === "RateLimited" && other.retryAt.epochMillis === 50_000_000)
        assert.strictEqual(seen.length, 2)
        const [budget] = (yield* spotify.status).budgets
        assert.deepStrictEqual(budget?.left, Option.some(0))
        assert.deepStrictEqual(events, ["Ended"])
      })
    ).pipe(
      Effect.provideServiceEffect(
        RateGate.RateGate,
        RateGate.make({
          budgets: [
            { name: "artists", routes: ["GET /artists*"], window: "24 hours" },
            { name: "burst", limit: 100, window: "30 seconds" }
          ],
          onBudget: ({ _tag }) =>
            Effect.sync(() => {
              events.push(_tag)
            })
        })
      )
    )
  })

  it.effect("without a limit learn it for background work, and refuse nobody else", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ budgets: [{ name: "day", window: "24 hours" }] })
      yield* passes(gate, 50)
      yield* gate.close("GET /artists/{id}", at(hour), "Quota")
      // It had not counted for a whole window
      assert.deepStrictEqual((yield* budgetOf(gate)).limit, Option.none())
      yield* TestClock.adjust("25 hours")
      yield* passes(gate, 200)
      yield* gate.close("GET /artists/{id}", at(26 * hour), "Quota")
      assert.deepStrictEqual((yield* budgetOf(gate)).limit, Option.some(200))
      yield* TestClock.adjust("25 hours")
      const background = yield* Effect.forEach(Array.from({ length: 200 }), () =>
        Effect.exit(pass(gate, { priority: "background" }))
      )
      assert.strictEqual(background.filter(Exit.isSuccess).length, 180)
      yield* passes(gate, 100)
      // Spotify may have raised it
      yield* TestClock.adjust("7 days")
      assert.deepStrictEqual((yield* budgetOf(gate)).limit, Option.none())
    })
  )

  it.effect("that cannot be kept stop the program when the gate is built", () =>
    Effect.forEach(
      [
        [{ name: "a", limit: 0, window: "1 hour" }],
        [{ name: "a", limit: 1.5, window: "1 hour" }],
        [{ name: "a", limit: 1, window: "0 seconds" }],
        [{ name: "a", limit: 5, reserve: 5, window: "1 hour" }],
        [
          { name: "a", limit: 1, window: "1 hour" },
          { name: "a", limit: 2, window: "2 hours" }
        ]
      ] satisfies ReadonlyArray<ReadonlyArray<RateGate.Budget>>,
      (budgets) =>
        Effect.map(Effect.exit(RateGate.make({ budgets })), (exit) =>
          assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
        )
    )
  )

  it.effect("never let more calls begin than a naive count does, and at most a slot later", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.integer({ min: 1, max: 8 }),
          FastCheck.integer({ min: 0, max: 7 }),
          FastCheck.constantFrom(1000, 30_000, 24 * hour),
          FastCheck.array(
            FastCheck.record({
              gap: FastCheck.integer({ min: 0, max: 300 }),
              priority: FastCheck.constantFrom("foreground" as const, "background" as const)
            }),
            { maxLength: 100 }
          ),
          (limit, spare, window, calls) =>
            Effect.gen(function* () {
              const reserve = Math.min(spare, limit - 1)
              const gate = yield* RateGate.make({ budgets: [{ name: "all", limit, window, reserve }] })
              const begun: Array<number> = []
              let now = 0
              for (const { gap, priority } of calls) {
                const step = Math.floor((gap * window) / 1000)
                now += step
                yield* TestClock.adjust(step)
                const cap = priority === "background" ? limit - reserve : limit
                const within = (from: number) => begun.filter((at) => at > from).length
                const passed = Exit.isSuccess(yield* Effect.exit(pass(gate, { priority })))
                assert.isTrue(
                  passed ? within(now - window) < cap : within(now - window - Math.ceil(window / 288)) >= cap
                )
                if (passed) {
                  begun.push(now)
                }
              }
            }).pipe(Effect.provide(TestContext.TestContext), Effect.runPromise)
        ),
        { seed: 20_261_129, numRuns: 30 }
      )
    )
  )

  it.effect("of a clock that was set back are held for a window at most", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ budgets: [{ name: "day", limit: 3, window: "24 hours" }] })
      yield* TestClock.setTime(1000 * 24 * hour)
      yield* passes(gate, 3)
      yield* TestClock.setTime(10 * 24 * hour)
      assert.strictEqual((yield* Effect.exit(pass(gate)))._tag, "Failure")
      yield* TestClock.adjust("25 hours")
      yield* passes(gate, 3)
      assert.strictEqual((yield* Effect.exit(pass(gate)))._tag, "Failure")
    })
  )

  it.effect("hold when a thousand fibers come at once", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({
        concurrency: 8,
        budgets: [{ name: "all", limit: 100, window: "1 hour" }]
      })
      const fiber = yield* Effect.fork(
        Effect.forEach(
          Array.from({ length: 1000 }),
          () => Effect.exit(gate.pass(call(), () => Effect.sleep("1 second"))),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* Fiber.join(fiber)).filter(Exit.isSuccess).length, 100)
      assert.deepInclude(yield* gate.status, { inFlight: 0, waiting: 0 })
    })
  )
})
