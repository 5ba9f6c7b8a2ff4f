import { assert, describe, it, layer } from "@effect/vitest"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Workers from "./support/workers.js"

class Worker extends Context.Tag("test/Worker")<Worker, Workers.Worker>() {}

const worker = Layer.scoped(
  Worker,
  Effect.flatMap(Workers.bundle("test/runtimes/support/contractWorker.ts"), (script) =>
    Workers.start({
      modules: true,
      script,
      compatibilityDate: "2025-12-01",
      d1Databases: { DB: "contract" }
    })
  )
)

for (const store of ["D1"]) {
  describe.skipIf(Workers.missing)(`the contract within workerd, on ${store}`, () => {
    layer(worker, { excludeTestServices: true, timeout: "2 minutes" })((it) => {
      TokenStoreContract.casesWith({ ended: 300 }).forEach(({ name }, index) => {
        it.effect(name, () =>
          Effect.gen(function* () {
            const { port } = yield* Worker
            assert.strictEqual(yield* Workers.text(port, `/${store}/${index}`), "done")
          })
        )
      })
    })
  })
}

it.effect("the bundle of a store for Workers has no Node module", () =>
  Effect.gen(function* () {
    const text = yield* Workers.bundle("test/runtimes/support/contractWorker.ts")
    assert.notMatch(text, /^import\s.*from|\bimport\(/m)
    assert.notMatch(text, /["']node:/)
  })
)
