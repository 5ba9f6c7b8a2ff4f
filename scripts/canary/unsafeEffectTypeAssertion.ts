import type * as Effect from "effect/Effect"

declare const program: Effect.Effect<string, "boom", "service">

export const canary = program as Effect.Effect<string, never, never>
