/**
 * The list of keys, of stores that have one.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { StoreKey } from "../../store/TokenStore.js"
import { type Case, create, entry, expect, key, make, remove, replace } from "./contractCase.js"

/** More than a page of any store. */
const many = 1100

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
  make(
    "keys, where the store has them, list each record that stays, and none that was deleted before",
    ({ commit, keys: listed }) =>
      listed === undefined
        ? Effect.void
        : Effect.gen(function* () {
            const base = `effect-spotify:${encodeURIComponent(yield* key())}:session:`
            const names = ["*?[a]", "A", "a", "a ", "%_", "\u0000", "\u0010", "鍵 🎵", "\ud800", "'\"\\", "z"]
            const kept = [
              ...names.map((name) => StoreKey(`${base}${name}`)),
              ...Array.from({ length: many }, (_, index) => StoreKey(`${base}${index}`))
            ]
            const first = yield* entry("first")
            yield* Effect.forEach(kept, (at) => commit(create(at, first)), {
              concurrency: 8,
              discard: true
            })
            const deleted = StoreKey(`${base}deleted`)
            yield* commit(create(deleted, first))
            yield* commit(remove(deleted, first))
            // Records that are written during the list stay in it
            const found = yield* listed.pipe(
              Stream.filter((at) => at.startsWith(base)),
              Stream.tap((at) =>
                Effect.flatMap(entry("second"), (second) => Effect.either(commit(replace(at, first, second))))
              ),
              Stream.runCollect
            )
            const missing = kept.filter((at) => !new Set(found).has(at))
            yield* expect(
              missing.length === 0,
              "must list every key",
              `${missing.length} are missing: ${missing[0]}`
            )
            yield* expect(
              [...found].every((at) => kept.includes(at)),
              "must list only keys of records",
              "it lists a deleted one, or one that never was"
            )
          })
  )
]
