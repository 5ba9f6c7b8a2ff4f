import * as Effect from "effect/Effect"

export class Canary extends Effect.Service<Canary>()("Canary", {
  accessors: true,
  effect: Effect.succeed({ get: <A>(value: A) => Effect.succeed(value) })
}) {}
