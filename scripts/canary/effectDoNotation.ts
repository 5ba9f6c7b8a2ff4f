import * as Effect from "effect/Effect"

export const canary = Effect.Do.pipe(
  Effect.bind("a", () => Effect.succeed(1)),
  Effect.bind("b", ({ a }) => Effect.succeed(a + 1))
)
