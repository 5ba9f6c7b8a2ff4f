import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

class Wrapped extends Data.TaggedError("Wrapped")<{ readonly cause: unknown }> {}

export const canary = Effect.fail("boom").pipe(
  Effect.catchAll((cause) => Effect.fail(new Wrapped({ cause })))
)
