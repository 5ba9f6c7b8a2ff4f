import * as Effect from "effect/Effect"

export const canary = Effect.sync(() => Promise.resolve(1))
