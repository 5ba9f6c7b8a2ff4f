// One request over fetch, in each runtime, against Spotify's own SDK over the same fetch.
import { missing } from "../hosts.js"
import { type Benchmark, type Context, interleaved, median, ratioOf, round, type Row } from "../measure.js"
import { type Bench, type Cost, withProcesses } from "../processes.js"

const clients = [
  "effect-spotify on fetch",
  "effect-spotify on FetchHttpClient",
  "web-api-ts-sdk",
  "fetch"
] as const

const [ours, platform, sdk, bare] = clients

const sizes = ["2KB", "60KB", "160KB"] as const
const counts = { "2KB": 500, "60KB": 150, "160KB": 60 }

const runtimes = [
  { name: "node", goal: 1, concurrencies: [1, 16, 64], clients, part: 1 },
  ...["bun", "deno", "workerd", "chromium"].map((name) => ({
    name,
    goal: 1.1,
    concurrencies: [1, 16],
    // In workerd the platform's client fails within the collector, and says so for each request
    clients: [ours, sdk, bare],
    // Each request takes Chromium milliseconds
    part: name === "chromium" ? 0.2 : 1
  }))
]

type Runtime = (typeof runtimes)[number]

const warm = async ({ run }: Bench, name: string, part: number) => {
  for (const size of sizes) {
    const count = Math.ceil(counts[size] * part)
    await run(name, { task: "request", argument: size, count, concurrency: 16 })
  }
}

const rowsOf = async (
  bench: Bench,
  { clients, concurrencies, goal, name: runtime, part }: Runtime,
  quick: boolean
) => {
  const names = clients.map((client) => `${client}@${runtime}`)
  for (const name of names) await warm(bench, name, part * (quick ? 1 : 16))
  const rows: Array<Row> = []
  for (const size of sizes) {
    for (const concurrency of concurrencies) {
      const count = Math.ceil((counts[size] * part) / (quick ? 3 : 1))
      const found = await interleaved(names, quick ? 3 : 15, (name) =>
        bench.run(name, { task: "request", argument: size, count, concurrency })
      )
      const of = (client: string, cost: (cost: Cost) => number) =>
        (found[`${client}@${runtime}`] ?? []).map((one) => cost(one) / count)
      const row = (unit: string, cost: (cost: Cost) => number): Row => ({
        name: `fetch/${runtime}/${size}/c${concurrency}${unit.startsWith("µs CPU") ? "" : "/wall"}`,
        unit,
        ours: Math.round(median(of(ours, cost))),
        peers: {
          [sdk]: Math.round(median(of(sdk, cost))),
          ...(runtime === "node" ? { "over FetchHttpClient": Math.round(median(of(platform, cost))) } : {})
        },
        floor: Math.round(median(of(bare, cost))),
        ratio: round(ratioOf(of(ours, cost), of(sdk, cost))),
        goal: `<= ${goal} of ${sdk}`
      })
      rows.push(row("µs CPU", ({ cpu }) => cpu))
      if (runtime !== "node") rows.push(row("µs", ({ wall }) => wall * 1000))
    }
  }
  return rows
}

const cold = async (quick: boolean): Promise<Row> => {
  const costs: Record<string, Array<number>> = { [ours]: [], [sdk]: [] }
  for (let index = 0; index < (quick ? 1 : 9); index++) {
    await withProcesses(async ({ run }) => {
      for (const name of index % 2 === 0 ? [ours, sdk] : [sdk, ours]) {
        const { cpu } = await run(name, { task: "request", argument: "2KB", count: 200, concurrency: 1 })
        costs[name]?.push(cpu / 200)
      }
    })
  }
  const of = (name: string) => costs[name] ?? []
  return {
    name: "fetch/node/cold",
    unit: "µs CPU, first 200 of a process",
    ours: Math.round(median(of(ours))),
    peers: { [sdk]: Math.round(median(of(sdk))) },
    floor: null,
    ratio: round(ratioOf(of(ours), of(sdk))),
    goal: `<= 1 of ${sdk}`
  }
}

const title =
  "One request over fetch: validated, authorised, bounded in time; against clients that do none of it"

export const benchmarks: ReadonlyArray<Benchmark> = [
  ...runtimes.map((runtime) => ({
    name: `fetch-${runtime.name}`,
    title: `${title}; ${runtime.name}`,
    run: async ({ quick }: Context) => {
      const why = missing(runtime.name)
      if (why === undefined) return withProcesses((bench) => rowsOf(bench, runtime, quick))
      console.error(`fetch-${runtime.name} is not measured: ${why}`)
      return []
    }
  })),
  {
    name: "fetch-cold",
    title: "The first requests of a process over fetch, on Node",
    run: async ({ quick }) => [await cold(quick)]
  }
]
