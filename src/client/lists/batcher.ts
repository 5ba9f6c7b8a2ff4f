import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as SharedRun from "../../concurrency/sharedRun.js"

/** Calls that wait for one answer. */
interface Group<K, A, E> {
  readonly keys: Set<K>
  readonly shared: SharedRun.SharedRun<ReadonlyMap<K, A>, E>
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
 * Gathers calls of one name that run at the same time into one, whose answer all of them wait for. A
 * `RequestResolver` does the same at about twice the cost (bench/suites/batching.ts).
 */
export const make = <K, A, E>(
  scope: Scope
): ((
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

  const runOf = (name: string, group: Group<K, A, E>, { run, window }: Options<K, A, E>) =>
    Effect.zipRight(
      window > 0 ? Effect.sleep(window) : Effect.yieldNow(),
      Effect.suspend(() => {
        close(name, group)
        return run([...group.keys])
      })
    )

  return (name, key, options) =>
    SharedRun.join(() => {
      const found = open.get(name)
      const group = found ?? { keys: new Set<K>(), shared: SharedRun.make<ReadonlyMap<K, A>, E>() }
      open.set(name, group)
      group.keys.add(key)
      if (group.keys.size >= options.size) {
        close(name, group)
      }
      return {
        shared: group.shared,
        abandon: () => close(name, group),
        ...(found === undefined && { begin: { scope, run: runOf(name, group, options) } })
      }
    })
}
