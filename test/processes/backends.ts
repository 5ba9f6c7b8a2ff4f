import { LibsqlClient } from "@effect/sql-libsql"
import { MysqlClient } from "@effect/sql-mysql2"
import { PgClient } from "@effect/sql-pg"
import { EncryptedTokenStore, TokenStore } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import { RedisTokenStore } from "effect-spotify/redis"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import Redis from "ioredis"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Mariadb from "../support/servers/mariadb.js"
import * as Postgres from "../support/servers/postgres.js"
import * as RedisServer from "../support/servers/redis.js"

/** Where a fleet keeps its records, as a parent tells its workers. */
export type Backend =
  | { readonly kind: "file"; readonly directory: string }
  | { readonly kind: "encrypted"; readonly directory: string; readonly secret: string }
  | { readonly kind: "redis"; readonly url: string; readonly prefix: string }
  | { readonly kind: "postgres"; readonly url: string; readonly table: string }
  | { readonly kind: "mariadb"; readonly url: string; readonly table: string }
  | { readonly kind: "sqlite"; readonly file: string }

export type Kind = Backend["kind"]

const redisClient = (url: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => 100 })
      redis.on("error", () => {})
      return redis
    }),
    (redis) => Effect.sync(() => redis.disconnect())
  )

/** Opens the store, in the parent as well as in a worker. */
export const layer = (backend: Backend): Layer.Layer<TokenStore.TokenStore> => {
  switch (backend.kind) {
    case "file": {
      return FileTokenStore.layer({ directory: backend.directory })
    }
    case "encrypted": {
      return EncryptedTokenStore.layer({
        current: { id: "fleet", secret: Redacted.make(backend.secret) }
      }).pipe(Layer.provide(FileTokenStore.layer({ directory: backend.directory })), Layer.orDie)
    }
    case "redis": {
      return Layer.unwrapScoped(
        Effect.map(redisClient(backend.url), (redis) =>
          RedisTokenStore.layer({ client: RedisTokenStore.fromIoredis(redis), prefix: backend.prefix })
        )
      )
    }
    case "postgres": {
      return SqlTokenStore.layer({ table: backend.table, createTable: false }).pipe(
        Layer.provide(
          PgClient.layer({
            url: Redacted.make(backend.url),
            maxConnections: 4,
            // By the clock of the worker, which may run some hundred times faster
            connectTimeout: "25 minutes"
          })
        ),
        Layer.orDie
      )
    }
    case "mariadb": {
      return SqlTokenStore.layer({ table: backend.table, createTable: false }).pipe(
        Layer.provide(MysqlClient.layer({ url: Redacted.make(backend.url), maxConnections: 4 })),
        Layer.orDie
      )
    }
    case "sqlite": {
      return SqlTokenStore.layer({ createTable: true }).pipe(
        Layer.provide(LibsqlClient.layer({ url: `file:${backend.file}` })),
        Layer.orDie
      )
    }
  }
}

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-spotify-fleet-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

const listens = (port: number) =>
  Effect.async<boolean>((resume) => {
    const socket = Net.connect(port, "127.0.0.1", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.once("error", () => resume(Effect.succeed(false)))
  })

/** The server that the environment names, or the one of this machine, or one of one's own. */
const postgresUrl: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const named = process.env["TEST_POSTGRES_URL"]
  if (named !== undefined) {
    return named
  }
  const local = "postgres://root@127.0.0.1:5432/test"
  const there = (yield* listens(5432)) && (yield* Effect.isSuccess(Postgres.query(local, "select 1")))
  return there ? local : (yield* Postgres.make({ settings: { fsync: "on" } })).url
})

const mariadbUrl: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const named = process.env["TEST_MARIADB_URL"]
  if (named !== undefined) {
    return named
  }
  const local = "mysql://root@127.0.0.1:3306/test"
  const there = (yield* listens(3306)) && (yield* Effect.isSuccess(Mariadb.query(local, "select 1")))
  return there ? local : (yield* Mariadb.make({ settings: { "innodb-flush-log-at-trx-commit": "1" } })).url
})

const redisUrl: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const named = process.env["TEST_REDIS_URL"]
  if (named !== undefined) {
    return named
  }
  return (yield* listens(6379)) ? "redis://127.0.0.1:6379" : (yield* RedisServer.make()).url
})

const unique = Effect.sync(() => `p${process.pid}_${crypto.getRandomValues(new Uint32Array(1))[0] ?? 0}`)

/** A table of one's own in a PostgreSQL. */
export const postgres = (url: string): Effect.Effect<Backend, never, Scope.Scope> =>
  Effect.gen(function* () {
    const table = `fleet_${yield* unique}`
    const client = PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })
    yield* Effect.orDie(Effect.provide(SqlTokenStore.createTable({ table }), client))
    yield* Effect.addFinalizer(() => Effect.ignore(Postgres.query(url, `drop table if exists ${table}`)))
    return { kind: "postgres", url, table }
  })

/** A table of one's own in a MariaDB. */
export const mariadb = (url: string): Effect.Effect<Backend, never, Scope.Scope> =>
  Effect.gen(function* () {
    const table = `fleet_${yield* unique}`
    const client = MysqlClient.layer({ url: Redacted.make(url), maxConnections: 1 })
    yield* Effect.orDie(Effect.provide(SqlTokenStore.createTable({ table }), client))
    yield* Effect.addFinalizer(() => Effect.ignore(Mariadb.query(url, `drop table if exists ${table}`)))
    return { kind: "mariadb", url, table }
  })

/** Keys of one's own in a Redis. */
export const redis = (url: string): Effect.Effect<Backend, never, Scope.Scope> =>
  Effect.gen(function* () {
    const prefix = `fleet:${yield* unique}:`
    const client = yield* redisClient(url)
    yield* Effect.addFinalizer(() =>
      Effect.tryPromise(async () => {
        for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1000 })) {
          await Promise.all((keys as Array<string>).map((key) => client.del(key)))
        }
      }).pipe(Effect.timeout("5 seconds"), Effect.ignore)
    )
    return { kind: "redis", url, prefix }
  })

/** A place of one's own in a store of that kind, which is cleared with the scope. */
export const acquire = (kind: Kind): Effect.Effect<Backend, never, Scope.Scope> => {
  switch (kind) {
    case "file": {
      return Effect.map(temporaryDirectory, (directory) => ({ kind, directory: `${directory}/sessions` }))
    }
    case "encrypted": {
      return Effect.map(temporaryDirectory, (directory) => ({
        kind,
        directory: `${directory}/sessions`,
        secret: "the secret of a fleet that only tests use"
      }))
    }
    case "redis": {
      return Effect.flatMap(redisUrl, redis)
    }
    case "postgres": {
      return Effect.flatMap(postgresUrl, postgres)
    }
    case "mariadb": {
      return Effect.flatMap(mariadbUrl, mariadb)
    }
    case "sqlite": {
      return Effect.map(temporaryDirectory, (directory) => ({ kind, file: `${directory}/sessions.db` }))
    }
  }
}

/** The store itself, for a parent that looks behind its workers. */
export const open = (backend: Backend): Effect.Effect<TokenStore.Service, never, Scope.Scope> =>
  Effect.map(Layer.build(layer(backend)), (context) => Context.get(context, TokenStore.TokenStore))
