import * as Effect from "effect/Effect"

export const canary = Effect.fail(new Error("boom"))
