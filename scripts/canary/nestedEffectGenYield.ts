import * as Effect from "effect/Effect"

export const canary = Effect.gen(function* () {
  yield* Effect.gen(function* () {
    yield* Effect.log("inner")
  })
})
