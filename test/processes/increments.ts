import { TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** Adds one to a number in a record, by compare-and-set, so many times. The result is how often it was acknowledged. */
export const increment = (
  store: TokenStore.Service,
  { key, times }: { readonly key: string; readonly times: number }
): Effect.Effect<number, TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt> =>
  TokenStore.modify(store, TokenStore.StoreKey(key), (current) =>
    Effect.map(TokenStore.newVersion, (version) => {
      const count = Option.match(current, {
        onNone: () => 0,
        onSome: (entry) => Number(Redacted.value(entry.payload))
      })
      const next = { version, payload: Redacted.make(String(count + 1)), disposableAt: Option.none() }
      return [1, Option.some(Option.some(next))] as const
    })
  ).pipe(
    Effect.replicateEffect(times),
    Effect.map((acknowledged) => acknowledged.length)
  )
