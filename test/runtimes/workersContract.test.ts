import { assert, describe, it, layer } from "@effect/vitest"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Workers from "./support/workers.js"

class Worker extends Context.Tag("test/Worker")<Worker, Workers.Worker>() {}

const worker = Layer.scoped(
  Worker,
  Effect.flatMap(Workers.bundleFile("test/runtimes/support/contractWorker.ts"), (script) =>
    Workers.start({
      modules: true,
      script,
      compatibilityDate: "2025-12-01",
      d1Databases: { DB: "contract" },
      durableObjects: { SESSIONS: { className: "SpotifySessions", useSQLite: true } }
    })
  )
)

for (const store of ["D1", "Durable-Objects"]) {
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

describe.skipIf(Workers.missing)("DurableObjectTokenStore", () => {
  for (const [path, title] of [
    ["replaceable", "D7: what is no record is replaced by a login and deleted by a sign-out"],
    ["alarms", "alarms drop records that are disposable, also when nobody asks for them any more"]
  ]) {
    it.scopedLive(title ?? "", () =>
      Effect.gen(function* () {
        const { port } = Context.get(yield* Layer.build(worker), Worker)
        assert.strictEqual(yield* Workers.text(port, `/Durable-Objects/${path}`), "done")
      })
    )
  }
})

it.effect("the bundle of a store for Workers has no Node module", () =>
  Effect.gen(function* () {
    const text = yield* Workers.bundleFile("test/runtimes/support/contractWorker.ts")
    assert.notMatch(text, /^import\s.*from|\bimport\(/m)
    assert.notMatch(text, /["']node:/)
  })
)
