import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ClientMisconfigured } from "../accounts/AuthError.js"

/** A client secret is not corrected in less time. */
const remembered = 60_000

/** Spotify's refusal of the app itself, which applies to all its sessions. */
export interface ClientRefusal {
  /** Until when no request should be sent, and why. */
  readonly current: Effect.Effect<{ readonly error: ClientMisconfigured; readonly until: number } | undefined>
  readonly remember: (error: ClientMisconfigured) => Effect.Effect<void>
}

/**
 * Prevents a request at every call of every user while the app is refused. A restart with a new secret sends
 * one at once.
 */
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
