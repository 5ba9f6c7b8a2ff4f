// Whether the cost of a call and the memory of a stream stay the same when there is more of both.
import { type Benchmark, interleaved, median, round, type Row } from "../measure.js"
import { withProcesses } from "../processes.js"

const megabytes = (bytes: number) => round(bytes / 1024 / 1024, 1)

const memory = (name: string, unit: string, flags: ReadonlyArray<string>, quick: boolean) =>
  withProcesses(async ({ run, server }) => {
    const rows: Array<Row> = []
    for (const total of quick ? [1000, 5000] : [1000, 10_000, 100_000]) {
      await server({ latency: 0, total })
      const job = { task: "page", argument: "8", count: 1, concurrency: 1 } as const
      const ours = await run("effect-spotify", job)
      const sdk =
        total > 10_000 ? undefined : await run("web-api-ts-sdk", { ...job, task: "gather", argument: "" })
      rows.push({
        name: `growth/${name}/${total}`,
        unit,
        ours: megabytes(ours.heap),
        peers: sdk === undefined ? {} : { "web-api-ts-sdk, gathered": megabytes(sdk.heap) },
        floor: null,
        ratio: round(ours.heap / 1024 / 1024 / (rows[0]?.ours ?? megabytes(ours.heap)))
      })
    }
    return rows
  }, flags)

export const benchmark: Benchmark = {
  name: "growth",
  title: "Cost per call from 1 to 64 at once; memory of a stream from 1,000 to 100,000 items",
  run: async ({ quick }) => {
    const load = await withProcesses(async ({ run }) => {
      const client = "effect-spotify"
      await run(client, { task: "request", argument: "2KB", count: quick ? 500 : 6000, concurrency: 16 })
      const found = await interleaved(["1", "16", "64"], quick ? 3 : 7, (concurrency) =>
        run(client, {
          task: "request",
          argument: "2KB",
          count: 600,
          concurrency: Number(concurrency)
        })
      )
      const cpu = (key: "1" | "16" | "64") => median(found[key].map((cost) => cost.cpu / 600))
      return (["16", "64"] as const).map((key): Row => ({
        name: `growth/calls/${key}`,
        unit: "µs CPU per call",
        ours: round(cpu(key), 0),
        peers: { "1 at once": round(cpu("1"), 0) },
        floor: null,
        ratio: round(cpu(key) / cpu("1")),
        goal: "<= 1.2 of one at once"
      }))
    })
    // Collected each time it is looked at: what a stream holds is not what nobody has cleared away yet
    const alive = await memory("live", "MB alive at most, above the start", ["--expose-gc"], quick)
    const all = await memory(
      "heap",
      "MB heap at most with its garbage, above the start; the young generation held at 4 MB",
      ["--max-semi-space-size=4"],
      quick
    )
    return [...load, ...alive.map((row) => ({ ...row, goal: "flat" })), ...all]
  }
}
