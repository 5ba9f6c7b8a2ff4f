/**
 * Keeps sessions in a SQLite file, for desktop programs and for programs on one machine, Windows included. It
 * uses the SQLite that is part of Node 22.13 and later, of Bun and of Deno, so there is no native code to
 * install, and the statements of `SqlTokenStore`.
 *
 * @since 0.1.0
 */
import { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Path from "node:path"
import * as SqlTokenStore from "../store/SqlTokenStore.js"
import * as TokenStore from "../store/TokenStore.js"
import * as Database from "./sqliteStore/database.js"

/**
 * The options of the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The file of the records, and of nothing else. It is created with access for the user only (mode 0600), and
   * so is its directory (0700). A relative path starts at the working directory. SQLite puts two files of its
   * own next to it, `-wal` and `-shm`.
   */
  readonly file: string
}

/**
 * The store cannot be used. `code` is SQLite's, such as `SQLITE_NOTADB`, or the operating system's.
 *
 * @since 0.1.0
 * @category errors
 */
export class SqliteTokenStoreError extends Schema.TaggedError<SqliteTokenStoreError>(
  "effect-spotify/SqliteTokenStoreError"
)("SqliteTokenStoreError", {
  reason: Schema.Literal("SqliteMissing", "Permissions", "Open"),
  file: Schema.String,
  code: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const messages: Record<typeof this.reason, string> = {
      SqliteMissing:
        "This runtime has no SQLite: use Node 22.13 or later, Node 22.5 or later with --experimental-sqlite, Bun or Deno, or keep the sessions with FileTokenStore",
      Permissions: `Others may read or replace ${this.file}: make the file yours with mode 0600, and see that nobody else may write to its directory`,
      Open: `${this.file} cannot be opened as a SQLite database (${this.code ?? "no code"}): check the path and the free space, or move the file away and log in again`
    }
    return messages[this.reason]
  }
}

/**
 * A token store in a SQLite file.
 *
 * A write is on the disk before it succeeds. Any number of processes of one user may share the file, and any of
 * them may be killed at any time. The table is created if it is missing.
 *
 * - A file that others can read, or that is in a directory where others can write, is refused with the reason
 *   `Permissions`. On Windows access lists count, which are not checked: choose a file in the user's profile.
 * - A replaced token can stay in the `-wal` file until SQLite reuses its place or the last program closes the
 *   file. Seal the records with `EncryptedTokenStore`.
 * - Not supported: network file systems, on which SQLite's write-ahead log does not work.
 * - Node prints an `ExperimentalWarning` for its SQLite. `--disable-warning=ExperimentalWarning` hides it.
 * - Tested on Linux under Node 22 and 24, Bun and Deno. Not tested on Windows and macOS.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): Effect.Effect<TokenStore.Service, SqliteTokenStoreError, Scope.Scope> => {
  const file = Path.resolve(options.file)
  return Effect.gen(function* () {
    const sql = yield* Database.open(file)
    const store = yield* Effect.provideService(SqlTokenStore.make({ createTable: true }), SqlClient, sql)
    // From here on SqlTokenStore waits for locks, and does not hold up the program
    yield* sql.unsafe(Database.waitForLocks(20))
    return store
  }).pipe(
    Effect.mapError((error) =>
      error._tag === "OpenFailure"
        ? new SqliteTokenStoreError({ reason: error.reason, file, code: error.code })
        : new SqliteTokenStoreError({
            reason: "Open",
            file,
            code: error._tag === "SqlTokenStoreError" ? error.code : undefined
          })
    )
  )
}

/**
 * See {@link make}.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { EncryptedTokenStore } from "effect-spotify"
 * import { SqliteTokenStore } from "effect-spotify/sqlite"
 * import * as Layer from "effect/Layer"
 *
 * // Sealed with the key in SPOTIFY_TOKEN_KEYS
 * export const StoreLayer = EncryptedTokenStore.layerConfig().pipe(
 *   Layer.provide(SqliteTokenStore.layer({ file: "sessions/spotify.sqlite" }))
 * )
 * ```
 */
export const layer = (options: Options): Layer.Layer<TokenStore.TokenStore, SqliteTokenStoreError> =>
  Layer.scoped(TokenStore.TokenStore, make(options))
