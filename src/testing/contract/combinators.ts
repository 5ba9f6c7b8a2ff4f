/**
 * `set`, `modify` and `remove` over the store.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TokenStore from "../../TokenStore.js"
import { type Case, entry, expect, holds, holdsOneOf, key, limited, make } from "./contractCase.js"

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
