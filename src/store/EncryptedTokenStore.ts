/**
 * A token store that seals payloads with AES-256-GCM before they reach the underlying store. Each payload is
 * bound to its key and version, so an entry that was changed or moved cannot be opened.
 *
 * Limits: keys, versions and the time from which a record is disposable are stored as plaintext. An attacker
 * who can write to the underlying store can delete records, and can restore a whole old row. That cannot be
 * detected, because the old row was once genuine. Anyone with the keys can read everything.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as RecordText from "./recordText.js"
import * as TokenStore from "./TokenStore.js"
import * as KeyRing from "./KeyRing.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How to treat a payload that is not sealed. `reject`, the default, treats it as corrupt, because an
   * attacker with write access could otherwise insert sessions. `accept` reads it, while a store is migrated
   * from plaintext. Writes are always sealed, and `reencrypt` seals the rest.
   */
  readonly plaintext?: "reject" | "accept" | undefined
}

/**
 * What `reencryptAll` did with a record: `Sealed` it with the current key, left it `Unchanged` because it
 * already was, or could not read it, for the reason of `TokenStoreCorrupt`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reencrypted {
  readonly key: TokenStore.StoreKey
  readonly outcome: "Sealed" | "Unchanged" | TokenStore.TokenStoreCorrupt["reason"]
}

/**
 * A token store that can be re-encrypted with a new key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends TokenStore.Service {
  /**
   * Seals the records at these keys with the current key, unless they already are, and returns how many it
   * wrote. Each write seals its entry with the current key, so this is only for records that are not written
   * before an old key is removed. It is safe while programs with the new key in their key rings run.
   */
  readonly reencrypt: (
    keys: Iterable<TokenStore.StoreKey>
  ) => Effect.Effect<number, TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt>
  /**
   * As `reencrypt`, for all records: one element for each, as soon as it is done, in bounded memory. None if
   * the underlying store cannot list its keys.
   *
   * A run that failed or was stopped is continued by another run, which only reads what is already sealed. A
   * record that cannot be read is left as it is and does not stop the run. Once a run has no element but
   * `Unchanged`, the old key can be removed.
   */
  readonly reencryptAll: Option.Option<Stream.Stream<Reencrypted, TokenStore.TokenStoreUnavailable>>
}

/**
 * The store of {@link layer}, for `reencrypt`.
 *
 * @since 0.1.0
 * @category tags
 */
export class EncryptedTokenStore extends Context.Tag("effect-spotify/EncryptedTokenStore")<
  EncryptedTokenStore,
  Service
>() {}

const format = "v1"

const reencryptedAtOnce = 8

/**
 * The context that a sealed payload is bound to. Each part has its length in front, so that no two contexts
 * are equal. Lone surrogates are escaped, because UTF-8 would make them all equal.
 */
const contextOf = (key: TokenStore.StoreKey, keyId: string, version: TokenStore.Version): Uint8Array => {
  const parts = [`effect-spotify/${format}`, key, keyId, version].map((part) =>
    new TextEncoder().encode(RecordText.encode(part))
  )
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const part of parts) {
    view.setUint32(offset, part.length)
    bytes.set(part, offset + 4)
    offset += 4 + part.length
  }
  return bytes
}

interface Envelope extends KeyRing.Sealed {
  readonly keyId: string
}

const write = ({ ciphertext, keyId, nonce }: Envelope): string =>
  [format, keyId, Encoding.encodeBase64Url(nonce), Encoding.encodeBase64Url(ciphertext)].join(".")

/** Accepts only the canonical text of the bytes, because the last character of base64 has unused bits. */
const decode = (text: string): Option.Option<Uint8Array> =>
  Option.filter(
    Either.getRight(Encoding.decodeBase64Url(text)),
    (bytes) => Encoding.encodeBase64Url(bytes) === text
  )

const read = (
  text: string
): Either.Either<
  Envelope,
  "NotSealed" | Extract<TokenStore.TokenStoreCorrupt["reason"], "Decrypt" | "SchemaVersion">
> => {
  const start = /^v[0-9]{1,4}\./.exec(text)?.[0]
  if (start === undefined) {
    return Either.left("NotSealed")
  }
  if (start !== `${format}.`) {
    return Either.left("SchemaVersion")
  }
  const [, keyId = "", nonceText = "", cipherText = "", ...rest] = text.split(".", 5)
  const nonce = decode(nonceText)
  const ciphertext = decode(cipherText)
  return Option.isSome(nonce) && Option.isSome(ciphertext) && nonce.value.length === 12 && rest.length === 0
    ? Either.right({ keyId, nonce: nonce.value, ciphertext: ciphertext.value })
    : Either.left("Decrypt")
}

/**
 * An encrypting store over another store, which provides versions, times, conflicts, atomicity and changes.
 *
 * A write with an exhausted key fails with `TokenStoreUnavailable`, whose cause is `KeyRing.KeyExhausted`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (store: TokenStore.Service, keyRing: KeyRing.KeyRing, options: Options = {}): Service => {
  const unavailable =
    (operation: TokenStore.TokenStoreUnavailable["operation"]) =>
    (cause: KeyRing.KeyExhausted | KeyRing.KeyRingError) =>
      new TokenStore.TokenStoreUnavailable({ operation, applied: "no", cause })

  const open = Effect.fnUntraced(function* (key: TokenStore.StoreKey, entry: TokenStore.Entry) {
    const corrupt = (reason: TokenStore.TokenStoreCorrupt["reason"]) =>
      new TokenStore.TokenStoreCorrupt({ key, reason, version: entry.version })
    const envelope = read(Redacted.value(entry.payload))
    if (Either.isLeft(envelope)) {
      if (envelope.left !== "NotSealed") {
        return yield* corrupt(envelope.left)
      }
      return options.plaintext === "accept"
        ? { entry, sealedBy: Option.none<string>() }
        : yield* corrupt("Decrypt")
    }
    const { keyId } = envelope.right
    const found = keyRing.find(keyId)
    if (Option.isNone(found)) {
      return yield* corrupt("UnknownKeyId")
    }
    const payload = yield* found.value.open(envelope.right, contextOf(key, keyId, entry.version)).pipe(
      Effect.catchTags({
        DecryptFailed: () => corrupt("Decrypt"),
        KeyRingError: (error) => unavailable("get")(error)
      })
    )
    return { entry: { ...entry, payload }, sealedBy: Option.some(keyId) }
  })

  const seal = Effect.fnUntraced(function* (key: TokenStore.StoreKey, entry: TokenStore.Entry) {
    const { current } = keyRing
    const sealed = yield* Effect.mapError(
      current.seal(entry.payload, contextOf(key, current.id, entry.version)),
      unavailable("commit")
    )
    return { ...entry, payload: Redacted.make(write({ ...sealed, keyId: current.id })) }
  })

  const reencryptOne = (key: TokenStore.StoreKey) =>
    TokenStore.modify(sealing, key, (found) =>
      Option.match(found, {
        onNone: () => Effect.succeed([0, Option.none()] as const),
        // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
        onSome: (stored) =>
          Effect.gen(function* () {
            const { entry, sealedBy } = yield* open(key, stored)
            if (Option.contains(sealedBy, keyRing.current.id)) {
              return [0, Option.none()] as const
            }
            const version = yield* TokenStore.newVersion
            return [1, Option.some(Option.some({ ...entry, version }))] as const
          })
      })
    )

  /** Reads the underlying store unchanged. */
  const sealing: TokenStore.Service = {
    ...store,
    commit: (change) =>
      Option.match(change.next, {
        onNone: () => store.commit(change),
        onSome: (next) =>
          Effect.flatMap(seal(change.key, next), (sealed) =>
            store.commit({ ...change, next: Option.some(sealed) })
          )
      })
  }

  return {
    ...sealing,
    get: (key) =>
      Effect.flatMap(
        store.get(key),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (stored) => Effect.map(open(key, stored), ({ entry }) => Option.some(entry))
        })
      ),
    reencryptAll: Option.map(
      Option.fromNullable(store.keys),
      Stream.mapEffect(
        (key) =>
          reencryptOne(key).pipe(
            Effect.map((written) => (written === 1 ? ("Sealed" as const) : ("Unchanged" as const))),
            Effect.catchTag("TokenStoreCorrupt", ({ reason }) => Effect.succeed(reason)),
            Effect.map((outcome): Reencrypted => ({ key, outcome }))
          ),
        { concurrency: reencryptedAtOnce, unordered: true }
      )
    ),
    reencrypt: (keys) =>
      Effect.reduce(keys, 0, (written, key) => Effect.map(reencryptOne(key), (one) => written + one))
  }
}

/** One store under both tags. */
const layerOf = <E, R>(
  keyRing: Effect.Effect<KeyRing.KeyRing, E, R>,
  options: Options | undefined
): Layer.Layer<TokenStore.TokenStore | EncryptedTokenStore, E, R | TokenStore.TokenStore> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const store = make(yield* TokenStore.TokenStore, yield* keyRing, options)
      return Context.make(TokenStore.TokenStore, store).pipe(Context.add(EncryptedTokenStore, store))
    })
  )

/**
 * The store with keys from values in the program, over the provided store.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { EncryptedTokenStore, TokenStore } from "effect-spotify"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const secret = Redacted.make("at least 32 bytes of random text from your platform")
 *
 * const StoreLayer = EncryptedTokenStore.layer({ current: { id: "2026", secret } }).pipe(
 *   Layer.provide(TokenStore.layerMemory)
 * )
 * ```
 */
export const layer = (
  keys: KeyRing.Options,
  options?: Options
): Layer.Layer<TokenStore.TokenStore | EncryptedTokenStore, KeyRing.KeyRingError, TokenStore.TokenStore> =>
  layerOf(KeyRing.make(keys), options)

/**
 * The store with keys from the program's `ConfigProvider`, by default the environment. It reads
 * `SPOTIFY_TOKEN_KEYS`, whose format `KeyRing.config` describes, or the given `Config`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { EncryptedTokenStore, TokenStore } from "effect-spotify"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * const StoreLayer = EncryptedTokenStore.layerConfig({
 *   current: { id: Config.succeed("2026"), secret: Config.redacted("SESSION_SECRET") }
 * }).pipe(Layer.provide(TokenStore.layerMemory))
 * ```
 */
export const layerConfig = (
  options: Config.Config.Wrap<KeyRing.Options & Options> = KeyRing.config()
): Layer.Layer<
  TokenStore.TokenStore | EncryptedTokenStore,
  KeyRing.KeyRingError | ConfigError,
  TokenStore.TokenStore
> => Layer.unwrapEffect(Effect.map(Config.unwrap(options), (options) => layer(options, options)))

/**
 * The store with keys that your effect loads from a keychain or a key management service. The effect has a
 * time limit, by default 3 seconds. After that the program fails with a typed error instead of continuing
 * without encryption.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { EncryptedTokenStore, TokenStore } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * declare const readKeychain: Effect.Effect<Uint8Array, Error>
 *
 * const StoreLayer = EncryptedTokenStore.layerEffect(
 *   Effect.map(readKeychain, (bytes) => ({ current: { id: "keychain-1", key: Redacted.make(bytes) } }))
 * ).pipe(Layer.provide(TokenStore.layerMemory))
 * ```
 */
export const layerEffect = <E, R>(
  keys: Effect.Effect<KeyRing.Options, E, R>,
  options?: Options & { readonly timeout?: Duration.DurationInput | undefined }
): Layer.Layer<
  TokenStore.TokenStore | EncryptedTokenStore,
  E | KeyRing.KeyRingError,
  R | TokenStore.TokenStore
> => layerOf(KeyRing.load(keys, { timeout: options?.timeout }), options)
