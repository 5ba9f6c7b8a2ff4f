import * as Context from "effect/Context"
import type * as Layer from "effect/Layer"

class A extends Context.Tag("A")<A, { readonly a: number }>() {}
class B extends Context.Tag("B")<B, { readonly b: number }>() {}

declare const layer: Layer.Layer<A, never, B>

export const canary: Layer.Layer<A> = layer
