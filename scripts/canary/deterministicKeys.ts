import * as Context from "effect/Context"

export class Canary extends Context.Tag("SomethingElse")<Canary, { readonly a: number }>() {}
