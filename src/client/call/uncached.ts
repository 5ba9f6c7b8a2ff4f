import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Whether the running fiber bypasses the cache. */
export class Uncached extends Context.Reference<Uncached>()("effect-spotify/Uncached", {
  defaultValue: () => false
}) {}

/** The same calls, bypassing the cache. */
export const uncached = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, Uncached, true)
