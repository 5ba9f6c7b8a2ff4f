import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class A extends Context.Tag("A")<A, { readonly a: number }>() {}
class B extends Context.Tag("B")<B, { readonly b: number }>() {}

export const canary = Effect.all([A, B]).pipe(
  Effect.provide(Layer.succeed(A, { a: 1 })),
  Effect.provide(Layer.succeed(B, { b: 1 }))
)
