/**
 * Compare-and-set with one writer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import {
  type Case,
  conflicts,
  create,
  entry,
  expect,
  holds,
  key,
  make,
  remove,
  replace
} from "./contractCase.js"

/**
 * @since 0.1.0
 * @category tests
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
  make("replacing an entry by one of the same text gives it the new version", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("the same text")
      const second = yield* entry("the same text")
      yield* store.commit(create(at, first))
      yield* store.commit(replace(at, first, second))
      yield* holds(store, at, Option.some(second))
      yield* conflicts(store, remove(at, first))
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
  make("replacing what was deleted conflicts and brings nothing back", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* store.commit(remove(at, first))
      yield* conflicts(store, replace(at, first, yield* entry("second")))
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
  make("deleting with nothing expected conflicts where something is", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* conflicts(store, { key: at, expected: Option.none(), next: Option.none() })
      yield* holds(store, at, Option.some(first))
    })
  ),
  make("a deleted record can be created again", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* store.commit(create(at, first))
      yield* store.commit(remove(at, first))
      yield* store.commit(create(at, second))
      yield* holds(store, at, Option.some(second))
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
  make("C8: a writer that slept through 12 deletions and creations conflicts", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const lives = yield* Effect.replicateEffect(entry("the same text"), 12)
      for (const life of lives) {
        yield* store.commit(create(at, life))
        yield* store.commit(remove(at, life))
      }
      const last = yield* entry("the same text")
      yield* store.commit(create(at, last))
      for (const life of lives) {
        yield* conflicts(store, replace(at, life, yield* entry("stale")))
      }
      yield* holds(store, at, Option.some(last))
    })
  ),
  make("100 replacements end with the last one, and no older version is accepted again", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const older: Array<Effect.Effect.Success<ReturnType<typeof entry>>> = []
      let current = yield* entry("0")
      yield* store.commit(create(at, current))
      for (let round = 1; round <= 100; round++) {
        const next = yield* entry(String(round))
        yield* store.commit(replace(at, current, next))
        older.push(current)
        current = next
      }
      for (let index = 0; index < older.length; index += 9) {
        const stale = older[index] ?? current
        yield* conflicts(store, replace(at, stale, yield* entry("stale")))
        yield* conflicts(store, remove(at, stale))
      }
      yield* holds(store, at, Option.some(current))
    })
  ),
  make("a read is made anew each time it runs, and a commit only when it runs", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const read = store.get(at)
      const write = store.commit(create(at, first))
      yield* expect(Option.isNone(yield* read), "must not write before the commit runs", "it wrote")
      yield* write
      yield* expect(Option.isSome(yield* read), "must read anew", "the same effect still answers nothing")
      yield* store.commit(remove(at, first))
      yield* expect(Option.isNone(yield* read), "must read anew", "the same effect still answers the entry")
    })
  ),
  make("says how far its compare-and-set reaches", (store) =>
    expect(
      ["process", "host", "shared"].includes(store.atomicity),
      "must have process, host or shared as its atomicity",
      `it has ${JSON.stringify(store.atomicity)}`
    )
  )
]
