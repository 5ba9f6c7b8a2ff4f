import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { constants, fsync } from "node:fs"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { promisify } from "node:util"
import { foreignCause } from "../../foreignCause.js"

/** The operating system refused an operation or failed. `code` is its error code, such as `ENOSPC`. */
export class DiskError extends Data.TaggedError("DiskError")<{
  readonly code: string
  readonly cause: unknown
}> {}

/** The metadata of a path. Symbolic links are not followed. */
export interface Facts {
  readonly kind: "file" | "directory" | "other"
  /** Only the permission bits. */
  readonly mode: number
  readonly owner: number
  readonly size: number
  readonly modifiedAt: number
  /** Identifies the file, whatever its name. */
  readonly identity: string
}

/** A new file, open for one write. */
export interface NewFile {
  /** Writes all of `content`, and returns once it is synced to disk. */
  readonly write: (content: Uint8Array) => Effect.Effect<void, DiskError>
}

/** The file system operations that a store of generations needs. */
export interface Disk {
  /** The user who must own every file; none on systems without owners. */
  readonly user: Option.Option<number>
  readonly inspect: (path: string) => Effect.Effect<Facts, DiskError>
  readonly list: (directory: string) => Effect.Effect<ReadonlyArray<string>, DiskError>
  /**
   * Creates the directory and its parents for the owner only, durably. An existing directory is left
   * unchanged.
   */
  readonly makeDirectory: (path: string) => Effect.Effect<void, DiskError>
  /** Makes the names in a directory durable. */
  readonly syncDirectory: (path: string) => Effect.Effect<void, DiskError>
  /** Creates a file for the owner only. Fails if the name exists, even as a symbolic link. */
  readonly create: (path: string) => Effect.Effect<NewFile, DiskError, Scope.Scope>
  /** Reads a regular file, unless it is longer than the limit. */
  readonly read: (
    path: string,
    limit: number
  ) => Effect.Effect<{ readonly facts: Facts; readonly content: Uint8Array }, DiskError>
  /** Gives a file a second name, and fails with `EEXIST` if the name is taken: an atomic test-and-set. */
  readonly link: (existing: string, name: string) => Effect.Effect<void, DiskError>
  readonly unlink: (path: string) => Effect.Effect<void, DiskError>
  /** Empties a file. */
  readonly truncate: (path: string) => Effect.Effect<void, DiskError>
}

const attempt = <A>(evaluate: () => Promise<A>): Effect.Effect<A, DiskError> =>
  Effect.tryPromise({
    try: evaluate,
    catch: (cause) =>
      new DiskError({
        cause: foreignCause(cause),
        code: Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : "UNKNOWN"
      })
  })

const factsOf = (stats: Awaited<ReturnType<typeof Fs.lstat>>): Facts => ({
  kind: stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other",
  mode: Number(stats.mode) & 0o7777,
  owner: Number(stats.uid),
  size: Number(stats.size),
  modifiedAt: Number(stats.mtimeMs),
  identity: `${stats.dev}:${stats.ino}`
})

const open = (path: string, flags: number, mode?: number) =>
  Effect.acquireRelease(
    attempt(() => Fs.open(path, flags, mode)),
    // The content was synced before, so a failure to close loses nothing
    (handle) => Effect.ignore(attempt(() => handle.close()))
  )

/** Syncs by file descriptor: the file handles of Yarn's Plug'n'Play have no `sync`. */
const sync = (handle: Fs.FileHandle) => attempt(() => promisify(fsync)(handle.fd))

const syncDirectory = (path: string) =>
  Effect.scoped(Effect.flatMap(open(path, constants.O_RDONLY | constants.O_DIRECTORY), sync))

/** From the parent of the first new directory down to the parent of the last. */
const parents = (first: string, last: string): ReadonlyArray<string> => {
  const parent = Path.dirname(last)
  return last === first || parent === last ? [parent] : [...parents(first, parent), parent]
}

/** The file system of this machine. */
export const disk: Disk = {
  user: Option.fromNullable(process.geteuid?.()),
  inspect: (path) =>
    Effect.map(
      attempt(() => Fs.lstat(path)),
      factsOf
    ),
  list: (directory) => attempt(() => Fs.readdir(directory)),
  makeDirectory: (path) =>
    Effect.flatMap(
      attempt(() => Fs.mkdir(path, { recursive: true, mode: 0o700 })),
      (first) =>
        first === undefined
          ? Effect.void
          : Effect.forEach(parents(first, path), syncDirectory, { discard: true })
    ),
  syncDirectory,
  create: (path) =>
    Effect.map(
      open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600),
      (handle): NewFile => ({
        write: (content) =>
          Effect.zipRight(
            attempt(() => handle.writeFile(content)),
            sync(handle)
          )
      })
    ),
  read: (path, limit) =>
    Effect.scoped(
      Effect.gen(function* () {
        // A pipe in place of the file must not block the reader
        const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
        const handle = yield* open(path, flags)
        const facts = factsOf(yield* attempt(() => handle.stat()))
        const content =
          facts.kind === "file" && facts.size <= limit
            ? yield* attempt(() => handle.readFile())
            : new Uint8Array()
        return { facts, content }
      })
    ),
  link: (existing, name) => attempt(() => Fs.link(existing, name)),
  unlink: (path) => attempt(() => Fs.unlink(path)),
  truncate: (path) =>
    Effect.scoped(
      // A pipe in place of the file must not block the writer
      Effect.flatMap(open(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK), (handle) =>
        attempt(() => handle.truncate(0))
      )
    )
}
