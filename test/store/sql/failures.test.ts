import { assert, it } from "@effect/vitest"
import { Reactivity } from "@effect/experimental"
import * as SqlClientModule from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import { SqlError } from "@effect/sql/SqlError"
import * as SqlStatement from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Records from "../support/records.js"

/** Writes fail with these, one after the other; then they succeed. Reads find nothing. */
const store = (failures: Array<{ readonly message?: string; readonly cause: unknown }>) =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const execute = (statement: string) =>
      Effect.suspend(() => {
        seen.push(statement)
        if (statement.startsWith("select")) {
          return Effect.succeed([])
        }
        const failure = failures.shift()
        return failure === undefined
          ? Effect.succeed([{ changed: 1 }])
          : new SqlError({ message: "Failed to execute statement", ...failure })
      })
    const connection: Connection = {
      execute,
      executeRaw: execute,
      executeValues: () => Effect.succeed([]),
      executeUnprepared: execute,
      executeStream: () => Effect.dieMessage("not used") as never
    }
    const sql = yield* SqlClientModule.make({
      acquirer: Effect.succeed(connection),
      compiler: SqlStatement.makeCompilerSqlite(),
      spanAttributes: []
    })
    const made = yield* SqlTokenStore.make().pipe(Effect.provideService(SqlClientModule.SqlClient, sql))
    return { store: made, seen, writes: () => seen.filter((text) => !text.startsWith("select")).length }
  }).pipe(Effect.provide(Reactivity.layer))

const create = (failures: Array<{ readonly message?: string; readonly cause: unknown }>) =>
  Effect.gen(function* () {
    const opened = yield* store(failures)
    const write = Records.create(yield* Records.key("fake"), yield* Records.entry("first"))
    const writing = yield* Effect.fork(Effect.either(opened.store.commit(write)))
    yield* TestClock.adjust("1 minute")
    return { result: yield* Fiber.join(writing), writes: opened.writes() }
  })

const codes = [
  "40001",
  "40P01",
  "55P03",
  "57014",
  "26000",
  "0A000",
  "SQLITE_BUSY",
  "SQLITE_LOCKED_SHAREDCACHE",
  "ER_LOCK_DEADLOCK",
  "ER_LOCK_WAIT_TIMEOUT",
  "ER_CHECKREAD",
  "ER_NEED_REPREPARE",
  "ER_UNKNOWN_STMT_HANDLER"
]

it.scoped("D12: a MySQL that takes no more connections just now is asked again", () =>
  Effect.gen(function* () {
    const { result, writes } = yield* create([{ cause: { code: "ER_CON_COUNT_ERROR", sqlState: "08004" } }])
    assert.isTrue(Either.isRight(result))
    assert.strictEqual(writes, 2)
  })
)

for (const code of codes) {
  it.scoped(`D12: ${code} says that nothing was applied, and is tried again`, () =>
    Effect.gen(function* () {
      const { result, writes } = yield* create([{ cause: { code } }, { cause: { code } }])
      assert.isTrue(Either.isRight(result))
      assert.strictEqual(writes, 3)
    })
  )
}

const refusals: ReadonlyArray<readonly [name: string, failure: { message?: string; cause: unknown }]> = [
  ["a disk that is full", { cause: { code: "53100" } }],
  ["a read-only database", { cause: { code: "SQLITE_READONLY" } }],
  ["a host that refuses", { cause: { code: "ECONNREFUSED" } }],
  ["a host that does not answer", { cause: { code: "ETIMEDOUT", syscall: "connect" } }],
  ["a MySQL that takes no writes", { cause: { code: "ER_OPTION_PREVENTS_STATEMENT", sqlState: "HY000" } }],
  ["a statement too large for MySQL", { cause: { code: "ER_NET_PACKET_TOO_LARGE", sqlState: "08S01" } }],
  [
    "a pool that has no connection",
    { message: "Failed to acquire connection", cause: new Error("timeout exceeded when trying to connect") }
  ]
]

for (const [name, failure] of refusals) {
  it.scoped(`D6, D12: ${name} is final, and nothing was applied`, () =>
    Effect.gen(function* () {
      const { result, writes } = yield* create([failure])
      assert.deepInclude(
        Either.getOrThrowWith(Either.flip(result), () => new Error("it succeeded")),
        { _tag: "TokenStoreUnavailable", applied: "no" }
      )
      assert.strictEqual(writes, 1)
    })
  )
}

const unclear: ReadonlyArray<readonly [name: string, cause: unknown]> = [
  ["a connection that breaks", { code: "ECONNRESET" }],
  ["a pipe that breaks, whose code looks like a SQLSTATE", { code: "EPIPE" }],
  ["a server that shuts down", { code: "57P01" }],
  ["a commit whose end is unknown", { code: "40003" }],
  ["a connection of MariaDB that was ended", { sqlState: "70100" }],
  ["a MySQL that shuts down", { code: "ER_SERVER_SHUTDOWN", sqlState: "08S01" }],
  ["a connection to MySQL that breaks", { code: "PROTOCOL_CONNECTION_LOST" }],
  ["a connection that was made and answers no longer", { code: "ETIMEDOUT", syscall: "read" }],
  ["a disk that fails", { code: "SQLITE_IOERR_FSYNC" }],
  ["an error without a code", new Error("Connection terminated unexpectedly")],
  ["nothing to go by", undefined]
]

for (const [name, cause] of unclear) {
  it.scoped(`D4, D12: after ${name} the write is looked up and sent once more`, () =>
    Effect.gen(function* () {
      const once = yield* create([{ cause }])
      assert.isTrue(Either.isRight(once.result))
      assert.strictEqual(once.writes, 2)

      const twice = yield* create([{ cause }, { cause: { code: "25006" } }])
      // The second copy was refused, which says nothing of the first
      assert.deepInclude(
        Either.getOrThrowWith(Either.flip(twice.result), () => new Error("it succeeded")),
        { _tag: "TokenStoreUnavailable", applied: "unknown" }
      )
      assert.strictEqual(twice.writes, 2)
    })
  )
}
