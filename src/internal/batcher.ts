import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

/** Calls that wait for one answer. */
interface Group<K, A, E> {
  readonly keys: Set<K>
  readonly answer: Deferred.Deferred<ReadonlyMap<K, A>, E>
  waiting: number
  flight: Fiber.RuntimeFiber<unknown> | undefined
}

export interface Options<K, A, E> {
  /** How long the first call of a group waits for more, in milliseconds; none means until the next turn. */
  readonly window: number
  /** A group with this many keys takes no more. */
  readonly size: number
  /** Only keys of which something came back are in the answer. */
  readonly run: (keys: ReadonlyArray<K>) => Effect.Effect<ReadonlyMap<K, A>, E>
}

/**
 * Gathers calls of one name that run at the same time into one, whose answer all of them wait for. The flight
 * belongs to those who wait for it: one of them may be interrupted, the first included, and when the last is,
 * so is the flight. A `RequestResolver` does the same at about twice the cost (bench/batching.bench.ts).
 */
export const make = <K, A, E>(): ((
  /** Calls of different names never share anything. */
  name: string,
  key: K,
  options: Options<K, A, E>
) => Effect.Effect<ReadonlyMap<K, A>, E>) => {
  const open = new Map<string, Group<K, A, E>>()

  const close = (name: string, group: Group<K, A, E>) => {
    if (open.get(name) === group) {
      open.delete(name)
    }
  }

  const fly = (name: string, group: Group<K, A, E>, { run, window }: Options<K, A, E>) =>
    (window > 0 ? Effect.sleep(window) : Effect.yieldNow()).pipe(
      Effect.zipRight(
        Effect.suspend(() => {
          close(name, group)
          return run([...group.keys])
        })
      ),
      Effect.intoDeferred(group.answer)
    )

  const leave = (name: string, group: Group<K, A, E>) =>
    Effect.suspend(() => {
      group.waiting -= 1
      if (group.waiting > 0 || group.flight === undefined) {
        return Effect.void
      }
      close(name, group)
      return Fiber.interruptFork(group.flight)
    })

  return (name, key, options) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        let group = open.get(name)
        if (group === undefined) {
          group = {
            keys: new Set(),
            answer: Deferred.unsafeMake(FiberId.none),
            waiting: 0,
            flight: undefined
          }
          open.set(name, group)
          // No scope outlives the first caller but that of the program; those who wait own the flight
          group.flight = yield* Effect.forkDaemon(Effect.interruptible(fly(name, group, options)))
        }
        const joined = group
        joined.keys.add(key)
        joined.waiting += 1
        if (joined.keys.size >= options.size) {
          close(name, joined)
        }
        return yield* Effect.onInterrupt(restore(Deferred.await(joined.answer)), () => leave(name, joined))
      })
    )
}
