import * as Schema from "effect/Schema"

export class Canary extends Schema.TaggedClass<Canary>("Canary")("Canary", { value: Schema.String }) {}
