import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"

/** After this many consecutive failures a schedule has reached its longest wait, or never will. */
const steps = 64

/**
 * The wait of a schedule after the nth consecutive failure, in milliseconds. The number is in the session's
 * record, so it survives the process; a running schedule would not. A schedule that ends keeps its last wait,
 * because a session is never given up.
 */
export const wait = (schedule: Schedule.Schedule<unknown>, failures: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    let state: unknown = schedule.initial
    let now = 0
    let last = 0
    for (let step = 0; step < Math.min(failures, steps); step++) {
      const [next, , decision] = yield* schedule.step(now, undefined, state)
      if (ScheduleDecision.isDone(decision)) {
        return last
      }
      last = Math.max(0, ScheduleIntervals.start(decision.intervals) - now)
      now += last
      state = next
    }
    return last
  })

/**
 * About a second after the first failure, doubling up to five minutes, with jitter over half of each wait.
 */
export const refreshRetry: Schedule.Schedule<unknown> = Schedule.exponential("1 second").pipe(
  Schedule.union(Schedule.spaced("5 minutes")),
  Schedule.jitteredWith({ min: 0.5, max: 1 })
)

/** For a brief failure of the store: three retries in about a second. */
export const storeRetry: Schedule.Schedule<unknown> = Schedule.exponential("100 millis").pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(3))
)

/**
 * For a long outage of the store: retries without end, at most two seconds apart, so that recovery is noticed
 * soon.
 */
export const unstoredRetry: Schedule.Schedule<unknown> = Schedule.exponential("250 millis").pipe(
  Schedule.union(Schedule.spaced("2 seconds")),
  Schedule.jitteredWith({ min: 0.5, max: 1 })
)
