import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { SessionKey } from "./Session.js"
import type * as TokenStore from "../store/TokenStore.js"
import type { ActiveRecord } from "./sessionRecord.js"

/** A token from Spotify that is not stored yet. */
export interface Unstored {
  readonly write: TokenStore.Write
  readonly record: ActiveRecord
}

export interface Holder {
  readonly get: (key: SessionKey) => Unstored | undefined
  /** Keeps the token, and writes it in the background as soon as the store accepts it. */
  readonly hold: (key: SessionKey, unstored: Unstored) => Effect.Effect<void>
  /** Drops the token after a login or a sign-out, which replaces it. */
  readonly forget: (key: SessionKey) => Effect.Effect<void>
  /** Succeeds if nothing is left to write. Fails only while the store is unavailable. */
  readonly settle: (
    key: SessionKey,
    unstored: Unstored
  ) => Effect.Effect<void, TokenStore.TokenStoreUnavailable>
}

/**
 * For a store that fails between the lease and the result, when this process has the only copy of a token
 * that may be rotated. Closing the scope tries once more, and a token that still cannot be written goes to
 * the program's hook.
 *
 * Create it before the flights, so that it outlives them: the last flight may end with a token to keep.
 */
export const make = (options: {
  readonly store: TokenStore.Service
  readonly retry: Schedule.Schedule<unknown>
  readonly onUnpersisted: (key: SessionKey, write: TokenStore.Write) => Effect.Effect<void>
}): Effect.Effect<Holder, never, Scope.Scope> =>
  Effect.gen(function* () {
    const all = new Map<SessionKey, Unstored>()
    // In parallel, because with a hanging store each write takes its whole timeout
    const scope = yield* Scope.make(ExecutionStrategy.parallel)

    const settle: Holder["settle"] = (key, unstored) =>
      Effect.suspend(() =>
        all.get(key) === unstored
          ? options.store.commit(unstored.write).pipe(
              Effect.catchTags({
                // A login, a sign-out or another process was faster and wins
                TokenStoreConflict: () => Effect.void,
                TokenStoreCorrupt: () => Effect.void
              }),
              Effect.zipRight(
                Effect.sync(() => {
                  if (all.get(key) === unstored) {
                    all.delete(key)
                  }
                })
              )
            )
          : Effect.void
      )

    const lastTry = (key: SessionKey, unstored: Unstored) =>
      Effect.catchAll(settle(key, unstored), (error) =>
        Effect.logError(
          "A session could not be stored: the store was down until the program ended",
          error
        ).pipe(
          Effect.zipRight(options.onUnpersisted(key, unstored.write)),
          Effect.catchAllCause((cause) => Effect.logError("The hook for unstored sessions failed", cause))
        )
      )

    yield* Effect.addFinalizer((exit) =>
      Effect.zipRight(
        Scope.close(scope, exit),
        Effect.suspend(() =>
          Effect.forEach([...all], ([key, unstored]) => lastTry(key, unstored), {
            concurrency: "unbounded",
            discard: true
          })
        )
      )
    )

    const holder: Holder = {
      get: (key) => all.get(key),
      forget: (key) => Effect.sync(() => void all.delete(key)),
      settle,
      hold: (key, unstored) =>
        Effect.suspend(() => {
          all.set(key, unstored)
          return settle(key, unstored).pipe(
            Effect.retry({ schedule: options.retry }),
            // The user's schedule may end; the next flight tries again
            Effect.ignore,
            Effect.interruptible,
            Effect.forkIn(scope),
            Effect.asVoid
          )
        })
    }
    return holder
  })

/** The compare-and-set that replaces a version with an entry. */
export const replacement = (
  key: TokenStore.StoreKey,
  expected: TokenStore.Version,
  entry: TokenStore.Entry
): TokenStore.Write => ({ key, expected: Option.some(expected), next: Option.some(entry) })
