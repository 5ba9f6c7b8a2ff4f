import * as Schema from "effect/Schema"

export const canary = Schema.Union(Schema.Literal("a"), Schema.Literal("b"))
