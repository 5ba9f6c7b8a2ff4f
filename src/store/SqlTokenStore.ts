/**
 * A token store in a table of a SQL database, over the `SqlClient` of `@effect/sql`.
 *
 * Each operation is one statement outside any transaction, so that it works at every isolation level and
 * behind a connection pooler, and no connection is held while a token is requested. A transaction of the
 * caller is left alone: a new refresh token must not be rolled back with it.
 *
 * If several processes share a SQLite file, set `pragma busy_timeout` on each connection, for example to
 * 5000. Without it the libsql driver fails at once when it meets a lock, and may then delay the commits of
 * that connection.
 *
 * PostgreSQL, SQLite (3.35 or newer) and MariaDB 10.11 are tested. MySQL gets the statements of MariaDB and is
 * not tested. Other dialects are refused.
 *
 * @since 0.1.0
 */
import { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Statement } from "@effect/sql/Statement"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TokenStore from "./TokenStore.js"
import * as RecordText from "./recordText.js"
import * as SettledCommit from "./settledCommit.js"
import * as SqlFailure from "./sqlFailure.js"
import * as SqlTable from "./sqlTable.js"

/**
 * A supported database.
 *
 * @since 0.1.0
 * @category models
 */
export type Dialect = SqlTable.Dialect

/**
 * The store is misconfigured, or the database refused a statement. `code` is the SQLSTATE or the driver's own
 * code. The rest of the driver's error is left out, because it may quote the record.
 *
 * @since 0.1.0
 * @category errors
 */
export class SqlTokenStoreError extends Schema.TaggedError<SqlTokenStoreError>(
  "effect-spotify/SqlTokenStoreError"
)("SqlTokenStoreError", {
  reason: Schema.Literal(
    "TableName",
    "Dialect",
    "NoAutocommit",
    "TableMissing",
    "KeyTooLong",
    "PacketTooLarge",
    "Statement"
  ),
  table: Schema.String,
  code: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const messages: Record<typeof this.reason, string> = {
      TableName: `"${this.table}" is not a name for a table: use letters, digits and underscores, at most 48 of them, with a schema and a dot before it if need be`,
      Dialect: "This database is not supported: use PostgreSQL, SQLite, MariaDB or MySQL",
      TableMissing: `The table ${this.table} is missing: run SqlTokenStore.createTable once, or the statements of SqlTokenStore.tableDefinition, or set the option createTable`,
      NoAutocommit:
        "This MySQL does not commit statements by itself, so writes would be lost: set autocommit to 1 on the server",
      KeyTooLong: "The key of the record is longer than 512 bytes: use a shorter session key",
      PacketTooLarge:
        "The database takes no statement of this size, and nothing was written: set max_allowed_packet of MySQL to at least 1M",
      Statement: `The database did not execute the statement (${this.code ?? "no code"})`
    }
    return messages[this.reason]
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface TableOptions {
  /** Default `spotify_sessions`. It may have a schema, as in `app.spotify_sessions`. */
  readonly table?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends TableOptions {
  /**
   * The scope of the compare-and-set. By default `host` for SQLite, which is a file on one machine, and
   * `shared` for the others. Use `shared` for a SQLite server and `process` for SQLite in memory.
   */
  readonly atomicity?: TokenStore.Service["atomicity"] | undefined
  /** Creates the table at startup if it is missing. Off by default, because it needs the permission. */
  readonly createTable?: boolean | undefined
}

const defaultTable = "spotify_sessions"

/**
 * The limit of `StoreKey`, in bytes. Escaping makes a key at most five times as long, which every index
 * accepts.
 */
const maxKeyBytes = 512

/**
 * After this many writes, up to `purgeLimit` expired records are deleted: more than those writes can have
 * stored.
 */
const purgeEvery = 16
const purgeLimit = 100

const pageOfKeys = 1000

interface Table {
  readonly name: string
  readonly dialect: Dialect
  readonly sql: SqlClient
}

const checkedName = (table: string): Either.Either<string, SqlTokenStoreError> =>
  SqlTable.isName(table)
    ? Either.right(table)
    : Either.left(new SqlTokenStoreError({ reason: "TableName", table: table.slice(0, 100) }))

const tableOf = ({
  table = defaultTable
}: TableOptions): Effect.Effect<Table, SqlTokenStoreError, SqlClient> =>
  Effect.gen(function* () {
    const name = yield* checkedName(table)
    const sql = (yield* SqlClient).withoutTransforms()
    const dialect = sql.onDialectOrElse<Dialect | undefined, Dialect, Dialect, Dialect>({
      orElse: () => undefined,
      pg: () => "pg",
      sqlite: () => "sqlite",
      mysql: () => "mysql"
    })
    return dialect === undefined
      ? yield* new SqlTokenStoreError({ reason: "Dialect", table: name })
      : { name, dialect, sql }
  })

const errorOf = (table: string, failure: SqlFailure.SqlFailure): SqlTokenStoreError =>
  new SqlTokenStoreError({
    reason: failure.missingTable ? "TableMissing" : failure.packetTooLarge ? "PacketTooLarge" : "Statement",
    table,
    code: failure.code
  })

/**
 * The statements that create the table, for a migration tool or to run by hand.
 *
 * @since 0.1.0
 * @category table
 */
export const tableDefinition = (
  dialect: Dialect,
  options: TableOptions = {}
): Either.Either<string, SqlTokenStoreError> =>
  Either.map(checkedName(options.table ?? defaultTable), (name) =>
    SqlTable.definition(dialect, name)
      .map((statement) => `${statement};`)
      .join("\n\n")
  )

/**
 * Creates the table if it is missing. It may run as a migration of `@effect/sql`, or at each startup, in many
 * processes at once.
 *
 * @since 0.1.0
 * @category table
 */
export const createTable = (options: TableOptions = {}): Effect.Effect<void, SqlTokenStoreError, SqlClient> =>
  Effect.gen(function* () {
    const { dialect, name, sql } = yield* tableOf(options)
    yield* Effect.forEach(SqlTable.definition(dialect, name), (statement) => sql.unsafe(statement), {
      discard: true
    }).pipe(
      Effect.mapError((error) => errorOf(name, SqlFailure.fromSqlError(error))),
      // PostgreSQL's "if not exists" fails in one of two processes that run it at the same time
      Effect.retry(
        Schedule.exponential("20 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))
      )
    )
  })

const affectedRows = (result: unknown): number =>
  typeof result === "object" && result !== null && "affectedRows" in result ? Number(result.affectedRows) : 0

/** Whether a write changed a row. Only MySQL cannot return the changed rows. */
const changed = (
  { dialect, sql }: Table,
  statement: Statement<object>,
  returning = sql`returning 1 as changed`
): Effect.Effect<boolean, SqlError> =>
  dialect === "mysql"
    ? Effect.map(statement.raw, (result) => affectedRows(result) > 0)
    : Effect.map(sql`${statement} ${returning}`, (rows) => rows.length > 0)

/** Deletes up to `limit` expired records, and returns how many there were. */
const purgeSome = (table: Table, limit: number): Effect.Effect<number, SqlError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const { dialect, name, sql } = table
    const target = sql(name)
    if (dialect === "mysql") {
      return Effect.map(
        sql`delete from ${target} where disposable_at <= ${now} order by disposable_at limit ${sql.literal(String(limit))}`
          .raw,
        affectedRows
      )
    }
    // Skips records that another writer has locked
    const lock = dialect === "pg" ? sql.literal("for update skip locked") : sql.literal("")
    return Effect.map(
      sql`delete from ${target} where disposable_at <= ${now} and ${sql("key")} in (select ${sql("key")} from ${target} where disposable_at <= ${now} order by disposable_at limit ${sql.literal(String(limit))} ${lock}) returning 1 as changed`,
      (rows) => rows.length
    )
  })

/**
 * Deletes all expired records, such as unfinished logins, in batches of 1000, and returns how many there
 * were. The store deletes some records by itself after every few writes. Use this for a table that no program
 * writes to any more, or that has too many expired records.
 *
 * @since 0.1.0
 * @category table
 */
export const purge = (options: TableOptions = {}): Effect.Effect<number, SqlTokenStoreError, SqlClient> =>
  Effect.flatMap(tableOf(options), (table) => {
    const portion = SqlFailure.retryTransient(
      Effect.mapError(purgeSome(table, 1000), SqlFailure.fromSqlError)
    )
    const rest = (total: number): Effect.Effect<number, SqlFailure.SqlFailure> =>
      Effect.flatMap(portion, (count) => (count < 1000 ? Effect.succeed(total + count) : rest(total + count)))
    return Effect.mapError(rest(0), (failure) => errorOf(table.name, failure))
  })

/**
 * Runs a statement outside the caller's transaction, and without the spans of `@effect/sql`, which would
 * contain the driver's error and its quotes.
 */
const isolated = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlFailure.SqlFailure> =>
  effect.pipe(
    Effect.mapError(SqlFailure.fromSqlError),
    SqlFailure.retryTransient,
    Effect.withTracerEnabled(false),
    Effect.mapInputContext((_: Context.Context<never>) => Context.empty()),
    // Drivers try to cancel an interrupted statement, and a hanging database does not answer that either
    Effect.disconnect
  )

/** The version of a row without a valid one, because SQLite stores any value. */
const foreign = "unreadable"

const hasVersion = Schema.is(Schema.Struct({ version: Schema.String }))

const Row = Schema.Struct({
  version: Schema.String,
  payload: Schema.NullOr(Schema.String),
  // Drivers return 64-bit integers in different forms
  disposable_at: Schema.NullOr(Schema.Union(Schema.Number, Schema.NumberFromString, Schema.BigIntFromSelf))
})

const rowOf = Schema.decodeUnknownOption(Row)

const entryOf = (
  key: TokenStore.StoreKey,
  row: unknown
): Either.Either<TokenStore.Entry, TokenStore.TokenStoreCorrupt> => {
  const version = hasVersion(row) ? RecordText.decode(row.version) : foreign
  const corrupt = (reason: TokenStore.TokenStoreCorrupt["reason"]) =>
    Either.left(new TokenStore.TokenStoreCorrupt({ key, reason, version }))
  return Option.match(rowOf(row), {
    onNone: () => corrupt("Decode"),
    onSome: ({ disposable_at, payload }) => {
      const disposableAt = Option.flatMap(Option.fromNullable(disposable_at), (at) =>
        DateTime.make(Number(at))
      )
      return payload === null
        ? corrupt("TooLarge")
        : Either.right({
            version: TokenStore.Version(version),
            payload: Redacted.make(RecordText.decode(payload)),
            disposableAt
          })
    }
  })
}

/**
 * The store. It needs its table: see `createTable` and `tableDefinition`. Without the table, operations fail
 * with `TokenStoreUnavailable`, whose cause says so.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<TokenStore.Service, SqlTokenStoreError, SqlClient | Scope.Scope> =>
  Effect.gen(function* () {
    const table = yield* tableOf(options)
    const { dialect, name, sql } = table
    if (dialect === "mysql") {
      // A database that does not answer now is reported by the first operation
      const [setting] = yield* Effect.orElseSucceed(
        isolated(sql`select @@autocommit as autocommit`),
        () => []
      )
      if (setting !== undefined && Number(setting["autocommit"]) === 0) {
        return yield* new SqlTokenStoreError({ reason: "NoAutocommit", table: name })
      }
    }
    if (options.createTable === true) {
      yield* createTable(options)
    }
    const scope = yield* Effect.scope
    const target = sql(name)
    // MySQL converts text to the character sets of connection and table, which may be old ones
    const encode = dialect === "mysql" ? RecordText.encodeAscii : RecordText.encode
    const isKey = (key: TokenStore.StoreKey) => sql`${sql("key")} = ${encode(key)}`
    const is = (key: TokenStore.StoreKey, version: TokenStore.Version) =>
      dialect === "sqlite" && version === foreign
        ? sql`${isKey(key)} and typeof(version) <> 'text'`
        : sql`${isKey(key)} and version = ${encode(version)}`
    // Stored as bytes
    const version =
      dialect === "mysql" ? sql.literal("convert(version using utf8mb4) as version") : sql.literal("version")
    const keyText = dialect === "mysql" ? sql`convert(${sql("key")} using utf8mb4)` : sql("key")
    let writes = 0
    let purged = false

    const unavailable =
      (operation: TokenStore.TokenStoreUnavailable["operation"], applied?: "unknown") =>
      (failure: SqlFailure.SqlFailure): TokenStore.TokenStoreUnavailable =>
        new TokenStore.TokenStoreUnavailable({
          operation,
          applied: operation === "get" ? "no" : (applied ?? failure.applied),
          cause: errorOf(name, failure)
        })

    /** Reads have no effect, so they are retried after a broken connection. */
    const read = <A>(effect: Effect.Effect<A, SqlError>) =>
      Effect.retry(isolated(effect), { times: 1, while: (failure) => failure.applied === "unknown" })

    const look = (key: TokenStore.StoreKey) =>
      read(sql<{ version: unknown }>`select ${version} from ${target} where ${isKey(key)}`).pipe(
        Effect.mapBoth({
          onFailure: unavailable("commit", "unknown"),
          onSuccess: ([row]) =>
            Option.map(Option.fromNullable(row), (found) =>
              TokenStore.Version(RecordText.decode(String(found.version)))
            )
        })
      )

    const create = (key: TokenStore.StoreKey, entry: TokenStore.Entry, now: number) => {
      const insert = sql`insert into ${target} (${sql("key")}, version, payload, disposable_at, updated_at) values (${encode(key)}, ${encode(entry.version)}, ${encode(Redacted.value(entry.payload))}, ${disposalOf(entry)}, ${now})`
      return dialect === "mysql"
        ? changed(table, insert).pipe(
            Effect.catchAll((error) =>
              SqlFailure.fromSqlError(error).duplicateKey ? Effect.succeed(false) : error
            )
          )
        : changed(table, insert, sql`on conflict (${sql("key")}) do nothing returning 1 as changed`)
    }

    const replace = (
      key: TokenStore.StoreKey,
      expected: TokenStore.Version,
      entry: TokenStore.Entry,
      now: number
    ) =>
      changed(
        table,
        sql`update ${target} set version = ${encode(entry.version)}, payload = ${encode(Redacted.value(entry.payload))}, disposable_at = ${disposalOf(entry)}, updated_at = ${now} where ${is(key, expected)}`
      )

    const write = ({ expected, key, next }: TokenStore.Write, now: number) =>
      Option.match(next, {
        onNone: () =>
          Option.match(expected, {
            // Expects no record and writes none, so this only checks that there is none
            onNone: () =>
              Effect.map(
                sql`select 1 as found from ${target} where ${isKey(key)}`,
                (rows) => rows.length === 0
              ),
            onSome: (old) => changed(table, sql`delete from ${target} where ${is(key, old)}`)
          }),
        onSome: (entry) =>
          Option.match(expected, {
            onNone: () => create(key, entry, now),
            onSome: (old) => replace(key, old, entry, now)
          })
      })

    const purgeSometimes = (next: TokenStore.Write["next"]) =>
      Effect.suspend(() => {
        writes += 1
        // Some processes serve only one request, so the first login of each process also purges
        const isFirst = !purged && Option.exists(next, (entry) => Option.isSome(entry.disposableAt))
        if (!isFirst && writes < purgeEvery) {
          return Effect.void
        }
        writes = 0
        purged = true
        // Records that cannot be deleted now are deleted later
        return Effect.forkIn(Effect.ignore(isolated(purgeSome(table, purgeLimit))), scope)
      })

    // @effect-diagnostics-next-line effectFnOpportunity:off -- the type of the member says more
    const commit: TokenStore.Service["commit"] = (wanted) =>
      Effect.gen(function* () {
        const { key, next } = wanted
        if (new TextEncoder().encode(key).length > maxKeyBytes) {
          return yield* new TokenStore.TokenStoreUnavailable({
            operation: "commit",
            applied: "no",
            cause: new SqlTokenStoreError({ reason: "KeyTooLong", table: name })
          })
        }
        if (
          Option.isSome(next) &&
          encode(Redacted.value(next.value.payload)).length > RecordText.maxPayloadLength
        ) {
          return yield* new TokenStore.TokenStoreCorrupt({ key, reason: "TooLarge" })
        }
        const now = yield* Clock.currentTimeMillis
        yield* SettledCommit.settle(wanted, {
          send: isolated(write(wanted, now)).pipe(
            Effect.mapBoth({
              onFailure: unavailable("commit"),
              onSuccess: (done) => (done ? "done" : "refused")
            })
          ),
          look: look(key)
        })
        yield* purgeSometimes(next)
      }).pipe(Effect.withSpan("SqlTokenStore.commit", { kind: "client", captureStackTrace: false }))

    return {
      get: (key) =>
        read(
          sql`select ${version}, case when length(payload) <= ${sql.literal(String(RecordText.maxPayloadLength))} then payload end as payload, disposable_at from ${target} where ${isKey(key)}`
        ).pipe(
          Effect.mapError(unavailable("get")),
          Effect.flatMap(([row]) =>
            row === undefined ? Effect.succeedNone : Effect.asSome(entryOf(key, row))
          ),
          Effect.withSpan("SqlTokenStore.get", { kind: "client", captureStackTrace: false })
        ),
      commit,
      atomicity: options.atomicity ?? (dialect === "sqlite" ? "host" : "shared"),
      changes: Option.none(),
      keys: Stream.paginateChunkEffect("effect-spotify:", (after) =>
        read(
          sql<{
            found: unknown
          }>`select ${keyText} as found from ${target} where ${sql("key")} > ${after} and ${sql("key")} < ${"effect-spotify;"} order by ${sql("key")} limit ${sql.literal(String(pageOfKeys))}`
        ).pipe(
          Effect.mapBoth({
            onFailure: unavailable("get"),
            onSuccess: (rows) => {
              const found = rows.map((row) => String(row.found))
              return [
                Chunk.unsafeFromArray(found.map((key) => TokenStore.StoreKey(RecordText.decode(key)))),
                Option.filter(Option.fromNullable(found.at(-1)), () => found.length === pageOfKeys)
              ] as const
            }
          })
        )
      )
    }
  })

const disposalOf = (entry: TokenStore.Entry): number | null =>
  Option.match(entry.disposableAt, { onNone: () => null, onSome: (at) => Math.trunc(at.epochMillis) })

/**
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { PgClient } from "@effect/sql-pg"
 * import { SqlTokenStore } from "effect-spotify/sql"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * export const TokenStoreLayer = SqlTokenStore.layer({ createTable: true }).pipe(
 *   Layer.provide(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") }))
 * )
 * ```
 */
export const layer = (
  options: Options = {}
): Layer.Layer<TokenStore.TokenStore, SqlTokenStoreError, SqlClient> =>
  Layer.scoped(TokenStore.TokenStore, make(options))
