import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type { Scope } from "effect/Scope"

/** At most one run per key at a time. Concurrent callers share it. Each of them can be interrupted. */
export interface SharedRuns<in K, in out A, in out E> {
  /** Whether a caller with this key would join a run. */
  readonly has: (key: K) => boolean
  /** Joins the run of the key, or starts this one, and waits for its result. */
  readonly join: (key: K, run: Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Starts this run unless the key has one, and does not wait. */
  readonly launch: (key: K, run: Effect.Effect<A, E>) => Effect.Effect<void>
}

interface Run<A, E> {
  readonly answer: Deferred.Deferred<A, E>
  waiting: number
  fiber: Fiber.RuntimeFiber<unknown> | undefined
}

/**
 * The runs are forked in the scope of their service, because the scope of the first caller may close before the
 * others'. A run ends when its last caller is interrupted or the scope closes.
 *
 * With `finish` it goes on without callers, and closing the scope waits for it: it is uninterruptible. If
 * something in it was interruptible and has been interrupted, its callers fail with `closed`.
 *
 * `session/login.ts` has a map of its own: its first caller runs the exchange itself, and ends with it.
 */
export const make = <K, A, E>(scope: Scope, finish?: { readonly closed: () => E }): SharedRuns<K, A, E> => {
  const runs = new Map<K, Run<A, E>>()

  const drop = (key: K, run: Run<A, E>) => {
    if (runs.get(key) === run) {
      runs.delete(key)
    }
  }

  /** Only in an uninterruptible region, which the fork inherits. */
  const enter = (key: K, effect: Effect.Effect<A, E>, callers: 0 | 1): Effect.Effect<Run<A, E>> =>
    Effect.suspend(() => {
      const found = runs.get(key)
      if (found !== undefined) {
        found.waiting += callers
        return Effect.succeed(found)
      }
      const run: Run<A, E> = { answer: Deferred.unsafeMake(FiberId.none), waiting: callers, fiber: undefined }
      runs.set(key, run)
      return (finish === undefined ? Effect.interruptible(effect) : effect).pipe(
        Effect.exit,
        Effect.flatMap((exit) => {
          drop(key, run)
          return Deferred.done(
            run.answer,
            finish !== undefined && Exit.isInterrupted(exit) ? Exit.fail(finish.closed()) : exit
          )
        }),
        Effect.forkIn(scope),
        Effect.map((fiber) => {
          run.fiber = fiber
          return run
        })
      )
    })

  const leave = (key: K, run: Run<A, E>): Effect.Effect<void> =>
    Effect.withFiberRuntime((self) => {
      run.waiting -= 1
      if (run.waiting > 0 || run.fiber === undefined) {
        return Effect.void
      }
      // Before the run has ended, so that nobody joins it any more
      drop(key, run)
      return Fiber.interruptAsFork(run.fiber, self.id())
    })

  return {
    has: (key) => runs.has(key),
    join: (key, effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(enter(key, effect, 1), (run) => {
          const waited = restore(Deferred.await(run.answer))
          return finish === undefined ? Effect.onInterrupt(waited, () => leave(key, run)) : waited
        })
      ),
    launch: (key, effect) => Effect.asVoid(Effect.uninterruptible(enter(key, effect, 0)))
  }
}
