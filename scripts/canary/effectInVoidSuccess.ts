import * as Effect from "effect/Effect"

export const canary: Effect.Effect<void> = Effect.succeed(Effect.log("nested"))
