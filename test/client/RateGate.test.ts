import { assert, describe, it } from "@effect/vitest"
import { RateGate, SessionService, Session, SpotifyConfig, TokenStore } from "effect-spotify"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as FairSemaphore from "../../src/client/gate/fairSemaphore.js"
import * as Fake from "../support/fakeSpotify.js"
import {
  always,
  artistId,
  errorBody,
  getArtist,
  inTurn,
  ok,
  status,
  withClient
} from "../support/numberedClient.js"

const call = (overrides: Partial<RateGate.Call> = {}): RateGate.Call => ({
  operation: "artists.get",
  route: "GET /artists/{id}",
  queue: "",
  budget: 30_000,
  ...overrides
})

const limited = (retryAfter: string, reason?: string) =>
  status(429, errorBody(429, "API rate limit exceeded", reason), { "retry-after": retryAfter })

const at = (millis: number) => DateTime.unsafeMake(millis)

describe("RateGate", () => {
  it.effect("lets as many through at a time as it may", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ concurrency: 3 })
      let running = 0
      let most = 0
      yield* Effect.fork(
        Effect.forEach(
          Array.from({ length: 50 }),
          () =>
            gate.pass(call(), () =>
              Effect.acquireUseRelease(
                Effect.sync(() => {
                  running += 1
                  most = Math.max(most, running)
                }),
                () => Effect.sleep("1 second"),
                () =>
                  Effect.sync(() => {
                    running -= 1
                  })
              )
            ),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(yield* gate.status, { inFlight: 3, waiting: 47, closed: [], budgets: [] })
      yield* TestClock.adjust("17 seconds")
      assert.strictEqual(most, 3)
      assert.deepStrictEqual(yield* gate.status, { inFlight: 0, waiting: 0, closed: [], budgets: [] })
    })
  )

  it.effect("sessions take turns: one call is not behind another session's thousand", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make({ concurrency: 1 })
      const order: Array<string> = []
      const one = (queue: string) =>
        gate.pass(call({ queue }), () =>
          Effect.zipRight(
            Effect.sleep("1 second"),
            Effect.sync(() => order.push(queue))
          )
        )
      yield* Effect.fork(
        Effect.forEach(Array.from({ length: 1000 }), () => one("a"), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 millis")
      const other = yield* Effect.fork(one("b"))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(other)
      assert.isAtMost(order.indexOf("b"), 2)
    })
  )

  it.effect("whatever is interrupted, no place is lost and none is given twice", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.array(
            FastCheck.record({ queue: FastCheck.constantFrom("a", "b", "c"), cut: FastCheck.boolean() }),
            {
              minLength: 1,
              maxLength: 40
            }
          ),
          FastCheck.integer({ min: 1, max: 4 }),
          (callers, places) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const gate = yield* RateGate.make({ concurrency: places })
                let running = 0
                const fibers = yield* Effect.forEach(callers, ({ queue }) =>
                  Effect.fork(
                    gate.pass(call({ queue }), () =>
                      Effect.acquireUseRelease(
                        Effect.sync(() => {
                          running += 1
                          assert.isAtMost(running, places)
                        }),
                        () => Effect.zipRight(Effect.yieldNow(), Effect.yieldNow()),
                        () =>
                          Effect.sync(() => {
                            running -= 1
                          })
                      )
                    )
                  )
                )
                yield* Effect.forEach(callers, ({ cut }, i) => {
                  const fiber = fibers[i]
                  return cut && fiber !== undefined
                    ? Effect.zipRight(Effect.yieldNow(), Fiber.interruptFork(fiber))
                    : Effect.yieldNow()
                })
                const exits = yield* Effect.forEach(fibers, Fiber.await)
                callers.forEach(({ cut }, i) => {
                  assert.isTrue(cut || Exit.isSuccess(exits[i] ?? Exit.void))
                })
                assert.deepStrictEqual(yield* gate.status, {
                  inFlight: 0,
                  waiting: 0,
                  closed: [],
                  budgets: []
                })
              })
            )
        ),
        { seed: 20_261_124, numRuns: 200 }
      )
    )
  )

  it("a waiter costs the same however many there are", () => {
    const spent = (waiters: number) => {
      const semaphore = FairSemaphore.make(64)
      const permits = Array.from({ length: waiters }, () => semaphore.permit(""))
      const began = process.cpuUsage()
      for (const permit of permits) {
        if (!permit.tryEnter()) {
          Effect.runFork(permit.enter)
        }
      }
      for (const permit of permits) {
        permit.end()
      }
      const { system, user } = process.cpuUsage(began)
      assert.strictEqual(semaphore.inFlight() + semaphore.waiting(), 0)
      return (user + system) / waiters
    }
    spent(2000)
    const few = Math.min(spent(2000), spent(2000), spent(2000))
    const many = Math.min(spent(20_000), spent(20_000), spent(20_000))
    // With Effect's semaphore this grows with their number
    assert.isBelow(many, few * 5 + 20)
  })

  it.effect("a closed route holds its own calls back, and no others", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make()
      yield* gate.close("GET /artists/{id}", at(5000), "RateLimit")
      const waiting = yield* Effect.fork(gate.pass(call(), (waited) => Effect.succeed(waited)))
      assert.strictEqual(
        yield* gate.pass(call({ route: "GET /me" }), () => Effect.succeed("through")),
        "through"
      )
      yield* TestClock.adjust("4999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      assert.deepStrictEqual((yield* gate.status).closed, [
        { route: "GET /artists/{id}", until: at(5000), reason: "RateLimit" }
      ])
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(waiting), 5000)
      assert.deepStrictEqual((yield* gate.status).closed, [])
    })
  )

  it.effect("two routes at the rate limit within 30 seconds are the limit of the whole app", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make()
      yield* gate.close("GET /artists/{id}", at(10_000), "RateLimit")
      yield* gate.close("GET /albums/{id}", at(20_000), "RateLimit")
      const error = yield* Effect.flip(
        gate.pass(call({ route: "GET /me", budget: 19_999 }), () => Effect.void)
      )
      assert.strictEqual(error.retryAt.epochMillis, 20_000)
      assert.isFalse(error.quotaExceeded)
    })
  )

  it.effect("a quota never closes more than its route", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make()
      yield* gate.close("GET /artists/{id}", at(86_400_000), "Quota")
      yield* gate.close("GET /albums/{id}", at(86_400_000), "Quota")
      yield* gate.pass(call({ route: "GET /me" }), () => Effect.void)
      const error = yield* Effect.flip(gate.pass(call(), () => Effect.void))
      assert.isTrue(error.quotaExceeded)
    })
  )

  it.effect("a later closure stays when an earlier one comes after it", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make()
      yield* gate.close("GET /me", at(10_000), "RateLimit")
      yield* gate.close("GET /me", at(1000), "RateLimit")
      assert.strictEqual((yield* gate.status).closed[0]?.until.epochMillis, 10_000)
    })
  )

  it.effect("processes that share a store share their closures, one request for all", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const context = Layer.mergeAll(
        Layer.succeed(TokenStore.TokenStore, store),
        Layer.orDie(SpotifyConfig.layer({ clientId: "client" }))
      )
      const one = yield* Effect.provide(RateGate.makeShared(), context)
      const two = yield* Effect.provide(RateGate.makeShared(), context)
      const other = yield* Effect.provide(
        RateGate.makeShared(),
        Layer.merge(context, Layer.orDie(SpotifyConfig.layer({ clientId: "another" })))
      )
      yield* one.close("GET /me", at(50_000_000), "Quota")
      // A gate that nobody uses does not look
      yield* Effect.all([two, other].map((gate) => gate.pass(call(), () => Effect.void)))
      yield* TestClock.adjust("2 seconds")
      const error = yield* Effect.flip(two.pass(call({ route: "GET /me" }), () => Effect.void))
      assert.isTrue(error.quotaExceeded && error.retryAt.epochMillis === 50_000_000)
      yield* other.pass(call({ route: "GET /me" }), () => Effect.void)
    }).pipe(Effect.scoped)
  )

  it.effect("a store that fails leaves a gate of this process", () =>
    Effect.gen(function* () {
      const fails = new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" })
      const store: TokenStore.Service = {
        get: () => fails,
        commit: () => fails,
        atomicity: "shared",
        changes: Option.none()
      }
      const gate = yield* Effect.provide(
        RateGate.makeShared(),
        Layer.mergeAll(
          Layer.succeed(TokenStore.TokenStore, store),
          Layer.orDie(SpotifyConfig.layer({ clientId: "client" }))
        )
      )
      yield* gate.close("GET /me", at(5000), "RateLimit")
      assert.strictEqual((yield* gate.status).closed.length, 1)
    }).pipe(Effect.scoped)
  )
})

describe("RateGate, in the client", () => {
  it.effect("G5: 50,000 seconds fail all calls of the route at once, with one request and the time", () =>
    withClient(always(limited("50000")))((spotify, seen) =>
      Effect.gen(function* () {
        yield* Effect.flip(getArtist(spotify))
        const errors = yield* Effect.forEach(Array.from({ length: 100 }), () =>
          Effect.flip(getArtist(spotify))
        )
        assert.strictEqual(seen.length, 1)
        for (const error of errors) {
          assert.isTrue(error._tag === "RateLimited" && error.retryAt.epochMillis === 50_000_000)
        }
        assert.strictEqual((yield* spotify.status).closed[0]?.route, "GET /artists/{id}")
      })
    )
  )

  it.effect("after one 429 the others wait without a request of their own", () =>
    withClient(inTurn(limited("5"), ok))((spotify, seen) =>
      Effect.gen(function* () {
        const first = yield* Effect.fork(getArtist(spotify))
        yield* TestClock.adjust("1 millis")
        const others = yield* Effect.fork(
          Effect.forEach(Array.from({ length: 20 }), () => getArtist(spotify), { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("4998 millis")
        assert.strictEqual(seen.length, 1)
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(first)
        yield* Fiber.join(others)
        assert.strictEqual(seen.length, 22)
      })
    )
  )

  it.effect("clients that are given one gate share it", () =>
    Effect.gen(function* () {
      const gate = yield* RateGate.make()
      yield* withClient(always(limited("50000")))((spotify) => Effect.flip(getArtist(spotify))).pipe(
        Effect.provideService(RateGate.RateGate, gate)
      )
      yield* withClient(always(ok))((spotify, seen) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(getArtist(spotify))
          assert.strictEqual(error._tag, "RateLimited")
          assert.strictEqual(seen.length, 0)
        })
      ).pipe(Effect.provideService(RateGate.RateGate, gate))
    })
  )

  it.effect("a failure without a reason slows the route down, and says what it may be", () =>
    withClient(Fake.broken(""), { retry: { safe: false } })((spotify) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(getArtist(spotify))
        assert.isTrue(error._tag === "ServiceUnavailable" && error.kind === "Network")
        assert.include(error.message, "CORS")
        const { closed } = yield* spotify.status
        assert.deepStrictEqual(
          closed.map(({ reason, route }) => ({ reason, route })),
          [{ reason: "Network", route: "GET /artists/{id}" }]
        )
      })
    )
  )

  it.effect(
    "each further one doubles the pause, from half a second to half a minute, until an answer comes",
    () => {
      let down = true
      const broken = Fake.broken("")
      return withClient((request) => (down ? broken(request) : Effect.sync(ok)), { retry: { safe: false } })(
        (spotify) =>
          Effect.gen(function* () {
            const pauses: Array<number> = []
            const closedFor = Effect.gen(function* () {
              yield* Effect.exit(getArtist(spotify))
              const now = yield* Clock.currentTimeMillis
              const { closed } = yield* spotify.status
              const until = closed[0]?.until.epochMillis ?? now
              pauses.push(until - now)
              yield* TestClock.adjust(until - now)
            })
            for (let failure = 0; failure < 8; failure++) {
              yield* closedFor
            }
            assert.deepStrictEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
            down = false
            assert.strictEqual((yield* getArtist(spotify)).name, "Artist")
            down = true
            yield* closedFor
            assert.strictEqual(pauses.at(-1), 500)
          })
      )
    }
  )

  it.effect("a call that is interrupted at the gate leaves it", () =>
    withClient(() => Effect.never, { concurrency: 1 })((spotify) =>
      Effect.gen(function* () {
        const first = yield* Effect.fork(getArtist(spotify))
        const second = yield* Effect.fork(
          SessionService.withSession(getArtist(spotify), Session.SessionKey("other"))
        )
        yield* TestClock.adjust("1 millis")
        assert.deepInclude(yield* spotify.status, { inFlight: 1, waiting: 1 })
        yield* Fiber.interrupt(second)
        yield* Fiber.interrupt(first)
        assert.deepInclude(yield* spotify.status, { inFlight: 0, waiting: 0 })
      })
    )
  )

  it.effect("G8: an answer that comes after the caller is gone harms nobody", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      yield* withClient(() => Effect.as(Deferred.await(gate), ok()))((spotify) =>
        Effect.gen(function* () {
          const call = yield* Effect.fork(spotify.artists.get(artistId))
          yield* TestClock.adjust("1 millis")
          yield* Fiber.interrupt(call)
          yield* Deferred.succeed(gate, undefined)
          assert.strictEqual((yield* spotify.status).inFlight, 0)
        })
      )
    })
  )
})
