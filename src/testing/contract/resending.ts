/**
 * Writes that are sent again because their answer was lost.
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
  race,
  remove,
  replace
} from "./contractCase.js"

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
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
  make("a creation sent again after a replacement conflicts", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* store.commit(create(at, first))
      yield* store.commit(replace(at, first, second))
      yield* conflicts(store, create(at, first))
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
  make("a replacement sent again after a deletion conflicts and brings nothing back", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* store.commit(create(at, first))
      yield* store.commit(replace(at, first, second))
      yield* store.commit(remove(at, second))
      yield* conflicts(store, replace(at, first, second))
      yield* holds(store, at, Option.none())
    })
  ),
  make("D4: a deletion sent again conflicts, since a deletion has no version to be known by", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      yield* store.commit(create(at, first))
      yield* store.commit(remove(at, first))
      yield* conflicts(store, remove(at, first))
      yield* holds(store, at, Option.none())
    })
  ),
  make("a deletion sent again never deletes what came after it", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      const third = yield* entry("third")
      yield* store.commit(create(at, first))
      yield* store.commit(remove(at, first))
      yield* store.commit(create(at, second))
      yield* conflicts(store, remove(at, first))
      yield* store.commit(replace(at, second, third))
      yield* conflicts(store, remove(at, first))
      yield* holds(store, at, Option.some(third))
    })
  ),
  make("D5: a write that arrives after the one that took its place conflicts", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      const late = replace(at, first, yield* entry("late"))
      yield* store.commit(create(at, first))
      yield* store.commit(replace(at, first, second))
      yield* conflicts(store, late)
      yield* conflicts(store, late)
      yield* holds(store, at, Option.some(second))
    })
  ),
  make("D5: one replacement sent 16 times at once succeeds 16 times and happens once", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const second = yield* entry("second")
      yield* store.commit(create(at, first))
      const taken = yield* race(
        store,
        Array.from({ length: 16 }, () => replace(at, first, second))
      )
      yield* expect(taken.length === 16, "must know its own write again", `${taken.length} of 16 succeeded`)
      yield* holds(store, at, Option.some(second))
    })
  ),
  make("D5: one creation sent 16 times at once succeeds 16 times and happens once", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = yield* entry("first")
      const taken = yield* race(
        store,
        Array.from({ length: 16 }, () => create(at, first))
      )
      yield* expect(taken.length === 16, "must know its own write again", `${taken.length} of 16 succeeded`)
      yield* holds(store, at, Option.some(first))
    })
  )
]
