import * as Effect from "effect/Effect"

export const canary = Effect.gen(function* () {
  const text = yield* Effect.succeed("{}")
  return JSON.parse(text) as unknown
})
