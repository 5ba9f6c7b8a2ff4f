/**
 * Keys, which may contain user input.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { StoreKey } from "../../store/TokenStore.js"
import { type Case, create, entry, holds, key, make, remove } from "./contractCase.js"

const bytes = (text: string): number => new TextEncoder().encode(text).length

/** Fills a key to its limit of 512 bytes. */
const toLimit = (start: string, filler: string, end: string): StoreKey => {
  let text = start
  while (bytes(text + filler + end) <= 512) {
    text += filler
  }
  return StoreKey(text.padEnd(text.length + 512 - bytes(text + end), ".") + end)
}

/** Keys that a backend could misread. */
const hostile: ReadonlyArray<readonly [name: string, text: string]> = [
  ["a path", "../../etc/passwd"],
  ["a path of Windows", "..\\..\\CON:"],
  ["a glob", "*?[a]"],
  ["quotes", `'"\``],
  ["colons and braces", "a:b:{c}"],
  ["a statement", "'; DELETE FROM sessions; --"],
  ["line breaks", "a\r\nDEL b\r\n"],
  ["NUL", "a\u0000b"],
  ["characters beyond ASCII", "ключ 鍵 🎵"],
  ["escape sequences", "%00%2e%2e%2f\\u0000"],
  ["512 bytes less the prefix", "k".repeat(400)]
]

/** Pairs of keys that a backend could confuse. */
const distinct: ReadonlyArray<readonly [name: string, one: string, other: string]> = [
  ["differ in case alone", "a", "A"],
  ["differ in a trailing blank alone", "a", "a "],
  ["differ in a leading blank alone", "a", " a"],
  ["differ in Unicode normalization alone", "\u00e9", "e\u0301"],
  ["differ in width or look alone", "a", "\u0430"],
  ["differ in an accent alone", "e", "\u00e9"],
  ["are prefixes of each other", "a", "a:b"],
  ["match each other as a pattern", "a%_*", "axyz"],
  ["become equal when unusual characters are replaced", "a/b", "a_b"],
  ["become equal when they are unescaped", "a%2Fb", "a/b"],
  ["differ after a NUL alone", "a\u0000b", "a\u0000c"]
]

const areTwoRecords = (pair: (base: string) => readonly [StoreKey, StoreKey]): Parameters<typeof make>[1] => {
  return (store) =>
    Effect.gen(function* () {
      const [one, other] = pair(yield* key())
      const first = yield* entry("one")
      const second = yield* entry("other")
      yield* store.commit(create(one, first))
      yield* holds(store, other, Option.none())
      yield* store.commit(create(other, second))
      yield* holds(store, one, Option.some(first))
      yield* holds(store, other, Option.some(second))
      yield* store.commit(remove(one, first))
      yield* holds(store, one, Option.none())
      yield* holds(store, other, Option.some(second))
    })
}

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
  ...hostile.map(([name, text]) =>
    make(`F21: takes ${name} in a key`, (store) =>
      Effect.gen(function* () {
        const at = StoreKey(`${yield* key()}:${text}`)
        const neighbour = StoreKey(`${at}x`)
        const first = yield* entry("first")
        yield* store.commit(create(at, first))
        yield* holds(store, at, Option.some(first))
        yield* holds(store, neighbour, Option.none())
        yield* store.commit(remove(at, first))
        yield* holds(store, at, Option.none())
      })
    )
  ),
  ...distinct.map(([name, one, other]) =>
    make(
      `F21: keys that ${name} are two records`,
      areTwoRecords((base) => [StoreKey(`${base}:${one}`), StoreKey(`${base}:${other}`)])
    )
  ),
  make(
    "F21: keys of 512 bytes that differ in the last one alone are two records",
    areTwoRecords((base) => [toLimit(base, "k", "1"), toLimit(base, "k", "2")])
  ),
  make(
    "F21: keys of 512 bytes in characters beyond ASCII are two records",
    areTwoRecords((base) => [toLimit(base, "鍵", "ü"), toLimit(base, "鍵", "ö")])
  ),
  make("names that every object of JavaScript has hold nothing", (store) =>
    Effect.forEach(
      ["__proto__", "constructor", "toString", "hasOwnProperty", ""],
      (name) => holds(store, StoreKey(name), Option.none()),
      { discard: true }
    )
  )
]
