import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as SharedRun from "../../concurrency/sharedRun.js"

/** Calls that wait for one answer. */
interface Group<K, A, E> {
  readonly keys: Set<K>
  readonly shared: SharedRun.SharedRun<ReadonlyMap<K, A>, E>
}

export interface Options<K, A, E> {
  /** How long the first call of a group waits for others, in milliseconds; 0 means until the next turn. */
  readonly window: number
  /** The most keys of a group. */
  readonly size: number
  /** The result has only the keys for which something came back. */
  readonly run: (keys: ReadonlyArray<K>) => Effect.Effect<ReadonlyMap<K, A>, E>
}

/**
 * Combines concurrent calls of one name into one, whose answer they share. A `RequestResolver` does the same at
 * about twice the cost (bench/suites/batching.ts).
 */
export const make = <K, A, E>(
  scope: Scope
): ((
  /** Calls with different names share nothing. */
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
