/**
 * `disposableAt` permits a store to drop a record from that time on, and has no other effect.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TokenStore from "../../store/TokenStore.js"
import {
  type Case,
  create,
  entry,
  expect,
  holds,
  isSame,
  key,
  limited,
  make,
  replace,
  show
} from "./contractCase.js"

/** Before any clock, including simulated clocks that start at zero. */
const longAgo = DateTime.unsafeMake(-1000)

/** Seconds since 1970 do not fit into 32 bits. */
const farAway = DateTime.unsafeMake("2200-01-01T00:00:00Z")

/** Writes to another key, because many stores drop expired records when they write. */
const tidyUp = (store: TokenStore.Service) =>
  Effect.flatMap(Effect.all([key(), entry("another")]), ([at, other]) => store.commit(create(at, other)))

/**
 * A store drops expired records in proportion to its writes, even if earlier records expire later.
 *
 * @since 0.1.0
 * @category tests
 */
export const drops = (ended: number): Case =>
  make(
    `of ${ended} ended entries behind one that lives on, fewer than a tenth are left after a third as many writes`,
    (store) =>
      Effect.gen(function* () {
        const [long, at] = [yield* key("long"), yield* key("session")]
        const kept = yield* entry("kept", farAway)
        yield* store.commit(create(long, kept))
        let current = yield* entry("session")
        yield* store.commit(create(at, current))
        const keys = yield* Effect.replicateEffect(key("ended"), ended)
        yield* Effect.forEach(
          keys,
          // The last entry expires first
          (each, index) =>
            Effect.flatMap(entry("ended", DateTime.subtract(longAgo, { seconds: index })), (next) =>
              store.commit(create(each, next))
            ),
          { concurrency: 8, discard: true }
        )
        for (let writes = 0; writes < ended / 3; writes++) {
          const next = yield* entry("session")
          yield* store.commit(replace(at, current, next))
          current = next
        }
        const left = yield* Effect.filter(keys, (each) => Effect.map(store.get(each), Option.isSome), {
          concurrency: 8
        })
        yield* expect(left.length < ended / 10, "must drop what has ended", `${left.length} are still there`)
        yield* holds(store, long, Option.some(kept))
        yield* holds(store, at, Option.some(current))
      })
  )

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
  make("an entry that is not disposable yet stays", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const later = DateTime.add(yield* DateTime.now, { days: 1 })
      const first = yield* entry("pending", later)
      yield* store.commit(create(at, first))
      yield* tidyUp(store)
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("an entry that is disposable in 2200 stays", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("pending", farAway)
      yield* store.commit(create(at, first))
      yield* tidyUp(store)
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("an entry tells the time from which it is disposable, or none, and never another", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* store.commit(create(at, yield* entry("pending", farAway)))
      const found = yield* store.get(at)
      const told = Option.flatMap(found, ({ disposableAt }) => disposableAt)
      yield* expect(
        Option.isSome(found) &&
          Option.match(told, {
            onNone: () => true,
            onSome: (time) => Math.abs(time.epochMillis - farAway.epochMillis) <= 1000
          }),
        `must say ${DateTime.formatIso(farAway)} or nothing`,
        Option.match(told, {
          onNone: () => show(found),
          onSome: (time) => `it says ${DateTime.formatIso(time)}`
        })
      )
    })
  ),
  make("an entry that was never disposable does not become so", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("session")
      yield* store.commit(create(at, first))
      yield* tidyUp(store)
      const found = yield* store.get(at)
      yield* expect(
        Option.exists(found, (read) => isSame(read, first) && Option.isNone(read.disposableAt)),
        "must hold the entry without a time from which it is disposable",
        Option.match(
          Option.flatMap(found, ({ disposableAt }) => disposableAt),
          {
            onNone: () => show(found),
            onSome: (time) => `it says ${DateTime.formatIso(time)}`
          }
        )
      )
    })
  ),
  make("an entry whose time has come is there whole, or gone", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("abandoned", longAgo)
      yield* store.commit(create(at, first))
      const before = yield* store.get(at)
      yield* tidyUp(store)
      const after = yield* store.get(at)
      for (const found of [before, after]) {
        yield* expect(
          Option.match(found, { onNone: () => true, onSome: (read) => isSame(read, first) }),
          "must hold the entry or nothing",
          show(found)
        )
      }
      yield* expect(
        Option.isSome(before) || Option.isNone(after),
        "must not bring back what it has dropped",
        "it was gone and came back"
      )
    })
  ),
  make("an entry whose time has come stands in nobody's way", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* store.commit(create(at, yield* entry("abandoned", longAgo)))
      const kept = yield* entry("kept")
      // A store that hides such an entry from reads but not from writes would refuse every write
      yield* TokenStore.set(limited(store, 5), at, kept)
      yield* holds(store, at, Option.some(kept))
    })
  ),
  make("an entry whose time has come can be deleted", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* store.commit(create(at, yield* entry("abandoned", longAgo)))
      yield* TokenStore.remove(limited(store, 5), at)
      yield* holds(store, at, Option.none())
    })
  ),
  make("what takes the place of a disposable entry stays", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      yield* store.commit(create(at, yield* entry("abandoned", longAgo)))
      const kept = yield* entry("kept")
      yield* TokenStore.set(limited(store, 5), at, kept)
      yield* tidyUp(store)
      yield* tidyUp(store)
      yield* holds(store, at, Option.some(kept))
    })
  ),
  make("the time of an entry is replaced with it", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const pending = yield* entry("pending", farAway)
      const kept = yield* entry("kept")
      yield* store.commit(create(at, pending))
      yield* store.commit(replace(at, pending, kept))
      const found = yield* store.get(at)
      yield* expect(
        Option.exists(found, (read) => isSame(read, kept) && Option.isNone(read.disposableAt)),
        "must forget the time of the entry before",
        Option.match(
          Option.flatMap(found, ({ disposableAt }) => disposableAt),
          {
            onNone: () => show(found),
            onSome: (time) => `it still says ${DateTime.formatIso(time)}`
          }
        )
      )
    })
  )
]
