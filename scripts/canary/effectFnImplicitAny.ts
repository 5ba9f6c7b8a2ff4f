import * as Effect from "effect/Effect"

export const canary = Effect.fn("canary")((input) => Effect.succeed(input))
