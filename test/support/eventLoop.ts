/** A turn of the event loop, in which what waits in sockets, pipes and timers is looked at. */
import * as Effect from "effect/Effect"

const { setImmediate } = globalThis

/** The next turn. */
export const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Goes on in the next turn, whatever the time of a TestClock. */
export const turn: Effect.Effect<void> = Effect.promise(turned)
