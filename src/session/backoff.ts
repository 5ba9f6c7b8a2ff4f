import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleIntervals from "effect/ScheduleIntervals"

/** After so many failures in a row a schedule has reached its longest wait, or never will. */
const steps = 64

/**
 * The wait of a schedule after the nth failure in a row, in milliseconds. The number stands in the session's
 * record and so outlives the process, which a running schedule does not. A schedule that ends keeps its last
 * wait: a session is never given up.
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

/** After the first failure about a second, doubling up to five minutes, each spread over half its length. */
export const refreshRetry: Schedule.Schedule<unknown> = Schedule.exponential("1 second").pipe(
  Schedule.union(Schedule.spaced("5 minutes")),
  Schedule.jitteredWith({ min: 0.5, max: 1 })
)

/** A store that hiccups: three more tries in about a second. */
export const storeRetry: Schedule.Schedule<unknown> = Schedule.exponential("100 millis").pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(3))
)

/** A store that is gone for longer: without end, at most two seconds apart, so that it is noticed soon. */
export const unstoredRetry: Schedule.Schedule<unknown> = Schedule.exponential("250 millis").pipe(
  Schedule.union(Schedule.spaced("2 seconds")),
  Schedule.jitteredWith({ min: 0.5, max: 1 })
)
