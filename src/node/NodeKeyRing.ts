/**
 * The keys of sealed sessions, from where programs on Node keep them: the system's keychain, or a file.
 *
 * @since 0.1.0
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import * as EncryptedTokenStore from "../store/EncryptedTokenStore.js"
import * as KeyRing from "../store/KeyRing.js"
import type { TokenStore } from "../store/TokenStore.js"
import { disk, type DiskError } from "./fileStore/disk.js"

/**
 * The keys could not be loaded. Nothing is read or written without them. `code` is the error code of the
 * operating system, such as `EACCES`.
 *
 * @since 0.1.0
 * @category errors
 */
export class NodeKeyRingError extends Schema.TaggedError<NodeKeyRingError>("effect-spotify/NodeKeyRingError")(
  "NodeKeyRingError",
  {
    reason: Schema.Literal("File", "FileInvalid", "FilePermissions", "KeychainUnavailable", "KeyMissing"),
    path: Schema.String,
    code: Schema.optional(Schema.String)
  }
) {
  override get message(): string {
    const remedies: Record<typeof this.reason, string> = {
      File: `the file cannot be read or written (${this.code ?? "no code"})`,
      FileInvalid: "the file does not have keys in the expected form: restore it",
      FilePermissions: "others may read the file: allow it to its owner only, with chmod 600",
      KeychainUnavailable:
        "the system's keychain does not answer: unlock it, and install @napi-rs/keyring where the program is",
      KeyMissing:
        "the system's keychain does not have the key any more: restore it, or remove the file, after which every user logs in again"
    }
    return `The keys of ${this.path} cannot be used (${this.reason}): ${remedies[this.reason]}`
  }
}

const fileError = (path: string, { code }: Pick<DiskError, "code">) =>
  new NodeKeyRingError({ reason: "File", path, code })

/** More than a key file needs. */
const maxFileLength = 64 * 1024

/** Windows cannot sync a directory: there a power cut right after the first use may lose the file. */
const synced = (effect: Effect.Effect<void, DiskError>) =>
  process.platform === "win32" ? Effect.ignore(effect) : effect

/** The part of `@napi-rs/keyring` that is used, of version 1 or 2. */
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

// The compiler has no types for it, because only some users install it
const optional: string = "@napi-rs/keyring"

/**
 * @since 0.1.0
 * @category models
 */
export interface KeychainOptions {
  /**
   * The file that says under which name the keychain has the key. The first use creates it, with its
   * directory, for the user only. Processes that share sessions must share it, because the first of them
   * creates the key for all.
   */
  readonly keyFile: string
  /** The name of the program in the keychain. Default `effect-spotify`. */
  readonly service?: string | undefined
  /**
   * What the first use does if no keychain works: `fail`, the default, or `file`, which keeps the key in
   * `keyFile`. Anyone who can read the user's files can then read the sessions.
   */
  readonly fallback?: "fail" | "file" | undefined
  /**
   * The time limit of each use of the keychain. One that is locked may never answer, or wait for the user.
   * Default 3 seconds.
   */
  readonly timeout?: Duration.DurationInput | undefined
}

const defaultTimeout = "3 seconds"

/** On Linux the Secret Service alone: the kernel's keyring, the fallback, is empty after the machine restarts. */
const withKeychain = <A>(
  { service = "effect-spotify", timeout = defaultTimeout }: KeychainOptions,
  id: string,
  use: (entry: InstanceType<Keychain["AsyncEntry"]>, signal: AbortSignal) => Promise<A>
): Effect.Effect<Option.Option<A>> =>
  Effect.tryPromise((signal) =>
    import(optional).then((keychain: Keychain) =>
      use(new keychain.AsyncEntry(service, id, { linux: { store: "secret-service" } }), signal)
    )
  ).pipe(Effect.disconnect, Effect.timeout(timeout), Effect.option)

const KeyFile = Schema.parseJson(
  Schema.Union(
    Schema.Struct({ id: Schema.String, kept: Schema.Literal("keychain") }),
    Schema.Struct({ id: Schema.String, kept: Schema.Literal("file"), key: Schema.Redacted(Schema.String) })
  )
)

const decode = Schema.decode(KeyFile)

const encode = Schema.encode(KeyFile)

/** Reads the key file, if there is one. */
const readKeyFile = (
  path: string
): Effect.Effect<Option.Option<Schema.Schema.Type<typeof KeyFile>>, NodeKeyRingError> =>
  disk.read(path, maxFileLength).pipe(
    Effect.flatMap(({ content, facts }) =>
      // Windows has no modes: what lies in a user's directory is for that user and administrators
      process.platform !== "win32" && (facts.mode & 0o077) !== 0
        ? new NodeKeyRingError({ reason: "FilePermissions", path })
        : Effect.mapError(
            decode(new TextDecoder().decode(content)),
            () => new NodeKeyRingError({ reason: "FileInvalid", path })
          )
    ),
    Effect.asSome,
    Effect.catchTag("DiskError", (error) =>
      error.code === "ENOENT" ? Effect.succeedNone : fileError(path, error)
    )
  )

const random = (bytes: number) => Effect.sync(() => globalThis.crypto.getRandomValues(new Uint8Array(bytes)))

/** The keychain has the key only if it gives back what it was given. */
const offer = (options: KeychainOptions, id: string, key: string) =>
  withKeychain(options, id, (entry, signal) =>
    entry.setPassword(key, signal).then(() => entry.getPassword(signal))
  ).pipe(Effect.map(Option.contains<string | null | undefined>(key)))

/** Writes the file whole, unless it is there: of two processes at once one wins. */
const createFile = (path: string, text: string) =>
  Effect.gen(function* () {
    yield* synced(disk.makeDirectory(Path.dirname(path)))
    const temporary = `${path}.${Encoding.encodeHex(yield* random(6))}`
    yield* Effect.scoped(
      Effect.flatMap(disk.create(temporary), (file) => file.write(new TextEncoder().encode(text)))
    ).pipe(
      Effect.zipRight(disk.link(temporary, path)),
      Effect.catchIf(
        ({ code }) => code === "EEXIST",
        () => Effect.void
      ),
      Effect.ensuring(Effect.ignore(disk.unlink(temporary)))
    )
    yield* synced(disk.syncDirectory(Path.dirname(path)))
  }).pipe(Effect.mapError((error) => fileError(path, error)))

const create = Effect.fnUntraced(function* (options: KeychainOptions) {
  const id = Encoding.encodeHex(yield* random(8))
  const key = Encoding.encodeBase64Url(yield* random(32))
  const inKeychain = yield* offer(options, id, key)
  if (!inKeychain && options.fallback !== "file") {
    return yield* new NodeKeyRingError({ reason: "KeychainUnavailable", path: options.keyFile })
  }
  const text = yield* Effect.orDie(
    encode(inKeychain ? { id, kept: "keychain" } : { id, kept: "file", key: Redacted.make(key) })
  )
  yield* createFile(options.keyFile, `${text}\n`)
})

const materialOf = (id: string, key: string): KeyRing.Options => ({
  // KeyRing refuses another key by its length
  current: {
    id,
    key: Redacted.make(Either.getOrElse(Encoding.decodeBase64Url(key), () => new Uint8Array(0)))
  }
})

/**
 * Where the key of {@link keychain} is. None before the first use.
 *
 * @since 0.1.0
 * @category getters
 */
export const kept = (
  options: Pick<KeychainOptions, "keyFile">
): Effect.Effect<Option.Option<"keychain" | "file">, NodeKeyRingError> =>
  Effect.map(
    readKeyFile(options.keyFile),
    Option.map((found) => found.kept)
  )

/**
 * A key that is created at the first use and kept in the system's keychain: Keychain on macOS, Credential
 * Manager on Windows, the Secret Service on Linux. It needs the package `@napi-rs/keyring`, version 1 or 2.
 *
 * A key that is in the keychain is never replaced by another one: while the keychain is locked the effect
 * fails with `KeychainUnavailable`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const keychain = (options: KeychainOptions): Effect.Effect<KeyRing.Options, NodeKeyRingError> =>
  Effect.gen(function* () {
    const path = options.keyFile
    const found = yield* Effect.flatMap(
      readKeyFile(path),
      Option.match({
        onNone: () => Effect.zipRight(create(options), readKeyFile(path)),
        onSome: Effect.succeedSome
      })
    )
    if (Option.isNone(found)) {
      return yield* new NodeKeyRingError({ reason: "File", path, code: "ENOENT" })
    }
    const place = found.value
    if (place.kept === "file") {
      return materialOf(place.id, Redacted.value(place.key))
    }
    const key = yield* withKeychain(options, place.id, (entry, signal) => entry.getPassword(signal))
    return Option.isSome(key)
      ? typeof key.value === "string"
        ? materialOf(place.id, key.value)
        : yield* new NodeKeyRingError({ reason: "KeyMissing", path })
      : yield* new NodeKeyRingError({ reason: "KeychainUnavailable", path })
  })

/**
 * Reads keys from a file, such as a secret that Docker or Kubernetes mounts. The format is that of
 * `KeyRing.config`: `2027:base64,2026:base64`, the current key first. Line breaks separate keys as well.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { EncryptedTokenStore } from "effect-spotify"
 * import { FileTokenStore, NodeKeyRing } from "effect-spotify/node"
 * import * as Layer from "effect/Layer"
 *
 * const StoreLayer = EncryptedTokenStore.layerEffect(NodeKeyRing.file("/run/secrets/spotify-keys")).pipe(
 *   Layer.provide(FileTokenStore.layer({ directory: "/var/lib/my-app/sessions" }))
 * )
 * ```
 */
export const file = (path: string): Effect.Effect<KeyRing.Options, NodeKeyRingError> =>
  Effect.tryPromise({
    // A mounted secret is a symbolic link
    try: () => Fs.readFile(path, "utf8"),
    catch: (cause) =>
      fileError(path, {
        code: Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : "UNKNOWN"
      })
  }).pipe(
    Effect.flatMap((text) =>
      ConfigProvider.fromMap(new Map([["keys", text.trim().replaceAll(/[\s,]+/g, ",")]])).load(
        KeyRing.config("keys")
      )
    ),
    Effect.mapError((error) =>
      error._tag === "NodeKeyRingError" ? error : new NodeKeyRingError({ reason: "FileInvalid", path })
    )
  )

/**
 * `EncryptedTokenStore` with the key of {@link keychain}, over the provided store.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FileTokenStore, NodeKeyRing } from "effect-spotify/node"
 * import * as Layer from "effect/Layer"
 *
 * const directory = "/home/me/.local/state/my-app"
 *
 * const StoreLayer = NodeKeyRing.layerKeychain({ keyFile: `${directory}/key.json` }).pipe(
 *   Layer.provide(FileTokenStore.layer({ directory: `${directory}/sessions` }))
 * )
 * ```
 */
export const layerKeychain = (
  options: KeychainOptions & EncryptedTokenStore.Options
): Layer.Layer<
  TokenStore | EncryptedTokenStore.EncryptedTokenStore,
  NodeKeyRingError | KeyRing.KeyRingError,
  TokenStore
> =>
  EncryptedTokenStore.layerEffect(keychain(options), {
    plaintext: options.plaintext,
    // It has its own limits: for the creation, and for the use of what was created
    timeout: Duration.times(Duration.decode(options.timeout ?? defaultTimeout), 3)
  })
