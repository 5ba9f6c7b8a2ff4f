import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as SharedRun from "../../concurrency/sharedRun.js"

/** Runs one effect for all concurrent callers with the same key. */
export const make = <A, E>(
  scope: Scope
): ((key: string, run: Effect.Effect<A, E>) => Effect.Effect<A, E>) => {
  const running = new Map<string, SharedRun.SharedRun<A, E>>()

  const drop = (key: string, shared: SharedRun.SharedRun<A, E>) => {
    if (running.get(key) === shared) {
      running.delete(key)
    }
  }

  return (key, run) =>
    SharedRun.join(() => {
      const found = running.get(key)
      const shared = found ?? SharedRun.make<A, E>()
      const abandon = () => drop(key, shared)
      if (found !== undefined) {
        return { shared, abandon }
      }
      running.set(key, shared)
      return { shared, abandon, begin: { scope, run: Effect.ensuring(run, Effect.sync(abandon)) } }
    })
}
