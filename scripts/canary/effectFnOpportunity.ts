import * as Effect from "effect/Effect"

export const canary = (value: number) =>
  Effect.gen(function* () {
    yield* Effect.log("before")
    return value
  })
