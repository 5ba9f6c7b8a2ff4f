/**
 * Where session records live. A backend has two operations, reads and compare-and-set writes, and knows
 * nothing of OAuth; everything else is built on top of them.
 *
 * @since 0.1.0
 */
import * as Brand from "effect/Brand"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Ends from "./ends.js"

/**
 * The address of one record: at most 512 bytes of text, which may come from a user's input. Backends must
 * treat it as opaque (bind it, hash it), never as part of a path or a statement.
 *
 * @since 0.1.0
 * @category models
 */
export type StoreKey = string & Brand.Brand<"effect-spotify/StoreKey">

/**
 * @since 0.1.0
 * @category constructors
 */
export const StoreKey = Brand.nominal<StoreKey>()

/**
 * The name of one state of a record: 128 random bits, chosen by the writer and never used again. So a
 * write whose answer was lost can be sent again or looked up, and a deleted record that comes back is never
 * mistaken for the old one.
 *
 * @since 0.1.0
 * @category models
 */
export type Version = string & Brand.Brand<"effect-spotify/Version">

/**
 * @since 0.1.0
 * @category constructors
 */
export const Version = Brand.nominal<Version>()

/**
 * One state of a record.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  readonly version: Version
  /** Opaque text. Backends store it as it is; the encrypting wrapper seals it. */
  readonly payload: Redacted.Redacted<string>
  /**
   * From here on nobody wants the record: a backend drops it, at some later write or by itself. Logins that a
   * user abandons would otherwise stay forever, and begin as fast as anybody likes.
   */
  readonly disposableAt: Option.Option<DateTime.Utc>
}

/**
 * A compare-and-set.
 *
 * @since 0.1.0
 * @category models
 */
export interface Write {
  readonly key: StoreKey
  /** The version that must be there; none means the record must be absent. */
  readonly expected: Option.Option<Version>
  /** The new entry; none deletes. */
  readonly next: Option.Option<Entry>
}

/**
 * The record is not in the expected state: another writer was faster. Read again.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenStoreConflict extends Schema.TaggedError<TokenStoreConflict>(
  "effect-spotify/TokenStoreConflict"
)("TokenStoreConflict", { key: Schema.String }) {
  override get message(): string {
    return "The record was changed by another writer: read it again and decide anew"
  }
}

/**
 * The store could not be reached. `applied` tells whether a write may have happened nevertheless.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenStoreUnavailable extends Schema.TaggedError<TokenStoreUnavailable>(
  "effect-spotify/TokenStoreUnavailable"
)("TokenStoreUnavailable", {
  operation: Schema.Literal("get", "commit"),
  applied: Schema.Literal("no", "unknown"),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return `The token store failed to ${this.operation === "get" ? "read" : "write"}: check that it is up; no token was requested or lost meanwhile`
  }
}

/**
 * The record is there and cannot be used. It is left as it is: only a new login or a sign-out replaces it.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenStoreCorrupt extends Schema.TaggedError<TokenStoreCorrupt>(
  "effect-spotify/TokenStoreCorrupt"
)("TokenStoreCorrupt", {
  key: Schema.String,
  reason: Schema.Literal("Decode", "Decrypt", "UnknownKeyId", "SchemaVersion", "TooLarge", "Permissions"),
  /**
   * The version of the record, or a name that the store gives to what has none: {@link set} and
   * {@link remove} expect it. Without one they expect nothing to be there.
   */
  version: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const remedy: Record<typeof this.reason, string> = {
      Decode: "it is not a record of this library: restore it, or let the user log in again",
      Decrypt: "it was sealed with another key, or changed: restore it, or let the user log in again",
      UnknownKeyId: "the key it was sealed with is not in the key ring: add that key",
      SchemaVersion: "a newer version of this library wrote it: update this program",
      TooLarge: "it is larger than any session: restore it, or let the user log in again",
      Permissions: "others may read or replace it: mend its owner and mode"
    }
    return `The stored record cannot be used (${this.reason}): ${remedy[this.reason]}`
  }
}

/**
 * What a backend is. Every backend must pass the contract suite of `effect-spotify/testing`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly get: (
    key: StoreKey
  ) => Effect.Effect<Option.Option<Entry>, TokenStoreUnavailable | TokenStoreCorrupt>
  /**
   * Atomic and durable once it succeeds. A write that finds its own version in place succeeds: it is the
   * same write, sent again because its answer was lost. A record that cannot be read is replaced by a write
   * that expects the version which `TokenStoreCorrupt` told.
   */
  readonly commit: (
    write: Write
  ) => Effect.Effect<void, TokenStoreConflict | TokenStoreUnavailable | TokenStoreCorrupt>
  /**
   * How far the compare-and-set reaches: one process, all processes of one machine, or everybody who shares
   * the store.
   */
  readonly atomicity: "process" | "host" | "shared"
  /** A hint that a record has changed. Nothing relies on it; it only shortens a wait. */
  readonly changes: Option.Option<(key: StoreKey) => Stream.Stream<Version, TokenStoreUnavailable>>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class TokenStore extends Context.Tag("effect-spotify/TokenStore")<TokenStore, Service>() {
  /**
   * What the effect gives, with the service: `TokenStore.use((store) => …)`.
   *
   * @since 0.1.0
   */
  static readonly use = <A, E, R>(
    f: (service: Service) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | TokenStore> => Effect.flatMap(TokenStore, f)
}

/**
 * A new version. It needs to be unique, not secret; still it comes from the platform's generator, because
 * a seeded one in two processes would repeat itself.
 *
 * @since 0.1.0
 * @category constructors
 */
export const newVersion: Effect.Effect<Version> = Effect.sync(() =>
  Version(Encoding.encodeBase64Url(globalThis.crypto.getRandomValues(new Uint8Array(16))))
)

/**
 * Gives the result of {@link modify}, and what to write: none leaves the record alone.
 *
 * @since 0.1.0
 * @category models
 */
export interface Decide<out A, out E = never, out R = never> {
  (
    current: Option.Option<Entry>
  ): Effect.Effect<readonly [result: A, write: Option.Option<Write["next"]>], E, R>
}

/**
 * Computes the next entry from the current one, and decides again while other writers are
 * faster.
 *
 * @since 0.1.0
 * @category combinators
 */
export const modify: {
  <A, E = never, R = never>(
    key: StoreKey,
    decide: Decide<A, E, R>
  ): (store: Service) => Effect.Effect<A, E | TokenStoreUnavailable | TokenStoreCorrupt, R>
  <A, E = never, R = never>(
    store: Service,
    key: StoreKey,
    decide: Decide<A, E, R>
  ): Effect.Effect<A, E | TokenStoreUnavailable | TokenStoreCorrupt, R>
} = dual(3, <A, E, R>(store: Service, key: StoreKey, decide: Decide<A, E, R>) => {
  const attempt: Effect.Effect<A, E | TokenStoreUnavailable | TokenStoreCorrupt, R> = Effect.gen(
    function* () {
      const current = yield* store.get(key)
      const [result, write] = yield* decide(current)
      if (Option.isSome(write)) {
        const expected = Option.map(current, (entry) => entry.version)
        const done = yield* store.commit({ key, expected, next: write.value }).pipe(
          Effect.as(true),
          Effect.catchTag("TokenStoreConflict", () => Effect.succeed(false))
        )
        return done ? result : yield* attempt
      }
      return result
    }
  )
  return attempt
})

/**
 * A write over whatever is there, even over what cannot be read: a login and a sign-out have the last word.
 * What a store cannot name may pass for absent with it.
 */
const replaceAny = (
  store: Service,
  key: StoreKey,
  next: Write["next"]
): Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt> => {
  const over = (
    expected: Write["expected"],
    conflict: Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt>
  ) =>
    Option.isNone(expected) && Option.isNone(next)
      ? Effect.void
      : Effect.catchTag(store.commit({ key, expected, next }), "TokenStoreConflict", () => conflict)
  const attempt = (nameless: boolean): Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt> =>
    Effect.matchEffect(store.get(key), {
      onSuccess: (current) =>
        over(
          Option.map(current, (entry) => entry.version),
          attempt(false)
        ),
      onFailure: (error) => {
        if (error._tag === "TokenStoreUnavailable") {
          return error
        }
        return error.version === undefined
          ? Effect.catchTag(store.commit({ key, expected: Option.none(), next }), "TokenStoreConflict", () =>
              // Another login may have been faster; a store that refuses twice will not let it be replaced
              nameless ? error : attempt(true)
            )
          : over(Option.some(Version(error.version)), attempt(false))
      }
    })
  return attempt(false)
}

/**
 * Puts an entry there, whatever there is.
 *
 * @since 0.1.0
 * @category combinators
 */
export const set: {
  (
    key: StoreKey,
    entry: Entry
  ): (store: Service) => Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt>
  (
    store: Service,
    key: StoreKey,
    entry: Entry
  ): Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt>
} = dual(3, (store: Service, key: StoreKey, entry: Entry) => replaceAny(store, key, Option.some(entry)))

/**
 * Deletes what is there, if anything is.
 *
 * @since 0.1.0
 * @category combinators
 */
export const remove: {
  (key: StoreKey): (store: Service) => Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt>
  (store: Service, key: StoreKey): Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt>
} = dual(2, (store: Service, key: StoreKey) => replaceAny(store, key, Option.none()))

/**
 * Records in the memory of the process: for tests, for scripts, and for programs whose sessions may end
 * with them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory: Effect.Effect<Service> = Effect.sync(() => {
  const entries = new Map<StoreKey, Entry>()
  const ends = Ends.make<StoreKey>()

  const replace = (key: StoreKey, next: Option.Option<Entry>) => {
    ends.note(key, next)
    if (Option.isSome(next)) {
      entries.set(key, next.value)
    } else {
      entries.delete(key)
    }
  }

  const sameVersion = Option.getEquivalence((a: Version, b: Version) => a === b)
  const versionOf = Option.map((entry: Entry) => entry.version)

  return {
    get: (key) => Effect.sync(() => Option.fromNullable(entries.get(key))),
    commit: ({ expected, key, next }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.suspend(() => {
          for (const ended of ends.take(now)) {
            entries.delete(ended)
          }
          const current = versionOf(Option.fromNullable(entries.get(key)))
          if (sameVersion(current, expected)) {
            replace(key, next)
            return Effect.void
          }
          return Option.isSome(next) && sameVersion(current, versionOf(next))
            ? Effect.void
            : new TokenStoreConflict({ key })
        })
      ),
    atomicity: "process",
    changes: Option.none()
  }
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(TokenStore, makeMemory)
