/**
 * The store of session records. A backend has two operations, reads and compare-and-set writes, and knows
 * nothing about OAuth. Everything else is built on top of them.
 *
 * @since 0.1.0
 */
import * as Brand from "effect/Brand"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Base64 from "../base64.js"
import * as Ends from "./ends.js"

/**
 * The key of one record: at most 512 bytes of text, which may contain user input. Backends must treat it as
 * opaque (bind it, hash it), never as part of a path or a statement.
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
 * Identifies one state of a record: 128 random bits, chosen by the writer and never reused. So a write with a
 * lost acknowledgement can be repeated or looked up, and a record that was deleted and created again is never
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
  /** Opaque text. Backends store it unchanged; `EncryptedTokenStore` seals it. */
  readonly payload: Redacted.Redacted<string>
  /**
   * From this time on the record is no longer needed. A backend drops it, at a later write or by itself.
   * Abandoned logins, which anybody can begin, would otherwise stay forever.
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
  /** The version that the record must have. None means the record must be absent. */
  readonly expected: Option.Option<Version>
  /** The new entry. None deletes the record. */
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
 * The store could not be reached. `applied` says whether a write may have happened all the same.
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
 * The record exists but cannot be used. It stays unchanged: only a new login or a sign-out replaces it.
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
   * The version of the record, or the store's substitute if it has none. {@link set} and {@link remove}
   * expect this version. Without it they expect the record to be absent.
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
 * A backend. Every backend must pass the contract suite of `effect-spotify/testing`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly get: (
    key: StoreKey
  ) => Effect.Effect<Option.Option<Entry>, TokenStoreUnavailable | TokenStoreCorrupt>
  /**
   * Atomic, and durable once it succeeds. A write that finds its own version in place succeeds: it is the
   * same write, repeated after a lost acknowledgement. A write that expects the version in
   * `TokenStoreCorrupt` replaces an unreadable record.
   */
  readonly commit: (
    write: Write
  ) => Effect.Effect<void, TokenStoreConflict | TokenStoreUnavailable | TokenStoreCorrupt>
  /**
   * The scope of the compare-and-set: one process, all processes of one machine, or all clients of the store.
   */
  readonly atomicity: "process" | "host" | "shared"
  /** Hints that a record has changed. Nothing relies on them; they only shorten waits. */
  readonly changes: Option.Option<(key: StoreKey) => Stream.Stream<Version, TokenStoreUnavailable>>
  /**
   * Lists the keys of this library, which begin with `effect-spotify:`, in bounded memory. A key is listed at
   * least once if its record exists from the beginning of the list to its end. Absent if the store cannot list
   * its keys.
   */
  readonly keys?: Stream.Stream<StoreKey, TokenStoreUnavailable> | undefined
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
 * Creates a version. It must be unique, not secret, but it uses the platform's generator, because seeded
 * generators in two processes would give the same versions.
 *
 * @since 0.1.0
 * @category constructors
 */
export const newVersion: Effect.Effect<Version> = Effect.sync(() =>
  Version(Base64.encodeUrl(globalThis.crypto.getRandomValues(new Uint8Array(16))))
)

/**
 * Gives the result of {@link modify} and the entry to write. None leaves the record unchanged.
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
 * Computes the next entry from the current one, and repeats this as long as other writers are faster.
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
 * Replaces any record, even an unreadable one, because a login and a sign-out always win. A store may treat
 * an unreadable record without a version as absent.
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
              // Another login may have been faster. A store that refuses twice does not allow the replacement
              nameless ? error : attempt(true)
            )
          : over(Option.some(Version(error.version)), attempt(false))
      }
    })
  return attempt(false)
}

/**
 * Writes an entry, whatever the current state.
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
 * Deletes the record, if there is one.
 *
 * @since 0.1.0
 * @category combinators
 */
export const remove: {
  (key: StoreKey): (store: Service) => Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt>
  (store: Service, key: StoreKey): Effect.Effect<void, TokenStoreUnavailable | TokenStoreCorrupt>
} = dual(2, (store: Service, key: StoreKey) => replaceAny(store, key, Option.none()))

/**
 * Keeps records in memory: for tests, for scripts, and for programs whose sessions may end with the process.
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
    changes: Option.none(),
    keys: Stream.suspend(() =>
      Stream.fromIterable([...entries.keys()].filter((key) => key.startsWith("effect-spotify:")))
    )
  }
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layerMemory: Layer.Layer<TokenStore> = Layer.effect(TokenStore, makeMemory)
