import * as Effect from "effect/Effect"

export const canary = Effect.gen(function* () {
  yield* Effect.log("before")
  yield* Effect.fail("boom")
})
