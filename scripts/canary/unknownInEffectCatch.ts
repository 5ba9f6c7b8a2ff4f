import * as Effect from "effect/Effect"

export const canary = Effect.tryPromise({
  try: () => Promise.resolve(1),
  catch: (error) => error
})
