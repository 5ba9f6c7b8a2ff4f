import { EncryptedTokenStore, KeyRing, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

/** 32 bytes that depend on a seed and are no secret. */
export const bytes = (seed: number) =>
  Uint8Array.from({ length: 32 }, (_, index) => (seed * 31 + index * 7) % 256)

export const material = (id: string, seed = 1): KeyRing.KeyMaterial => ({
  id,
  key: Redacted.make(bytes(seed))
})

export const key = (name: string) => TokenStore.StoreKey(name)

export const entry = (payload: string, version?: string) =>
  Effect.map(TokenStore.newVersion, (fresh): TokenStore.Entry => ({
    version: version === undefined ? fresh : TokenStore.Version(version),
    payload: Redacted.make(payload),
    disposableAt: Option.none()
  }))

export const create = (at: TokenStore.StoreKey, next: TokenStore.Entry): TokenStore.Write => ({
  key: at,
  expected: Option.none(),
  next: Option.some(next)
})

/** An encrypted store, and the one below it as a thief or a vandal finds it. */
export const make = (
  options: KeyRing.Options = { current: material("one") },
  rest?: EncryptedTokenStore.Options
) =>
  Effect.gen(function* () {
    const below = yield* TokenStore.makeMemory
    const keyRing = yield* KeyRing.make(options)
    return { below, keyRing, store: EncryptedTokenStore.make(below, keyRing, rest) }
  })

export const textAt = (store: TokenStore.Service, at: TokenStore.StoreKey) =>
  Effect.map(store.get(at), (found) =>
    Option.match(found, { onNone: () => undefined, onSome: ({ payload }) => Redacted.value(payload) })
  )

/** Puts a text below under a version, as somebody with write access would. */
export const forge = (below: TokenStore.Service, at: TokenStore.StoreKey, payload: string, version: string) =>
  Effect.flatMap(entry(payload, version), (forged) => TokenStore.set(below, at, forged))
