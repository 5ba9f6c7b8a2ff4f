import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as AccessToken from "./accessToken.js"
import * as AuthorizationServer from "./authorizationServer.js"
import type { Backend } from "./backends.js"
import * as Fleet from "./fleet.js"
import type { Counters } from "./protocol.js"

export interface Options {
  readonly backend: Backend
  readonly processes: number
  readonly fibers: number
  readonly expiries: number
  /** How long an access token lives, in seconds of the workers' clocks. */
  readonly life: number
  /** How much faster than time all clocks run. @default 1 */
  readonly rate?: number
  /** Milliseconds by which the clock of each process is off. @default 0 for all */
  readonly offset?: (index: number) => number
  /** Called with every grant, while the load runs. */
  readonly onGrant?: (workers: ReadonlyArray<Fleet.Worker>, grants: number) => Effect.Effect<void>
  readonly think: number
  readonly interrupts: number
  readonly seed: number
  readonly mode?: AuthorizationServer.Mode
}

export interface Result extends Counters, AuthorizationServer.Counters {
  /**
   * Grants for which the token before was about to end. A refresh too many is `unnecessary`; on a busy machine
   * the load may go on for one more end than was asked for.
   */
  readonly due: number
  /** The generations that were seen and the grants agree: no grant was lost or overtaken. */
  readonly consistent: boolean
  readonly ms: number
}

/** Many callers in many processes, who all need the same token, for so many of its lives. */
export const herd = (
  options: Options
): Effect.Effect<Result, Fleet.WorkerGone | Fleet.CommandFailed, Scope> =>
  Effect.gen(function* () {
    const rate = options.rate ?? 1
    const origin = Date.now()
    const server = yield* AuthorizationServer.make({ life: options.life, rate, latency: 100 })
    const workers = yield* Fleet.spawnMany(options.processes, (index) => ({
      backend: options.backend,
      accountsUrl: server.url,
      seed: options.seed,
      clock: { offset: options.offset?.(index) ?? 0, rate, origin },
      timeout: 10_000 * rate,
      storeTimeout: 5_000 * rate,
      // Whoever comes while a refresh is under way waits for it, so that interrupts hit what matters
      refreshAhead: 500 * rate,
      waitAhead: 500 * rate
    }))
    const first = workers[0]
    if (first === undefined) {
      return yield* Effect.dieMessage("a herd needs at least one process")
    }
    const began = Date.now()
    // The ten minutes of a login are a second where time runs so much faster
    yield* first.must({ op: "login", code: `${options.mode ?? "strict"}.herd` }).pipe(
      Effect.retry({
        times: 20,
        while: (error) => error._tag === "CommandFailed" && error.detail === "Expired"
      })
    )
    yield* Effect.forEach(workers, (worker) =>
      worker.must({
        op: "load",
        fibers: options.fibers,
        interrupts: options.interrupts,
        think: options.think * rate,
        patience: 20 * rate
      })
    )
    let seen = 0
    while (seen < options.expiries) {
      yield* Effect.sleep("5 millis")
      if (server.counters.grants > seen) {
        seen = server.counters.grants
        yield* options.onGrant?.(workers, seen) ?? Effect.void
      }
    }
    // Long enough that a second refresh for the same end would be seen
    yield* Effect.sleep((options.life * 1000 * 0.3) / rate)
    const counters = Fleet.total(
      yield* Effect.forEach(workers, (worker) => worker.stopLoad, { concurrency: "unbounded" })
    )
    const ms = Date.now() - began
    const tokens = yield* Effect.forEach(workers, (worker) => worker.token({ op: "read" }))
    const newest = Math.max(...tokens.map((token) => AccessToken.parse(token).generation))
    return {
      ...counters,
      ...server.counters,
      due: server.counters.grants - server.counters.unnecessary,
      consistent: newest === server.counters.grants,
      ms
    }
  })
