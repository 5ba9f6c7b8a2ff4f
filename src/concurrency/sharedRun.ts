import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type { Scope } from "effect/Scope"

/**
 * A run that several wait for. It belongs to them: each may be interrupted, whoever began it included, and with the
 * last of them the run is too.
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

/** How somebody comes to a run. */
export interface Entry<A, E> {
  readonly shared: SharedRun<A, E>
  /** Given by the first, who begins it: what runs, and the scope of the service whose run it is. */
  readonly begin?: { readonly scope: Scope; readonly run: Effect.Effect<A, E> }
  /** Told when nobody waits any more. */
  readonly abandon: () => void
}

/**
 * Finds or makes a run, and waits for it. `enter` is not interrupted before it is waited for, so what it notes is
 * never left behind. The run is forked in the scope of its service: that of the first caller may be the first to close.
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
