// A process that races: for each line on its standard input it lets 16 writers at one record, and answers
// with the versions that won and with what the others were told. Its arguments are sqlite, postgres, mariadb or
// redis, and where that is.
import { LibsqlClient } from "@effect/sql-libsql"
import { MysqlClient } from "@effect/sql-mysql2"
import { PgClient } from "@effect/sql-pg"
import { SqlClient } from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Redis } from "ioredis"
import { createInterface } from "node:readline"
import * as RedisTokenStore from "../../../src/store/RedisTokenStore.js"
import * as SqlTokenStore from "../../../src/store/SqlTokenStore.js"
import * as TokenStore from "../../../src/store/TokenStore.js"

const [kind, where = ""] = process.argv.slice(2)

const sql = SqlTokenStore.layer({ createTable: true, table: "races" })

const store =
  kind === "redis"
    ? RedisTokenStore.layer({ client: RedisTokenStore.fromIoredis(new Redis(where)) })
    : kind === "postgres"
      ? Layer.provide(sql, PgClient.layer({ url: Redacted.make(where), maxConnections: 4 }))
      : kind === "mariadb"
        ? Layer.provide(sql, MysqlClient.layer({ url: Redacted.make(where), maxConnections: 4 }))
        : sql.pipe(
            // Without it a statement of libsql that met a lock keeps its connection from committing
            Layer.provide(
              Layer.effectDiscard(Effect.flatMap(SqlClient, (client) => client`pragma busy_timeout = 10000`))
            ),
            Layer.provide(LibsqlClient.layer({ url: where }))
          )

const round = (line: string) =>
  Effect.gen(function* () {
    const { expected, key } = JSON.parse(line) as { readonly key: string; readonly expected: string | null }
    const found = yield* TokenStore.TokenStore
    const outcomes = yield* Effect.forEach(
      Array.from({ length: 16 }),
      () =>
        Effect.gen(function* () {
          const version = yield* TokenStore.newVersion
          return yield* found
            .commit({
              key: TokenStore.StoreKey(key),
              expected: Option.map(Option.fromNullable(expected), TokenStore.Version),
              next: Option.some({
                version,
                payload: Redacted.make(String(process.pid)),
                disposableAt: Option.none()
              })
            })
            .pipe(
              Effect.as({ winner: version, told: "done" }),
              Effect.catchAll((error) =>
                Effect.succeed({
                  winner: undefined,
                  told:
                    error._tag === "TokenStoreUnavailable"
                      ? `${error._tag} ${error.applied}: ${String(error.cause)}`
                      : error._tag
                })
              )
            )
        }),
      { concurrency: "unbounded" }
    )
    console.log(
      JSON.stringify({
        winners: outcomes.flatMap(({ winner }) => (winner === undefined ? [] : [winner])),
        told: [...new Set(outcomes.map(({ told }) => told))]
      })
    )
  })

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

const program = Effect.gen(function* () {
  console.log("ready")
  for (;;) {
    const line = yield* Effect.promise(() => lines.next())
    if (line.done === true) {
      return
    }
    yield* round(line.value)
  }
})

await Effect.runPromise(Effect.provide(program, store))
process.exit(0)
