// 10,000 saved tracks, 50 to a page, each page 20 ms away.
import { type Benchmark, interleaved, median, round, type Row } from "../measure.js"
import { withProcesses } from "../processes.js"

const ways = [
  ["effect-spotify", "0"],
  ["effect-spotify", "4"],
  ["effect-spotify", "8"],
  ["effect-spotify", "16"],
  ["web-api-ts-sdk", "0"],
  ["spotify-web-api-node", "0"]
] as const

const keyOf = ([client, prefetch]: (typeof ways)[number]) => `${client}/${prefetch}`

export const benchmark: Benchmark = {
  name: "paging",
  title: "10,000 items at 20 ms for each page",
  run: ({ quick }) =>
    withProcesses(async ({ run, server }) => {
      const total = quick ? 1000 : 10_000
      await server({ latency: 20, total })
      const keys = ways.map(keyOf)
      const page = (key: string) => {
        const [client = "", prefetch = ""] = key.split("/")
        return run(client, { task: "page", argument: prefetch, count: 1, concurrency: 1 })
      }
      const found = await interleaved(keys, quick ? 1 : 3, page)
      const wall = (key: string) => median((found[key] ?? []).map((cost) => cost.wall))
      for (const key of keys) {
        const results = found[key]?.[0]?.results
        if (results !== total) throw new Error(`${key} got ${results} of ${total}`)
      }
      const sdk = wall("web-api-ts-sdk/0")
      return ["0", "4", "8", "16"].map((prefetch): Row => ({
        name: `paging/${total}/prefetch-${prefetch}`,
        unit: "ms",
        ours: Math.round(wall(`effect-spotify/${prefetch}`)),
        peers: {
          "web-api-ts-sdk": Math.round(sdk),
          "spotify-web-api-node": Math.round(wall("spotify-web-api-node/0"))
        },
        floor: prefetch === "0" ? (total / 50) * 20 : Math.ceil(total / 50 / Number(prefetch)) * 20,
        ratio: round(sdk / wall(`effect-spotify/${prefetch}`)),
        ...(prefetch === "8" ? { goal: ">= 6 times faster than web-api-ts-sdk" } : {})
      }))
    })
}
