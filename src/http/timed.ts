import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** The system clock. Any other clock, such as `TestClock`, does not advance with `setTimeout`. */
const live = Context.get(DefaultServices.liveServices, Clock.Clock)

/** `setTimeout` overflows at this many milliseconds. Longer timeouts use `Effect.timeoutFail`. */
const longest = 2 ** 31

/** Whether a system timer may measure this wait of the fiber. */
export const isTimer = (fiber: Fiber.RuntimeFiber<unknown, unknown>, millis: number): boolean =>
  Context.get(fiber.currentDefaultServices, Clock.Clock) === live && millis < longest

/** Calls `late` after so many milliseconds of the system, unless the result is called before. */
export const startTimer = (millis: number, late: () => void): (() => void) => {
  // @effect-diagnostics-next-line globalTimers:off -- runs only on the system clock, which has no callbacks
  const timer = setTimeout(late, millis) // oxlint-disable-line no-restricted-globals -- the same
  return () => clearTimeout(timer)
}

/** Waits for the fiber, at most `millis` milliseconds. */
const joined = <A, E, E2>(
  fiber: Fiber.RuntimeFiber<A, E>,
  millis: number,
  onTimeout: () => E2
): Effect.Effect<A, E | E2> =>
  Effect.async((resume) => {
    const late = () => resume(Effect.failSync(onTimeout))
    const stop = startTimer(millis, late)
    fiber.addObserver((exit) => {
      stop()
      resume(exit)
    })
  })

/**
 * Like `Effect.timeoutFail`, but with a system timer instead of a sleeping fiber and a race, which cost a
 * quarter of a small request over fetch (bench row `request/…/share`).
 */
export const timed = <A, E, E2>(
  effect: Effect.Effect<A, E>,
  duration: Duration.Duration,
  onTimeout: () => E2
): Effect.Effect<A, E | E2> =>
  Effect.withFiberRuntime((parent) => {
    const millis = Duration.toMillis(duration)
    if (!isTimer(parent, millis)) {
      return Effect.timeoutFail(effect, { duration, onTimeout })
    }
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.fork(restore(effect)), (fiber) =>
        Effect.catchAllCause(restore(joined(fiber, millis, onTimeout)), (cause) =>
          // If the fiber has failed by itself, this interrupt does nothing
          Effect.zipRight(Fiber.interrupt(fiber), Effect.failCause(cause))
        )
      )
    )
  })
