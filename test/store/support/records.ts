import { TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

export const entry = (text: string): Effect.Effect<TokenStore.Entry> =>
  Effect.map(TokenStore.newVersion, (version) => ({
    version,
    payload: Redacted.make(text),
    disposableAt: Option.none()
  }))

export const key = (name: string): Effect.Effect<TokenStore.StoreKey> =>
  Effect.map(TokenStore.newVersion, (unique) => TokenStore.StoreKey(`${name}:${unique}`))

export const create = (at: TokenStore.StoreKey, next: TokenStore.Entry): TokenStore.Write => ({
  key: at,
  expected: Option.none(),
  next: Option.some(next)
})

export const replace = (
  at: TokenStore.StoreKey,
  expected: TokenStore.Entry,
  next: TokenStore.Entry
): TokenStore.Write => ({ key: at, expected: Option.some(expected.version), next: Option.some(next) })

export const remove = (at: TokenStore.StoreKey, expected: TokenStore.Entry): TokenStore.Write => ({
  key: at,
  expected: Option.some(expected.version),
  next: Option.none()
})

/** The text that is there, or "absent". */
export const read = (store: TokenStore.Service, at: TokenStore.StoreKey) =>
  Effect.map(
    store.get(at),
    Option.match({ onNone: () => "absent", onSome: ({ payload }) => Redacted.value(payload) })
  )

/** The name of what a commit ended with, with `applied` where it has one. */
export const told = (
  commit: ReturnType<TokenStore.Service["commit"]>
): Effect.Effect<"done" | "conflict" | "unavailable: no" | "unavailable: unknown" | `corrupt: ${string}`> =>
  Effect.map(
    Effect.either(commit),
    Either.match({
      onRight: () => "done" as const,
      onLeft: (error) => {
        switch (error._tag) {
          case "TokenStoreConflict":
            return "conflict" as const
          case "TokenStoreUnavailable":
            return `unavailable: ${error.applied}` as const
          case "TokenStoreCorrupt":
            return `corrupt: ${error.reason}` as const
        }
      }
    })
  )

/** Of `writers` who all replace the same entry, spread over the stores, how many succeed. */
export const race = (
  stores: ReadonlyArray<TokenStore.Service>,
  at: TokenStore.StoreKey,
  current: Option.Option<TokenStore.Entry>,
  writers = 64
) =>
  Effect.gen(function* () {
    const rivals = yield* Effect.replicateEffect(entry("rival"), writers)
    const results = yield* Effect.forEach(
      rivals,
      (rival, index) => {
        const store = stores[index % stores.length] as TokenStore.Service
        const write: TokenStore.Write = {
          key: at,
          expected: Option.map(current, ({ version }) => version),
          next: Option.some(rival)
        }
        return Effect.map(told(store.commit(write)), (outcome) => ({ outcome, rival }))
      },
      { concurrency: "unbounded" }
    )
    return {
      winners: results.filter(({ outcome }) => outcome === "done").map(({ rival }) => rival),
      others: new Set(results.flatMap(({ outcome }) => (outcome === "done" ? [] : [outcome])))
    }
  })
