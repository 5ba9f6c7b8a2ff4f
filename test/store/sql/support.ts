import { MysqlClient } from "@effect/sql-mysql2"
import { PgClient } from "@effect/sql-pg"
import * as SqlClient from "@effect/sql/SqlClient"
import { TokenStore } from "effect-spotify"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

/** The client of the database that the scheme of the URL names. */
export const client = (url: string, maxConnections = 4) =>
  url.startsWith("mysql:")
    ? MysqlClient.layer({ url: Redacted.make(url), maxConnections })
    : PgClient.layer({ url: Redacted.make(url), maxConnections })

/** A store over a pool of its own, which ends with the scope. */
export const open = (url: string, options: SqlTokenStore.Options & { readonly connections?: number } = {}) =>
  Effect.map(
    Layer.build(
      SqlTokenStore.layer({ createTable: true, ...options }).pipe(
        Layer.provideMerge(client(url, options.connections)),
        Layer.orDie
      )
    ),
    (context) => ({
      store: Context.get(context, TokenStore.TokenStore),
      sql: Context.get(context, SqlClient.SqlClient)
    })
  )
