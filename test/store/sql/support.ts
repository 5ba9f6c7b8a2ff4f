import { PgClient } from "@effect/sql-pg"
import type { SqlClient } from "@effect/sql/SqlClient"
import { TokenStore } from "effect-spotify"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

/** A store over a pool of its own, which ends with the scope. */
export const open = (url: string, options: SqlTokenStore.Options & { readonly connections?: number } = {}) =>
  Effect.map(
    Layer.build(
      SqlTokenStore.layer({ createTable: true, ...options }).pipe(
        Layer.provideMerge(
          PgClient.layer({ url: Redacted.make(url), maxConnections: options.connections ?? 4 })
        ),
        Layer.orDie
      )
    ),
    (context) => ({
      store: Context.get(context, TokenStore.TokenStore),
      sql: Context.get(context, PgClient.PgClient) as SqlClient
    })
  )
