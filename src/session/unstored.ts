import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import type { SessionKey } from "./Session.js"
import type * as TokenStore from "../store/TokenStore.js"
import type { ActiveRecord } from "./sessionRecord.js"

/** What Spotify gave and the store has not taken yet. */
export interface Unstored {
  readonly write: TokenStore.Write
  readonly record: ActiveRecord
}

export interface Holder {
  readonly get: (key: SessionKey) => Unstored | undefined
  /** Keeps it, and writes it in the background as soon as the store takes it. */
  readonly hold: (key: SessionKey, unstored: Unstored) => Effect.Effect<void>
  /** A login or a sign-out has written: what was kept belongs to the past. */
  readonly forget: (key: SessionKey) => Effect.Effect<void>
  /** Succeeds when nothing is left to write. Fails only while the store is unavailable. */
  readonly settle: (
    key: SessionKey,
    unstored: Unstored
  ) => Effect.Effect<void, TokenStore.TokenStoreUnavailable>
}

/**
 * For a store that goes away between the lease and the result: the only copy of what may be a rotated token
 * is in this process then. The end of the scope waits for one more try, and what still could not be written
 * goes to the program's own hook.
 *
 * Make it before the flights, so that it outlives them: the last of them may end with something to keep.
 */
export const make = (options: {
  readonly store: TokenStore.Service
  readonly retry: Schedule.Schedule<unknown>
  readonly onUnpersisted: (key: SessionKey, write: TokenStore.Write) => Effect.Effect<void>
}): Effect.Effect<Holder, never, Scope.Scope> =>
  Effect.gen(function* () {
    const all = new Map<SessionKey, Unstored>()
    // In parallel, for a store that hangs costs each of them its whole timeout
    const scope = yield* Scope.make(ExecutionStrategy.parallel)

    const settle: Holder["settle"] = (key, unstored) =>
      Effect.suspend(() =>
        all.get(key) === unstored
          ? options.store.commit(unstored.write).pipe(
              Effect.catchTags({
                // A login, a sign-out or a sibling was faster, and has the word
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
          "A session ends unstored: the store was down until the end of the program",
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
            // A schedule of the user's may end; the next flight tries again
            Effect.ignore,
            Effect.interruptible,
            Effect.forkIn(scope),
            Effect.asVoid
          )
        })
    }
    return holder
  })

/** The compare-and-set that puts an entry in the place of a version. */
export const replacement = (
  key: TokenStore.StoreKey,
  expected: TokenStore.Version,
  entry: TokenStore.Entry
): TokenStore.Write => ({ key, expected: Option.some(expected), next: Option.some(entry) })
