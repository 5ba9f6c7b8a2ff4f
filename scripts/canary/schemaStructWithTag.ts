import * as Schema from "effect/Schema"

export const canary = Schema.Struct({ _tag: Schema.Literal("User"), name: Schema.String })
