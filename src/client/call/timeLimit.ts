import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Timed from "../../http/timed.js"
import { ServiceUnavailable, type SpotifyError } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"
import { callOf } from "./request.js"

/** What a call waits for now, to be told when its time is over. */
export interface Wait {
  on: NonNullable<ServiceUnavailable["waitedFor"]>
  sent: ServiceUnavailable["sent"]
}

/** Of the running call. One that is not bounded notes it where nobody looks. */
export class CurrentWait extends Context.Reference<CurrentWait>()("effect-spotify/CurrentWait", {
  defaultValue: (): Wait => ({ on: "Session", sent: "no" })
}) {}

export const timedOut = (endpoint: Endpoint<never, unknown>, { on, sent }: Wait): ServiceUnavailable =>
  new ServiceUnavailable({ ...callOf(endpoint), kind: "Timeout", sent, waitedFor: on })

/**
 * Ends a call when its time is over, whatever it waits for: a refresh in another process, the store, a place
 * at the gate, the same read of another fiber.
 */
export const bounded = <A>(
  endpoint: Endpoint<never, unknown>,
  limit: Duration.Duration,
  call: Effect.Effect<A, SpotifyError>
): Effect.Effect<A, SpotifyError> =>
  Effect.suspend(() => {
    const wait: Wait = { on: "Session", sent: "no" }
    return Timed.timed(Effect.provideService(call, CurrentWait, wait), limit, () => timedOut(endpoint, wait))
  })
