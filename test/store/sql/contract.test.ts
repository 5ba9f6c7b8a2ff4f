import { assert, describe, it, layer } from "@effect/vitest"
import { LibsqlClient } from "@effect/sql-libsql"
import { MysqlClient } from "@effect/sql-mysql2"
import { PgClient } from "@effect/sql-pg"
import * as SqlClient from "@effect/sql/SqlClient"
import { TokenStore } from "effect-spotify"
import { SqlTokenStore } from "effect-spotify/sql"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Mariadb from "../../support/servers/mariadb.js"
import * as Postgres from "../../support/servers/postgres.js"
import * as ServerProcess from "../../support/servers/serverProcess.js"

const store = SqlTokenStore.layer({ createTable: true, table: "contract" })

const sqliteFile = Layer.unwrapScoped(
  Effect.map(ServerProcess.temporaryDirectory("sqlite"), (directory) =>
    LibsqlClient.layer({ url: `file:${directory}/sessions.db` })
  )
)

const postgres = (settings: Readonly<Record<string, string>> = {}) =>
  Layer.unwrapScoped(
    Effect.map(Postgres.make({ settings }), (server) => PgClient.layer({ url: Redacted.make(server.url) }))
  )

const mariadb = (settings: Readonly<Record<string, string>> = {}) =>
  Layer.unwrapScoped(
    Effect.map(Mariadb.make({ settings }), (server) => MysqlClient.layer({ url: Redacted.make(server.url) }))
  )

const databases = [
  { name: "SQLite in memory", client: LibsqlClient.layer({ url: ":memory:" }), runs: true },
  { name: "a SQLite file", client: sqliteFile, runs: true },
  { name: "PostgreSQL", client: postgres(), runs: Postgres.available },
  {
    name: "D12: PostgreSQL where everything is serializable",
    client: postgres({ default_transaction_isolation: "serializable" }),
    runs: Postgres.available
  },
  { name: "MariaDB", client: mariadb(), runs: Mariadb.available },
  {
    name: "D12: MariaDB where everything is serializable",
    client: mariadb({ "transaction-isolation": "SERIALIZABLE" }),
    runs: Mariadb.available
  },
  {
    name: "D12: MariaDB with READ COMMITTED, an old character set, lax values and quotes of the standard",
    client: mariadb({
      "transaction-isolation": "READ-COMMITTED",
      "character-set-server": "latin1",
      "collation-server": "latin1_swedish_ci",
      "sql-mode": "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES",
      "innodb-default-row-format": "compact"
    }),
    runs: Mariadb.available
  }
]

/** What somebody else may have made of a row. SQLite takes any kind of value. */
const foreign: ReadonlyArray<{
  readonly reason: TokenStore.TokenStoreCorrupt["reason"]
  readonly what: string
  readonly change: string
  readonly dialect?: string
}> = [
  { reason: "TooLarge", what: "a payload of 1 MB", change: `payload = '${"x".repeat(1_000_000)}'` },
  { reason: "Decode", what: "a time that is a text", change: "disposable_at = 'soon'", dialect: "SQLite" },
  { reason: "Decode", what: "a payload of bytes", change: "payload = x'ff'", dialect: "SQLite" },
  { reason: "Decode", what: "a version of bytes", change: "version = x'ff'", dialect: "SQLite" }
]

for (const { client, name, runs } of databases) {
  describe.skipIf(!runs)(`SqlTokenStore in ${name}`, () => {
    layer(store.pipe(Layer.provideMerge(client), Layer.orDie), {
      excludeTestServices: true,
      timeout: "2 minutes"
    })((it) => {
      for (const contract of TokenStoreContract.casesWith({ ended: 300 })) {
        it.effect(contract.name, () => contract.run)
      }
      for (const { change, dialect, reason, what } of foreign) {
        if (dialect === undefined || name.includes(dialect)) {
          it.effect(`D7: ${what} (${reason}) is replaced by a login and deleted by a sign-out`, () =>
            Effect.flatMap(SqlClient.SqlClient, (sql) =>
              TokenStoreContract.replaceable(reason, (at) =>
                sql`update contract set ${sql.literal(change)} where ${sql("key")} = ${at}`.pipe(Effect.orDie)
              )
            )
          )
        }
      }
    })
  })
}

it.scopedLive("says how far its compare-and-set reaches", () =>
  Effect.gen(function* () {
    const atomicity = (options: SqlTokenStore.Options) =>
      Effect.map(TokenStore.TokenStore, (found) => found.atomicity).pipe(
        Effect.provide(
          SqlTokenStore.layer(options).pipe(Layer.provide(LibsqlClient.layer({ url: ":memory:" })))
        )
      )
    assert.strictEqual(yield* atomicity({}), "host")
    assert.strictEqual(yield* atomicity({ atomicity: "shared" }), "shared")
  })
)
