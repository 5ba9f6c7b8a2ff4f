import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** The clock of the machine; another one, such as a test's, has a time of its own. */
const live = Context.get(DefaultServices.liveServices, Clock.Clock)

/** Timers hold no longer time, in milliseconds; what is longer needs no timer. */
const longest = 2 ** 31

/** Waits for the fiber until the time is over. */
const joined = <A, E, E2>(
  fiber: Fiber.RuntimeFiber<A, E>,
  millis: number,
  onTimeout: () => E2
): Effect.Effect<A, E | E2> =>
  Effect.async((resume) => {
    const late = () => resume(Effect.failSync(onTimeout))
    // @effect-diagnostics-next-line globalTimers:off -- only on the machine's own clock, which has no callbacks
    const timer = setTimeout(late, millis) // oxlint-disable-line no-restricted-globals -- the same
    fiber.addObserver((exit) => {
      clearTimeout(timer)
      resume(exit)
    })
  })

/**
 * As `Effect.timeoutFail`, with a timer of the machine in place of a fiber that sleeps and a race, which cost
 * a quarter of a small request over fetch (bench row `request/…/share`).
 */
export const timed = <A, E, E2>(
  effect: Effect.Effect<A, E>,
  duration: Duration.Duration,
  onTimeout: () => E2
): Effect.Effect<A, E | E2> =>
  Effect.withFiberRuntime((parent) => {
    const millis = Duration.toMillis(duration)
    if (Context.get(parent.currentDefaultServices, Clock.Clock) !== live || millis >= longest) {
      return Effect.timeoutFail(effect, { duration, onTimeout })
    }
    return Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.fork(restore(effect)), (fiber) =>
        Effect.catchAllCause(restore(joined(fiber, millis, onTimeout)), (cause) =>
          // Of a fiber that has failed by itself nothing is left to interrupt
          Effect.zipRight(Fiber.interrupt(fiber), Effect.failCause(cause))
        )
      )
    )
  })
