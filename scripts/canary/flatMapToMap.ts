import * as Effect from "effect/Effect"

export const canary = Effect.succeed(1).pipe(Effect.flatMap((value) => Effect.succeed(value + 1)))
