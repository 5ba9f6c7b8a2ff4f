import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Backends from "./backends.js"
import { herd } from "./herd.js"

const seed = 20_260_601

describe("many processes, one session", () => {
  for (const kind of ["file", "redis", "postgres", "mariadb"] as const) {
    it.scopedLive(`C1: 8 processes of 125 callers on ${kind} refresh once for each expiry`, () =>
      Effect.gen(function* () {
        const result = yield* herd({
          backend: yield* Backends.acquire(kind),
          processes: 8,
          fibers: 125,
          expiries: 3,
          life: 3,
          think: 100,
          interrupts: 0.2,
          seed
        })
        assert.deepStrictEqual(result.failed, {}, `seed ${seed}`)
        assert.isAtLeast(result.grants, 3, `seed ${seed}`)
        assert.strictEqual(result.grants, result.due, `seed ${seed}`)
        assert.deepInclude(
          result,
          { reuse: 0, unnecessary: 0, rejected: 0, concurrent: 1, older: 0 },
          `seed ${seed}`
        )
        assert.isAbove(result.calls, 1000)
        // Only the callers of the process that refreshes wait, since the others have a token that is good
        assert.isAbove(result.interrupted, 5)
        assert.isTrue(result.consistent)
      })
    )
  }
})
