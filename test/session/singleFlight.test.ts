import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as SingleFlight from "../../src/concurrency/singleFlight.js"

const make = <K, A, E>(flight: (key: K) => Effect.Effect<A, E>) =>
  SingleFlight.make<K, A, E | "closed" | "reentrant">(flight, {
    closed: () => "closed",
    reentrant: () => "reentrant"
  })

describe("singleFlight", () => {
  it.scoped("B1: 10,000 callers share one run", () =>
    Effect.gen(function* () {
      let runs = 0
      const flight = yield* make((_: string) => Effect.sync(() => ++runs).pipe(Effect.delay("10 millis")))
      const callers = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 10_000 }, () => flight.join("a")),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("10 millis")
      const results = yield* Fiber.join(callers)
      assert.strictEqual(runs, 1)
      assert.isTrue(results.every((result) => result === 1))
    })
  )

  it.scoped("B3: the run ends although every caller is interrupted", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let finished = 0
      const flight = yield* make((_: string) =>
        Effect.zipRight(
          Deferred.await(gate),
          Effect.sync(() => ++finished)
        )
      )
      const callers = yield* Effect.replicateEffect(Effect.fork(flight.join("a")), 50)
      yield* Effect.yieldNow()
      yield* Fiber.interruptAll(callers)
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.yieldNow()
      assert.strictEqual(finished, 1)
    })
  )

  it.scoped("B5: a caller's timeout cuts the caller, not the run", () =>
    Effect.gen(function* () {
      let finished = false
      const flight = yield* make((_: string) =>
        Effect.sync(() => {
          finished = true
        }).pipe(Effect.delay("1 minute"))
      )
      const caller = yield* Effect.fork(Effect.timeoutOption(flight.join("a"), "5 millis"))
      yield* TestClock.adjust("5 millis")
      const result = yield* Fiber.join(caller)
      assert.strictEqual(result._tag, "None")
      yield* TestClock.adjust("1 minute")
      assert.isTrue(finished)
    })
  )

  it.effect("B7: closing the scope waits for the run", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const gate = yield* Deferred.make<void>()
      let finished = false
      const flight = yield* Scope.extend(
        make((_: string) =>
          Effect.zipRight(
            SingleFlight.detached(Deferred.await(gate)),
            Effect.sync(() => {
              finished = true
            })
          )
        ),
        scope
      )
      yield* Effect.fork(flight.join("a"))
      yield* Effect.yieldNow()
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow()
      assert.isFalse(finished)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(closing)
      assert.isTrue(finished)
    })
  )

  it.scoped("B8: all waiters get the failure, and the next caller starts anew", () =>
    Effect.gen(function* () {
      let runs = 0
      const flight = yield* make((_: string) => Effect.suspend(() => Effect.fail(++runs)))
      const errors = yield* Effect.all(
        Array.from({ length: 10 }, () => Effect.flip(flight.join("a"))),
        { concurrency: "unbounded" }
      )
      assert.isTrue(errors.every((error) => error === 1))
      assert.strictEqual(yield* Effect.flip(flight.join("a")), 2)
    })
  )

  it.scoped("B9: a defect reaches the waiters and frees the key", () =>
    Effect.gen(function* () {
      let broken = true
      const flight = yield* make((_: string) =>
        Effect.suspend(() => {
          if (broken) {
            throw new Error("broken")
          }
          return Effect.succeed("ok")
        })
      )
      const exit = yield* Effect.exit(flight.join("a"))
      assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
      broken = false
      assert.strictEqual(yield* flight.join("a"), "ok")
    })
  )

  it.scoped("B12: two keys are two runs", () =>
    Effect.gen(function* () {
      const flight = yield* make((key: string) => Effect.delay(Effect.succeed(key), "1 second"))
      const both = yield* Effect.fork(Effect.all([flight.join("a"), flight.join("b")], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(both), ["a", "b"])
    })
  )

  it.effect("a timeout inside the detached part fires, although the run cannot be interrupted", () =>
    Effect.gen(function* () {
      const run = SingleFlight.detached(Effect.timeoutOption(Effect.never, "1 second")).pipe(
        Effect.uninterruptible
      )
      const fiber = yield* Effect.fork(run)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "None")
    })
  )
})
