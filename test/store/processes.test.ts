import { assert, describe, it } from "@effect/vitest"
import { LibsqlClient } from "@effect/sql-libsql"
import { SqlClient } from "@effect/sql/SqlClient"
import { SqlTokenStore } from "effect-spotify/sql"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { bundled } from "../support/bundled.js"
import * as Mariadb from "../support/servers/mariadb.js"
import * as Postgres from "../support/servers/postgres.js"
import * as RedisServer from "../support/servers/redis.js"
import * as ServerProcess from "../support/servers/serverProcess.js"

const racer = Effect.runSync(bundled("test/store/support/racer.ts"))

const start = (kind: string, where: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = spawn(process.execPath, [racer, kind, where], {
        stdio: ["pipe", "pipe", "inherit"]
      })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
      assert.strictEqual((await lines.next()).value, "ready")
      return { child, ended, lines }
    }),
    ({ child, ended }) =>
      Effect.promise(() => {
        child.kill("SIGKILL")
        return ended
      })
  )

interface Result {
  readonly winners: ReadonlyArray<string>
  readonly told: ReadonlyArray<string>
}

const rounds = 10

const places: ReadonlyArray<{
  readonly kind: string
  readonly runs: boolean
  readonly where: Effect.Effect<string, unknown, Scope.Scope>
}> = [
  {
    kind: "sqlite",
    runs: true,
    where: Effect.gen(function* () {
      const url = `file:${yield* ServerProcess.temporaryDirectory("races")}/races.db`
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient
        // As SQLite's manual advises wherever several processes write
        yield* sql`pragma journal_mode = wal`
        yield* SqlTokenStore.createTable({ table: "races" })
      }).pipe(Effect.provide(LibsqlClient.layer({ url })))
      return url
    })
  },
  { kind: "postgres", runs: Postgres.available, where: Effect.map(Postgres.make(), ({ url }) => url) },
  { kind: "mariadb", runs: Mariadb.available, where: Effect.map(Mariadb.make(), ({ url }) => url) },
  { kind: "redis", runs: RedisServer.available, where: Effect.map(RedisServer.make(), ({ url }) => url) }
]

for (const { kind, runs, where } of places) {
  describe.skipIf(!runs)(kind, () => {
    it.scopedLive(`C9, C10: of 64 writers in four processes exactly one wins, ${rounds} times`, () =>
      Effect.gen(function* () {
        const at = yield* where
        const racers = yield* Effect.all(
          Array.from({ length: 4 }, () => start(kind, at)),
          { concurrency: "unbounded" }
        )
        let expected: string | null = null
        for (let round = 0; round < rounds; round++) {
          const results: ReadonlyArray<Result> = yield* Effect.promise(() =>
            Promise.all(
              racers.map(async ({ child, lines }) => {
                child.stdin.write(`${JSON.stringify({ key: "race", expected })}\n`)
                return JSON.parse((await lines.next()).value ?? "null") as Result
              })
            )
          )
          const winners = results.flatMap((result) => result.winners)
          assert.strictEqual(winners.length, 1, `round ${round}`)
          assert.sameMembers(
            [...new Set(results.flatMap(({ told }) => told))],
            ["done", "TokenStoreConflict"]
          )
          expected = winners[0] ?? null
        }
      })
    )
  })
}
