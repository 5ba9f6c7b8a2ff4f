import * as Effect from "effect/Effect"

export const canary = Effect.gen(function* () {
  const run = () => Effect.runSync(Effect.succeed(1))
  return run()
})
