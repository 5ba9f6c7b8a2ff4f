import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

class A extends Context.Tag("A")<A, { readonly a: number }>() {}

export const canary: Effect.Effect<void> = Effect.asVoid(A)
