import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class A extends Context.Tag("A")<A, { readonly a: true }>() {}

export const canary = Layer.effect(
  A,
  Effect.gen(function* () {
    yield* Effect.addFinalizer(() => Effect.void)
    return { a: true as const }
  })
)
