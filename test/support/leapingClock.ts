import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * A clock for days with thousands of calls. `TestClock` keeps the time limits of calls that have ended and waits
 * for each of them; this one forgets them.
 */
export const make = (): {
  readonly clock: Clock.Clock
  readonly setTime: (to: number) => Effect.Effect<void>
} => {
  let now = 0
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()

  const nanos = () => BigInt(Math.round(now)) * 1_000_000n

  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    currentTimeMillis: Effect.sync(() => now),
    unsafeCurrentTimeNanos: nanos,
    currentTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const sleeper = { at: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        sleepers.add(sleeper)
        return Effect.sync(() => sleepers.delete(sleeper))
      })
  }

  /** Lets the fibers that were woken run until they wait again. */
  const settled = Effect.repeatN(
    Effect.async<void>((resume) => {
      setImmediate(() => resume(Effect.void))
    }),
    2
  )

  const setTime = (to: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const [next] = [...sleepers].filter(({ at }) => at <= to).sort((one, other) => one.at - other.at)
      if (next === undefined) {
        now = to
        return Effect.void
      }
      now = next.at
      sleepers.delete(next)
      next.wake()
      return Effect.zipRight(settled, setTime(to))
    })

  return { clock, setTime }
}
