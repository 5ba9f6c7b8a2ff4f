import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** So many sessions rejected at once are hardly as many users who changed their minds. */
const count = 10

/** In milliseconds. */
export const within = 60_000

/**
 * Tells when Spotify rejects sessions in bulk, which it has done by mistake. `true` once for each such time,
 * as soon as it is noticed.
 */
export const make = (): Effect.Effect<boolean> => {
  let recent: Array<number> = []
  let raised = false
  return Effect.map(Clock.currentTimeMillis, (now) => {
    recent = [...recent.filter((at) => Math.abs(now - at) < within), now].slice(-count)
    const bulk = recent.length === count
    const first = bulk && !raised
    raised = bulk
    return first
  })
}
