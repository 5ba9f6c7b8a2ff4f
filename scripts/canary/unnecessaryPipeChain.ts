import * as Effect from "effect/Effect"

export const canary = Effect.succeed(1).pipe(Effect.asVoid).pipe(Effect.as("done"))
