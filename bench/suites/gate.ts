// Callers that wait at the cap of requests at once: what one of them costs when there are many.
import { RateGate } from "effect-spotify"
import * as Effect from "effect/Effect"
import { type Benchmark, cpuOf, interleaved, median, round, type Row } from "../measure.js"

const places = 64

const call = { operation: "tracks.get", route: "GET /tracks/{id}", queue: "", budget: 30_000 }

/** So many fibers at once whose job takes a millisecond within the bound. */
const waiters = (count: number, bounded: (job: Effect.Effect<void>) => Effect.Effect<void, unknown>) =>
  Effect.forEach(Array.from({ length: count }), () => bounded(Effect.sleep(1)), {
    concurrency: "unbounded",
    discard: true
  })

const ways = {
  gate: Effect.map(
    RateGate.make({ concurrency: places }),
    (gate) => (job: Effect.Effect<void>) => gate.pass(call, () => job)
  ),
  semaphore: Effect.map(Effect.makeSemaphore(places), (semaphore) => semaphore.withPermits(1)),
  none: Effect.succeed((job: Effect.Effect<void>) => job)
}

/** Milliseconds of processor time for each waiter. */
const cost = async (way: keyof typeof ways, count: number): Promise<number> => {
  const { cpu } = await cpuOf(() =>
    Effect.runPromise(Effect.flatMap(ways[way], (bounded) => waiters(count, bounded)))
  )
  return cpu / 1000 / count
}

const day = { name: "day", limit: 10_000_000, window: "24 hours" } as const
const burst = { name: "burst", limit: 10_000_000, window: "30 seconds" } as const

const gates = {
  none: RateGate.make(),
  one: RateGate.make({ budgets: [day] }),
  two: RateGate.make({ budgets: [day, burst] })
}

/** Microseconds of processor time for a call that finds its route open. */
const passing = async (budgets: keyof typeof gates, count: number): Promise<number> => {
  const { cpu } = await cpuOf(() =>
    Effect.runPromise(
      Effect.flatMap(gates[budgets], (gate) =>
        Effect.repeatN(
          gate.pass(call, () => Effect.void),
          count
        )
      )
    )
  )
  return cpu / count
}

export const benchmark: Benchmark = {
  name: "gate",
  title: `Fibers that wait for one of ${places} places, for a job of 1 ms`,
  run: async ({ quick }) => {
    const few = 1000
    const counts = quick ? [few, 10_000] : [few, 10_000, 30_000]
    for (let index = 0; index < 5; index++) await cost("gate", few)
    const rounds = quick ? 3 : 7
    const found = await interleaved(counts.map(String), rounds, (count) => cost("gate", Number(count)))
    const bare = await interleaved(counts.map(String), rounds, (count) => cost("none", Number(count)))
    // Its cost grows with the square, so that one round of a thousand is enough to see it
    const semaphore = await cost("semaphore", few)
    const of = (count: number) => median(found[String(count)] ?? [])
    const passed = await interleaved(["none", "one", "two"] as const, rounds + 1, (budgets) =>
      passing(budgets, quick ? 20_000 : 100_000)
    )
    // The first round warms up
    const open = (budgets: keyof typeof gates) => median(passed[budgets].slice(1))
    const budgetRows = (["one", "two"] as const).map((budgets): Row => ({
      name: `gate/an open route with ${budgets} budget${budgets === "two" ? "s" : ""} in memory`,
      unit: "µs CPU for each call",
      ours: round(open(budgets)),
      peers: {},
      floor: round(open("none")),
      ratio: round(open(budgets) - open("none")),
      goal: "<= 2 µs more than without budgets"
    }))
    const rows = counts.map((count): Row => ({
      name: `gate/${count} waiters`,
      unit: "ms CPU for each, its fiber and its job included",
      ours: round(of(count), 3),
      peers: count === few ? { "Effect.Semaphore": round(semaphore, 3) } : {},
      floor: round(median(bare[String(count)] ?? []), 3),
      ratio: round(of(count) / of(few)),
      ...(count === 10_000 ? { goal: "<= 0.1 ms each, as much as with 1,000" } : {})
    }))
    return [...rows, ...budgetRows]
  }
}
