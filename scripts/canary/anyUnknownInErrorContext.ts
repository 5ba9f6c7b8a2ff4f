import * as Effect from "effect/Effect"

export const canary = Effect.gen(function* () {
  yield* Effect.context<unknown>()
  return yield* Effect.fail<any>("boom")
})
