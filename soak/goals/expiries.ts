import * as Effect from "effect/Effect"
import * as Backends from "../../test/processes/backends.js"
import { herd } from "../../test/processes/herd.js"
import * as Goal from "../goal.js"

/** N1: many callers in many processes, and one refresh for each end of a token. */
const exactlyOnce = Goal.onStores(
  "N1",
  ["redis", "postgres", "mariadb", "file", "encrypted", "sqlite"],
  (kind, sizes) =>
    Effect.gen(function* () {
      const expiries = sizes.expiries ?? 50
      const fibers = sizes.fibers ?? 1_000
      const processes = sizes.processes ?? 8
      const life = sizes.life ?? 20
      const result = yield* herd({
        backend: yield* Backends.acquire(kind),
        processes,
        fibers,
        expiries,
        life,
        think: 1_000,
        interrupts: 0.2,
        seed: sizes.seed
      })
      const failed = Object.values(result.failed).reduce((sum, times) => sum + times, 0)
      const { concurrent, due, grants, rejected, reuse, unnecessary } = result
      return [
        {
          goal: "N1",
          backend: kind,
          target: "a grant for each expiry, and 0 reuse, unnecessary grants and failed calls",
          measured: `${grants} grants for ${due} expiries, ${reuse} reuse, ${unnecessary} unnecessary, ${failed} failed${failed === 0 ? "" : ` (${Object.keys(result.failed).join(", ")})`} of ${result.calls} calls, ${result.interrupted} interrupted, ${result.stale} delivered late (${processes} × ${fibers} callers, lives of ${life} s)`,
          count: result.calls,
          seed: sizes.seed,
          pass:
            grants >= expiries &&
            grants === due &&
            reuse + unnecessary + rejected + failed + result.older === 0 &&
            concurrent === 1 &&
            result.consistent
        }
      ]
    })
)

export const expiries = [exactlyOnce]
