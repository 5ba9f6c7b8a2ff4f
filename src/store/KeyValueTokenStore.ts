/**
 * Keeps sessions in any `KeyValueStore` of `@effect/platform`. That interface has no compare-and-set, so
 * writes are serialized only within this store. Use it in one process only.
 *
 * @since 0.1.0
 */
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { foreignCause } from "../foreignCause.js"
import * as Ends from "./ends.js"
import * as TokenStore from "./TokenStore.js"

/**
 * The options of the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Whether this is the only process that uses the records. `true` silences the warning at startup. It is not
   * checked.
   *
   * @default false
   */
  readonly singleProcess?: boolean | undefined
}

/**
 * Longer text is neither parsed nor written. A payload of 64 KiB fits even if JSON escapes every character.
 */
const maxLength = 512 * 1024

const Stored = Schema.parseJson(
  Schema.Struct({
    v: Schema.Literal(1),
    // Detects stores that confuse two keys, and values that were moved by hand
    key: Schema.String,
    version: Schema.String,
    payload: Schema.String,
    disposableAt: Schema.OptionFromNullOr(Schema.DateTimeUtcFromNumber)
  })
)
const encode = Schema.encodeSync(Stored)
const decodeBody = Schema.decodeUnknownEither(Stored)
const decodeFormat = Schema.decodeUnknownEither(Schema.parseJson(Schema.Struct({ v: Schema.Number })))

/** A name that every key-value store accepts. The key itself may be long and may contain user input. */
const nameOf = (key: TokenStore.StoreKey) =>
  Effect.tryPromise(() => {
    // UTF-8 would make all unpaired surrogates equal
    const units = Uint16Array.from({ length: key.length }, (_, index) => key.charCodeAt(index))
    return globalThis.crypto.subtle.digest("SHA-256", units)
  }).pipe(Effect.map((digest) => `effect-spotify-${Encoding.encodeHex(new Uint8Array(digest))}`))

/** The version of a value that cannot be read. */
const foreign = TokenStore.Version("unreadable")

const decode = (
  key: TokenStore.StoreKey,
  name: string,
  text: string
): Either.Either<TokenStore.Entry, TokenStore.TokenStoreCorrupt> => {
  const corrupt = (reason: TokenStore.TokenStoreCorrupt["reason"]) =>
    Either.left(new TokenStore.TokenStoreCorrupt({ key, reason, version: foreign }))
  if (text.length > maxLength) {
    return corrupt("TooLarge")
  }
  // The parse error would quote the record, so it is dropped here
  const stored = decodeBody(text)
  if (Either.isLeft(stored)) {
    const format = decodeFormat(text)
    return corrupt(Either.isRight(format) && format.right.v > 1 ? "SchemaVersion" : "Decode")
  }
  return stored.right.key === name
    ? Either.right({
        version: TokenStore.Version(stored.right.version),
        payload: Redacted.make(stored.right.payload),
        disposableAt: stored.right.disposableAt
      })
    : corrupt("Decode")
}

const sameVersion = Option.getEquivalence((a: TokenStore.Version, b: TokenStore.Version) => a === b)
const versionOf = Option.map((entry: TokenStore.Entry) => entry.version)

/**
 * A token store over a key-value store. Its compare-and-set works only within this store object. A second one
 * over the same records, in this process or another, can overwrite a token that was just rotated and so lose
 * the session. A warning at startup says so, unless `singleProcess` is set. Durability depends on the
 * key-value store. `FileTokenStore` of `effect-spotify/node` is durable and can be shared by all processes of
 * a machine.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<TokenStore.Service, never, KeyValueStore.KeyValueStore> =>
  Effect.gen(function* () {
    const driver = yield* KeyValueStore.KeyValueStore
    // A driver may throw instead of failing, and what it throws may quote the record
    const told = <A, E>(
      evaluate: () => Effect.Effect<A, E>,
      toError: (cause: unknown) => TokenStore.TokenStoreUnavailable
    ) =>
      Effect.suspend(evaluate).pipe(
        Effect.mapError(toError),
        Effect.catchAllDefect((defect) => Effect.fail(toError(defect)))
      )
    const semaphore = yield* Effect.makeSemaphore(1)
    const ends = Ends.make<TokenStore.StoreKey>()
    if (options.singleProcess !== true) {
      yield* Effect.logWarning(
        'The key-value token store serializes writes within one process only: two processes over the same records can lose a rotated token, and with it a session. Use a store whose atomicity is "host" or "shared", or acknowledge it with singleProcess: true'
      )
    }

    const unavailable =
      (operation: "get" | "commit", applied: "no" | "unknown") =>
      (cause: unknown): TokenStore.TokenStoreUnavailable =>
        new TokenStore.TokenStoreUnavailable({ operation, applied, cause: foreignCause(cause) })
    const uncertain = unavailable("commit", "unknown")

    const read = Effect.fnUntraced(function* (key: TokenStore.StoreKey, operation: "get" | "commit") {
      const failed = unavailable(operation, "no")
      const name = yield* Effect.mapError(nameOf(key), failed)
      const text = yield* told(() => driver.get(name), failed)
      return { name, found: Option.map(text, (found) => decode(key, name, found)) }
    })

    const put = (key: TokenStore.StoreKey, name: string, entry: TokenStore.Entry) => {
      const text = encode({ ...entry, v: 1, key: name, payload: Redacted.value(entry.payload) })
      return text.length > maxLength
        ? Effect.fail(new TokenStore.TokenStoreCorrupt({ key, reason: "TooLarge" }))
        : told(() => driver.set(name, text), uncertain)
    }

    const write = Effect.fnUntraced(function* ({ expected, key, next }: TokenStore.Write) {
      const { found, name } = yield* read(key, "commit")
      const current = Option.map(
        found,
        Either.match({ onLeft: () => foreign, onRight: ({ version }) => version })
      )
      if (!Option.contains(expected, foreign)) {
        // A writer that does not know that the record is unreadable leaves it unchanged
        yield* Effect.transposeOption(found)
      }
      if (!sameVersion(current, expected)) {
        return Option.isSome(next) && sameVersion(current, versionOf(next))
          ? undefined
          : yield* new TokenStore.TokenStoreConflict({ key })
      }
      yield* Option.match(next, {
        onSome: (wanted) => put(key, name, wanted),
        onNone: () => (Option.isNone(current) ? Effect.void : told(() => driver.remove(name), uncertain))
      })
      ends.note(key, next)
    })

    const disposeOf = Effect.fnUntraced(
      function* (key: TokenStore.StoreKey, now: number) {
        const { found, name } = yield* read(key, "commit")
        if (
          Option.exists(Option.flatMap(found, Either.getRight), ({ disposableAt }) =>
            Option.exists(disposableAt, (_) => _.epochMillis <= now)
          )
        ) {
          yield* told(() => driver.remove(name), uncertain)
        }
      },
      // The record may stay; the requested write must not fail because of it
      Effect.ignore
    )

    /** Drops only records that this process wrote, because a key-value store cannot list its keys. */
    const dispose = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.forEach(ends.take(now), (key) => disposeOf(key, now), { discard: true })
    )

    return {
      // Not during a write, because many key-value stores, such as a directory, show half-written values
      get: (key) =>
        semaphore.withPermits(1)(
          Effect.flatMap(read(key, "get"), ({ found }) => Effect.transposeOption(found))
        ),
      // A write is never interrupted, because its caller would not know how far it got
      commit: (wanted) =>
        semaphore.withPermits(1)(Effect.uninterruptible(Effect.zipLeft(write(wanted), dispose))),
      atomicity: "process",
      changes: Option.none()
    }
  })

/**
 * See {@link make}.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import * as KeyValueStore from "@effect/platform/KeyValueStore"
 * import { KeyValueTokenStore } from "effect-spotify"
 * import * as Layer from "effect/Layer"
 *
 * const store = KeyValueTokenStore.layer({ singleProcess: true }).pipe(
 *   Layer.provide(KeyValueStore.layerMemory)
 * )
 * ```
 */
export const layer = (
  options: Options = {}
): Layer.Layer<TokenStore.TokenStore, never, KeyValueStore.KeyValueStore> =>
  Layer.effect(TokenStore.TokenStore, make(options))
