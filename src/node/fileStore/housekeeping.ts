import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Path from "node:path"
import {
  StoreKey,
  type TokenStoreConflict,
  type TokenStoreCorrupt,
  type TokenStoreUnavailable,
  type Version,
  type Write
} from "../../store/TokenStore.js"
import * as Ends from "../../store/ends.js"
import type { Disk, DiskError } from "./disk.js"
import * as Generation from "./generation.js"
import { directories, directoryOf, type Place, placeOfDigest } from "./place.js"

/** No write takes this long, so an older temporary file has no writer. */
const abandonedAfter = Duration.toMillis("10 minutes")

/** How long the tombstone of a deleted record stays. */
const deletedFor = Duration.toMillis("1 day")

/** The most temporary files, and the most other records of a directory, that one write checks. */
const temporaryLimit = 8
const recordLimit = 8

/** The numbers of a record's generations, ascending. */
export const numbersOf = (names: ReadonlyArray<string>, digest: string): ReadonlyArray<number> =>
  names
    .flatMap((name) =>
      Option.toArray(
        Option.flatMap(Generation.parseName(name), (parsed) =>
          parsed.digest === digest ? parsed.number : Option.none()
        )
      )
    )
    .sort((a, b) => a - b)

const temporaryOf = (names: ReadonlyArray<string>, digest: Option.Option<string>) =>
  names.filter((name) =>
    Option.exists(
      Generation.parseName(name),
      (parsed) =>
        Option.isNone(parsed.number) && Option.getOrElse(digest, () => parsed.digest) === parsed.digest
    )
  )

/** Other processes may remove the same files at the same time. */
const unlink = (disk: Disk, path: string) =>
  Effect.catchIf(
    disk.unlink(path),
    ({ code }) => code === "ENOENT",
    () => Effect.void
  )

/**
 * Runs after a durable write. It removes superseded tokens from the disk, and superseded names once there are
 * many. The temporary files are removed before the names. A writer that could still use a name created its
 * file before it read the record, and so before this listing; without that file it cannot link. So no name is
 * ever used twice.
 *
 * Failures are ignored because the write has already succeeded. The next write tries again.
 */
export const retire = (
  disk: Disk,
  place: Place,
  names: ReadonlyArray<string>,
  number: number,
  { all, kept }: { readonly kept: number; readonly all: boolean }
): Effect.Effect<void> => {
  const file = (name: string) => Path.join(place.directory, name)
  const nameOf = (other: number) => Generation.nameOf(place.digest, other)
  const superseded = numbersOf(names, place.digest).filter((other) => other < number)
  return Effect.gen(function* () {
    // Earlier ones were emptied when they were superseded, unless the writer died first
    yield* Effect.forEach(
      all ? superseded : superseded.slice(-1),
      (other) => disk.truncate(file(nameOf(other))),
      { discard: true }
    )
    if (all || superseded.length >= kept) {
      const temporary = temporaryOf(names, Option.some(place.digest))
      yield* Effect.forEach([...temporary, ...superseded.map(nameOf)], (name) => unlink(disk, file(name)), {
        discard: true
      })
    }
  }).pipe(Effect.ignore)
}

/** Removes the temporary files of writers who began on another day. The result is whether there were any. */
export const removeStale = (
  disk: Disk,
  place: Place,
  names: ReadonlyArray<string>,
  day: number
): Effect.Effect<boolean, DiskError> => {
  const others = temporaryOf(names, Option.some(place.digest)).filter(
    (name) => !Generation.isOfDay(name, place.digest, day)
  )
  return Effect.as(
    Effect.forEach(others, (name) => unlink(disk, Path.join(place.directory, name)), { discard: true }),
    others.length > 0
  )
}

/** What the sweep needs from the store. */
export interface Store {
  readonly directory: string
  /** The highest number of a tombstone that no running writer can depend on. */
  readonly forgettable: (now: number) => number
  /** Lists a directory after checking that only the user can access it. */
  readonly list: (place: Place) => Effect.Effect<ReadonlyArray<string>, DiskError | TokenStoreCorrupt>
  readonly read: (
    place: Place,
    number: number
  ) => Effect.Effect<Either.Either<Generation.Generation, TokenStoreCorrupt>, DiskError>
  readonly remove: (
    place: Place,
    version: Version
  ) => Effect.Effect<void, TokenStoreConflict | TokenStoreUnavailable | TokenStoreCorrupt>
}

export interface Housekeeping {
  /** Removes some abandoned temporary files from the directory of a write. */
  readonly sweepTemporary: (place: Place, names: ReadonlyArray<string>, now: number) => Effect.Effect<void>
  /**
   * Runs after a write. It removes expired records that this process wrote, and expired records and old
   * tombstones among a few that other processes left.
   */
  readonly sweep: (place: Place, write: Pick<Write, "expected" | "next">) => Effect.Effect<void>
}

export const make = (disk: Disk, store: Store): Housekeeping => {
  const ends = Ends.make<string>()
  let latest: number | undefined

  /**
   * Removes the last trace of a deleted record. The temporary files go first: a writer that read the record
   * before the deletion had already created its file, and cannot link without it. The tombstone goes last,
   * after a sync. Otherwise a power failure could leave an older generation as the highest.
   */
  const forget = (place: Place, mark: number): Effect.Effect<void, DiskError> =>
    Effect.gen(function* () {
      const names = yield* disk.list(place.directory)
      const numbers = numbersOf(names, place.digest)
      if (numbers.at(-1) !== mark) {
        return
      }
      const file = (name: string) => unlink(disk, Path.join(place.directory, name))
      yield* Effect.forEach(temporaryOf(names, Option.some(place.digest)), file, { discard: true })
      yield* Effect.forEach(numbers.slice(0, -1), (number) => file(Generation.nameOf(place.digest, number)), {
        discard: true
      })
      yield* disk.syncDirectory(place.directory)
      yield* file(Generation.nameOf(place.digest, mark))
    })

  const dispose = Effect.fnUntraced(function* (digest: string, number: number, now: number) {
    const place = placeOfDigest(store.directory, StoreKey(digest), digest)
    const { entry } = yield* yield* store.read(place, number)
    if (Option.isSome(entry)) {
      return Generation.isDisposable(entry.value, now)
        ? yield* store.remove(place, entry.value.version)
        : undefined
    }
    const path = Path.join(place.directory, Generation.nameOf(digest, number))
    const { modifiedAt } = yield* disk.inspect(path)
    return modifiedAt < now - deletedFor && number <= store.forgettable(now)
      ? yield* forget(place, number)
      : undefined
  }, Effect.ignore)

  /** Checks some records of a directory. `choose` gets each record with its highest generation number. */
  const disposeIn = Effect.fnUntraced(function* (
    name: string,
    now: number,
    choose: (records: ReadonlyMap<string, number>) => Iterable<readonly [digest: string, number: number]>
  ) {
    const records = new Map<string, number>()
    for (const file of yield* store.list(placeOfDigest(store.directory, StoreKey(name), name))) {
      const { digest, number } = Option.getOrNull(Generation.parseName(file)) ?? {}
      if (digest !== undefined && number !== undefined && Option.isSome(number)) {
        records.set(digest, Math.max(number.value, records.get(digest) ?? 0))
      }
    }
    yield* Effect.forEach(choose(records), ([digest, number]) => dispose(digest, number, now), {
      discard: true
    })
  }, Effect.ignore)

  const disposeSome = Effect.fnUntraced(function* (name: string, own: string, now: number) {
    const where = yield* Random.next
    yield* disposeIn(name, now, (records) => {
      const others = [...records].filter(([digest]) => digest !== own)
      const start = Math.floor(where * others.length)
      return [...others.slice(start), ...others.slice(0, start)].slice(0, recordLimit)
    })
  })

  return {
    sweepTemporary: (place, names, now) =>
      Effect.forEach(
        temporaryOf(names, Option.none()).slice(0, temporaryLimit),
        (name) => {
          const path = Path.join(place.directory, name)
          return Effect.flatMap(disk.inspect(path), ({ modifiedAt }) =>
            modifiedAt < now - abandonedAfter ? unlink(disk, path) : Effect.void
          ).pipe(Effect.ignore)
        },
        { discard: true }
      ),
    // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
    sweep: ({ digest }, { expected, next }) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        ends.note(digest, next)
        yield* Effect.forEach(
          ends.take(now),
          (ended) =>
            disposeIn(directoryOf(ended), now, (records) =>
              [...records].filter(([other]) => other === ended)
            ),
          { discard: true }
        )
        if (Option.isNone(expected)) {
          yield* disposeSome(directoryOf(digest), digest, now)
        }
        // Round robin, so that every directory is visited once in as many writes as there are directories
        latest = ((latest ?? (yield* Random.nextIntBetween(0, directories))) + 1) % directories
        yield* disposeSome(latest.toString(16).padStart(2, "0"), digest, now)
      })
  }
}
