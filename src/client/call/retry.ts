import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as ScheduleDecision from "effect/ScheduleDecision"
import * as ScheduleInterval from "effect/ScheduleInterval"
import * as ScheduleIntervals from "effect/ScheduleIntervals"
import type { Retry } from "../CallOptions.js"
import type { ServiceUnavailable } from "../SpotifyError.js"
import type { Idempotency } from "./endpoint.js"

/** The schedules of a client, by the kind of call. */
export type Policies = Readonly<Record<Idempotency, Retry>>

/** Three retries within about two seconds. Made by hand, since Effect's combinators weigh more in a bundle. */
const standard: Retry = Schedule.makeWithState(0, (now, _: unknown, retries) =>
  retries === 3
    ? Effect.succeed([retries, retries, ScheduleDecision.done] as const)
    : Effect.map(Random.next, (random) => {
        const wait = 300 * 2 ** retries * (0.5 + random / 2)
        return [
          retries + 1,
          retries,
          ScheduleDecision.continueWith(ScheduleInterval.after(now + wait))
        ] as const
      })
)

export const policies = (given: Partial<Record<Idempotency, Retry | false | undefined>> = {}): Policies => {
  const of = (kind: Idempotency): Retry => {
    const policy = given[kind]
    return policy === false ? Schedule.stop : (policy ?? standard)
  }
  return { safe: of("safe"), idempotent: of("idempotent"), command: of("command") }
}

/** The statuses that Spotify documents, and 504 from proxies. */
const passing: ReadonlySet<number> = new Set([500, 502, 503, 504])

/** Failures of Spotify or the network; 501 and similar statuses are permanent. */
const transient = (error: ServiceUnavailable): boolean =>
  error.kind !== "Status" || passing.has(error.status ?? 0)

/**
 * Whether another attempt can help and does no harm. A command that may have reached Spotify could act twice: a
 * second skipped track, an entry added again.
 */
export const applies = (error: ServiceUnavailable, idempotency: Idempotency): boolean =>
  transient(error) && (idempotency !== "command" || error.sent === "no")

/** The state of a schedule. */
export type State = { readonly value: unknown }

/** The wait before the next attempt in milliseconds, and the schedule's next state; none when it ends. */
export const step = (
  policy: Retry,
  state: State | undefined,
  error: ServiceUnavailable,
  now: number
): Effect.Effect<{ readonly wait: number; readonly state: State } | undefined> =>
  Effect.map(
    policy.step(now, error, state === undefined ? policy.initial : state.value),
    ([value, , decision]) =>
      ScheduleDecision.isDone(decision)
        ? undefined
        : { wait: Math.max(0, ScheduleIntervals.start(decision.intervals) - now), state: { value } }
  )
