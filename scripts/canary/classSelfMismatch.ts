import * as Context from "effect/Context"

export class Canary extends Context.Tag("Canary")<Other, { readonly a: number }>() {}

declare class Other {}
