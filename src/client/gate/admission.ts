import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Metrics from "../../Metrics.js"
import { RateLimited } from "../SpotifyError.js"
import type { Budget } from "./budget.js"
import * as Closures from "./closures.js"
import type { Permit } from "./fairSemaphore.js"

/** One call on its way through the gate. */
export interface Entry {
  readonly call: {
    readonly operation: string
    readonly route: string
    /** The longest time that it may wait for closed routes and budgets, in milliseconds. */
    readonly budget: number
  }
  readonly background: boolean
  readonly permit: Permit
  readonly budgets: ReadonlyArray<Budget>
  /** Whether it holds a permit of each budget. */
  holds: boolean
}

export interface Admission {
  /** Waits until the call may begin, and returns the milliseconds that it waited for closed routes. */
  readonly admit: (entry: Entry) => Effect.Effect<number, RateLimited>
  /** Whether the call may begin at once. It then holds its permits. */
  readonly tryEnter: (entry: Entry, now: number) => boolean
}

/** A wait of zero also counts; otherwise a server could hold a call forever. */
const leastWait = 100

/** Lets a call begin once its route is open, a slot is free, and its budgets have calls left. */
export const make = (closures: Closures.Closures): Admission => {
  /** What keeps a call from beginning, and until when. */
  const obstacle = ({ background, budgets, call: { operation, route } }: Entry, now: number) => {
    const closure = closures.of(route, now)
    if (closure !== undefined) {
      const { reason, until } = closure
      return { until, quotaExceeded: reason === "Quota", budget: undefined, operation, route }
    }
    for (const { refusal, spec } of budgets) {
      const until = refusal(background, now)
      if (until !== undefined) {
        const quotaExceeded = spec.window > Closures.window
        return { until, quotaExceeded, budget: spec.name, operation, route }
      }
    }
    return undefined
  }

  const admit = (entry: Entry, waited: number): Effect.Effect<number, RateLimited> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const found = obstacle(entry, now)
      if (found === undefined) {
        return entry.permit.tryEnter() ? enter(entry, waited, now) : queue(entry, waited)
      }
      const { until, ...rest } = found
      const wait = until - now
      const cost = Math.max(wait, leastWait)
      if (waited + cost > entry.call.budget) {
        return new RateLimited({ ...rest, retryAt: DateTime.unsafeMake(until) })
      }
      Metrics.gateWait(wait)
      return Effect.zipRight(Effect.sleep(wait), admit(entry, waited + cost))
    })

  /** The route may have been closed while the call waited for its slot. */
  const queue = (entry: Entry, waited: number): Effect.Effect<number, RateLimited> =>
    Effect.flatMap(Effect.zipRight(entry.permit.enter, Clock.currentTimeMillis), (now) => {
      if (obstacle(entry, now) === undefined) {
        return enter(entry, waited, now)
      }
      entry.permit.end()
      return admit(entry, waited)
    })

  /** Takes a permit of each budget, or none. It is the last step, so that no waiting call holds one. */
  const take = (entry: Entry, now: number): boolean => {
    const { background, budgets } = entry
    if (!budgets.every(({ isReady }) => isReady(background, now))) {
      entry.permit.end()
      return false
    }
    budgets.forEach(({ take }) => take(background))
    entry.holds = true
    return true
  }

  const enter = (entry: Entry, waited: number, now: number): Effect.Effect<number, RateLimited> =>
    take(entry, now)
      ? Effect.succeed(waited)
      : Effect.zipRight(
          Effect.forEach(entry.budgets, ({ refill }) => refill?.(entry.background) ?? Effect.void, {
            discard: true
          }),
          admit(entry, waited)
        )

  return {
    admit: (entry) => admit(entry, 0),
    tryEnter: (entry, now) =>
      closures.of(entry.call.route, now) === undefined && entry.permit.tryEnter() && take(entry, now)
  }
}
