import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

/** Broadcasts messages to all pages and workers of this origin. */
export interface Announcements {
  readonly send: (message: unknown) => void
  /** The messages from now on until the scope closes, including this page's own. */
  readonly listen: Effect.Effect<Queue.Dequeue<unknown>, never, Scope.Scope>
}

/**
 * Uses a `BroadcastChannel`; none if the browser lacks it. The channel opens with the first message, since an
 * open one keeps a Node process alive.
 */
export const make = (name: string): Effect.Effect<Option.Option<Announcements>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { BroadcastChannel } = globalThis
    if (BroadcastChannel === undefined) {
      return Option.none()
    }
    let sender: BroadcastChannel | undefined
    yield* Effect.addFinalizer(() => Effect.sync(() => sender?.close()))
    return Option.some({
      send: (message) => {
        sender ??= new BroadcastChannel(name)
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target origin
        sender.postMessage(message)
      },
      listen: Effect.gen(function* () {
        const queue = yield* Effect.acquireRelease(Queue.unbounded<unknown>(), Queue.shutdown)
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            const channel = new BroadcastChannel(name)
            channel.addEventListener("message", (event: MessageEvent<unknown>) => {
              queue.unsafeOffer(event.data)
            })
            return channel
          }),
          (channel) => Effect.sync(() => channel.close())
        )
        return queue
      })
    })
  })
