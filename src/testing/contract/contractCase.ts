/**
 * Helpers for the cases of the contract: commits and assertions about a store's answers.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TokenStore from "../../store/TokenStore.js"

/**
 * The store broke the contract.
 *
 * @since 0.1.0
 * @category errors
 */
export class ContractViolation extends Schema.TaggedError<ContractViolation>(
  "effect-spotify/ContractViolation"
)("ContractViolation", { expectation: Schema.String, found: Schema.String }) {
  override get message(): string {
    return `The store ${this.expectation}, but ${this.found}`
  }
}

/**
 * One test. It uses its own keys, so the cases can run on one store, in any order and concurrently.
 *
 * @since 0.1.0
 * @category models
 */
export interface Case {
  readonly name: string
  readonly run: Effect.Effect<
    void,
    | ContractViolation
    | TokenStore.TokenStoreConflict
    | TokenStore.TokenStoreUnavailable
    | TokenStore.TokenStoreCorrupt,
    TokenStore.TokenStore
  >
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, run: (store: TokenStore.Service) => Case["run"]): Case => ({
  name,
  run: Effect.flatMap(TokenStore.TokenStore, run)
})

/**
 * Fails with the expectation unless it is met.
 *
 * @since 0.1.0
 * @category assertions
 */
export const expect = (
  met: boolean,
  expectation: string,
  found: string
): Effect.Effect<void, ContractViolation> =>
  met ? Effect.void : new ContractViolation({ expectation, found })

/**
 * An entry with a new version.
 *
 * @since 0.1.0
 * @category constructors
 */
export const entry = (text: string, disposableAt?: DateTime.Utc): Effect.Effect<TokenStore.Entry> =>
  Effect.map(TokenStore.newVersion, (version) => ({
    version,
    payload: Redacted.make(text),
    disposableAt: Option.fromNullable(disposableAt)
  }))

/**
 * A key that no other case uses.
 *
 * @since 0.1.0
 * @category constructors
 */
export const key = (name = ""): Effect.Effect<TokenStore.StoreKey> =>
  Effect.map(TokenStore.newVersion, (unique) => TokenStore.StoreKey(`contract:${name}${unique}`))

/**
 * @since 0.1.0
 * @category constructors
 */
export const create = (at: TokenStore.StoreKey, next: TokenStore.Entry): TokenStore.Write => ({
  key: at,
  expected: Option.none(),
  next: Option.some(next)
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const replace = (
  at: TokenStore.StoreKey,
  expected: Pick<TokenStore.Entry, "version">,
  next: TokenStore.Entry
): TokenStore.Write => ({
  key: at,
  expected: Option.some(expected.version),
  next: Option.some(next)
})

/**
 * @since 0.1.0
 * @category constructors
 */
export const remove = (
  at: TokenStore.StoreKey,
  expected: Pick<TokenStore.Entry, "version">
): TokenStore.Write => ({
  key: at,
  expected: Option.some(expected.version),
  next: Option.none()
})

/**
 * Whether two entries are exactly equal.
 *
 * @since 0.1.0
 * @category assertions
 */
export const isSame = (one: TokenStore.Entry, other: TokenStore.Entry): boolean =>
  one.version === other.version && Redacted.value(one.payload) === Redacted.value(other.payload)

/**
 * Describes an entry for a failure message. It may show the payload, because the payloads of the contract are
 * not secret.
 *
 * @since 0.1.0
 * @category assertions
 */
export const show = (found: Option.Option<TokenStore.Entry>): string =>
  Option.match(found, {
    onNone: () => "nothing is there",
    onSome: ({ payload, version }) => {
      if (!Redacted.isRedacted(payload)) {
        return "something that is no entry is there"
      }
      const text = Redacted.value(payload)
      return `version ${version} with ${JSON.stringify(text.slice(0, 40))} (${text.length} characters) is there`
    }
  })

/**
 * Asserts the exact entry at a key.
 *
 * @since 0.1.0
 * @category assertions
 */
export const holds = (
  store: TokenStore.Service,
  at: TokenStore.StoreKey,
  expected: Option.Option<TokenStore.Entry>
): Effect.Effect<void, ContractViolation | TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt> =>
  Effect.flatMap(store.get(at), (found) =>
    expect(Option.getEquivalence(isSame)(found, expected), `must answer that ${show(expected)}`, show(found))
  )

/**
 * Asserts that one of these entries is at a key, unchanged, and returns it.
 *
 * @since 0.1.0
 * @category assertions
 */
export const holdsOneOf = (
  store: TokenStore.Service,
  at: TokenStore.StoreKey,
  entries: ReadonlyArray<TokenStore.Entry>
): Effect.Effect<
  TokenStore.Entry,
  ContractViolation | TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt
> =>
  Effect.flatMap(store.get(at), (found) => {
    const known = Option.filter(found, (read) => entries.some((candidate) => isSame(candidate, read)))
    return Option.isSome(known)
      ? Effect.succeed(known.value)
      : new ContractViolation({
          expectation: "must hold one of the entries that were written, whole",
          found: show(found)
        })
  })

/**
 * Asserts that this entry is at a key, unchanged, or nothing. It reads once, because a write whose caller gave
 * up may be applied at any time.
 *
 * @since 0.1.0
 * @category assertions
 */
export const holdsAtMost = (
  store: TokenStore.Service,
  at: TokenStore.StoreKey,
  entry: TokenStore.Entry
): Effect.Effect<void, ContractViolation | TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt> =>
  Effect.flatMap(store.get(at), (found) =>
    expect(
      Option.isNone(found) || isSame(found.value, entry),
      `must answer that ${show(Option.some(entry))}, or that nothing is`,
      show(found)
    )
  )

/**
 * Asserts that a write conflicts.
 *
 * @since 0.1.0
 * @category assertions
 */
export const conflicts = (
  store: TokenStore.Service,
  write: TokenStore.Write
): Effect.Effect<void, ContractViolation> =>
  Effect.flatMap(Effect.either(store.commit(write)), (result) =>
    expect(
      Either.isLeft(result) && result.left._tag === "TokenStoreConflict",
      "must refuse the write with TokenStoreConflict",
      Either.isLeft(result) ? `it failed with ${result.left._tag}` : "it took it"
    )
  )

/**
 * Sends writes concurrently and returns which succeeded. A conflict is a valid result; any other failure is
 * not.
 *
 * @since 0.1.0
 * @category assertions
 */
export const race = (
  store: TokenStore.Service,
  writes: ReadonlyArray<TokenStore.Write>
): Effect.Effect<
  ReadonlyArray<TokenStore.Write>,
  TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt
> =>
  Effect.forEach(
    writes,
    (write) =>
      store.commit(write).pipe(
        Effect.as([write]),
        Effect.catchTag("TokenStoreConflict", () => Effect.succeed([]))
      ),
    { concurrency: "unbounded" }
  ).pipe(Effect.map((taken) => taken.flat()))

/**
 * The store with a limited number of reads, so that a combinator that would retry forever on a broken store
 * fails instead. Each read yields to other fibers, as a remote store would.
 *
 * @since 0.1.0
 * @category combinators
 */
export const limited = (store: TokenStore.Service, reads: number): TokenStore.Service => {
  let left = reads
  return {
    ...store,
    get: (at) =>
      Effect.suspend(() => {
        left -= 1
        return left < 0
          ? new TokenStore.TokenStoreUnavailable({
              operation: "get",
              applied: "no",
              cause: new ContractViolation({
                expectation: "must let a writer through that reads and writes again after each conflict",
                found: `it was still refused after ${reads} reads`
              })
            })
          : Effect.tap(store.get(at), Effect.yieldNow())
      })
  }
}
