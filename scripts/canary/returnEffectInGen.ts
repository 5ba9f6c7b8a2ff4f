import * as Effect from "effect/Effect"

export const canary = Effect.gen(function* () {
  return Effect.succeed(1)
})
