import * as Effect from "effect/Effect"

export class Canary extends Effect.Service<Canary>()("Canary", {
  succeed: "hello" as const
}) {}
