/**
 * Payloads and versions, which a store must keep unchanged.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Entry, Version } from "../../store/TokenStore.js"
import { type Case, conflicts, create, entry, holds, key, make, remove, replace } from "./contractCase.js"

/** Text that no session record contains. A store must accept it all the same. */
const payloads: ReadonlyArray<readonly [name: string, text: string]> = [
  ["empty text", ""],
  ["blanks and line breaks at both ends", " \r\n\t text \t\n\r\n "],
  ["quotes and line breaks", `'"\\\n\r\t;--`],
  ["NUL and control characters", "\u0000\u0001\u001f"],
  ["text beyond ASCII", "žluťoučký 曲 🎵 \u202e"],
  ["both Unicode normalizations", "\u00e9 e\u0301 \ufb01 \u212b"],
  ["a byte order mark", "\ufefftext\ufeff"],
  ["text that looks like a number", "0100.10"],
  ["text that looks like null", "null"],
  ["text that looks like JSON", '{"__proto__":{"version":"x"},"a":[1.0,1e400]}'],
  ["text that looks like a statement", "'); DROP TABLE sessions; --"],
  ["text that looks like a template", "${payload} %s {{x}} <b>"],
  ["64 KiB", "x".repeat(64 * 1024)],
  ["64 KiB beyond ASCII", "曲".repeat(Math.floor((64 * 1024) / 3))]
]

/** Sizes near the limits of buffers, pages and columns. */
const sizes = [1, 2, 3, 255, 256, 1023, 1024, 4095, 4096, 4097, 8192, 16_383, 16_384, 32_767, 32_768, 65_535]

/** Text of a given size in which no part repeats, so that a missing or doubled part is noticed. */
const sized = (size: number): string => {
  let text = ""
  for (let index = 0; text.length < size; index++) {
    text += `${index}\u00e9`
  }
  return text.slice(0, size)
}

/** Writers use 22 characters of base64url, but a store must not rely on that. */
const versions: ReadonlyArray<readonly [name: string, text: string]> = [
  ["64 characters", "0123456789abcdef".repeat(4)],
  ["punctuation", `a.b:c/d\\e'f"g%h{i}j;k,l=m&n<o>p|q*r?s`],
  ["looks like a number", "00123e4"],
  ["one character", "-"]
]

const versioned = (text: string, version: string): Entry => ({
  version: Version(version),
  payload: Redacted.make(text),
  disposableAt: Option.none()
})

/**
 * @since 0.1.0
 * @category tests
 */
export const cases: ReadonlyArray<Case> = [
  ...payloads.map(([name, text]) =>
    make(`keeps ${name} to the letter`, (store) =>
      Effect.gen(function* () {
        const at = yield* key()
        const first = yield* entry(text)
        yield* store.commit(create(at, first))
        yield* holds(store, at, Option.some(first))
        // Many backends write the first state and later states in different ways
        const second = yield* entry(text)
        yield* store.commit(replace(at, first, second))
        yield* holds(store, at, Option.some(second))
      })
    )
  ),
  make("keeps payloads of 1 byte to 64 KiB to the letter, growing and shrinking", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      let current = yield* entry(sized(0))
      yield* store.commit(create(at, current))
      for (const size of [...sizes, ...[...sizes].reverse()]) {
        const next = yield* entry(sized(size))
        yield* store.commit(replace(at, current, next))
        yield* holds(store, at, Option.some(next))
        current = next
      }
    })
  ),
  ...versions.map(([name, text]) =>
    make(`takes a version of ${name} as it is`, (store) =>
      Effect.gen(function* () {
        const at = yield* key()
        const first = versioned("first", text)
        const second = yield* entry("second")
        yield* store.commit(create(at, first))
        yield* store.commit(create(at, first))
        yield* holds(store, at, Option.some(first))
        yield* store.commit(replace(at, first, second))
        yield* store.commit(replace(at, second, first))
        yield* store.commit(remove(at, first))
        yield* holds(store, at, Option.none())
      })
    )
  ),
  make("compares versions to the letter", (store) =>
    Effect.gen(function* () {
      const at = yield* key()
      const first = versioned("first", "0100aB")
      yield* store.commit(create(at, first))
      for (const near of ["0100ab", "0100AB", "100aB", "0100aB ", " 0100aB", "0100a", "0100aBx", ""]) {
        yield* conflicts(store, replace(at, versioned("near", near), yield* entry("second")))
        yield* conflicts(store, remove(at, versioned("near", near)))
        // A similar version is not a repeat of the same write
        yield* conflicts(store, create(at, versioned("near", near)))
      }
      yield* holds(store, at, Option.some(first))
    })
  )
]
