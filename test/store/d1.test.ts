/** What D1 says of a failure, in the words that its binding was seen to use. The contract runs within workerd. */
import { assert, describe, it } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import { TokenStore } from "effect-spotify"
import { D1TokenStore, SqlTokenStore } from "effect-spotify/sql"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { expectNoLeak } from "../support/canaries.js"
import * as Records from "./support/records.js"

/** A binding whose statements fail with these messages, one after the other; then they find and change nothing. */
const failing = (...messages: Array<string>) => {
  const sent: Array<string> = []
  const prepare = (statement: string): D1TokenStore.PreparedStatement => ({
    bind: () => prepare(statement),
    all: () => {
      sent.push(statement.split(" ", 1)[0] ?? "")
      const message = messages.shift()
      return message === undefined ? Promise.resolve({ results: [] }) : Promise.reject(new Error(message))
    },
    raw: () => Promise.resolve([])
  })
  return { database: { prepare }, sent }
}

const storeOf = (database: D1TokenStore.Database) =>
  Effect.provide(TokenStore.TokenStore, D1TokenStore.layer({ database }))

const write = Effect.all([Records.key("d1"), Records.entry("canary-payload")]).pipe(
  Effect.map(([at, entry]) => Records.create(at, entry))
)

describe("D1TokenStore", () => {
  it.effect("says that its compare-and-set reaches all clients", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* storeOf(failing().database)).atomicity, "shared")
    })
  )

  it.effect("a table that is missing is an error which says what to do, and nothing was applied", () =>
    Effect.gen(function* () {
      const missing = "D1_ERROR: no such table: spotify_sessions: SQLITE_ERROR"
      const store = yield* storeOf(failing(missing).database)
      const error = yield* Effect.flip(store.commit(yield* write))
      assert.deepInclude(error, { _tag: "TokenStoreUnavailable", applied: "no" })
      assert.match(String("cause" in error && error.cause), /The table spotify_sessions is missing/)
    })
  )

  it.effect("D4: a write whose answer is lost is looked up and sent again", () =>
    Effect.gen(function* () {
      const { database, sent } = failing("D1_ERROR: Network connection lost.")
      const store = yield* storeOf(database)
      // This binding takes no write, so the second copy is refused
      assert.strictEqual(yield* Records.told(store.commit(yield* write)), "conflict")
      assert.deepStrictEqual(sent, ["insert", "select", "insert", "select"])
    })
  )

  it.effect("D2: a database that is down is a typed error, and a write may have been applied", () =>
    Effect.gen(function* () {
      const overloaded = "D1_ERROR: D1 DB is overloaded. Requests queued for too long."
      const store = yield* storeOf(failing(...Array.from({ length: 9 }, () => overloaded)).database)
      const { key } = yield* write
      assert.deepInclude(yield* Effect.flip(store.get(key)), {
        _tag: "TokenStoreUnavailable",
        operation: "get",
        applied: "no"
      })
      assert.strictEqual(yield* Records.told(store.commit(yield* write)), "unavailable: unknown")
    })
  )

  it.effect("D12: a statement that met a lock is sent again", () =>
    Effect.gen(function* () {
      const { database, sent } = failing("D1_ERROR: database is locked: SQLITE_BUSY")
      const store = yield* storeOf(database)
      const { key } = yield* write
      const reading = yield* Effect.fork(Records.read(store, key))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(reading), "absent")
      assert.deepStrictEqual(sent, ["select", "select"])
    })
  )

  it.effect("F24: shows no payload where D1 quotes it", () =>
    Effect.gen(function* () {
      const quoting = "D1_ERROR: datatype mismatch in canary-payload: SQLITE_MISMATCH"
      const store = yield* storeOf(failing(quoting).database)
      const exit = yield* Effect.exit(
        expectNoLeak(() => ["canary-payload"], Effect.flatMap(write, store.commit))
      )
      assert.strictEqual(exit._tag, "Failure")
    })
  )

  it.effect("its client has no transactions, and says so", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      assert.match(
        (yield* Effect.flip(sql.withTransaction(Effect.void))).message,
        /D1 has no transactions across statements/
      )
      assert.deepStrictEqual(yield* SqlTokenStore.purge(), 0)
    }).pipe(Effect.provide(D1TokenStore.layerClient(failing().database)))
  )
})
