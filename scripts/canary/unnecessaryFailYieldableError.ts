import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

class Boom extends Data.TaggedError("Boom") {}

export const canary = Effect.gen(function* () {
  yield* Effect.log("before")
  return yield* Effect.fail(new Boom())
})
