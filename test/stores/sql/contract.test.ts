import { assert, describe, it, layer } from "@effect/vitest"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import { TokenStore } from "effect-spotify"
import { SqlTokenStore } from "effect-spotify/sql"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
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

const databases = [
  { name: "SQLite in memory", client: LibsqlClient.layer({ url: ":memory:" }), runs: true },
  { name: "a SQLite file", client: sqliteFile, runs: true },
  { name: "PostgreSQL", client: postgres(), runs: Postgres.available },
  {
    name: "D12: PostgreSQL where everything is serializable",
    client: postgres({ default_transaction_isolation: "serializable" }),
    runs: Postgres.available
  }
]

for (const { client, name, runs } of databases) {
  describe.skipIf(!runs)(`SqlTokenStore in ${name}`, () => {
    layer(store.pipe(Layer.provide(client), Layer.orDie), {
      excludeTestServices: true,
      timeout: "2 minutes"
    })((it) => {
      for (const contract of TokenStoreContract.cases) {
        it.effect(contract.name, () => contract.run)
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
