/**
 * What every token store must do, as tests that run on any store in any test framework.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TokenStore from "../TokenStore.js"

/**
 * The store does not keep the contract.
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
 * One test. It uses keys of its own, so that the cases may run on one store, in any order, together.
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

const entry = (text: string, disposableAt?: DateTime.Utc) =>
  Effect.map(TokenStore.newVersion, (version): TokenStore.Entry => ({
    version,
    payload: Redacted.make(text),
    disposableAt: Option.fromNullable(disposableAt)
  }))

const key = (name = "") =>
  Effect.map(TokenStore.newVersion, (unique) => TokenStore.StoreKey(`contract:${name}${unique}`))

const create = (at: TokenStore.StoreKey, next: TokenStore.Entry): TokenStore.Write => ({
  key: at,
  expected: Option.none(),
  next: Option.some(next)
})

const replace = (
  at: TokenStore.StoreKey,
  expected: TokenStore.Entry,
  next: TokenStore.Entry
): TokenStore.Write => ({
  key: at,
  expected: Option.some(expected.version),
  next: Option.some(next)
})

const remove = (at: TokenStore.StoreKey, expected: TokenStore.Entry): TokenStore.Write => ({
  key: at,
  expected: Option.some(expected.version),
  next: Option.none()
})

const show = (found: Option.Option<TokenStore.Entry>): string =>
  Option.match(found, {
    onNone: () => "nothing is there",
    onSome: ({ payload, version }) =>
      `version ${version} with ${JSON.stringify(Redacted.value(payload).slice(0, 40))} is there`
  })

/** The entry that must be at a key, to the letter. */
const holds = (
  store: TokenStore.Service,
  at: TokenStore.StoreKey,
  expected: Option.Option<TokenStore.Entry>
) =>
  Effect.flatMap(store.get(at), (found) => {
    const same = Option.match(expected, {
      onNone: () => Option.isNone(found),
      onSome: (wanted) =>
        Option.isSome(found) &&
        found.value.version === wanted.version &&
        Redacted.value(found.value.payload) === Redacted.value(wanted.payload)
    })
    return same
      ? Effect.void
      : new ContractViolation({ expectation: `must answer that ${show(expected)}`, found: show(found) })
  })

const conflicts = (store: TokenStore.Service, write: TokenStore.Write) =>
  Effect.flatMap(Effect.either(store.commit(write)), (result) =>
    Either.isLeft(result) && result.left._tag === "TokenStoreConflict"
      ? Effect.void
      : new ContractViolation({
          expectation: "must refuse the write with TokenStoreConflict",
          found: Either.isLeft(result) ? `it failed with ${result.left._tag}` : "it took it"
        })
  )

const make = (name: string, run: (store: TokenStore.Service) => Case["run"]): Case => ({
  name,
  run: Effect.flatMap(TokenStore.TokenStore, run)
})

/** Text that a session record never is, and a store must not care. */
const payloads: ReadonlyArray<readonly [name: string, text: string]> = [
  ["empty text", ""],
  ["quotes and line breaks", `'"\\\n\r\t;--`],
  ["NUL and control characters", "\u0000\u0001\u001f"],
  ["text beyond ASCII", "žluťoučký 曲 🎵 \u202e"],
  ["text that looks like a statement", "'); DROP TABLE sessions; --"],
  ["text that looks like a template", "${payload} %s {{x}} <b>"],
  ["64 KiB", "x".repeat(64 * 1024)]
]

/** Keys that come from a user's input. */
const keys: ReadonlyArray<readonly [name: string, text: string]> = [
  ["a path", "../../etc/passwd"],
  ["a glob", "*?[a]"],
  ["quotes", `'"\``],
  ["colons and braces", "a:b:{c}"],
  ["NUL", "a\u0000b"],
  ["characters beyond ASCII", "ключ 鍵"],
  ["512 bytes less the prefix", "k".repeat(400)]
]

/**
 * The cases. Run each with the store as a layer; a failure says what the store did.
 *
 * @since 0.1.0
 * @category tests
 * @example
 * ```ts
 * import { it } from "@effect/vitest"
 * import { TokenStore } from "effect-spotify"
 * import { TokenStoreContract } from "effect-spotify/testing"
 * import * as Effect from "effect/Effect"
 *
 * for (const contract of TokenStoreContract.cases) {
 *   it.effect(contract.name, () => contract.run.pipe(Effect.provide(TokenStore.layerMemory)))
 * }
 * ```
 */
export const cases: ReadonlyArray<Case> = [
  make("an unknown key holds nothing", (store) =>
    Effect.flatMap(key(), (at) => holds(store, at, Option.none()))
  ),
  make("what was created is read back", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("creating what exists conflicts and changes nothing", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* conflicts(store, create(at, yield* entry("second")))
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("replacing the expected version succeeds", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* store.commit(create(at, first))
      yield* store.commit(replace(at, first, second))
      yield* holds(store, at, Option.some(second))
    })
  ),
  make("replacing another version conflicts and changes nothing", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* conflicts(store, replace(at, yield* entry("other"), yield* entry("second")))
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("replacing what is absent conflicts and creates nothing", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* conflicts(store, replace(at, yield* entry("first"), yield* entry("second")))
      yield* holds(store, at, Option.none())
    })
  ),
  make("deleting the expected version leaves nothing", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* store.commit(remove(at, first))
      yield* holds(store, at, Option.none())
    })
  ),
  make("deleting another version conflicts and changes nothing", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* conflicts(store, remove(at, yield* entry("other")))
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("deleting what is absent conflicts, unless nothing is expected", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* conflicts(store, remove(at, yield* entry("first")))
      yield* store.commit({ key: at, expected: Option.none(), next: Option.none() })
      yield* holds(store, at, Option.none())
    })
  ),
  make("D4: a creation sent again succeeds, and is one creation", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* store.commit(create(at, first))
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("D4: a replacement sent again succeeds, and is one replacement", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* store.commit(create(at, first))
      yield* store.commit(replace(at, first, second))
      yield* store.commit(replace(at, first, second))
      yield* holds(store, at, Option.some(second))
    })
  ),
  make("a replacement sent again after a later one conflicts", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      const third = yield* entry("third")
      yield* store.commit(create(at, first))
      yield* store.commit(replace(at, first, second))
      yield* store.commit(replace(at, second, third))
      yield* conflicts(store, replace(at, first, second))
      yield* holds(store, at, Option.some(third))
    })
  ),
  make("C8: a record that was deleted and created again is another record", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("the same text")
      const second = yield* entry("the same text")
      yield* store.commit(create(at, first))
      yield* store.commit(remove(at, first))
      yield* store.commit(create(at, second))
      yield* conflicts(store, replace(at, first, yield* entry("stale")))
      yield* conflicts(store, remove(at, first))
      yield* holds(store, at, Option.some(second))
    })
  ),
  make("C9: of 64 writers at once exactly one wins, 20 times", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      let current = yield* entry("0")
      yield* store.commit(create(at, current))
      for (let round = 1; round <= 20; round++) {
        const rivals = yield* Effect.replicateEffect(entry(String(round)), 64)
        const results = yield* Effect.forEach(
          rivals,
          (rival) => Effect.as(store.commit(replace(at, current, rival)), rival).pipe(Effect.either),
          { concurrency: "unbounded" }
        )
        const winners = results.flatMap((result) => (Either.isRight(result) ? [result.right] : []))
        const [winner] = winners
        if (winner === undefined || winners.length > 1) {
          return yield* new ContractViolation({
            expectation: "must let one of 64 writers win",
            found: `${winners.length} won`
          })
        }
        yield* holds(store, at, Option.some(winner))
        current = winner
      }
    })
  ),
  make("C10: of 64 first writers at once exactly one wins", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const rivals = yield* Effect.replicateEffect(entry("first"), 64)
      const results = yield* Effect.forEach(
        rivals,
        (rival) => Effect.either(store.commit(create(at, rival))),
        {
          concurrency: "unbounded"
        }
      )
      const winners = results.filter(Either.isRight).length
      return winners === 1
        ? undefined
        : yield* new ContractViolation({
            expectation: "must let one of 64 writers win",
            found: `${winners} won`
          })
    })
  ),
  make("two keys are two records", (store) =>
    Effect.gen(function* () {
      const one = yield* key("a")
      const two = TokenStore.StoreKey(`${one}:b`)
      const first = yield* entry("one")
      const second = yield* entry("two")
      yield* store.commit(create(one, first))
      yield* store.commit(create(two, second))
      yield* store.commit(remove(one, first))
      yield* holds(store, one, Option.none())
      yield* holds(store, two, Option.some(second))
    })
  ),
  make("keys that differ in case alone are two records", (store) =>
    Effect.gen(function* () {
      const one = yield* key("case:")
      const lower = TokenStore.StoreKey(`${one}:a`)
      const upper = TokenStore.StoreKey(`${one}:A`)
      const first = yield* entry("lower")
      yield* store.commit(create(lower, first))
      yield* holds(store, upper, Option.none())
      yield* store.commit(create(upper, yield* entry("upper")))
      yield* holds(store, lower, Option.some(first))
    })
  ),
  make("an entry that is not disposable yet stays", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const later = DateTime.add(yield* DateTime.now, { days: 1 })
      const first = yield* entry("pending", later)
      yield* store.commit(create(at, first))
      yield* holds(store, at, Option.some(first))
    })
  ),
  ...payloads.map(([name, text]) =>
    make(`keeps ${name} to the letter`, (store) =>
      Effect.gen(function* () {
        const at = yield* key()
        const first = yield* entry(text)
        yield* store.commit(create(at, first))
        yield* holds(store, at, Option.some(first))
      })
    )
  ),
  ...keys.map(([name, text]) =>
    make(`F21: takes ${name} in a key`, (store) =>
      Effect.gen(function* () {
        const at = TokenStore.StoreKey(`${yield* key()}:${text}`)
        const neighbour = TokenStore.StoreKey(`${at}x`)
        const first = yield* entry("first")
        yield* store.commit(create(at, first))
        yield* holds(store, at, Option.some(first))
        yield* holds(store, neighbour, Option.none())
      })
    )
  )
]
