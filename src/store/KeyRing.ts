/**
 * The keys that seal session records: one for writing, and older ones for reading.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isPlaceholder } from "../guessable.js"

const generate = "generate one with `openssl rand -base64 32`"

/**
 * The keys cannot be used. Nothing is read or written without them.
 *
 * @since 0.1.0
 * @category errors
 */
export class KeyRingError extends Schema.TaggedError<KeyRingError>("effect-spotify/KeyRingError")(
  "KeyRingError",
  {
    reason: Schema.Literal(
      "InvalidId",
      "DuplicateId",
      "InvalidKey",
      "SecretTooShort",
      "Timeout",
      "WebCryptoMissing"
    ),
    keyId: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    const remedy: Record<typeof this.reason, string> = {
      InvalidId: "an id is 1 to 64 letters, digits, - or _: give the key another id",
      DuplicateId: "two keys have this id: give each key an id of its own",
      InvalidKey: `a key is 32 random bytes, not a placeholder: ${generate}`,
      SecretTooShort: `a secret is at least 32 bytes and random, not a password or a placeholder: ${generate}`,
      Timeout: "the key was not loaded in time: see that the keychain is unlocked and answers",
      WebCryptoMissing: "this runtime has no Web Crypto: use HTTPS in a browser, or a newer runtime"
    }
    const which = this.keyId === undefined ? "" : ` ${JSON.stringify(this.keyId)}`
    return `The key${which} cannot be used (${this.reason}): ${remedy[this.reason]}`
  }
}

/**
 * A key has sealed as many entries as is safe. It can still open them.
 *
 * Source: NIST SP 800-38D, section 8.3: at most 2³² with random nonces of 96 bits.
 *
 * @since 0.1.0
 * @category errors
 */
export class KeyExhausted extends Schema.TaggedError<KeyExhausted>("effect-spotify/KeyExhausted")(
  "KeyExhausted",
  { keyId: Schema.String }
) {
  override get message(): string {
    return `The key ${JSON.stringify(this.keyId)} has sealed 2^32 entries, and no more are safe: make a new key the current one and keep this one among the previous`
  }
}

/**
 * A sealed text could not be opened: it was changed, moved, or sealed with another key.
 *
 * @since 0.1.0
 * @category errors
 */
export class DecryptFailed extends Schema.TaggedError<DecryptFailed>("effect-spotify/DecryptFailed")(
  "DecryptFailed",
  { keyId: Schema.String }
) {
  override get message(): string {
    return `The text does not open with the key ${JSON.stringify(this.keyId)}: it was changed, moved, or sealed with another key`
  }
}

/**
 * The material of a key. `key` is the AES-256 key itself, 32 random bytes. `secret` is at least 32 bytes of
 * random text, such as platforms give to programs; the key is derived from it with HKDF-SHA-256 (RFC 5869).
 *
 * Keys and secrets with repetitions, sequences or few distinct values are refused. HKDF does not make a
 * guessable secret strong, so do not use a password. If you only have a password, derive 32 bytes from it
 * with scrypt and a random salt that you keep, and pass them as `key`.
 *
 * @since 0.1.0
 * @category models
 */
export type KeyMaterial = {
  /**
   * Identifies the key in sealed entries: 1 to 64 letters, digits, `-` or `_`. Not secret. Never reuse it for
   * another key.
   */
  readonly id: string
  /**
   * How many entries the key has already sealed, in all programs that have it. By default 0. A program that
   * keeps count can enforce the limit of 2³² across restarts.
   */
  readonly sealed?: number | undefined
} & (
  | { readonly key: Redacted.Redacted<Uint8Array>; readonly secret?: never }
  | { readonly secret: Redacted.Redacted<string>; readonly key?: never }
)

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Seals all new entries. */
  readonly current: KeyMaterial
  /** Open entries that were sealed before the current key. */
  readonly previous?: ReadonlyArray<KeyMaterial> | undefined
}

/**
 * One key, ready for use. Its bytes cannot be read back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Key {
  readonly id: string
  /** How many entries it has sealed, including the number in its material. */
  readonly sealed: Effect.Effect<number>
  /** Seals with AES-256-GCM and a new random nonce. Opening requires the same `context`. */
  readonly seal: (
    text: Redacted.Redacted<string>,
    context: Uint8Array
  ) => Effect.Effect<Sealed, KeyExhausted | KeyRingError>
  readonly open: (
    sealed: Sealed,
    context: Uint8Array
  ) => Effect.Effect<Redacted.Redacted<string>, DecryptFailed | KeyRingError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Sealed {
  /** 96 bits. */
  readonly nonce: Uint8Array
  /** Ends with the tag of 128 bits. */
  readonly ciphertext: Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface KeyRing {
  readonly current: Key
  /** All keys, the current one first. */
  readonly keys: ReadonlyArray<Key>
  readonly find: (id: string) => Option.Option<Key>
}

/** Beyond this the risk of repeated random nonces of 96 bits is too high. */
const limit = 2 ** 32

/** Half of the limit, which leaves time to change the key. */
const warning = 2 ** 31

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** Read at the time of use, so that importing the module does not require it. */
const subtle = Effect.suspend(() => {
  const found: SubtleCrypto | undefined = globalThis.crypto?.subtle
  return found === undefined ? new KeyRingError({ reason: "WebCryptoMissing" }) : Effect.succeed(found)
})

const importKey = Effect.fnUntraced(function* (material: KeyMaterial) {
  const crypto = yield* subtle
  const invalid = new KeyRingError({ reason: "InvalidKey", keyId: material.id })
  const uses: ReadonlyArray<KeyUsage> = ["encrypt", "decrypt"]
  if (material.key !== undefined) {
    const bytes = Uint8Array.from(Redacted.value(material.key))
    return bytes.length === 32 && !isPlaceholder(bytes)
      ? yield* Effect.tryPromise({
          try: () => crypto.importKey("raw", bytes, "AES-GCM", false, uses),
          catch: () => invalid
        })
      : yield* invalid
  }
  const secret = bytesOf(Redacted.value(material.secret))
  if (secret.length < 32 || isPlaceholder(secret)) {
    return yield* new KeyRingError({ reason: "SecretTooShort", keyId: material.id })
  }
  return yield* Effect.tryPromise({
    try: () =>
      crypto.importKey("raw", secret, "HKDF", false, ["deriveKey"]).then((key) =>
        crypto.deriveKey(
          {
            name: "HKDF",
            hash: "SHA-256",
            salt: new Uint8Array(0),
            info: bytesOf(`effect-spotify/TokenStore/v1/${material.id}`)
          },
          key,
          { name: "AES-GCM", length: 256 },
          false,
          uses
        )
      ),
    catch: () => invalid
  })
})

const makeKey = Effect.fnUntraced(function* (material: KeyMaterial) {
  const { id } = material
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    return yield* new KeyRingError({ reason: "InvalidId", keyId: id.slice(0, 80) })
  }
  const key = yield* importKey(material)
  let sealed = material.sealed ?? 0
  let warned = false

  const count = Effect.suspend(() => {
    if (sealed >= limit) {
      return new KeyExhausted({ keyId: id })
    }
    sealed += 1
    if (sealed < warning || warned) {
      return Effect.void
    }
    warned = true
    return Effect.logWarning(
      // @effect-diagnostics-next-line preferSchemaOverJson:off -- the shape does not matter here
      `The key ${JSON.stringify(id)} has sealed ${sealed} entries and stops at ${limit}: make a new key the current one soon`
    )
  })

  const made: Key = {
    id,
    sealed: Effect.sync(() => sealed),
    // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
    seal: (text, context) =>
      Effect.gen(function* () {
        const crypto = yield* subtle
        yield* count
        const nonce = yield* Effect.sync(() => globalThis.crypto.getRandomValues(new Uint8Array(12)))
        const parameters = { name: "AES-GCM", iv: nonce, additionalData: Uint8Array.from(context) }
        // With a valid key this fails only if memory runs out
        const ciphertext = yield* Effect.promise(() =>
          crypto.encrypt(parameters, key, bytesOf(Redacted.value(text)))
        )
        return { nonce, ciphertext: new Uint8Array(ciphertext) }
      }),
    // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
    open: ({ ciphertext, nonce }, context) =>
      Effect.gen(function* () {
        const crypto = yield* subtle
        const failed = () => new DecryptFailed({ keyId: id })
        const parameters = {
          name: "AES-GCM",
          iv: Uint8Array.from(nonce),
          additionalData: Uint8Array.from(context)
        }
        const bytes = yield* Effect.tryPromise({
          try: () => crypto.decrypt(parameters, key, Uint8Array.from(ciphertext)),
          catch: failed
        })
        return yield* Effect.try({
          try: () => Redacted.make(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)),
          catch: failed
        })
      })
  }
  return made
})

/**
 * Checks the keys and prepares them.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { KeyRing } from "effect-spotify"
 * import * as Redacted from "effect/Redacted"
 *
 * // The new key writes from now on; what the old one has sealed can still be read
 * const keyRing = KeyRing.make({
 *   current: { id: "2027", key: Redacted.make(crypto.getRandomValues(new Uint8Array(32))) },
 *   previous: [{ id: "2026", secret: Redacted.make("a long random secret that the platform hands out") }]
 * })
 * ```
 */
export const make = (options: Options): Effect.Effect<KeyRing, KeyRingError> =>
  Effect.gen(function* () {
    const all = [options.current, ...(options.previous ?? [])]
    const duplicate = all.find(({ id }, index) => all.findIndex((other) => other.id === id) < index)
    if (duplicate !== undefined) {
      return yield* new KeyRingError({ reason: "DuplicateId", keyId: duplicate.id.slice(0, 80) })
    }
    const current = yield* makeKey(options.current)
    const keys = [current, ...(yield* Effect.forEach(options.previous ?? [], makeKey))]
    const byId = new Map(keys.map((key) => [key.id, key]))
    return { current, keys, find: (id) => Option.fromNullable(byId.get(id)) }
  })

/**
 * Loads the keys with your effect, from a keychain or a key management service, and prepares them. A locked
 * keychain may never answer, so the effect has a time limit, by default 3 seconds, even if it cannot be
 * interrupted. Errors of the effect pass through.
 *
 * @since 0.1.0
 * @category constructors
 */
export const load = <E, R>(
  keys: Effect.Effect<Options, E, R>,
  options: { readonly timeout?: Duration.DurationInput | undefined } = {}
): Effect.Effect<KeyRing, E | KeyRingError, R> =>
  keys.pipe(
    Effect.interruptible,
    Effect.disconnect,
    Effect.timeoutFail({
      duration: Duration.decode(options.timeout ?? "3 seconds"),
      onTimeout: () => new KeyRingError({ reason: "Timeout" })
    }),
    Effect.interruptible,
    Effect.flatMap(make)
  )

/** 32 bytes in either alphabet of base64. */
const keyOf = (text: string): Option.Option<Redacted.Redacted<Uint8Array>> =>
  Encoding.decodeBase64Url(
    text
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/={0,2}$/, "")
  ).pipe(
    Either.getRight,
    Option.filter((bytes) => bytes.length === 32),
    Option.map(Redacted.make)
  )

const parse = (name: string, text: string): Either.Either<Options, ConfigError.ConfigError> => {
  const keys: Array<KeyMaterial> = []
  const items = text.split(",").map((item) => item.trim())
  for (const [index, item] of items.entries()) {
    const colon = item.indexOf(":")
    const id = item.slice(0, Math.max(0, colon))
    const key = keyOf(item.slice(colon + 1))
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id) || Option.isNone(key)) {
      // Without a colon, the part that looks like an id may be the key
      return Either.left(
        ConfigError.InvalidData(
          [name],
          `item ${index + 1} of ${items.length} is not an id of letters and digits, a colon and 32 bytes in base64: ${generate} and write it as id:key`
        )
      )
    }
    keys.push({ id, key: key.value })
  }
  const [current, ...previous] = keys
  return current === undefined
    ? Either.left(ConfigError.MissingData([name], generate))
    : Either.right({ current, previous })
}

/**
 * Reads keys from one value such as `2027:base64,2026:base64`. Each key is an id, a colon and 32 bytes in
 * base64 (either alphabet). The first is the current one. `openssl rand -base64 32` generates a key.
 *
 * @since 0.1.0
 * @category configuration
 */
export const config = (name = "SPOTIFY_TOKEN_KEYS"): Config.Config<Options> =>
  Config.option(Config.redacted(Config.nonEmptyString(name))).pipe(
    Config.mapOrFail(
      Option.match({
        onNone: () =>
          Either.left(
            ConfigError.MissingData(
              [name],
              `set it to a key, as in 2026:key with an id of yours; ${generate}`
            )
          ),
        onSome: (value) => parse(name, Redacted.value(value))
      })
    )
  )
