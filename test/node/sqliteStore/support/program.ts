// A program over one SQLite file, for a runtime that has SQLite. Arguments: what to do, the file, and for "count" the
// key and how many times (0: until it is killed).
//
//     contract   runs every case of the contract, and prints each with what was wrong with it
//     foreign    the cases of rows that somebody else has changed
//     count      adds one to a record again and again, and prints each sum once its commit has succeeded
//     replaced   writes a record, replaces it, and ends
//     locked     writes while another connection holds the lock: once until it lets go, once for good
//     open       opens the store, and prints what it found
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import { inspect } from "node:util"
import * as SqliteTokenStore from "../../../../src/node/SqliteTokenStore.js"
import * as TokenStore from "../../../../src/store/TokenStore.js"
import * as TokenStoreContract from "../../../../src/testing/TokenStoreContract.js"
import { create, entry, increment, replace } from "../../fileStore/support/records.js"

const [, , command = "", file = "", key = "", times = "0"] = process.argv

const print = (value: unknown) => Effect.sync(() => Fs.writeSync(1, `${JSON.stringify(value)}\n`))

/** Each with what was wrong with it, if anything was. */
const report = (cases: ReadonlyArray<TokenStoreContract.Case>) =>
  Effect.forEach(
    cases,
    ({ name, run }) =>
      Effect.flatMap(Effect.exit(run), (exit) =>
        print({ name, wrong: Exit.isFailure(exit) ? Cause.pretty(exit.cause) : null })
      ),
    { discard: true }
  )

/** Node's own SQLite, and no code of ours. */
const connect = Effect.acquireRelease(
  Effect.sync(() => {
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite") as unknown as {
      readonly DatabaseSync: new (path: string) => {
        readonly exec: (sql: string) => void
        readonly close: () => void
      }
    }
    return new DatabaseSync(file)
  }),
  (database) => Effect.sync(() => database.close())
)

/** What somebody else makes of a row. */
const change = (what: string, at: string) =>
  Effect.scoped(
    Effect.map(connect, (database) =>
      database.exec(`update spotify_sessions set ${what} where "key" = '${at.replaceAll("'", "''")}'`)
    )
  )

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const foreign = [
  ["TooLarge", `payload = '${"x".repeat(1_000_000)}'`],
  ["Decode", "disposable_at = 'soon'"],
  ["Decode", "payload = x'ff'"],
  ["Decode", "version = x'ff'"]
] as const

const commands: Readonly<Record<string, Effect.Effect<void, unknown, TokenStore.TokenStore>>> = {
  contract: report(TokenStoreContract.casesWith({ ended: 150 })),
  foreign: report(
    foreign.map(([reason, what]) => ({
      name: `${reason} ${what.slice(0, 30)}`,
      run: TokenStoreContract.replaceable(reason, (at) => change(what, at))
    }))
  ),
  count: Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const limit = Number(times) === 0 ? Number.MAX_SAFE_INTEGER : Number(times)
    for (let done = 0; done < limit; done++) {
      const started = performance.now()
      const sum = yield* increment(store, TokenStore.StoreKey(key))
      Fs.writeSync(1, `${sum} ${(performance.now() - started).toFixed(3)}\n`)
    }
  }),
  replaced: Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const [first, second] = [yield* entry("canary-first"), yield* entry("canary-second")]
    yield* store.commit(create(TokenStore.StoreKey("replaced"), first))
    yield* store.commit(replace(TokenStore.StoreKey("replaced"), first, second))
  }),
  locked: Effect.gen(function* () {
    const store = yield* TokenStore.TokenStore
    const other = yield* connect
    const write = (at: string) =>
      Effect.flatMap(entry("text"), (next) => store.commit(create(TokenStore.StoreKey(at), next)))
    other.exec("begin immediate")
    const waiting = yield* Effect.fork(write("waits"))
    yield* Effect.repeatN(turn, 10)
    const early = yield* Fiber.poll(waiting)
    other.exec("rollback")
    yield* Fiber.join(waiting)
    other.exec("begin immediate")
    const error = yield* Effect.flip(write("gives up"))
    yield* print({
      waited: Option.isNone(early),
      tag: error._tag,
      applied: "applied" in error ? error.applied : null,
      cause: "cause" in error ? String(error.cause) : null
    })
  }).pipe(Effect.scoped),
  open: Effect.flatMap(TokenStore.TokenStore, ({ atomicity }) => print({ atomicity }))
}

const found = commands[command] ?? Effect.dieMessage(`no command ${command}`)

Effect.runPromise(
  found.pipe(
    Effect.provide(SqliteTokenStore.layer({ file })),
    Effect.catchIf(
      (error): error is SqliteTokenStore.SqliteTokenStoreError =>
        error instanceof SqliteTokenStore.SqliteTokenStoreError,
      ({ code, message, reason }) => print({ reason, code: code ?? null, message })
    ),
    Effect.sandbox,
    Effect.mapError(Cause.squash)
  )
).catch((error: unknown) => {
  Fs.writeSync(2, inspect(error, { depth: 5 }))
  process.exitCode = 1
})
