import * as Effect from "effect/Effect"

export const canary = Effect.fn("canary")(function* () {
  return yield* Effect.succeed(1)
})()
