import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

class Files extends Context.Tag("Files")<
  Files,
  { readonly write: (text: string) => Effect.Effect<void> }
>() {}

export class Canary extends Context.Tag("Canary")<
  Canary,
  {
    readonly read: Effect.Effect<string, never, Files>
    readonly save: () => Effect.Effect<void, never, Files>
  }
>() {}
