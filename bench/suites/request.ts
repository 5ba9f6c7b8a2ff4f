// One request: processor time and requests per second, at three sizes and three concurrencies.
import { type Benchmark, geometricMean, interleaved, median, ratioOf, round, type Row } from "../measure.js"
import { type Bench, type Cost, withProcesses } from "../processes.js"

const ours = "effect-spotify"
const reference = "undici.request"
const clients = [
  ours,
  reference,
  "undici dispatch",
  "fetch",
  "FetchHttpClient",
  "web-api-ts-sdk",
  "spotify-web-api-node",
  "effect-spotify on FetchHttpClient"
] as const

type Name = (typeof clients)[number]

const sizes = ["2KB", "60KB", "160KB"] as const
const goals = { "2KB": 1.25, "60KB": 1.15, "160KB": 1.15 }
const concurrencies = [1, 16, 64]

const times = { "2KB": 600, "60KB": 150, "160KB": 60 }

const countOf = (size: keyof typeof times, quick: boolean) =>
  quick ? Math.ceil(times[size] / 3) : times[size]

/** Compilers take thousands of requests until they have seen what matters. */
const warm = async ({ run }: Bench, name: Name, quick: boolean) => {
  for (const size of sizes) {
    const count = times[size] * (quick ? 1 : 16)
    await run(name, { task: "request", argument: size, count, concurrency: 16 })
  }
}

const cold = async (quick: boolean): Promise<Row> => {
  const names = [ours, reference, "web-api-ts-sdk"] as const
  const perProcess: Record<string, Array<number>> = {}
  for (let index = 0; index < (quick ? 1 : 9); index++) {
    await withProcesses(async ({ run }) => {
      for (const name of index % 2 === 0 ? names : [...names].reverse()) {
        const { cpu } = await run(name, { task: "request", argument: "2KB", count: 200, concurrency: 1 })
        ;(perProcess[name] ??= []).push(cpu / 200)
      }
    })
  }
  const of = (name: string) => perProcess[name] ?? []
  return {
    name: "request/cold",
    unit: "µs CPU, first 200 of a process",
    ours: round(median(of(ours))),
    peers: {
      [reference]: round(median(of(reference))),
      "web-api-ts-sdk": round(median(of("web-api-ts-sdk")))
    },
    floor: null,
    ratio: round(ratioOf(of(ours), of(reference))),
    goal: "<= 1 of undici.request"
  }
}

type Sample = Record<Name, Array<Cost>>

const keyOf = (size: string, concurrency: number) => `${size}/c${concurrency}`

/**
 * What each request cost, by size and concurrency. A process is lucky or unlucky with its compiler and its
 * collector for as long as it lives, by a fifth, so that some generations of processes are measured.
 */
const warmCosts = async (quick: boolean): Promise<ReadonlyMap<string, Sample>> => {
  const all = new Map<string, Sample>()
  for (let generation = 0; generation < (quick ? 1 : 3); generation++) {
    await withProcesses(async (bench) => {
      for (const name of clients) await warm(bench, name, quick)
      for (const size of sizes) {
        for (const concurrency of concurrencies) {
          const count = countOf(size, quick)
          const found = await interleaved(clients, quick ? 3 : 5, (name) =>
            bench.run(name, { task: "request", argument: size, count, concurrency })
          )
          const before = all.get(keyOf(size, concurrency))
          for (const name of clients) found[name].unshift(...(before?.[name] ?? []))
          all.set(keyOf(size, concurrency), found)
        }
      }
    })
  }
  return all
}

const warmRows = async (quick: boolean): Promise<ReadonlyArray<Row>> => {
  const costs = await warmCosts(quick)
  const rows: Array<Row> = []
  for (const size of sizes) {
    const count = countOf(size, quick)
    const ratios: Array<number> = []
    const overPlatform: Array<number> = []
    const overFetch: Array<number> = []
    for (const concurrency of concurrencies) {
      const found = costs.get(keyOf(size, concurrency))
      if (found === undefined) continue
      const cpu = (name: Name) => found[name].map((cost) => cost.cpu / count)
      const perSecond = (name: Name) =>
        Math.round(median(found[name].map(({ wall }) => (count * 1000) / wall)))
      const ratio = ratioOf(cpu(ours), cpu(reference))
      ratios.push(ratio)
      overPlatform.push(ratioOf(cpu("effect-spotify on FetchHttpClient"), cpu("FetchHttpClient")))
      overFetch.push(ratioOf(cpu("effect-spotify on FetchHttpClient"), cpu("fetch")))
      const peers = clients.filter((name) => name !== ours && name !== "undici dispatch")
      rows.push(
        {
          name: `request/${size}/c${concurrency}`,
          unit: "µs CPU",
          ours: round(median(cpu(ours)), 0),
          peers: Object.fromEntries(peers.map((name) => [name, round(median(cpu(name)), 0)])),
          floor: round(median(cpu("undici dispatch")), 0),
          ratio: round(ratio)
        },
        {
          name: `request/${size}/c${concurrency}/throughput`,
          unit: "requests per second",
          ours: perSecond(ours),
          peers: Object.fromEntries(peers.map((name) => [name, perSecond(name)])),
          floor: perSecond("undici dispatch"),
          ratio: round(perSecond(ours) / perSecond(reference))
        }
      )
      if (size === "2KB" && concurrency === 16) {
        const sdk = ratioOf(cpu(ours), cpu("web-api-ts-sdk"))
        rows.push({
          name: "request/small/ts-sdk",
          unit: "µs CPU",
          ours: round(median(cpu(ours)), 0),
          peers: { "web-api-ts-sdk": round(median(cpu("web-api-ts-sdk")), 0) },
          floor: null,
          ratio: round(sdk),
          goal: "<= 0.5 of web-api-ts-sdk"
        })
      }
    }
    const mean = round(geometricMean(ratios))
    const share = round(geometricMean(overPlatform) - 1)
    rows.push(
      {
        name: `request/${size}`,
        unit: "geometric mean of the ratios",
        ours: mean,
        peers: { [reference]: 1 },
        floor: null,
        ratio: mean,
        goal: `<= ${goals[size]} of undici.request`
      },
      {
        name: `request/${size}/share`,
        unit: "our share over the platform's client on fetch, of that client with its JSON",
        ours: share,
        peers: { "over fetch and JSON.parse": round(geometricMean(overFetch) - 1) },
        floor: 0,
        ratio: share,
        goal: "<= 0.35"
      }
    )
  }
  return rows
}

export const benchmarks: ReadonlyArray<Benchmark> = [
  {
    name: "request",
    title: "One request: validated, authorised, bounded in time; against clients that do none of it",
    run: ({ quick }) => warmRows(quick)
  },
  {
    name: "request-cold",
    title: "The first requests of a process",
    run: async ({ quick }) => [await cold(quick)]
  }
]
