import * as Effect from "effect/Effect"
import type { Mode } from "../../test/processes/authorizationServer.js"
import * as Backends from "../../test/processes/backends.js"
import * as Kills from "../../test/processes/kills.js"
import * as Goal from "../goal.js"

const kinds = ["redis", "postgres", "mariadb", "file", "encrypted", "sqlite"] as const

const run = (kind: Backends.Kind, sizes: Goal.Sizes, mode: Mode, options: Partial<Kills.Options> = {}) =>
  Effect.flatMap(Backends.acquire(kind), (backend) =>
    Effect.scoped(
      Kills.kills({
        backend,
        mode,
        kills: sizes.count ?? 1_000,
        seed: sizes.seed,
        how: "SIGKILL",
        latency: 10,
        span: "whole",
        warm: 2,
        ...options
      })
    )
  )

const unexpected = (result: Kills.Result) =>
  result.readFailures + Object.values(result.otherFailures).reduce((sum, times) => sum + times, 0)

/** N4: kill -9 where the server forgives; half of the kills on each of the two kinds that do. */
const forgiving = Goal.onStores("N4", kinds, (kind, sizes) =>
  Effect.forEach(["static", "grace"] as const, (mode) =>
    Effect.map(run(kind, { ...sizes, count: Math.ceil((sizes.count ?? 1_000) / 2) }, mode), (result) => ({
      goal: "N4",
      backend: kind,
      target: `0 lost, 0 stuck, recovery within the lease and 1 s, tokens that are good served meanwhile (${mode} server)`,
      measured: `${result.lost} lost, ${result.stuck} stuck, ${unexpected(result)} failed, ${result.inFlight} in flight, slowest recovery ${(result.slowestRecovery / 1000).toFixed(1)} s with a lease of ${result.lease / 1000} s, slowest read of a good token ${result.slowestRead.toFixed(0)} ms`,
      count: result.kills,
      seed: sizes.seed,
      pass: result.lost + result.stuck + unexpected(result) === 0
    }))
  )
)

/** The longest that the server's rotation may wait for the store's write, in milliseconds, at the 99th percentile. */
const longest: Partial<Record<Backends.Kind, number>> = { redis: 5, postgres: 25, mariadb: 25, file: 50 }

/** N5: kill -9 where the server takes each refresh token once. */
const strict = Goal.onStores("N5", kinds, (kind, sizes) =>
  Effect.map(run(kind, sizes, "strict", { calm: 500 }), (result) => {
    const windowOf = (windows: ReadonlyArray<number>) =>
      `p50 ${Kills.quantile(windows, 0.5).toFixed(1)} ms, p99 ${Kills.quantile(windows, 0.99).toFixed(1)} ms`
    const p99 = Kills.quantile(result.calmWindows, 0.99)
    const limit = longest[kind]
    const row = { goal: "N5", backend: kind, seed: sizes.seed }
    return [
      {
        ...row,
        target:
          "0 lost but for kills between the server's rotation and the store's write, each told as CrashedDuringRotation",
        measured: `${result.lost} lost, ${result.explained} of them explained, ${result.stuck} stuck, ${unexpected(result)} failed, ${result.inFlight} in flight`,
        count: result.kills,
        pass: result.lost === result.explained && result.stuck + unexpected(result) === 0
      },
      {
        ...row,
        target:
          limit === undefined ? "the window: for the record" : `the window's p99 is at most ${limit} ms`,
        measured: `${windowOf(result.calmWindows)}; while processes are started and killed on the same cores ${windowOf(result.windows)}`,
        count: result.calmWindows.length,
        pass: limit === undefined || p99 <= limit
      }
    ]
  })
)

/** N6: SIGTERM in mid flight, with an endpoint that takes 200 ms. */
const terms = Goal.onStores("N6", kinds, (kind, sizes) =>
  Effect.map(
    run(kind, { ...sizes, count: sizes.count ?? 500 }, "strict", { how: "SIGTERM", latency: 200, span: 220 }),
    (result) => {
      const p99 = Kills.quantile(result.exits, 0.99)
      return [
        {
          goal: "N6",
          backend: kind,
          target: "0 lost with a strict server, exit p99 at most 1 s",
          measured: `${result.lost} lost, ${unexpected(result)} failed, ${result.badExits} bad exit codes, ${result.inFlight} in flight, exit p50 ${Kills.quantile(result.exits, 0.5)} ms, p99 ${p99} ms`,
          count: result.kills,
          seed: sizes.seed,
          pass: result.lost + result.stuck + unexpected(result) + result.badExits === 0 && p99 <= 1_000
        }
      ]
    }
  )
)

export const kills = [forgiving, strict, terms]
