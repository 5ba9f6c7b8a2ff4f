import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as TokenStore from "../../../../src/store/TokenStore.js"

/** A directory that does not exist yet, in one that goes away with the scope. */
export const newDirectory = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-spotify-file-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
).pipe(Effect.map((path) => Path.join(path, "sessions")))

export const entry = (text: string, disposableAt?: DateTime.Utc): Effect.Effect<TokenStore.Entry> =>
  Effect.map(TokenStore.newVersion, (version) => ({
    version,
    payload: Redacted.make(text),
    disposableAt: Option.fromNullable(disposableAt)
  }))

export const create = (key: TokenStore.StoreKey, next: TokenStore.Entry): TokenStore.Write => ({
  key,
  expected: Option.none(),
  next: Option.some(next)
})

export const replace = (
  key: TokenStore.StoreKey,
  expected: TokenStore.Entry,
  next: TokenStore.Entry
): TokenStore.Write => ({ key, expected: Option.some(expected.version), next: Option.some(next) })

export const remove = (key: TokenStore.StoreKey, expected: TokenStore.Entry): TokenStore.Write => ({
  key,
  expected: Option.some(expected.version),
  next: Option.none()
})

export const textOf = (store: TokenStore.Service, key: TokenStore.StoreKey) =>
  Effect.map(
    store.get(key),
    Option.map(({ payload }) => Redacted.value(payload))
  )

/** A value that the test has made sure of. */
export const present = <A>(value: A | undefined): A => {
  if (value === undefined) {
    throw new Error("the value is missing")
  }
  return value
}

/** All files below a directory, by their paths in it. */
export const filesOf = (directory: string): ReadonlyArray<string> =>
  Fs.existsSync(directory)
    ? Fs.readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((found) => !found.isDirectory())
        .map((found) => Path.relative(directory, Path.join(found.parentPath, found.name)))
        .sort()
    : []

/** The contents of all files, to compare byte for byte. */
export const snapshot = (directory: string): ReadonlyArray<readonly [string, string]> =>
  filesOf(directory).map(
    (file) => [file, Fs.readFileSync(Path.join(directory, file)).toString("hex")] as const
  )

/** The highest generation of the only record. */
export const topOf = (directory: string): string => {
  const numbered = filesOf(directory)
    .filter((file) => file.includes(".g"))
    .map((file) => [Number(file.split(".g")[1]), file] as const)
    .sort(([a], [b]) => b - a)
  return Path.join(directory, numbered[0]?.[1] ?? "nothing is there")
}

/** Adds one to the number in a record, and answers with the sum. */
export const increment = (store: TokenStore.Service, key: TokenStore.StoreKey) =>
  TokenStore.modify(store, key, (current) =>
    Effect.gen(function* () {
      const sum = Option.match(current, {
        onNone: () => 1,
        onSome: ({ payload }) => Number(Redacted.value(payload)) + 1
      })
      return [sum, Option.some(Option.some(yield* entry(String(sum))))] as const
    })
  )
