import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Path from "node:path"
import {
  newVersion,
  type Service,
  type StoreKey,
  TokenStoreConflict,
  TokenStoreCorrupt,
  TokenStoreUnavailable,
  Version,
  type Write
} from "../../store/TokenStore.js"
import { type Disk, DiskError, type NewFile } from "./disk.js"
import * as Generation from "./generation.js"
import * as Housekeeping from "./housekeeping.js"
import { type Place, placeOf } from "./place.js"

/** How many superseded generations keep their names before all of those names are removed. */
const kept = 8

/**
 * A write starts again if its temporary file is removed. That normally happens once in `kept` writes by
 * others, when names are removed. This many times in a row has another cause.
 */
const mostTries = 100

/** In days since the epoch. */
const dayOf = (now: number) => Math.max(0, Math.floor(now / (24 * 60 * 60 * 1000)))

/**
 * The number below all records that begin on this day. A record that begins after all traces of an older one
 * are gone therefore never reuses its names. Writers that begin a record on the same day compete for the same
 * name.
 */
const floorOf = (day: number) => day * 2 ** 24

/** Errors of `link` after which the name was certainly not created. */
const refusals = new Set([
  "EACCES",
  "EDQUOT",
  "EMFILE",
  "EMLINK",
  "ENAMETOOLONG",
  "ENFILE",
  "ENOMEM",
  "ENOSPC",
  "ENOTDIR",
  "EROFS"
])

/** Errors of `link` that mean the file system does not support it. */
const unsupported = new Set(["ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM", "EXDEV"])

interface Top {
  /** Zero if the record has no files. */
  readonly number: number
  /** None if there are no files. A left means that the file is unusable. */
  readonly generation: Option.Option<Either.Either<Generation.Generation, TokenStoreCorrupt>>
}

const sameVersion = Option.getEquivalence((a: Version, b: Version) => a === b)

/** The current version; none for an unreadable record. */
const versionOf = (top: Top): Option.Option<Version> =>
  top.generation.pipe(
    Option.flatMap(Either.getRight),
    Option.flatMap(({ entry }) => entry),
    Option.map(({ version }) => version)
  )

/**
 * A token store of immutable files, one for each state of a record. The disk may fail or lose power between
 * any two operations.
 *
 * The state of a record is its generation with the highest number. A commit writes the next generation to a
 * temporary file, syncs it, and links it to its final name. `link` is the compare-and-set: it fails if the
 * name exists, and it leaves no lock behind when its process dies.
 *
 * A writer creates its temporary file before it reads the record. Whoever removes a generation's name removes
 * the temporary files first. A writer with a stale state then has no file left to link, and starts again. A
 * writer that begins a record also removes the temporary files of writers that began on another day, since
 * they would link another name. Each writer lists the directory after it has created its own file, so of two
 * such writers at least one sees the other's file.
 */
export const make = (disk: Disk, root: string): Service => {
  const directory = Path.resolve(root)

  const refuse = (key: StoreKey, reason: TokenStoreCorrupt["reason"], version?: string) =>
    new TokenStoreCorrupt({ key, reason, version })

  const isOwn = (facts: { readonly mode: number; readonly owner: number }) =>
    (facts.mode & 0o077) === 0 && Option.contains(disk.user, facts.owner)

  /** The directory's identity, or none if it does not exist. */
  const inspect = (
    place: Place,
    path: string
  ): Effect.Effect<Option.Option<string>, DiskError | TokenStoreCorrupt> =>
    disk.inspect(path).pipe(
      Effect.flatMap((facts) =>
        facts.kind === "directory" && isOwn(facts)
          ? Effect.succeedSome(facts.identity)
          : refuse(place.key, "Permissions")
      ),
      Effect.catchIf(
        (error) => error._tag === "DiskError" && error.code === "ENOENT",
        () => Effect.succeedNone
      )
    )

  /** The identities of both directories of a record, or none if one is missing. */
  const directories = (place: Place) =>
    Effect.map(Effect.all([inspect(place, directory), inspect(place, place.directory)]), ([outer, inner]) =>
      Option.zipWith(outer, inner, (a, b) => `${a} ${b}`)
    )

  const create = (place: Place, path: string) =>
    Effect.flatMap(
      inspect(place, path),
      Option.match({
        onNone: () => disk.makeDirectory(path),
        onSome: () => Effect.void
      })
    )

  const list = (place: Place) =>
    Effect.catchIf(
      disk.list(place.directory),
      (error) => error.code === "ENOENT",
      () => Effect.succeed<ReadonlyArray<string>>([])
    )

  /** An unusable file gets a version from its number, so that a login or a sign-out can replace it. */
  const readGeneration = (place: Place, number: number) => {
    const unusable = (reason: TokenStoreCorrupt["reason"]) =>
      Either.left(refuse(place.key, reason, `unreadable ${number}`))
    return disk
      .read(Path.join(place.directory, Generation.nameOf(place.digest, number)), Generation.maxBytes)
      .pipe(
        Effect.map(({ content, facts }): Either.Either<Generation.Generation, TokenStoreCorrupt> => {
          if (facts.kind !== "file" || !isOwn(facts)) {
            return unusable("Permissions")
          }
          return facts.size > Generation.maxBytes
            ? unusable("TooLarge")
            : Either.orElse(Generation.decode(place.digest, content), unusable)
        }),
        Effect.catchIf(
          // A symbolic link
          ({ code }) => code === "ELOOP" || code === "EMLINK",
          () => Effect.succeed(unusable("Permissions"))
        )
      )
  }

  /**
   * The current generation. If a file vanished or was emptied after the listing, it was superseded, and there
   * is a higher one. If the highest file stays torn, the result is that file and not an older generation,
   * which may be a session that has since ended.
   */
  const highest = (place: Place, suspect = 0): Effect.Effect<Top, DiskError | TokenStoreCorrupt> =>
    Effect.gen(function* () {
      const number = Housekeeping.numbersOf(yield* list(place), place.digest).at(-1) ?? 0
      if (number === 0) {
        return { number, generation: Option.none() }
      }
      const generation = yield* readGeneration(place, number).pipe(
        Effect.asSome,
        Effect.catchIf(
          (error) => error._tag === "DiskError" && error.code === "ENOENT",
          () => Effect.succeedNone
        )
      )
      return Option.isNone(generation) || (Either.isLeft(generation.value) && number !== suspect)
        ? yield* highest(place, number)
        : { number, generation }
    })

  const supported = Option.match(disk.user, {
    onSome: () => Effect.void,
    onNone: () =>
      new DiskError({
        code: "ENOTSUP",
        cause: new Error("FileTokenStore needs file owners and modes, which this system does not have")
      })
  })

  const unavailable =
    (operation: "get" | "commit", applied: "no" | "unknown") =>
    <A, E, R>(effect: Effect.Effect<A, E | DiskError, R>) =>
      Effect.catchIf(
        effect,
        (error): error is DiskError => error instanceof DiskError,
        ({ cause }) => new TokenStoreUnavailable({ operation, applied, cause })
      )

  // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
  const get: Service["get"] = (key) =>
    Effect.gen(function* () {
      yield* supported
      const place = placeOf(directory, key)
      if (Option.isNone(yield* directories(place))) {
        return Option.none()
      }
      const { generation } = yield* highest(place)
      return Option.isSome(generation) ? (yield* generation.value).entry : Option.none()
    }).pipe(unavailable("get", "no"))

  /** Succeeds if the write is already there: this is a retry after the first answer was lost. */
  const settle = (place: Place, top: Top, next: Write["next"]) => {
    const current = versionOf(top)
    const isThere = Option.exists(next, ({ version }) => Option.contains(current, version))
    return isThere
      ? unavailable("commit", "unknown")(disk.syncDirectory(place.directory))
      : Effect.fail(new TokenStoreConflict({ key: place.key }))
  }

  /** `given`: linked. `taken`: the name exists. `gone`: the temporary file no longer exists. */
  const link = (temporary: string, name: string) =>
    disk.link(temporary, name).pipe(
      Effect.as("given" as const),
      Effect.catchAll((error): Effect.Effect<"taken" | "gone", TokenStoreUnavailable> => {
        if (error.code === "EEXIST") {
          return Effect.succeed("taken")
        }
        if (error.code === "ENOENT") {
          return Effect.succeed("gone")
        }
        if (unsupported.has(error.code)) {
          const cause = new Error(
            "The file system has no hard links, which FileTokenStore needs: choose another directory",
            { cause: error.cause }
          )
          return new TokenStoreUnavailable({ operation: "commit", applied: "no", cause })
        }
        return new TokenStoreUnavailable({
          operation: "commit",
          applied: refusals.has(error.code) ? "no" : "unknown",
          cause: error.cause
        })
      })
    )

  /** False if the write has to start again. */
  // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
  const write = (
    place: Place,
    { expected, next }: Pick<Write, "expected" | "next">,
    temporary: string,
    file: NewFile,
    day: number,
    before: Option.Option<string>
  ) =>
    Effect.gen(function* () {
      const top = yield* highest(place).pipe(unavailable("commit", "no"))
      const current = versionOf(top)
      const unusable = Option.flatMap(top.generation, Either.getLeft)
      const torn = Option.isSome(unusable)
      if (torn && !Option.contains(expected, Version(unusable.value.version ?? ""))) {
        // A torn record counts as absent. Any other unusable record is replaced only if its version is
        // expected
        if (unusable.value.reason !== "Decode") {
          return yield* unusable.value
        }
        if (Option.isSome(expected)) {
          return yield* new TokenStoreConflict({ key: place.key })
        }
      } else if (!torn && !sameVersion(current, expected)) {
        yield* settle(place, top, next)
        return true
      }
      if (Option.isNone(next) && Option.isNone(current) && !torn) {
        return true
      }
      const removeStale = Effect.flatMap(list(place), (names) =>
        Housekeeping.removeStale(disk, place, names, day)
      )
      if (Option.isNone(current) && (yield* unavailable("commit", "no")(removeStale))) {
        return false
      }
      // A new record gets a number above all earlier ones
      const below = Option.isNone(current) ? Math.max(top.number, floorOf(day)) : top.number
      const number = below + 1
      const name = Path.join(place.directory, Generation.nameOf(place.digest, number))
      yield* Effect.gen(function* () {
        // The directory may have been swapped before the file was created. The file is still empty
        if (!Option.getEquivalence((a: string, b: string) => a === b)(before, yield* directories(place))) {
          return yield* refuse(place.key, "Permissions")
        }
        const version = Option.isSome(next) ? next.value.version : yield* newVersion
        yield* file.write(Generation.encode(place.digest, { version, entry: next }))
      }).pipe(unavailable("commit", "no"))

      switch (yield* link(temporary, name)) {
        case "given": {
          const names = yield* disk
            .syncDirectory(place.directory)
            .pipe(Effect.zipRight(list(place)), unavailable("commit", "unknown"))
          yield* Housekeeping.retire(disk, place, names, number, { kept, all: Option.isNone(next) })
          yield* housekeeping.sweepTemporary(place, names, yield* Clock.currentTimeMillis)
          return true
        }
        case "taken": {
          const winner = yield* highest(place).pipe(unavailable("commit", "unknown"))
          yield* settle(place, winner, next)
          return true
        }
        case "gone":
          return false
      }
    })

  const attempt = Effect.fnUntraced(function* (place: Place, wanted: Pick<Write, "expected" | "next">) {
    const day = dayOf(yield* Clock.currentTimeMillis)
    const temporary = Path.join(place.directory, Generation.temporaryName(place.digest, day))
    const { before, file } = yield* Effect.gen(function* () {
      yield* supported
      yield* create(place, directory)
      yield* create(place, place.directory)
      const before = yield* directories(place)
      const file = yield* disk.create(temporary)
      // If this fails, a later sweep removes the file
      yield* Effect.addFinalizer(() => Effect.ignore(disk.unlink(temporary)))
      return { before, file }
    }).pipe(unavailable("commit", "no"))
    return yield* write(place, wanted, temporary, file, day, before)
  }, Effect.scoped)

  const commitAt = (place: Place, wanted: Pick<Write, "expected" | "next">): ReturnType<Service["commit"]> =>
    Effect.gen(function* () {
      const tooLarge = Option.exists(
        wanted.next,
        (entry) =>
          Generation.encode(place.digest, { version: entry.version, entry: wanted.next }).length >
          Generation.maxBytes
      )
      if (tooLarge) {
        return yield* refuse(place.key, "TooLarge")
      }
      const ended = yield* Effect.repeat(attempt(place, wanted), {
        until: (ended) => ended,
        times: mostTries - 1
      })
      if (!ended) {
        return yield* new TokenStoreUnavailable({
          operation: "commit",
          applied: "no",
          cause: new Error(
            "the temporary file was removed before it could be linked: check what else deletes files in this directory"
          )
        })
      }
    })

  const housekeeping = Housekeeping.make(disk, {
    directory,
    // A writer may have begun the day before
    forgettable: (now) => floorOf(dayOf(now) - 1),
    list: (place) =>
      Effect.flatMap(directories(place), (found) =>
        Option.isSome(found) ? list(place) : Effect.succeed<ReadonlyArray<string>>([])
      ),
    read: readGeneration,
    remove: (place, version) => commitAt(place, { expected: Option.some(version), next: Option.none() })
  })

  return {
    get,
    // An interruption between the link and the return would hide that the record has changed
    commit: (wanted) => {
      const place = placeOf(directory, wanted.key)
      return Effect.uninterruptible(
        Effect.zipLeft(commitAt(place, wanted), housekeeping.sweep(place, wanted))
      )
    },
    atomicity: "host",
    changes: Option.none()
  }
}
