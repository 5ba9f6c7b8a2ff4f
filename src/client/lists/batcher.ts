import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as SharedRuns from "../../concurrency/sharedRuns.js"

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
  const runs = SharedRuns.make<Set<K>, ReadonlyMap<K, A>, E>(scope)
  const open = new Map<string, Set<K>>()

  const close = (name: string, group: Set<K>) => {
    if (open.get(name) === group) {
      open.delete(name)
    }
  }

  const runOf = (name: string, group: Set<K>, { run, window }: Options<K, A, E>) =>
    Effect.zipRight(
      window > 0 ? Effect.sleep(window) : Effect.yieldNow(),
      Effect.suspend(() => {
        close(name, group)
        return run([...group])
      })
    )

  return (name, key, options) =>
    Effect.suspend(() => {
      const found = open.get(name)
      // The run of a group whose callers have all left is over
      const group = found !== undefined && runs.has(found) ? found : new Set<K>()
      open.set(name, group.add(key))
      if (group.size >= options.size) {
        close(name, group)
      }
      return runs.join(group, runOf(name, group, options))
    })
}
