import * as Effect from "effect/Effect"

export const canary = Effect.succeed(undefined)
