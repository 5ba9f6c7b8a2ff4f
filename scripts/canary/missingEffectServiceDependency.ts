import * as Effect from "effect/Effect"

class Db extends Effect.Service<Db>()("Db", { succeed: { ok: true } }) {}

export class Canary extends Effect.Service<Canary>()("Canary", {
  effect: Effect.gen(function* () {
    yield* Db
    return { all: Effect.succeed([] as Array<number>) }
  })
}) {}
