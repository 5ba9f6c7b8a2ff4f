/**
 * Finds out, as far as possible, the outcome of a compare-and-set whose acknowledgement may be lost. The
 * version identifies the write, so the write can be looked up and safely repeated: the second copy finds that
 * the expected version is gone.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TokenStore from "./TokenStore.js"

/** The result of one write, as far as the backend knows. */
export type Outcome = "done" | "refused"

export interface Backend {
  /** One compare-and-set. `refused` means that the record is in another state and nothing was written. */
  readonly send: Effect.Effect<Outcome, TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt>
  /** The current version. */
  readonly look: Effect.Effect<
    Option.Option<TokenStore.Version>,
    TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt
  >
}

/** Sends the write, and finds out its outcome if the connection broke before the acknowledgement. */
export const settle = (
  { expected, key, next }: TokenStore.Write,
  { look, send }: Backend
): ReturnType<TokenStore.Service["commit"]> => {
  const conflict = new TokenStore.TokenStoreConflict({ key })
  const ours = Option.map(next, (entry) => entry.version)
  const same = Option.getEquivalence((a: string, b: string) => a === b)
  const isOurs = (found: Option.Option<TokenStore.Version>) => Option.isSome(ours) && same(found, ours)

  const judge = (outcome: Outcome) =>
    outcome === "done"
      ? Effect.void
      : Effect.flatMap(look, (found) => (isOurs(found) ? Effect.void : conflict))

  /** Errors from here on do not say whether the first copy of the write was applied. */
  const unsure = (error: TokenStore.TokenStoreUnavailable) =>
    new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "unknown", cause: error.cause })

  const again = Effect.fnUntraced(
    function* (first: TokenStore.TokenStoreUnavailable) {
      const found = yield* look
      if (isOurs(found)) {
        return
      }
      if (same(found, expected)) {
        const outcome = yield* send
        if (outcome === "done" || isOurs(yield* look)) {
          return
        }
      }
      // A missing record does not say who deleted it. A deletion may claim a one-time record, and two writers
      // must never both believe that they did
      return yield* Option.isNone(next) && !Option.isSome(yield* look) ? unsure(first) : conflict
    },
    Effect.catchTag("TokenStoreUnavailable", unsure)
  )

  return Effect.flatMap(send, judge).pipe(
    Effect.catchTag("TokenStoreUnavailable", (error) => (error.applied === "unknown" ? again(error) : error))
  )
}
