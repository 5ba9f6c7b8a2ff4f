/** A SQLite file as a `SqlClient`, by the SQLite that is part of Node 22 and later, of Bun and of Deno. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type * as SqlConnection from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as Statement from "@effect/sql/Statement"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"

/** The part of `node:sqlite` that is used. The types of Node 20 do not have it. */
interface Sqlite {
  readonly DatabaseSync: new (file: string) => Database
}

interface Database {
  readonly prepare: (sql: string) => {
    readonly all: (...params: ReadonlyArray<unknown>) => ReadonlyArray<object>
    readonly setReadBigInts: (enabled: boolean) => void
  }
  readonly close: () => void
}

/** Why the file cannot be opened. `code` is that of SQLite or of the operating system. */
export class OpenFailure extends Data.TaggedError("OpenFailure")<{
  readonly reason: "SqliteMissing" | "Permissions" | "Open"
  readonly code?: string | undefined
}> {}

/**
 * The primary result codes that say what to do. Others keep their number.
 *
 * Source: https://www.sqlite.org/rescode.html
 */
const names: Readonly<Record<number, string>> = {
  3: "PERM",
  5: "BUSY",
  6: "LOCKED",
  8: "READONLY",
  10: "IOERR",
  11: "CORRUPT",
  13: "FULL",
  14: "CANTOPEN",
  26: "NOTADB"
}

const codeOf = (cause: unknown): string => {
  if (Predicate.hasProperty(cause, "errcode") && typeof cause.errcode === "number") {
    // The low byte of an extended code is the primary one
    const primary = cause.errcode & 0xff
    return `SQLITE_${names[primary] ?? primary}`
  }
  return Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : "UNKNOWN"
}

const openFailure = (cause: unknown) => new OpenFailure({ reason: "Open", code: codeOf(cause) })

/** How long SQLite waits for a lock of another process, and this program with it, because SQLite is synchronous. */
export const waitForLocks = (millis: number) => `pragma busy_timeout = ${millis}`

/**
 * Creates the file for its user alone: SQLite would give it the usual permissions, and gives its own files
 * the permissions of the database.
 */
const prepareFile = Effect.fnUntraced(function* (file: string) {
  const attempt = <A>(evaluate: () => Promise<A>) => Effect.tryPromise({ try: evaluate, catch: openFailure })
  const directory = Path.dirname(file)
  yield* attempt(() => Fs.mkdir(directory, { recursive: true, mode: 0o700 }))
  yield* attempt(() => Fs.open(file, "wx", 0o600).then((handle) => handle.close())).pipe(
    Effect.catchIf(
      ({ code }) => code === "EEXIST",
      () => Effect.void
    )
  )
  const [found, around] = yield* attempt(() => Promise.all([Fs.lstat(file), Fs.stat(directory)]))
  if (found.isDirectory()) {
    return yield* new OpenFailure({ reason: "Open", code: "EISDIR" })
  }
  const user = process.geteuid?.()
  const isReplaceable = (around.mode & 0o022) !== 0 || (around.uid !== user && around.uid !== 0)
  const isPrivate = (found.mode & 0o077) === 0 && found.uid === user
  // Windows has access lists in place of owners and modes: the file inherits that of its directory
  if (!found.isFile() || (user !== undefined && (isReplaceable || !isPrivate))) {
    return yield* new OpenFailure({ reason: "Permissions" })
  }
})

const isSqlite = (found: unknown): found is Sqlite => Predicate.hasProperty(found, "DatabaseSync")

const sqlite = Effect.suspend(() => {
  const found = process.getBuiltinModule("node:sqlite")
  return isSqlite(found) ? Effect.succeed(found) : new OpenFailure({ reason: "SqliteMissing" })
})

/** Runs one statement. Errors of Deno's `exec` have no code of SQLite, so nothing uses it. */
const rowsOf = (database: Database, sql: string, params: ReadonlyArray<unknown> = []) => {
  const statement = database.prepare(sql)
  // A number of 64 bits that somebody else wrote would throw
  statement.setReadBigInts(true)
  return statement.all(...params)
}

const connectionOf = (database: Database): SqlConnection.Connection => {
  const all = (sql: string, params: ReadonlyArray<unknown>) =>
    Effect.try({
      try: () => rowsOf(database, sql, params),
      catch: (cause) =>
        new SqlError({
          // SqlFailure tells a missing table by its message
          cause: { code: codeOf(cause), message: cause instanceof Error ? cause.message : "" },
          message: "Failed to execute statement"
        })
    })
  const execute: SqlConnection.Connection["execute"] = (sql, params, transform) =>
    Effect.map(all(sql, params), (rows) => (transform === undefined ? rows : transform(rows)))
  return {
    execute,
    executeUnprepared: execute,
    executeRaw: all,
    executeValues: (sql, params) =>
      Effect.map(all(sql, params), (rows) => rows.map((row) => Object.values(row))),
    executeStream: (sql, params, transform) => Stream.fromIterableEffect(execute(sql, params, transform))
  }
}

/**
 * Opens the file, and creates it if it is missing. Several processes may do so at once.
 *
 * - A commit is on the disk before it succeeds (`synchronous = full`), and writers do not hold up readers (`wal`).
 * - Deleted content is overwritten (`secure_delete`).
 * - On macOS the drive is told to write its cache (`fullfsync`). Other systems ignore it.
 */
export const open = Effect.fnUntraced(function* (file: string) {
  const { DatabaseSync } = yield* sqlite
  yield* prepareFile(file)
  const database = yield* Effect.acquireRelease(
    Effect.try({ try: () => new DatabaseSync(file), catch: openFailure }),
    (opened) => Effect.sync(() => opened.close())
  )
  const run = (sql: string) => Effect.try({ try: () => rowsOf(database, sql), catch: openFailure })
  // Several processes may create the file at once, and no request waits yet
  yield* run(waitForLocks(2000))
  yield* run("pragma journal_mode = wal").pipe(
    // Of two processes that change a new file to this mode, SQLite refuses one without a wait
    Effect.retry({
      while: ({ code }) => code === "SQLITE_BUSY",
      schedule: Schedule.spaced("20 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(50)))
    })
  )
  yield* Effect.forEach(["synchronous = full", "fullfsync = on", "secure_delete = on"], (setting) =>
    run(`pragma ${setting}`)
  )
  return yield* SqlClient.make({
    acquirer: Effect.succeed(connectionOf(database)),
    compiler: Statement.makeCompilerSqlite(),
    spanAttributes: []
  }).pipe(Effect.provide(Reactivity.layer))
})
