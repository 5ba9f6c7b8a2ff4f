import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Backends from "../../test/processes/backends.js"
import { herd } from "../../test/processes/herd.js"
import * as Goal from "../goal.js"

const minute = 60_000

/**
 * N16: the wall clocks of eight processes are five minutes off to either side, and jump by up to two hours.
 * Time runs faster by an injected clock, so that an hour is over in twelve seconds.
 */
const skewed = Goal.onStores("N16", ["redis", "postgres", "file"], (kind, sizes) =>
  Effect.gen(function* () {
    const expiries = sizes.expiries ?? 20
    const rate = 300
    const backend = yield* Backends.acquire(kind)
    const skew = (index: number) => (index % 2 === 0 ? 5 : -5) * minute
    const common = {
      backend,
      processes: sizes.processes ?? 8,
      fibers: sizes.fibers ?? 50,
      expiries,
      life: sizes.life ?? 3600,
      rate,
      offset: skew,
      think: 200,
      interrupts: 0.2,
      seed: sizes.seed
    }
    const calm = yield* Effect.scoped(herd(common))
    const failures = (failed: Readonly<Record<string, number>>) =>
      Object.values(failed).reduce((sum, times) => sum + times, 0)
    const told = (failed: Readonly<Record<string, number>>) =>
      [failures(failed), "failed", ...Object.keys(failed).map((reason) => `(${reason})`)].join(" ")
    let changes = 0
    let changedAt = 0
    // A refresh after a jump is no reason for the next one, or no token would come to its own end
    const pause = (common.life * 1000) / rate / 2
    const wild = yield* Effect.scoped(
      herd({
        ...common,
        backend: yield* Backends.acquire(kind),
        onGrant: (workers) =>
          Effect.gen(function* () {
            if (Date.now() - changedAt < pause) {
              return
            }
            const index = yield* Random.nextIntBetween(0, workers.length)
            const jump = (yield* Random.nextBoolean) ? 120 * minute : -120 * minute
            // A jump, and back to the skew: a laptop that wakes up and then asks for the time. After either the
            // token in hand may look ended, or made by a clock that cannot be believed
            changes += 2
            yield* workers[index]?.must({ op: "offset", offset: skew(index) + jump }) ?? Effect.void
            yield* Effect.sleep("200 millis")
            yield* workers[index]?.must({ op: "offset", offset: skew(index) }) ?? Effect.void
            changedAt = Date.now()
          }).pipe(Effect.orDie)
      })
    )
    const row = {
      goal: "N16",
      backend: kind,
      seed: sizes.seed
    }
    return [
      {
        ...row,
        target: "N1 holds with clocks that are ± 5 min off",
        measured: `${calm.grants} grants for ${calm.due} expiries, ${calm.reuse} reuse, ${told(calm.failed)} of ${calm.calls} calls (time runs ${rate} times faster by injected clocks)`,
        count: calm.calls,
        pass: calm.grants === calm.due && calm.reuse + failures(calm.failed) === 0 && calm.concurrent === 1
      },
      {
        ...row,
        target:
          "with jumps of ± 2 h and back as well: at most one refresh for each change of a clock besides, 0 reuse, 0 failed",
        measured: `${changes} changes of a clock, ${wild.grants} grants for ${wild.due} expiries, ${wild.reuse} reuse, ${told(wild.failed)} of ${wild.calls} calls`,
        count: wild.calls,
        pass: wild.unnecessary <= changes && wild.reuse + failures(wild.failed) === 0 && wild.concurrent === 1
      }
    ]
  }).pipe(Effect.withRandom(Random.make(sizes.seed)))
)

export const clocks = [skewed]
