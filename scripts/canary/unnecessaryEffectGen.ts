import * as Effect from "effect/Effect"

export const canary = Effect.gen(function* () {
  return yield* Effect.succeed(1)
})
