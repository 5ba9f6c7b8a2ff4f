import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ClientMisconfigured } from "../accounts/AuthError.js"

/** Nobody mends a client secret in less. */
const remembered = 60_000

/** What Spotify thinks of the app itself, which is the same for all its sessions. */
export interface ClientRefusal {
  /** Until when no request is worth sending, and why. */
  readonly current: Effect.Effect<{ readonly error: ClientMisconfigured; readonly until: number } | undefined>
  readonly remember: (error: ClientMisconfigured) => Effect.Effect<void>
}

/** A refused app is not asked for again at every call of every user; a restart with a new secret asks at once. */
export const make = (): ClientRefusal => {
  let last: { readonly error: ClientMisconfigured; readonly at: number } | undefined
  return {
    current: Effect.map(Clock.currentTimeMillis, (now) =>
      last !== undefined && Math.abs(now - last.at) < remembered
        ? { error: last.error, until: last.at + remembered }
        : undefined
    ),
    remember: (error) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        last = { error, at }
      })
  }
}
