import * as Schema from "effect/Schema"

export class Canary extends Schema.Class<Canary>("Canary")({ name: Schema.String }) {
  constructor(readonly input: { name: string }) {
    super(input)
  }
}
