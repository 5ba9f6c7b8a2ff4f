import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as SharedRuns from "./sharedRuns.js"

/** At most one run per key at a time. Concurrent callers share it. */
export interface SingleFlight<in K, out A, out E = never> {
  /**
   * Joins the running flight or starts one, and waits for its result. Interrupting the wait does not
   * interrupt the flight.
   */
  readonly join: (key: K) => Effect.Effect<A, E>
  /** Starts a flight unless one is running, and does not wait. */
  readonly launch: (key: K) => Effect.Effect<void>
}

/** The keys of the flights that this fiber is part of. Waiting for one of them would be a deadlock. */
class CurrentFlights extends Context.Reference<CurrentFlights>()("effect-spotify/CurrentFlights", {
  defaultValue: (): ReadonlyArray<unknown> => []
}) {}

/**
 * The flight belongs to the scope of the service, not to the caller that started it. It runs uninterruptibly,
 * so closing the scope waits for it. With `Effect.cached`, `Cache` or a semaphore, interrupting the first
 * caller loses a rotated refresh token or fails every other waiter.
 */
export const make = <K, A, E>(
  flight: (key: K) => Effect.Effect<A, E>,
  failures: {
    /** The scope is closed. No new flight starts, and one that was still waiting ends. */
    readonly closed: () => E
    /** The flight asks for its own result, for example through its store or logger. */
    readonly reentrant: () => E
  }
): Effect.Effect<SingleFlight<K, A, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    let closed = false
    yield* Effect.addFinalizer((exit) =>
      Effect.suspend(() => {
        closed = true
        return Scope.close(scope, exit)
      })
    )
    const runs = SharedRuns.make<K, A, E>(scope, failures)

    const run = (key: K, outer: ReadonlyArray<unknown>) =>
      Effect.provideService(
        Effect.suspend(() => flight(key)),
        CurrentFlights,
        [...outer, key]
      )

    return {
      join: (key) =>
        Effect.contextWithEffect((context: Context.Context<never>) => {
          const outer = Context.get(context, CurrentFlights)
          if (outer.includes(key)) {
            return Effect.fail(failures.reentrant())
          }
          return closed && !runs.has(key) ? Effect.fail(failures.closed()) : runs.join(key, run(key, outer))
        }),
      launch: (key) =>
        Effect.contextWithEffect((context: Context.Context<never>) =>
          closed || runs.has(key)
            ? Effect.void
            : runs.launch(key, run(key, Context.get(context, CurrentFlights)))
        )
    }
  })

/**
 * Runs an effect to its end inside an uninterruptible flight, with a working timeout. An inline `timeout`
 * does not fire in an uninterruptible fiber. An inline `interruptible` region would be interrupted when the
 * scope closes, possibly after the server has rotated the token.
 */
export const detached = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  // oxlint-disable-next-line no-restricted-properties -- the flight owns it by joining it in the next step
  Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), Fiber.join)
