// 500 artists, each request 20 ms away.
import { type Benchmark, round, type Row } from "../measure.js"
import { withProcesses } from "../processes.js"

const ways = [
  ["one-by-one", "effect-spotify", "one by one"],
  ["at-once", "effect-spotify", "all at once"],
  ["batched", "effect-spotify, batching", "all at once"],
  ["many", "effect-spotify", "1"],
  ["many-10", "effect-spotify", "10"],
  ["development-16", "effect-spotify, development", "16"],
  ["sdk", "web-api-ts-sdk", "one by one"]
] as const

export const benchmark: Benchmark = {
  name: "lookups",
  title: "500 look-ups at 20 ms; `batched` and `many` are for apps in extended quota mode",
  run: ({ quick }) =>
    withProcesses(async ({ run, server }) => {
      const found: Record<string, { wall: number; cpu: number; requests: number }> = {}
      for (const [way, client, argument] of ways) {
        await server({ latency: 0 })
        const job = { task: "lookups", argument, count: 1, concurrency: 1 } as const
        for (let turn = 0; turn < (quick ? 1 : 4); turn++) await run(client, job)
        await server({ latency: 20 })
        const { cpu, results, wall } = await run(client, job)
        if (results !== 500) throw new Error(`${way} got ${results}`)
        found[way] = { wall, cpu: cpu / 1000, requests: (await server()).api }
      }
      const goals: Record<string, string> = {
        batched: ">= 100 times faster than one by one",
        "many-10": ">= 100 times faster than one by one",
        "development-16": ">= 12 times faster than one by one"
      }
      const slow = found["one-by-one"]
      return ways.flatMap(([way]): ReadonlyArray<Row> => {
        const cost = found[way]
        if (cost === undefined || slow === undefined || way === "sdk") return []
        return [
          {
            name: `lookups/${way}`,
            unit: "ms",
            ours: Math.round(cost.wall),
            peers: { "web-api-ts-sdk": Math.round(found["sdk"]?.wall ?? 0), requests: cost.requests },
            floor: null,
            ratio: round(slow.wall / cost.wall),
            ...(goals[way] === undefined ? {} : { goal: goals[way] })
          },
          {
            name: `lookups/${way}/cpu`,
            unit: "ms CPU",
            ours: round(cost.cpu),
            peers: { "web-api-ts-sdk": round(found["sdk"]?.cpu ?? 0) },
            floor: null,
            ratio: round(cost.cpu / slow.cpu),
            ...(way === "batched" || way === "many-10" ? { goal: "<= 0.15 of one by one" } : {})
          }
        ]
      })
    })
}
