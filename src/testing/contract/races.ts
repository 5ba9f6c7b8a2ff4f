/**
 * Concurrent writers and readers.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TokenStore from "../../store/TokenStore.js"
import {
  type Case,
  conflicts,
  create,
  entry,
  expect,
  holds,
  isSame,
  key,
  limited,
  make,
  race,
  remove,
  replace,
  show
} from "./contractCase.js"

/** Sends rival writes concurrently. One must win, and the store must then hold what it wrote. */
const oneWins = Effect.fnUntraced(function* (
  store: TokenStore.Service,
  at: TokenStore.StoreKey,
  writes: ReadonlyArray<TokenStore.Write>
) {
  const winners = yield* race(store, writes)
  yield* expect(winners.length === 1, `must let one of ${writes.length} writers win`, `${winners.length} won`)
  const next = Option.flatMap(Option.fromNullable(winners[0]), (winner) => winner.next)
  yield* holds(store, at, next)
  return next
})

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
  make("C9: of 64 writers at once exactly one wins, 20 times", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      let current = yield* entry("0")
      yield* store.commit(create(at, current))
      for (let round = 1; round <= 20; round++) {
        const rivals = yield* Effect.replicateEffect(entry(String(round)), 64)
        const winner = yield* oneWins(
          store,
          at,
          rivals.map((rival) => replace(at, current, rival))
        )
        current = Option.getOrElse(winner, () => current)
      }
    })
  ),
  make("C10: of 64 first writers at once exactly one wins", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const rivals = yield* Effect.replicateEffect(entry("first"), 64)
      yield* oneWins(
        store,
        at,
        rivals.map((rival) => create(at, rival))
      )
    })
  ),
  make("of 32 deletions at once exactly one wins", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* oneWins(
        store,
        at,
        Array.from({ length: 32 }, () => remove(at, first))
      )
    })
  ),
  make("of deletions and replacements at once exactly one wins, 10 times", (store) =>
    Effect.gen(function* () {
      for (let round = 1; round <= 10; round++) {
        const at = yield* key()
        const first = yield* entry("first")
        yield* store.commit(create(at, first))
        const rivals = yield* Effect.replicateEffect(entry(`round ${round}`), 8)
        yield* oneWins(
          store,
          at,
          rivals.flatMap((rival) => [replace(at, first, rival), remove(at, first)])
        )
      }
    })
  ),
  make("C10: of creations over a deleted record at once exactly one wins", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* store.commit(remove(at, first))
      const rivals = yield* Effect.replicateEffect(entry("again"), 16)
      const stale = yield* Effect.replicateEffect(entry("stale"), 16)
      yield* oneWins(store, at, [
        ...stale.map((rival) => replace(at, first, rival)),
        ...rivals.map((rival) => create(at, rival))
      ])
    })
  ),
  make("whoever lost a race reads the winner at once", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      const rivals = yield* Effect.replicateEffect(entry("rival"), 16)
      const seen = yield* Effect.forEach(
        rivals,
        (rival) =>
          store.commit(replace(at, first, rival)).pipe(
            Effect.catchTag("TokenStoreConflict", () => Effect.void),
            Effect.zipRight(store.get(at))
          ),
        { concurrency: "unbounded" }
      )
      const last = yield* store.get(at)
      const stale = seen.filter((found) => !Option.getEquivalence(isSame)(found, last))
      yield* expect(
        stale.length === 0 && Option.isSome(last) && last.value.version !== first.version,
        "must show each writer the entry that won, as soon as it is told that it won or lost",
        `${stale.length} of 16 saw another entry, and at last ${show(last)}`
      )
    })
  ),
  make("every writer reads its own commit, on 50 keys at once", (store) =>
    Effect.flatMap(key(), (base) =>
      Effect.forEach(
        Array.from({ length: 50 }, (_, index) => TokenStore.StoreKey(`${base}:${index}`)),
        (at) =>
          Effect.gen(function* () {
            const first = yield* entry(`${at} first`)
            const second = yield* entry(`${at} second`)
            yield* store.commit(create(at, first))
            yield* holds(store, at, Option.some(first))
            yield* store.commit(replace(at, first, second))
            yield* holds(store, at, Option.some(second))
            yield* conflicts(store, remove(at, first))
            yield* store.commit(remove(at, second))
            yield* holds(store, at, Option.none())
          }),
        { concurrency: "unbounded", discard: true }
      )
    )
  ),
  make("readers during writes see an entry that was written, whole, and never go back", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      // Long texts of different lengths, so that a partial or mixed write is noticed
      const entries = yield* Effect.forEach(Array.from({ length: 24 }).keys(), (index) =>
        entry(`${index}`.padEnd(1000 + ((index * 4099) % 16_000), String.fromCharCode(97 + index)))
      )
      const [first, ...rest] = entries
      if (first === undefined) {
        return
      }
      yield* store.commit(create(at, first))
      const write = Effect.reduce(rest, first, (current, next) =>
        Effect.as(Effect.zipRight(Effect.yieldNow(), store.commit(replace(at, current, next))), next)
      )
      const read = Effect.reduce(Array.from({ length: 40 }), 0, (newest) =>
        Effect.gen(function* () {
          yield* Effect.yieldNow()
          const found = yield* store.get(at)
          const index = Option.match(found, {
            onNone: () => -1,
            onSome: (seen) => entries.findIndex((candidate) => isSame(candidate, seen))
          })
          yield* expect(
            index >= newest,
            `must show entry ${newest} of ${entries.length} or a later one, whole`,
            index === -1 ? show(found) : `entry ${index} is there`
          )
          return index
        })
      )
      yield* Effect.all([write, ...Array.from({ length: 4 }, () => read)], { concurrency: "unbounded" })
    })
  ),
  make("8 writers that count to 25 each by compare-and-set count to 200 together", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const counter = limited(store, 5000)
      const increment = TokenStore.modify(counter, at, (current) =>
        Effect.gen(function* () {
          const count = Option.match(current, {
            onNone: () => 1,
            onSome: ({ payload }) => Number(Redacted.value(payload)) + 1
          })
          return [count, Option.some(Option.some(yield* entry(String(count))))]
        })
      )
      const counts = yield* Effect.all(
        Array.from({ length: 8 }, () => Effect.replicateEffect(increment, 25)),
        { concurrency: "unbounded" }
      )
      const last = yield* store.get(at)
      const total = Option.match(last, {
        onNone: () => 0,
        onSome: ({ payload }) => Number(Redacted.value(payload))
      })
      const distinct = new Set(counts.flat()).size
      yield* expect(
        total === 200 && distinct === 200,
        "must keep every increment it has acknowledged, 200 of them",
        `it counts ${total}, with ${distinct} distinct results`
      )
    })
  ),
  make("a storm of creations and deletions ends with what the acknowledged ones add up to", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const step = Effect.gen(function* () {
        const found = yield* store.get(at)
        yield* Effect.yieldNow()
        const write = Option.isSome(found) ? remove(at, found.value) : create(at, yield* entry("there"))
        const taken = yield* race(store, [write])
        return taken.length === 0 ? 0 : Option.isSome(found) ? -1 : 1
      })
      const steps = yield* Effect.all(
        Array.from({ length: 8 }, () => Effect.replicateEffect(step, 20)),
        { concurrency: "unbounded" }
      )
      const balance = steps.flat().reduce<number>((sum, value) => sum + value, 0)
      const last = yield* store.get(at)
      yield* expect(
        balance === (Option.isSome(last) ? 1 : 0),
        "must create what is absent and delete what is there, each time it says so",
        `creations less deletions are ${balance}, and ${show(last)}`
      )
    })
  )
]
