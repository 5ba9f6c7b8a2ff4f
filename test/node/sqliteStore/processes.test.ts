import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Path from "node:path"
import { newDirectory, present } from "../fileStore/support/records.js"
import * as Runtimes from "./support/runtimes.js"

const processes = 4
const increments = 25
const kills = 20

for (const runtime of Runtimes.all) {
  describe(`SqliteTokenStore and processes of ${runtime.name}`, () => {
    it.scopedLive(
      `C9: ${processes} processes that begin at once count to ${processes * increments} together`,
      () =>
        Effect.gen(function* () {
          const directory = yield* newDirectory
          const file = Path.join(directory, "sessions.sqlite")
          const reports = yield* Effect.replicateEffect(
            Runtimes.run(runtime, ["count", file, "counter", String(increments)]),
            processes,
            { concurrency: "unbounded" }
          )
          for (const report of reports) {
            assert.deepStrictEqual([report.exit, report.stderr], [0, ""])
          }
          // Each acknowledged sum was acknowledged once, and none is missing
          assert.deepStrictEqual(
            reports.flatMap((report) => report.sums).sort((a, b) => a - b),
            Array.from({ length: processes * increments }, (_, index) => index + 1)
          )
        })
    )

    it.scopedLive(`E9: ${kills} writers killed at random moments lose nothing and block nobody`, () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const file = Path.join(directory, "sessions.sqlite")
        let last = 0
        for (let round = 0; round < kills; round += 2) {
          const killAfter = yield* Random.nextIntBetween(0, 40)
          const reports = yield* Effect.forEach(
            [killAfter, killAfter + 5],
            (after) => Runtimes.run(runtime, ["count", file, "counter", "0"], { killAfter: after }),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(
            reports.map((report) => report.exit),
            ["SIGKILL", "SIGKILL"]
          )
          const acknowledged = reports.flatMap((report) => report.sums)
          assert.strictEqual(new Set(acknowledged).size, acknowledged.length, `round ${round}`)
          assert.isTrue(acknowledged.every((sum) => sum > last))
          const next = yield* Runtimes.run(runtime, ["count", file, "counter", "1"])
          const sum = present(next.sums[0])
          const highest = Math.max(last, ...acknowledged)
          // Each of the two may have written once more and died before it could say so
          assert.isAtLeast(sum, highest + 1, `round ${round}`)
          assert.isAtMost(sum, highest + 3, `round ${round}`)
          last = sum
        }
      }).pipe(Effect.withRandom(Random.make("E9")))
    )
  })
}
