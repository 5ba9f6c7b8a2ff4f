import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

interface Flight<A, E> {
  readonly answer: Deferred.Deferred<A, E>
  waiting: number
  fiber: Fiber.RuntimeFiber<unknown> | undefined
}

/**
 * Runs one effect for all who ask for the same key meanwhile. The flight belongs to those who wait: any of
 * them may be interrupted, the first included, and with the last the flight is too.
 */
export const make = <A, E>(): ((key: string, run: Effect.Effect<A, E>) => Effect.Effect<A, E>) => {
  const flights = new Map<string, Flight<A, E>>()

  const drop = (key: string, flight: Flight<A, E>) => {
    if (flights.get(key) === flight) {
      flights.delete(key)
    }
  }

  const leave = (key: string, flight: Flight<A, E>) =>
    Effect.suspend(() => {
      flight.waiting -= 1
      if (flight.waiting > 0 || flight.fiber === undefined) {
        return Effect.void
      }
      drop(key, flight)
      return Fiber.interruptFork(flight.fiber)
    })

  const start = (key: string, run: Effect.Effect<A, E>) =>
    Effect.suspend(() => {
      const flight: Flight<A, E> = {
        answer: Deferred.unsafeMake(FiberId.none),
        waiting: 0,
        fiber: undefined
      }
      flights.set(key, flight)
      return run.pipe(
        Effect.interruptible,
        Effect.onExit(() => Effect.sync(() => drop(key, flight))),
        Effect.intoDeferred(flight.answer),
        // No scope outlives the first caller but that of the program; those who wait own the flight
        Effect.forkDaemon,
        Effect.map((fiber) => {
          flight.fiber = fiber
          return flight
        })
      )
    })

  return (key, run) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const flight = flights.get(key) ?? (yield* start(key, run))
        flight.waiting += 1
        return yield* Effect.onInterrupt(restore(Deferred.await(flight.answer)), () => leave(key, flight))
      })
    )
}
