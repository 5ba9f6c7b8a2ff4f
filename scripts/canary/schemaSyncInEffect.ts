import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Person = Schema.Struct({ name: Schema.String })

export const canary = Effect.gen(function* () {
  const input = yield* Effect.succeed({ name: "Ada" })
  return Schema.decodeSync(Person)(input)
})
