import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { bundle, run } from "./support/processes.js"
import { filesOf, increment, newDirectory, textOf } from "./support/records.js"

const key = TokenStore.StoreKey("counter")
const processes = 8
const increments = Number(process.env["SOAK_FILE_INCREMENTS"] ?? 25)
const kills = Number(process.env["SOAK_FILE_KILLS"] ?? 40)
const seed = "E9"

describe("FileTokenStore and processes", () => {
  it.scopedLive(
    `C9: ${processes} processes count to ${processes * increments} together`,
    () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const program = yield* bundle
        const started = performance.now()
        const reports = yield* Effect.replicateEffect(
          run(program, [directory, key, String(increments)]),
          processes,
          { concurrency: "unbounded" }
        )
        const seconds = (performance.now() - started) / 1000
        for (const report of reports) {
          assert.deepStrictEqual([report.exit, report.stderr], [0, ""])
        }
        const sums = reports.flatMap((report) => report.sums)
        // Each acknowledged sum was acknowledged once, and none is missing
        assert.deepStrictEqual(
          sums.sort((a, b) => a - b),
          Array.from({ length: processes * increments }, (_, index) => index + 1)
        )
        const store = yield* FileTokenStore.make({ directory })
        assert.deepStrictEqual(yield* textOf(store, key), Option.some(String(processes * increments)))
        const waits = reports.flatMap((report) => report.milliseconds).sort((a, b) => a - b)
        const quantile = (q: number) => waits[Math.floor(waits.length * q)]?.toFixed(1)
        yield* Effect.logDebug(
          `${waits.length} increments of ${processes} processes in ${seconds.toFixed(1)} s; with retries p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`
        )
      }),
    600_000
  )

  it.scopedLive(
    `E9: ${kills} writers killed at random moments lose nothing and block nobody`,
    () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const program = yield* bundle
        const store = yield* FileTokenStore.make({ directory })
        let last = 0
        for (let round = 0; round < kills; round += 2) {
          const killAfter = yield* Random.nextIntBetween(0, 40)
          // Two at a time: one is killed, the other goes on for a while and is killed too
          const reports = yield* Effect.all(
            [
              run(program, [directory, key, "0"], { killAfter }),
              run(program, [directory, key, "0"], { killAfter: killAfter + 5 })
            ],
            { concurrency: "unbounded" }
          )
          const acknowledged = reports.flatMap((report) => report.sums)
          assert.deepStrictEqual(
            reports.map((report) => report.exit),
            ["SIGKILL", "SIGKILL"]
          )
          assert.strictEqual(new Set(acknowledged).size, acknowledged.length, `seed ${seed}, round ${round}`)
          const highest = Math.max(last, ...acknowledged)
          const found = Number(Option.getOrThrow(yield* textOf(store, key)))
          // Each of the two may have written once more and died before it could say so
          assert.isAtLeast(found, highest, `seed ${seed}, round ${round}`)
          assert.isAtMost(found, highest + 2, `seed ${seed}, round ${round}`)
          assert.isTrue(acknowledged.every((sum) => sum > last))
          last = yield* increment(store, key)
          assert.strictEqual(last, found + 1)
        }
        // What the dead left behind is bounded: a temporary file each, until it is old enough to be swept
        assert.isAtMost(filesOf(directory).length, 9 + kills)
      }).pipe(Effect.withRandom(Random.make(seed))),
    600_000
  )
})
