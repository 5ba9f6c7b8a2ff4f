import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

class A extends Context.Tag("A")<A, { readonly a: number }>() {}
class B extends Context.Tag("B")<B, { readonly b: number }>() {}

const layerA = Layer.succeed(A, { a: 1 })
const layerB = Layer.effect(
  B,
  Effect.map(A, ({ a }) => ({ b: a }))
)

export const canary = Layer.mergeAll(layerA, layerB)
