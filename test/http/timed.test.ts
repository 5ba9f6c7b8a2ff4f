import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as TestClock from "effect/TestClock"
import { timed } from "../../src/http/timed.js"

const late = () => "late" as const

describe("timed", () => {
  it.live("gives what comes in time", () =>
    Effect.gen(function* () {
      const long = Duration.seconds(60)
      assert.strictEqual(yield* timed(Effect.sleep(1).pipe(Effect.as(1)), long, late), 1)
      assert.deepStrictEqual(yield* Effect.exit(timed(Effect.fail("no"), long, late)), Exit.fail("no"))
      assert.deepStrictEqual(yield* Effect.exit(timed(Effect.die("bug"), long, late)), Exit.die("bug"))
      assert.strictEqual(yield* timed(Effect.succeed(1), Duration.infinity, late), 1)
    })
  )

  it.live("interrupts what does not, and waits until it has ended", () =>
    Effect.gen(function* () {
      const ended = yield* Ref.make(false)
      const slow = Effect.onInterrupt(Effect.never, () => Effect.delay(Ref.set(ended, true), 20))
      assert.strictEqual(yield* Effect.flip(timed(slow, Duration.millis(10), late)), "late")
      assert.isTrue(yield* Ref.get(ended))
    })
  )

  it.live("an interruption reaches the effect", () =>
    Effect.gen(function* () {
      const ended = yield* Ref.make(false)
      const begun = yield* Deferred.make<void>()
      const slow = Deferred.succeed(begun, undefined).pipe(
        Effect.zipRight(Effect.never),
        Effect.onInterrupt(() => Ref.set(ended, true))
      )
      const fiber = yield* Effect.fork(timed(slow, Duration.seconds(60), late))
      yield* Deferred.await(begun)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.isTrue(yield* Ref.get(ended))
    })
  )

  it.effect("goes by the clock of the program", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.flip(timed(Effect.never, Duration.hours(1), late)))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
    })
  )
})
