import { assert, describe, it, layer } from "@effect/vitest"
import { LibsqlClient } from "@effect/sql-libsql"
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClientModule from "@effect/sql/SqlClient"
import { LoginService, SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { expectNoLeak } from "../../support/canaries.js"
import * as FakeAccounts from "../../support/fakeAccounts.js"
import * as Postgres from "../../support/servers/postgres.js"
import * as ServerProcess from "../../support/servers/serverProcess.js"
import * as Records from "../support/records.js"
import * as Support from "./support.js"

class Server extends Context.Tag("test/Server")<Server, Postgres.PostgresServer>() {}

const memory = LibsqlClient.layer({ url: ":memory:" })

describe.skipIf(!Postgres.available)("SqlTokenStore's table in PostgreSQL", () => {
  layer(Layer.scoped(Server, Postgres.make()), { excludeTestServices: true, timeout: "2 minutes" })((it) => {
    it.scoped("is made by many processes at once, and by a statement run by hand", () =>
      Effect.gen(function* () {
        const { query, url } = yield* Server
        const { sql } = yield* Support.open(url, { connections: 8, createTable: false })
        yield* Effect.forEach(
          Array.from({ length: 5 }, (_, index) => `made_${index}`),
          (table) =>
            Effect.all(
              Array.from({ length: 8 }, () => SqlTokenStore.createTable({ table })),
              { concurrency: "unbounded" }
            )
        ).pipe(Effect.provideService(SqlClientModule.SqlClient, sql))
        yield* query("create schema app")
        for (const statement of (yield* SqlTokenStore.tableDefinition("pg", { table: "app.ByHand" })).split(
          ";"
        )) {
          yield* query(statement)
        }
        const { store } = yield* Support.open(url, { createTable: false, table: "app.ByHand" })
        const at = yield* Records.key("by-hand")
        yield* store.commit(Records.create(at, yield* Records.entry("first")))
        assert.strictEqual(yield* Records.read(store, at), "first")
        assert.strictEqual((yield* query('select key from app."ByHand"')).length, 1)
      })
    )

    it.scoped("that is missing is an error which says what to do", () =>
      Effect.gen(function* () {
        const { url } = yield* Server
        const { store } = yield* Support.open(url, { createTable: false, table: "missing" })
        const at = yield* Records.key("missing")
        for (const error of [
          yield* Effect.flip(store.get(at)),
          yield* Effect.flip(store.commit(Records.create(at, yield* Records.entry("first"))))
        ]) {
          assert.deepInclude(error, { _tag: "TokenStoreUnavailable", applied: "no" })
          const cause = "cause" in error ? error.cause : undefined
          assert.instanceOf(cause, SqlTokenStore.SqlTokenStoreError)
          assert.match(
            (cause as Error).message,
            /The table missing is missing: run SqlTokenStore\.createTable/
          )
        }
      })
    )

    it.scoped("holds what a transaction of the caller takes back", () =>
      Effect.gen(function* () {
        const { url } = yield* Server
        const { sql, store } = yield* Support.open(url)
        const at = yield* Records.key("rolled-back")
        const first = yield* Records.entry("first")
        yield* Effect.flip(
          sql.withTransaction(
            Effect.zipRight(store.commit(Records.create(at, first)), Effect.fail("rolled back"))
          )
        )
        assert.strictEqual(yield* Records.read(store, at), "first")
      })
    )

    it.scoped("D13: one connection serves everybody while a refresh hangs, and no transaction is open", () =>
      Effect.gen(function* () {
        const { query, url } = yield* Server
        const { store } = yield* Support.open(url, { connections: 1 })
        const accounts = FakeAccounts.make()
        const asked = yield* Deferred.make<void>()
        const answer = yield* Deferred.make<void>()
        const context = yield* Layer.build(
          SessionService.layerAuthorizationCode().pipe(
            Layer.provide([
              accounts.layer,
              Layer.succeed(TokenStore.TokenStore, store),
              SpotifyConfig.layer({
                clientId: "client",
                clientSecret: Redacted.make("secret"),
                redirectUri: "http://127.0.0.1:8888/callback"
              })
            ])
          )
        )
        const login = Context.get(context, LoginService.LoginService)
        const session = Context.get(context, SessionService.SessionService)
        const { state } = yield* login.begin()
        yield* login.complete(`http://127.0.0.1:8888/callback?code=one&state=${state}`, { state })
        accounts.before = Effect.zipRight(Deferred.succeed(asked, undefined), Deferred.await(answer))
        const refreshing = yield* Effect.fork(session.refresh)
        yield* Deferred.await(asked)

        const at = yield* Records.key("meanwhile")
        yield* store
          .commit(Records.create(at, yield* Records.entry("first")))
          .pipe(Effect.timeout("1 minute"))
        assert.strictEqual(yield* Effect.timeout(Records.read(store, at), "1 minute"), "first")
        const open = yield* query(
          "select state from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() and (state <> 'idle' or xact_start is not null)"
        )
        assert.deepStrictEqual(open, [])

        yield* Deferred.succeed(answer, undefined)
        yield* Fiber.join(refreshing)
        assert.strictEqual(accounts.grants, 1)
      })
    )

    it.scoped("F24: shows no payload, not even where the database quotes the row it refuses", () =>
      Effect.gen(function* () {
        const { query, url } = yield* Server
        const { store } = yield* Support.open(url, { table: "canaries" })
        yield* query("alter table canaries add constraint short check (length(payload) < 60)")
        const at = yield* Records.key("canary")
        const kept = yield* Records.entry("canary-payload-kept")
        const refused = yield* Records.entry(`canary-payload-refused ${"x".repeat(60)}`)
        const exit = yield* Effect.exit(
          expectNoLeak(
            () => ["canary-payload-kept", "canary-payload-refused"],
            Effect.gen(function* () {
              yield* store.commit(Records.create(at, kept))
              yield* store.get(at)
              yield* Effect.either(store.commit(Records.create(at, refused)))
              return yield* store.commit(Records.replace(at, kept, refused))
            })
          )
        )
        assert.isTrue(exit._tag === "Failure")
        // The database itself does quote it, or this test would show nothing
        const told = yield* Effect.flip(
          Postgres.query(url, "update canaries set payload = $1", [Redacted.value(refused.payload)])
        )
        assert.match(String((told as Error & { detail?: string }).detail), /canary-payload-refused/)
      })
    )

    it.scoped("D15: does not even fetch a payload that is too large", () =>
      Effect.gen(function* () {
        const { query, url } = yield* Server
        const { store } = yield* Support.open(url)
        const at = yield* Records.key("large")
        const first = yield* Records.entry("first")
        yield* store.commit(Records.create(at, first))
        assert.strictEqual(
          yield* Records.told(
            store.commit(Records.replace(at, first, yield* Records.entry("x".repeat(1024 * 1024))))
          ),
          "corrupt: TooLarge"
        )
        assert.strictEqual(yield* Records.read(store, at), "first")
        yield* query("update spotify_sessions set payload = repeat('x', 1048576) where key = $1", [at])
        assert.deepInclude(yield* Effect.flip(store.get(at)), {
          _tag: "TokenStoreCorrupt",
          reason: "TooLarge"
        })
        // A login or a sign-out still gets rid of it
        yield* store.commit(Records.remove(at, first))
        assert.strictEqual(yield* Records.read(store, at), "absent")
      })
    )
  })
})

// libsql opens its database anew after a transaction, and one in memory is then another
const file = Layer.unwrapScoped(
  Effect.map(ServerProcess.temporaryDirectory("sqlite"), (directory) =>
    LibsqlClient.layer({ url: `file:${directory}/sessions.db` })
  )
)

const pending = (text: string, days: number) =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    return { ...(yield* Records.entry(text)), disposableAt: Option.some(DateTime.add(now, { days })) }
  })

const remaining = Effect.flatMap(SqlClientModule.SqlClient, (sql) =>
  Effect.map(sql`select count(*) as n from spotify_sessions`, ([row]) => Number((row as { n: unknown }).n))
)

const made = Layer.provideMerge(SqlTokenStore.layer({ createTable: true }), memory)

it.scopedLive("purge deletes all that is disposable, and nothing else", () =>
  Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const sql = yield* SqlClientModule.SqlClient
    yield* store.commit(Records.create(yield* Records.key("kept"), yield* Records.entry("kept")))
    const later = (yield* DateTime.now).epochMillis + 60_000
    yield* sql`insert into spotify_sessions values ('later', 'v', '{}', ${later}, 1)`
    yield* sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
      insert into spotify_sessions select 'old:' || i, 'v', '{}', 1, 1 from n`
    assert.strictEqual(yield* remaining, 2502)
    assert.strictEqual(yield* SqlTokenStore.purge(), 2500)
    assert.strictEqual(yield* remaining, 2)
    assert.strictEqual(yield* SqlTokenStore.purge(), 0)
  }).pipe(Effect.provide(made))
)

it.scopedLive("a login that begins clears some of those that were abandoned", () =>
  Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const sql = yield* SqlClientModule.SqlClient
    yield* sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 150)
      insert into spotify_sessions select 'old:' || i, 'v', '{}', 1, 1 from n`
    yield* store.commit(Records.create(yield* Records.key("login"), yield* pending("login", 1)))
    yield* Effect.repeat(remaining, { until: (count) => count < 151 })
    assert.strictEqual(yield* remaining, 51)
  }).pipe(Effect.provide(made))
)

it.scopedLive("createTable runs as a migration", () =>
  Effect.gen(function* () {
    yield* Migrator.make({})({
      loader: Migrator.fromRecord({ "0001_spotify_sessions": SqlTokenStore.createTable() })
    })
    assert.strictEqual(yield* remaining, 0)
  }).pipe(Effect.provide(file))
)

it("F21: takes no table that is not a name", () => {
  for (const table of ["", "a b", 'a"; drop table x; --', "a.b.c", "1a", "é", "a".repeat(49), "a."]) {
    const result = SqlTokenStore.tableDefinition("pg", { table })
    assert.isTrue(Either.isLeft(result) && result.left.reason === "TableName", table)
  }
  assert.isTrue(Either.isRight(SqlTokenStore.tableDefinition("sqlite", { table: "app.Sessions_1" })))
})

it.scopedLive("F21: a key beyond 512 bytes is refused and written nowhere", () =>
  Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const nul = TokenStore.StoreKey("\0".repeat(512))
    const half = [
      TokenStore.StoreKey("a\ud800"),
      TokenStore.StoreKey("a\udc00"),
      TokenStore.StoreKey("a\ufffd")
    ]
    for (const at of [nul, ...half]) {
      yield* store.commit(Records.create(at, yield* Records.entry(at)))
    }
    for (const at of [nul, ...half]) {
      assert.strictEqual(yield* Records.read(store, at), at)
    }
    assert.strictEqual(
      yield* Records.told(
        store.commit(Records.create(TokenStore.StoreKey("k".repeat(513)), yield* Records.entry("first")))
      ),
      "unavailable: no"
    )
    assert.strictEqual(yield* remaining, 4)
  }).pipe(Effect.provide(made))
)
