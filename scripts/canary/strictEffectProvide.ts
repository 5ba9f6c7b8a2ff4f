import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class A extends Context.Tag("A")<A, { readonly a: number }>() {}

export const canary = Effect.void.pipe(Effect.provide(Layer.succeed(A, { a: 1 })))
