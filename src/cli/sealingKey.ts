import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as KeyRing from "../store/KeyRing.js"
import { CommandFailed } from "./failure.js"
import { createFile, Place, readFile } from "./place.js"

/** The part of `@napi-rs/keyring` 1 and 2 that is used here. */
interface Keychain {
  readonly AsyncEntry: new (
    service: string,
    account: string,
    options: { readonly linux: { readonly store: "secret-service" } }
  ) => {
    readonly getPassword: (signal: AbortSignal) => Promise<string | null | undefined>
    readonly setPassword: (password: string, signal: AbortSignal) => Promise<void>
  }
}

// A variable, because the package is optional and the compiler has no types for it
const optional: string = "@napi-rs/keyring"

/**
 * The system's keychain. On Linux this is only the Secret Service, because the kernel's keyring, the package's
 * other choice, forgets the key when the machine restarts. A locked keychain may never answer.
 */
const withKeychain = <A>(
  id: string,
  use: (entry: InstanceType<Keychain["AsyncEntry"]>, signal: AbortSignal) => Promise<A>
): Effect.Effect<Option.Option<A>> =>
  Effect.tryPromise((signal) =>
    import(optional).then((keychain: Keychain) =>
      use(new keychain.AsyncEntry("effect-spotify", id, { linux: { store: "secret-service" } }), signal)
    )
  ).pipe(Effect.disconnect, Effect.timeout("3 seconds"), Effect.option)

const KeyFile = Schema.parseJson(
  Schema.Union(
    Schema.Struct({ id: Schema.String, kept: Schema.Literal("keychain") }),
    Schema.Struct({ id: Schema.String, kept: Schema.Literal("file"), key: Schema.Redacted(Schema.String) })
  )
)

const decode = Schema.decode(KeyFile)

const encode = Schema.encode(KeyFile)

const random = (bytes: number) => Effect.sync(() => globalThis.crypto.getRandomValues(new Uint8Array(bytes)))

/** Stores the key in the keychain, and reads it back to see that it works. */
const offer = (id: string, key: string) =>
  withKeychain(id, (entry, signal) =>
    entry.setPassword(key, signal).then(() => entry.getPassword(signal))
  ).pipe(Effect.map(Option.contains<string | null | undefined>(key)))

const create = Effect.gen(function* () {
  const { keyFile } = yield* Place
  const id = Encoding.encodeHex(yield* random(8))
  const key = Encoding.encodeBase64Url(yield* random(32))
  const text = yield* Effect.orDie(
    (yield* offer(id, key))
      ? encode({ id, kept: "keychain" })
      : encode({ id, kept: "file", key: Redacted.make(key) })
  )
  yield* createFile(keyFile, `${text}\n`)
})

/** Where the key is, if there was a login. */
export const kept = Effect.gen(function* () {
  const { keyFile, login } = yield* Place
  const fs = yield* FileSystem.FileSystem
  const text = yield* readFile(keyFile)
  if (Option.isNone(text)) {
    return Option.none()
  }
  const { mode } = yield* fs.stat(keyFile)
  if ((mode & 0o077) !== 0) {
    return yield* new CommandFailed({
      kind: "storage",
      message: `Other users can read the key of your sessions.\nRun: chmod 600 ${keyFile}`
    })
  }
  return yield* Effect.mapBoth(decode(text.value), {
    onFailure: () =>
      new CommandFailed({
        kind: "storage",
        message: `${keyFile} is damaged.\nRestore it from a backup, or remove it and run: ${login}`
      }),
    onSuccess: Option.some
  })
})

const bytesOf = (text: string): Redacted.Redacted<Uint8Array> =>
  // KeyRing refuses a key of the wrong length
  Redacted.make(Either.getOrElse(Encoding.decodeBase64Url(text), () => new Uint8Array(0)))

/**
 * The key that seals the sessions. It is created at the first login, in the system's keychain if there is one
 * and otherwise in a file that only the user can read.
 */
export const load = Effect.gen(function* () {
  const found = yield* Effect.flatMap(
    kept,
    Option.match({ onNone: () => Effect.zipRight(create, kept), onSome: Effect.succeedSome })
  )
  if (Option.isNone(found)) {
    return yield* Effect.dieMessage("the key was stored but is not there")
  }
  const place = found.value
  if (place.kept === "file") {
    return { current: { id: place.id, key: bytesOf(Redacted.value(place.key)) } } satisfies KeyRing.Options
  }
  const key = yield* withKeychain(place.id, (entry, signal) => entry.getPassword(signal))
  if (Option.isNone(key) || typeof key.value !== "string") {
    return yield* new CommandFailed({
      kind: "storage",
      message:
        "The key of your sessions is in the system's keychain, which is locked or cannot be reached.\nUnlock it, and check that @napi-rs/keyring is installed next to effect-spotify."
    })
  }
  return { current: { id: place.id, key: bytesOf(key.value) } } satisfies KeyRing.Options
})
