import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as Batcher from "../../src/client/lists/batcher.js"
import * as SharedRuns from "../../src/concurrency/sharedRuns.js"

/** A run of ten milliseconds that counts. */
const counted = () => {
  const seen = { begun: 0, ended: 0, interrupted: 0 }
  const run = Effect.suspend(() => {
    seen.begun += 1
    return Effect.as(Effect.sleep("10 millis"), seen.begun)
  }).pipe(
    Effect.onExit((exit) =>
      Effect.sync(() => {
        seen[Exit.isInterrupted(exit) ? "interrupted" : "ended"] += 1
      })
    )
  )
  return { run, seen }
}

const joins = {
  sharedRuns: (scope: Scope.Scope) => {
    const runs = SharedRuns.make<string, number, never>(scope)
    return (run: Effect.Effect<number>) => runs.join("a", run)
  },
  batcher: (scope: Scope.Scope) => {
    const join = Batcher.make<string, number, never>(scope)
    return (run: Effect.Effect<number>) =>
      Effect.map(
        join("a", "key", { window: 0, size: 20, run: () => Effect.map(run, (n) => new Map([["key", n]])) }),
        (found) => found.get("key")
      )
  }
}

for (const [name, make] of Object.entries(joins)) {
  describe(name, () => {
    it.effect("its runs end with the scope of the service, and so do those who wait", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { run, seen } = counted()
        const waiting = yield* Effect.fork(make(scope)(run))
        yield* TestClock.adjust("5 millis")
        assert.deepStrictEqual(seen, { begun: 1, ended: 0, interrupted: 0 })
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(seen, { begun: 1, ended: 0, interrupted: 1 })
        assert.isTrue(Exit.isInterrupted(yield* Fiber.await(waiting)))
      })
    )

    it.effect("nobody who comes after the scope was closed waits for ever", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { run, seen } = counted()
        const join = make(scope)
        yield* Scope.close(scope, Exit.void)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.await(yield* Effect.fork(join(run)))))
        assert.strictEqual(seen.ended, 0)
      })
    )

    it.effect.prop(
      "whoever is interrupted whenever, the others get the answer, and the next run is a new one",
      [
        FastCheck.array(FastCheck.option(FastCheck.integer({ min: 0, max: 9 })), {
          minLength: 1,
          maxLength: 8
        })
      ],
      ([interrupts]) =>
        Effect.scoped(
          Effect.gen(function* () {
            const { run, seen } = counted()
            const join = make(yield* Effect.scope)
            const fibers = yield* Effect.forEach(interrupts, () => Effect.fork(join(run)))
            for (let now = 0; now < 10; now++) {
              yield* Effect.forEach(
                fibers.filter((_, index) => interrupts[index] === now),
                Fiber.interrupt
              )
              yield* TestClock.adjust("1 millis")
            }
            yield* TestClock.adjust("10 millis")
            for (const [index, fiber] of fibers.entries()) {
              const exit = yield* Fiber.await(fiber)
              assert.strictEqual(Exit.isInterrupted(exit), interrupts[index] !== null, `caller ${index}`)
            }
            const first = { ...seen }
            assert.isAtMost(first.begun, 1)
            assert.strictEqual(first.ended + first.interrupted, first.begun)
            const next = yield* Effect.fork(join(run))
            yield* TestClock.adjust("10 millis")
            assert.strictEqual(yield* Fiber.join(next), first.begun + 1)
          })
        ),
      { fastCheck: { numRuns: 25 } }
    )
  })
}

describe("sharedRuns", () => {
  it.effect("a failure is that of all who wait, and of nobody afterwards", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const runs = SharedRuns.make<string, string, "no">(yield* Effect.scope)
        const gate = yield* Deferred.make<void>()
        const fails = Effect.zipRight(Deferred.await(gate), Effect.fail("no" as const))
        const fibers = yield* Effect.replicateEffect(Effect.fork(runs.join("a", fails)), 3)
        yield* TestClock.adjust("1 millis")
        yield* Deferred.succeed(gate, undefined)
        for (const fiber of fibers) {
          assert.deepStrictEqual(yield* Fiber.await(fiber), Exit.fail("no" as const))
        }
        assert.strictEqual(yield* runs.join("a", Effect.succeed("yes")), "yes")
      })
    )
  )
})
