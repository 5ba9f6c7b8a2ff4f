import { pipe } from "effect/Function"

export const canary = pipe(1)
