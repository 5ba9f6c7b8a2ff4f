import { Effect } from "effect"

export const canary = Effect.void
