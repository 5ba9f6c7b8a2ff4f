import * as Effect from "effect/Effect"

// @effect-codegens accessors:stale-canary
export class Canary extends Effect.Service<Canary>()("Canary", {
  accessors: true,
  effect: Effect.succeed({ value: Effect.succeed(1) })
}) {}
