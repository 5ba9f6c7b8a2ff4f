import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type { Scope } from "effect/Scope"

/**
 * A run that several callers wait for. Each of them can be interrupted, including the one that began it.
 * Interrupting the last one interrupts the run.
 */
export interface SharedRun<A, E> {
  readonly answer: Deferred.Deferred<A, E>
  waiting: number
  fiber: Fiber.RuntimeFiber<unknown> | undefined
}

export const make = <A, E>(): SharedRun<A, E> => ({
  answer: Deferred.unsafeMake(FiberId.none),
  waiting: 0,
  fiber: undefined
})

const leave = <A, E>(shared: SharedRun<A, E>, abandon: () => void): Effect.Effect<void> =>
  Effect.withFiberRuntime((self) => {
    shared.waiting -= 1
    if (shared.waiting > 0 || shared.fiber === undefined) {
      return Effect.void
    }
    abandon()
    return Fiber.interruptAsFork(shared.fiber, self.id())
  })

/** How a caller joins a run. */
export interface Entry<A, E> {
  readonly shared: SharedRun<A, E>
  /** Given by the first caller only: the effect to run, and the scope of the service that owns it. */
  readonly begin?: { readonly scope: Scope; readonly run: Effect.Effect<A, E> }
  /** Called when the last waiter has left. */
  readonly abandon: () => void
}

/**
 * Finds or creates a run, then waits for it. There is no interruption between `enter` and the wait, so state
 * that `enter` records is always cleaned up. The run is forked in the scope of its service, because the first
 * caller's scope may close before the others.
 */
export const join = <A, E>(enter: () => Entry<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) => {
    const { abandon, begin, shared } = enter()
    shared.waiting += 1
    const waited = Effect.onInterrupt(restore(Deferred.await(shared.answer)), () => leave(shared, abandon))
    return begin === undefined
      ? waited
      : Effect.interruptible(begin.run).pipe(
          Effect.intoDeferred(shared.answer),
          Effect.forkIn(begin.scope),
          Effect.flatMap((fiber) => {
            shared.fiber = fiber
            return waited
          })
        )
  })
