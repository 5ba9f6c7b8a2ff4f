import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Timed from "../../http/timed.js"
import * as CallOptions from "../CallOptions.js"
import { ServiceUnavailable, type SpotifyError } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"
import { callOf } from "./request.js"

/** What a call is waiting for, reported when its time is over. */
export interface Wait {
  on: NonNullable<ServiceUnavailable["waitedFor"]>
  sent: ServiceUnavailable["sent"]
  /** For a command that has taken effect: its result, although the answer has not ended. */
  done?: Effect.Effect<unknown, SpotifyError>
}

/** The state of the running call. A call without a limit writes to one that nobody reads. */
export class CurrentWait extends Context.Reference<CurrentWait>()("effect-spotify/CurrentWait", {
  defaultValue: (): Wait => ({ on: "Session", sent: "no" })
}) {}

export const timedOut = (endpoint: Endpoint<never, unknown>, { on, sent }: Wait): ServiceUnavailable =>
  new ServiceUnavailable({ ...callOf(endpoint), kind: "Timeout", sent, waitedFor: on })

/** Marks a wait for an answer that another fiber may have requested. */
export const shared = <A, E, R>(answer: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(CurrentWait, (wait) => {
    wait.on = "Answer"
    return answer
  })

/** Runs shared work without the time limit of the call that started it. */
export const unhurried = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  CallOptions.withOptions(run, { totalTimeout: undefined })

/**
 * The start of the method that makes these requests, in milliseconds since the epoch; undefined if it makes
 * only one.
 */
export class Began extends Context.Reference<Began>()("effect-spotify/Began", {
  defaultValue: (): number | undefined => undefined
}) {}

/** Runs a method with several requests, which share its time limit. */
export const together = <A, E, R>(requests: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Began, (began) =>
    began === undefined
      ? Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.provideService(requests, Began, now))
      : requests
  )

const late = Symbol("late")

/**
 * Ends a call when its time is over, whatever it waits for: another process's refresh, the store, a slot at the
 * gate, or an equal read of another fiber. A command that has taken effect by then succeeds.
 */
export const bounded = <A>(
  endpoint: Endpoint<never, unknown>,
  limit: Duration.Duration,
  call: Effect.Effect<A, SpotifyError>
): Effect.Effect<A, SpotifyError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const left = Duration.toMillis(limit) - (now - ((yield* Began) ?? now))
    if (left <= 0) {
      return yield* timedOut(endpoint, { on: "Answer", sent: "no" })
    }
    const wait: Wait = { on: "Session", sent: "no" }
    const timed = Timed.timed(
      Effect.provideService(call, CurrentWait, wait),
      Duration.millis(left),
      (): typeof late => late
    )
    return yield* Effect.catchAll(timed, (error) =>
      error === late
        ? // What the call itself would give
          ((wait.done as Effect.Effect<A, SpotifyError> | undefined) ?? timedOut(endpoint, wait))
        : Effect.fail(error)
    )
  })
