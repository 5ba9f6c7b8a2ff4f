import * as Context from "effect/Context"

export class Canary<_A> extends Context.Tag("Canary")<Canary<unknown>, { readonly a: number }>() {}
