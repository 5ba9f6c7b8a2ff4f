import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TokenStore from "./TokenStore.js"

/** Far above the size of any session. Longer text is not parsed. */
const maxLength = 64 * 1024

/** A record with its version. */
export interface Stored<out A> {
  readonly version: TokenStore.Version
  readonly record: A
}

/** Typed records of one kind over a token store. */
export interface Records<A> {
  readonly read: (
    key: TokenStore.StoreKey
  ) => Effect.Effect<
    Option.Option<Stored<A>>,
    TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt
  >
  /** The entry for the record, with a new version. */
  readonly entry: (record: A, disposableAt?: DateTime.Utc) => Effect.Effect<TokenStore.Entry>
  readonly decode: (
    key: TokenStore.StoreKey,
    entry: TokenStore.Entry
  ) => Either.Either<Stored<A>, TokenStore.TokenStoreCorrupt>
}

/** The stored text is one line of JSON with the version of its schema in `v`. */
export const make = <A, I extends { readonly v: number }>(
  store: TokenStore.Service,
  schema: Schema.Schema<A, I>
): Records<A> => {
  const fromJson = Schema.decodeUnknownEither(Schema.parseJson())
  const fromUnknown = Schema.decodeUnknownEither(schema)
  const toJson = Schema.encodeSync(Schema.parseJson(schema))

  const decode: Records<A>["decode"] = (key, entry) => {
    const corrupt = (reason: TokenStore.TokenStoreCorrupt["reason"]) =>
      Either.left(new TokenStore.TokenStoreCorrupt({ key, reason, version: entry.version }))
    const text = Redacted.value(entry.payload)
    if (text.length > maxLength) {
      return corrupt("TooLarge")
    }
    const value = fromJson(text)
    if (Either.isLeft(value)) {
      return corrupt("Decode")
    }
    if (Predicate.isRecord(value.right) && typeof value.right["v"] === "number" && value.right["v"] > 1) {
      return corrupt("SchemaVersion")
    }
    // The parse error would quote the record, so it is dropped here
    const record = fromUnknown(value.right)
    return Either.isLeft(record)
      ? corrupt("Decode")
      : Either.right({ version: entry.version, record: record.right })
  }

  return {
    read: (key) =>
      Effect.flatMap(
        store.get(key),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (entry) => Effect.asSome(decode(key, entry))
        })
      ),
    entry: (record, disposableAt) =>
      Effect.map(TokenStore.newVersion, (version) => ({
        version,
        payload: Redacted.make(toJson(record)),
        disposableAt: Option.fromNullable(disposableAt)
      })),
    decode
  }
}
