/**
 * A compare-and-set whose answer may be lost on the way, settled as far as that is possible. The version
 * names the write, so a write can be looked up, and sent again without harm: whichever copy of it comes
 * second finds that the expected version has gone.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TokenStore from "./TokenStore.js"

/** What a backend says about one write, as far as it knows. */
export type Outcome = "done" | "refused"

export interface Backend {
  /** One compare-and-set. `refused` means that the record is in another state and nothing was written. */
  readonly send: Effect.Effect<Outcome, TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt>
  /** The version that is there now. */
  readonly look: Effect.Effect<
    Option.Option<TokenStore.Version>,
    TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt
  >
}

/** Sends the write, and finds out what became of it where the connection broke before the answer. */
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

  /** Nothing that fails from here on tells whether the first copy of the write was applied. */
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
      // A record that is gone does not tell who deleted it, and a deletion may stand for taking a one-time
      // record: two must never both believe that they did
      return yield* Option.isNone(next) && !Option.isSome(yield* look) ? unsure(first) : conflict
    },
    Effect.catchTag("TokenStoreUnavailable", unsure)
  )

  return Effect.flatMap(send, judge).pipe(
    Effect.catchTag("TokenStoreUnavailable", (error) => (error.applied === "unknown" ? again(error) : error))
  )
}
