/**
 * A token store in Cloudflare D1: `SqlTokenStore` over a D1 binding, for Workers.
 *
 * D1 has no transactions across statements, and the store needs none: each operation is one statement. D1
 * runs it on the primary database, so the compare-and-set reaches all isolates in all places.
 *
 * https://developers.cloudflare.com/d1/worker-api/
 *
 * @since 0.1.0
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as SqlStatement from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as SqlTokenStore from "./SqlTokenStore.js"
import type * as TokenStore from "./TokenStore.js"

/**
 * What the store needs of a prepared statement.
 *
 * @since 0.1.0
 * @category models
 */
export interface PreparedStatement {
  bind(...values: ReadonlyArray<unknown>): PreparedStatement
  all(): PromiseLike<{ readonly results: ReadonlyArray<object> }>
  raw(): PromiseLike<ReadonlyArray<unknown>>
}

/**
 * What the store needs of a D1 binding. `D1Database` of `@cloudflare/workers-types` is one.
 *
 * Pass the binding itself, not a session of it: only a binding always reads from the primary database. A
 * session that may read from a replica is safe, because every write is checked, but it sees a login or a
 * sign-out late.
 *
 * @since 0.1.0
 * @category models
 */
export interface Database {
  prepare(statement: string): PreparedStatement
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<SqlTokenStore.Options, "atomicity"> {
  readonly database: Database
}

/**
 * SQLite's own code, which D1 appends to its message. Without one, D1 does not say whether it ran the
 * statement.
 */
const codeOf = (message: string): string => /\bSQLITE_[A-Z_]+$/.exec(message)?.[0] ?? "D1_ERROR"

const failure = (error: unknown): SqlError => {
  const message = Predicate.hasProperty(error, "message") ? String(error.message) : ""
  return new SqlError({ message: "D1 refused a statement", cause: { code: codeOf(message), message } })
}

const connectionTo = (database: Database): Connection => {
  const send = <A>(
    sql: string,
    params: ReadonlyArray<unknown>,
    run: (statement: PreparedStatement) => PromiseLike<A>
  ) => Effect.tryPromise({ try: () => run(database.prepare(sql).bind(...params)), catch: failure })
  const rows: Connection["executeUnprepared"] = (sql, params, transform) =>
    Effect.map(
      send(sql, params, (statement) => statement.all()),
      ({ results }) => transform?.(results) ?? results
    )
  return {
    execute: rows,
    executeUnprepared: rows,
    executeRaw: (sql, params) => send(sql, params, (statement) => statement.all()),
    executeValues: (sql, params) =>
      Effect.map(
        send(sql, params, (statement) => statement.raw()),
        (values) => values.filter(Array.isArray)
      ),
    executeStream: () => Stream.dieMessage("D1 has no streams: read pages with limit")
  }
}

/**
 * The `SqlClient` of a D1 binding, for the functions of `SqlTokenStore` that need one, such as `purge` and
 * `createTable`. `withTransaction` fails, because D1 has no transactions across statements.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { D1TokenStore, SqlTokenStore } from "effect-spotify/sql"
 * import * as Effect from "effect/Effect"
 *
 * // The handler of a cron trigger
 * export const scheduled = (_: unknown, env: { readonly DB: D1TokenStore.Database }) =>
 *   SqlTokenStore.purge().pipe(Effect.provide(D1TokenStore.layerClient(env.DB)), Effect.runPromise)
 * ```
 */
export const layerClient = (database: Database): Layer.Layer<SqlClient.SqlClient> =>
  Layer.effect(
    SqlClient.SqlClient,
    SqlClient.make({
      acquirer: Effect.succeed(connectionTo(database)),
      transactionAcquirer: Effect.fail(
        new SqlError({ message: "D1 has no transactions across statements", cause: { code: "D1_ERROR" } })
      ),
      compiler: SqlStatement.makeCompilerSqlite(),
      spanAttributes: [["db.system.name", "sqlite"]]
    })
  ).pipe(Layer.provide(Reactivity.layer))

/**
 * The store. It needs its table: run the statements of `SqlTokenStore.tableDefinition("sqlite")` as a
 * migration of D1, or set `createTable`, which costs two statements at each start.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Spotify } from "effect-spotify"
 * import { D1TokenStore } from "effect-spotify/sql"
 *
 * export const SpotifyLayer = (env: { readonly DB: D1TokenStore.Database }) =>
 *   Spotify.layerWebServer({
 *     scopes: ["user-read-private"],
 *     store: D1TokenStore.layer({ database: env.DB })
 *   })
 * ```
 */
export const layer = ({
  database,
  ...options
}: Options): Layer.Layer<TokenStore.TokenStore, SqlTokenStore.SqlTokenStoreError> =>
  Layer.provide(SqlTokenStore.layer({ ...options, atomicity: "shared" }), layerClient(database))
