import * as Effect from "effect/Effect"

export const canary = Effect.try({
  try: () => JSON.parse("{") as unknown,
  catch: (error) => Effect.logError(error)
})
