import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

class Boom extends Data.TaggedError("Boom") {}
declare const effect: Effect.Effect<number, Boom>

export const canary: () => Effect.Effect<number> = () => effect
