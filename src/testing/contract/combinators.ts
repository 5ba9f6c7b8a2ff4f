/**
 * `set`, `modify` and `remove` on the store.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as TokenStore from "../../store/TokenStore.js"
import {
  type Case,
  create,
  entry,
  expect,
  holds,
  holdsOneOf,
  key,
  limited,
  make,
  show
} from "./contractCase.js"

const reasons = [
  "Decode",
  "Decrypt",
  "UnknownKeyId",
  "SchemaVersion",
  "TooLarge",
  "Permissions"
] as const satisfies ReadonlyArray<TokenStore.TokenStoreCorrupt["reason"]>

/** The store with a record that it cannot read but whose version it knows. */
const unreadable = Effect.fnUntraced(function* (
  store: TokenStore.Service,
  at: TokenStore.StoreKey,
  reason: TokenStore.TokenStoreCorrupt["reason"]
) {
  const first = yield* entry("first")
  yield* store.commit(create(at, first))
  const hidden: TokenStore.Service = {
    ...store,
    get: (asked) =>
      Effect.flatMap(store.get(asked), (found) =>
        Option.exists(found, ({ version }) => version === first.version)
          ? new TokenStore.TokenStoreCorrupt({ key: at, reason, version: first.version })
          : Effect.succeed(found)
      )
  }
  return hidden
})

/**
 * A login replaces a record that the store cannot read, and a sign-out deletes it. `spoil` makes the record
 * at a key unreadable without using the store: bytes in its file, or a row in its table.
 *
 * @since 0.1.0
 * @category tests
 */
export const replaceable = <E, R>(
  reason: TokenStore.TokenStoreCorrupt["reason"],
  spoil: (at: TokenStore.StoreKey) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, E | Effect.Effect.Error<Case["run"]>, R | TokenStore.TokenStore> =>
  Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const at = yield* key()
    const planted = Effect.gen(function* () {
      yield* TokenStore.set(limited(store, 5), at, yield* entry("first"))
      yield* spoil(at)
      const found = yield* Effect.either(store.get(at))
      yield* expect(
        Either.isLeft(found) && found.left._tag === "TokenStoreCorrupt" && found.left.reason === reason,
        `must tell that it cannot read the record (${reason})`,
        Either.match(found, {
          onLeft: (error) => `it failed with ${error.message}`,
          onRight: show
        })
      )
    })
    yield* planted
    const next = yield* entry("a new login")
    yield* TokenStore.set(limited(store, 5), at, next)
    yield* holds(store, at, Option.some(next))
    yield* planted
    yield* TokenStore.remove(limited(store, 5), at)
    yield* holds(store, at, Option.none())
    const again = yield* entry("another login")
    yield* store.commit(create(at, again))
    yield* holds(store, at, Option.some(again))
  })

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
  make("set puts an entry where nothing is, and where something is", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* TokenStore.set(limited(store, 5), at, first)
      yield* holds(store, at, Option.some(first))
      yield* TokenStore.set(limited(store, 5), at, second)
      yield* holds(store, at, Option.some(second))
    })
  ),
  make("of 16 sets at once all succeed and one of them is there", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const rivals = yield* Effect.replicateEffect(entry("rival"), 16)
      const counted = limited(store, 1000)
      yield* Effect.forEach(rivals, (rival) => TokenStore.set(counted, at, rival), {
        concurrency: "unbounded",
        discard: true
      })
      yield* holdsOneOf(store, at, rivals)
    })
  ),
  make("remove succeeds where nothing is, and where something is", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* TokenStore.remove(limited(store, 5), at)
      yield* TokenStore.set(limited(store, 5), at, yield* entry("first"))
      yield* TokenStore.remove(limited(store, 5), at)
      yield* holds(store, at, Option.none())
    })
  ),
  make("of 16 removals at once all succeed", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* TokenStore.set(limited(store, 5), at, yield* entry("first"))
      const counted = limited(store, 1000)
      yield* Effect.forEach(Array.from({ length: 16 }), () => TokenStore.remove(counted, at), {
        concurrency: "unbounded",
        discard: true
      })
      yield* holds(store, at, Option.none())
    })
  ),
  ...reasons.flatMap((reason) => [
    make(`D7: a record that cannot be read (${reason}) is replaced by set, once of 16 at a time`, (store) =>
      Effect.gen(function* () {
        const at = yield* key()
        const hidden = yield* unreadable(store, at, reason)
        const rivals = yield* Effect.replicateEffect(entry("rival"), 16)
        const counted = limited(hidden, 1000)
        yield* Effect.forEach(rivals, (rival) => TokenStore.set(counted, at, rival), {
          concurrency: "unbounded",
          discard: true
        })
        yield* holdsOneOf(hidden, at, rivals)
      })
    ),
    make(`D7: a record that cannot be read (${reason}) is deleted by remove`, (store) =>
      Effect.gen(function* () {
        const at = yield* key()
        const hidden = yield* unreadable(store, at, reason)
        yield* TokenStore.remove(limited(hidden, 5), at)
        yield* holds(hidden, at, Option.none())
      })
    )
  ]),
  make("modify shows the decision what is there, and writes nothing where it says so or fails", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* TokenStore.set(limited(store, 5), at, first)
      const seen = yield* TokenStore.modify(limited(store, 5), at, (current) =>
        Effect.succeed([Option.map(current, ({ version }) => version), Option.none()])
      )
      yield* expect(
        Option.contains(seen, first.version),
        "must show the decision the version that is there",
        Option.getOrElse(seen, () => "it showed nothing")
      )
      const failed = yield* Effect.either(
        TokenStore.modify(limited(store, 5), at, () => Effect.fail("no" as const))
      )
      yield* expect(failed._tag === "Left" && failed.left === "no", "must pass on the failure", failed._tag)
      yield* holds(store, at, Option.some(first))
    })
  )
]
