import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TokenStore from "./TokenStore.js"
import { detached } from "../concurrency/singleFlight.js"

/**
 * The store with a time limit on each operation, which also works in an uninterruptible fiber. Without it a
 * hanging store would block every caller and the end of the program.
 */
export const make = (store: TokenStore.Service, limit: Duration.Duration): TokenStore.Service => {
  const bounded =
    (operation: TokenStore.TokenStoreUnavailable["operation"]) =>
    <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | TokenStore.TokenStoreUnavailable> =>
      detached(
        Effect.timeoutFail(effect, {
          duration: limit,
          onTimeout: () =>
            new TokenStore.TokenStoreUnavailable({
              operation,
              applied: operation === "get" ? "no" : "unknown"
            })
        })
      )
  return {
    ...store,
    get: (key) => bounded("get")(store.get(key)),
    commit: (write) => bounded("commit")(store.commit(write))
  }
}
