import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** So many rejections at once are unlikely to come from users. */
const count = 10

/** In milliseconds. */
export const within = 60_000

/**
 * Detects when Spotify rejects sessions in bulk, which it has done by mistake. Gives `true` once per
 * incident, as soon as it is detected.
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
