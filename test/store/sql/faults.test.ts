import { assert, describe, layer } from "@effect/vitest"
import type { TokenStore } from "effect-spotify"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as DroppingProxy from "../../support/servers/droppingProxy.js"
import * as Mariadb from "../../support/servers/mariadb.js"
import * as Postgres from "../../support/servers/postgres.js"
import * as Records from "../support/records.js"
import * as Support from "./support.js"

interface Database {
  readonly name: string
  readonly runs: boolean
  readonly server: Effect.Effect<Server["Type"], never, Scope.Scope>
  /** Recognizes a request that writes. The first statements of a connection pass. */
  readonly writes: RegExp
  /** Finds a connection that waits for a lock. */
  readonly blocked: string
  readonly end: (connection: number) => string
  /** Makes connections give up at once on a lock, through a URL or for the server, until the scope ends. */
  readonly impatient: (server: Server["Type"]) => Effect.Effect<string, never, Scope.Scope>
  /** A URL of connections that may not write. */
  readonly readOnly: (server: Server["Type"]) => Effect.Effect<string, never, Scope.Scope>
  readonly refusal: string
  /** What loses prepared statements and plans, on the connection of the store, and other connections. */
  readonly disturbances: ReadonlyArray<string>
  readonly endOthers: string
}

class Server extends Context.Tag("test/Server")<Server, Postgres.PostgresServer | Mariadb.MariadbServer>() {}

const parameters = (url: string, options: string) => `${url}?options=${encodeURIComponent(options)}`

/** A setting of a running MariaDB, until the scope ends. */
const setting = (server: Server["Type"], name: string, value: number) =>
  Effect.gen(function* () {
    const [before] = yield* server.query(`select @@global.${name} as value`)
    yield* Effect.acquireRelease(server.query(`set global ${name} = ${value}`), () =>
      server.query(`set global ${name} = ${String(before?.["value"])}`)
    )
  })

const databases: ReadonlyArray<Database> = [
  {
    name: "PostgreSQL",
    runs: Postgres.available,
    server: Postgres.make(),
    writes: /insert into|update |delete from/,
    blocked: "select pid from pg_stat_activity where wait_event_type = 'Lock'",
    end: (pid) => `select pg_terminate_backend(${pid})`,
    impatient: ({ url }) => Effect.succeed(parameters(url, "-c lock_timeout=20ms")),
    readOnly: ({ url }) => Effect.succeed(parameters(url, "-c default_transaction_read_only=on")),
    refusal: "25006",
    disturbances: [
      "deallocate all",
      "discard all",
      "alter table spotify_sessions add column note text",
      "alter table spotify_sessions drop column note"
    ],
    endOthers:
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'"
  },
  {
    name: "MariaDB",
    runs: Mariadb.available,
    server: Mariadb.make(),
    // The execution of a prepared statement with a version, which reads do not have
    // oxlint-disable-next-line no-control-regex -- bytes of the protocol
    writes: /^[^]{4}\u0017[^]*\u0016[\w-]{22}/,
    blocked:
      "select trx_mysql_thread_id as pid from information_schema.innodb_trx where trx_state = 'LOCK WAIT'",
    end: (id) => `kill ${id}`,
    impatient: (server) => Effect.as(setting(server, "innodb_lock_wait_timeout", 0), server.url),
    readOnly: (server) =>
      Effect.gen(function* () {
        yield* server.query("create user if not exists app@127.0.0.1")
        yield* server.query("grant all on test.* to app@127.0.0.1")
        yield* setting(server, "read_only", 1)
        return server.url.replace("root@", "app@")
      }),
    refusal: "ER_OPTION_PREVENTS_STATEMENT",
    disturbances: [
      "flush tables",
      "alter table spotify_sessions add column note text",
      "alter table spotify_sessions drop column note"
    ],
    endOthers:
      "begin not atomic for other in (select id from information_schema.processlist where id <> connection_id() and user = 'root') do kill other.id; end for; end"
  }
]

/** The same server behind another port. */
const through = (url: string, port: number) => url.replace(/:\d+\//, `:${port}/`)

/** A lock on a row, held by a connection of its own until the scope ends or it is released. */
const lockRow = (url: string, at: TokenStore.StoreKey) =>
  Effect.gen(function* () {
    const { sql } = yield* Support.open(url)
    const locked = yield* Deferred.make<void>()
    const fiber = yield* Effect.forkScoped(
      sql.withTransaction(
        sql`select 1 from spotify_sessions where ${sql("key")} = ${at} for update`.pipe(
          Effect.zipRight(Deferred.succeed(locked, undefined)),
          Effect.zipRight(Effect.never)
        )
      )
    )
    yield* Deferred.await(locked)
    // @effect-diagnostics-next-line returnEffectInGen:off -- the effect is the result
    return Fiber.interrupt(fiber)
  })

for (const database of databases) {
  const { writes } = database

  /**
   * Waits for a connection other than this that waits for a lock, and tells which it is. MariaDB looks anew only
   * when nobody has asked for a tenth of a second.
   */
  const blocked = (except?: number) =>
    Effect.flatMap(Server, (server) =>
      Effect.flatMap(server.query(database.blocked), ([row]) =>
        row === undefined || Number(row["pid"]) === except
          ? Effect.fail("no other is blocked")
          : Effect.succeed(Number(row["pid"]))
      ).pipe(Effect.retry(Schedule.spaced("200 millis")), Effect.timeout("1 minute"), Effect.orDie)
    )

  describe.skipIf(!database.runs)(`SqlTokenStore and a ${database.name} in trouble`, () => {
    layer(Layer.scoped(Server, database.server), { excludeTestServices: true, timeout: "2 minutes" })(
      (it) => {
        it.scoped(
          "D4, N9: with 30 % of all answers lost, no write is done twice, lost, or refused falsely",
          () =>
            Effect.gen(function* () {
              const { port, url } = yield* Server
              const direct = yield* Support.open(url)
              const proxy = yield* DroppingProxy.make({ port })
              const { store } = yield* Support.open(through(url, proxy.port))
              const at = yield* Records.key("lost")
              let current = yield* Records.entry("0")
              yield* store.commit(Records.create(at, current))
              let count = 0
              yield* proxy.decide((request) =>
                writes.test(request) && count++ % 10 < 3 ? "loseReply" : "pass"
              )
              for (let index = 1; index <= 300; index++) {
                const next = yield* Records.entry(String(index))
                assert.strictEqual(
                  yield* Records.told(store.commit(Records.replace(at, current, next))),
                  "done"
                )
                current = next
              }
              assert.strictEqual(yield* Records.read(direct.store, at), "300")
              assert.isAtLeast(yield* proxy.dropped, 85)
            })
        )

        it.scoped("D4: a creation whose answer is lost is one creation", () =>
          Effect.gen(function* () {
            const { port, url } = yield* Server
            const proxy = yield* DroppingProxy.make({ port })
            const { store } = yield* Support.open(through(url, proxy.port))
            const at = yield* Records.key("created")
            let lost = false
            yield* proxy.decide((request) =>
              writes.test(request) && !lost ? ((lost = true), "loseReply") : "pass"
            )
            assert.strictEqual(
              yield* Records.told(store.commit(Records.create(at, yield* Records.entry("first")))),
              "done"
            )
            assert.strictEqual(yield* proxy.dropped, 1)
            assert.strictEqual(yield* Records.read(store, at), "first")
          })
        )

        it.scoped("D4: a deletion whose answer is lost never counts as one's own", () =>
          Effect.gen(function* () {
            const { port, url } = yield* Server
            const proxy = yield* DroppingProxy.make({ port })
            const { store } = yield* Support.open(through(url, proxy.port))
            const at = yield* Records.key("deleted")
            const first = yield* Records.entry("first")
            yield* store.commit(Records.create(at, first))
            let lost: DroppingProxy.Fate = "loseReply"
            yield* proxy.decide((request) => {
              const fate = writes.test(request) ? lost : "pass"
              lost = fate === "pass" ? lost : "pass"
              return fate
            })
            // Somebody else may have taken the record: two must not both believe that they did
            assert.strictEqual(
              yield* Records.told(store.commit(Records.remove(at, first))),
              "unavailable: unknown"
            )
            assert.strictEqual(yield* Records.read(store, at), "absent")

            // Where the request is lost instead, the record is still there, and the deletion is sent again
            const second = yield* Records.entry("second")
            yield* store.commit(Records.create(at, second))
            lost = "loseRequest"
            assert.strictEqual(yield* Records.told(store.commit(Records.remove(at, second))), "done")
            assert.strictEqual(yield* Records.read(store, at), "absent")
          })
        )

        it.scoped("D5: a write that is applied after its caller gave up is found when it is sent again", () =>
          Effect.gen(function* () {
            const { port, url } = yield* Server
            const proxy = yield* DroppingProxy.make({ port })
            const { store } = yield* Support.open(through(url, proxy.port))
            const at = yield* Records.key("late")
            const first = yield* Records.entry("first")
            const second = yield* Records.entry("second")
            yield* store.commit(Records.create(at, first))
            const write = Records.replace(at, first, second)
            yield* proxy.decide((request) => (writes.test(request) ? "hold" : "pass"))
            const writing = yield* Effect.fork(store.commit(write))
            yield* proxy.untilDropped(1)
            const [time, outcome] = yield* Effect.timed(Fiber.interrupt(writing))
            assert.isTrue(Exit.isInterrupted(outcome))
            assert.isBelow(Duration.toMillis(time), 10_000)
            assert.strictEqual(yield* Records.read(store, at), "first")
            yield* proxy.decide(() => "pass")
            yield* proxy.release
            yield* Effect.repeat(Records.read(store, at), { until: (found) => found === "second" })
            assert.strictEqual(yield* Records.told(store.commit(write)), "done")
            assert.strictEqual(yield* Records.read(store, at), "second")
            assert.strictEqual(
              yield* Records.told(store.commit(Records.replace(at, first, yield* Records.entry("third")))),
              "conflict"
            )
          })
        )

        it.scoped("D12: a connection that is ended in the middle of a write costs nothing", () =>
          Effect.gen(function* () {
            const server = yield* Server
            const { store } = yield* Support.open(server.url)
            const at = yield* Records.key("terminated")
            const first = yield* Records.entry("first")
            yield* store.commit(Records.create(at, first))
            const release = yield* lockRow(server.url, at)
            const writing = yield* Effect.fork(
              Records.told(store.commit(Records.replace(at, first, yield* Records.entry("second"))))
            )
            const pid = yield* blocked()
            yield* server.query(database.end(pid))
            // The write is looked up, found missing, and sent again over another connection
            yield* blocked(pid)
            yield* release
            assert.strictEqual(yield* Fiber.join(writing), "done")
            assert.strictEqual(yield* Records.read(store, at), "second")
          })
        )

        it.scoped("D12: a lock that is not to be had is waited for, and then the write was not applied", () =>
          Effect.gen(function* () {
            const server = yield* Server
            const proxy = yield* DroppingProxy.make(server)
            const patient = yield* Support.open(server.url)
            const at = yield* Records.key("locked")
            const first = yield* Records.entry("first")
            const second = yield* Records.entry("second")
            yield* patient.store.commit(Records.create(at, first))
            const { store } = yield* Support.open(through(yield* database.impatient(server), proxy.port), {
              createTable: false
            })
            const release = yield* lockRow(server.url, at)
            let attempts = 0
            yield* proxy.decide((request) => {
              if (writes.test(request)) {
                attempts += 1
              }
              return "pass"
            })
            const short = yield* Effect.fork(Records.told(store.commit(Records.replace(at, first, second))))
            yield* Effect.repeat(
              Effect.sync(() => attempts),
              { until: (count) => count > 3 }
            )
            yield* release
            assert.strictEqual(yield* Fiber.join(short), "done")

            const again = yield* lockRow(server.url, at)
            assert.strictEqual(
              yield* Records.told(store.commit(Records.remove(at, second))),
              "unavailable: no"
            )
            yield* again
            assert.strictEqual(yield* Records.read(store, at), "second")
          })
        )

        it.scoped("D12: a read-only replica still reads, and a write to it was not applied", () =>
          Effect.gen(function* () {
            const server = yield* Server
            const { store } = yield* Support.open(server.url)
            const replica = yield* Support.open(yield* database.readOnly(server), { createTable: false })
            const at = yield* Records.key("replica")
            const first = yield* Records.entry("first")
            yield* store.commit(Records.create(at, first))
            assert.strictEqual(yield* Records.read(replica.store, at), "first")
            const refused = yield* Effect.flip(
              replica.store.commit(Records.replace(at, first, yield* Records.entry("second")))
            )
            assert.deepInclude(refused, { _tag: "TokenStoreUnavailable", applied: "no" })
            assert.deepInclude("cause" in refused ? refused.cause : undefined, {
              _tag: "SqlTokenStoreError",
              code: database.refusal
            })
            assert.strictEqual(yield* Records.read(store, at), "first")
          })
        )

        it.scoped(
          "D12: prepared statements and plans that are lost, and idle connections that were ended",
          () =>
            Effect.gen(function* () {
              const server = yield* Server
              const { sql, store } = yield* Support.open(server.url, { connections: 1 })
              const at = yield* Records.key("prepared")
              let current = yield* Records.entry("first")
              yield* store.commit(Records.create(at, current))
              const disturb = [
                ...database.disturbances.map((statement) => sql.unsafe(statement)),
                server.query(database.endOthers)
              ]
              for (const disturbance of disturb) {
                yield* disturbance
                const next = yield* Records.entry("next")
                assert.strictEqual(
                  yield* Records.told(store.commit(Records.replace(at, current, next))),
                  "done"
                )
                assert.strictEqual(yield* Records.read(store, at), "next")
                current = next
              }
            })
        )

        it.scoped("C9, C10: of 64 writers over four pools exactly one wins, 20 times", () =>
          Effect.gen(function* () {
            const { url } = yield* Server
            const stores = yield* Effect.replicateEffect(
              Effect.map(Support.open(url), (_) => _.store),
              4
            )
            const at = yield* Records.key("race")
            let current = Option.none<TokenStore.Entry>()
            for (let round = 0; round < 20; round++) {
              const { others, winners } = yield* Records.race(stores, at, current)
              assert.strictEqual(winners.length, 1)
              assert.deepStrictEqual([...others], ["conflict"])
              current = Option.fromNullable(winners[0])
            }
          })
        )

        it.scoped(
          "D1, D2: a frozen database holds nobody longer than they wait, and is well afterwards",
          () =>
            Effect.gen(function* () {
              const server = yield* Server
              const { store } = yield* Support.open(server.url)
              const at = yield* Records.key("frozen")
              const first = yield* Records.entry("first")
              const second = yield* Records.entry("second")
              yield* store.commit(Records.create(at, first))
              yield* server.pause
              const [reading, read] = yield* Effect.timed(Effect.timeoutOption(store.get(at), "200 millis"))
              const [writing, wrote] = yield* Effect.timed(
                Effect.timeoutOption(store.commit(Records.replace(at, first, second)), "200 millis")
              )
              yield* server.resume
              assert.isTrue(Option.isNone(read) && Option.isNone(wrote))
              assert.isBelow(Duration.toMillis(reading), 10_000)
              assert.isBelow(Duration.toMillis(writing), 10_000)
              assert.strictEqual(
                yield* Records.told(store.commit(Records.replace(at, first, second))),
                "done"
              )
              assert.strictEqual(yield* Records.read(store, at), "second")
            })
        )

        it.scoped(
          "D3: a database that is down is a typed error, and what it has acknowledged is there after",
          () =>
            Effect.gen(function* () {
              const server = yield* Server
              const { store } = yield* Support.open(server.url)
              const at = yield* Records.key("down")
              const first = yield* Records.entry("first")
              const second = yield* Records.entry("second")
              yield* store.commit(Records.create(at, first))
              yield* server.kill
              assert.deepInclude(yield* Effect.flip(store.get(at)), {
                _tag: "TokenStoreUnavailable",
                operation: "get",
                applied: "no"
              })
              // Whether or not the pool has noticed yet, the truth is not claimed to be better known than it is
              assert.match(
                yield* Records.told(store.commit(Records.replace(at, first, second))),
                /^unavailable: (no|unknown)$/
              )
              // By now the pool knows that nothing can be sent
              assert.strictEqual(
                yield* Records.told(store.commit(Records.replace(at, first, second))),
                "unavailable: no"
              )
              yield* server.start
              assert.strictEqual(
                yield* Records.told(store.commit(Records.replace(at, first, second))),
                "done"
              )
              assert.strictEqual(yield* Records.read(store, at), "second")
            })
        )
      }
    )
  })
}

describe.skipIf(!Mariadb.available)("SqlTokenStore and the settings of a MariaDB", () => {
  layer(Layer.scoped(Server, Mariadb.make({ settings: { "max-allowed-packet": "16384" } })), {
    excludeTestServices: true,
    timeout: "2 minutes"
  })((it) => {
    it.scoped(
      "D15: a statement beyond max_allowed_packet is refused with a remedy, and the record stays",
      () =>
        Effect.gen(function* () {
          const { url } = yield* Server
          const { store } = yield* Support.open(url)
          const at = yield* Records.key("packet")
          const first = yield* Records.entry("first")
          yield* store.commit(Records.create(at, first))
          for (let attempt = 0; attempt < 10; attempt++) {
            const refused = yield* Effect.flip(
              store.commit(Records.replace(at, first, yield* Records.entry("x".repeat(50_000))))
            )
            assert.deepInclude(refused, { _tag: "TokenStoreUnavailable", applied: "no" })
            const cause = "cause" in refused ? refused.cause : undefined
            assert.instanceOf(cause, SqlTokenStore.SqlTokenStoreError)
            assert.match((cause as Error).message, /nothing was written: set max_allowed_packet/)
            assert.strictEqual(yield* Records.read(store, at), "first")
          }
          const next = yield* Records.entry("x".repeat(10_000))
          assert.strictEqual(yield* Records.told(store.commit(Records.replace(at, first, next))), "done")
        })
    )

    it.scoped(
      "a server that does not commit by itself is refused, because it would lose what it stores",
      () =>
        Effect.gen(function* () {
          const server = yield* Server
          yield* setting(server, "autocommit", 0)
          const refused = yield* SqlTokenStore.make().pipe(
            Effect.provide(Support.client(server.url)),
            Effect.flip
          )
          assert.deepInclude(refused, { _tag: "SqlTokenStoreError", reason: "NoAutocommit" })
        })
    )
  })
})
