// A thousand calls at once with a token that has ended.
import { type Benchmark, round, type Row } from "../measure.js"
import { withProcesses } from "../processes.js"

const clients = ["effect-spotify", "web-api-ts-sdk", "spotify-web-api-node"] as const

export const benchmark: Benchmark = {
  name: "stampede",
  title: "1,000 calls at once without a live token: token endpoint 50 ms, API 5 ms",
  run: ({ quick }) =>
    withProcesses(async ({ run, server }) => {
      const calls = quick ? 100 : 1000
      const costs: Record<string, { ms: number; tokens: number; good: number }> = {}
      for (const client of clients) {
        // Warm: the first calls of a process pay for what is compiled
        await server({ latency: 0, tokenLatency: 0, checkToken: false })
        await run(client, { task: "request", argument: "2KB", count: 500, concurrency: 16 })
        await server({ latency: 5, tokenLatency: 50, checkToken: true })
        const cost = await run(client, {
          task: "stampede",
          argument: String(calls),
          count: 1,
          concurrency: 1
        })
        const { token } = await server()
        // Calls that fail at once are quick, and no time of theirs may stand in a table
        if (client === clients[0] && cost.results !== calls) {
          throw new Error(`${client}: ${cost.results} of ${calls} calls succeeded, ${token} token requests`)
        }
        costs[client] = { ms: Math.round(cost.wall), tokens: token, good: cost.results }
      }
      await server({ latency: 5, tokenLatency: 50, checkToken: true, revokeNext: true })
      const revoked = await run(clients[0], {
        task: "revoked",
        argument: String(calls),
        count: 1,
        concurrency: 1
      })
      const { refused, token } = await server()
      if (revoked.results !== calls || refused === 0) {
        throw new Error(`${revoked.results} of ${calls} calls succeeded, ${refused} were refused`)
      }
      const of = (name: string, member: "ms" | "tokens" | "good") => costs[name]?.[member] ?? Number.NaN
      const row = (member: "ms" | "tokens" | "good", unit: string, goal: string): Row => ({
        name: `stampede/${calls}/${member}`,
        unit,
        ours: of(clients[0], member),
        peers: { [clients[1]]: of(clients[1], member), [clients[2]]: of(clients[2], member) },
        floor: member === "tokens" ? 1 : member === "good" ? calls : null,
        ratio: round(of(clients[0], member) / of(clients[1], member), 3),
        goal
      })
      return [
        row("ms", "ms", "<= 0.35 of web-api-ts-sdk"),
        row("tokens", "token requests", "1"),
        row("good", "calls that succeed", "all"),
        {
          name: `stampede/${calls}/revoked`,
          unit: "ms, with a token that the server has revoked; the peers' as above, where these calls fail",
          ours: Math.round(revoked.wall),
          peers: { [clients[1]]: of(clients[1], "ms"), [clients[2]]: of(clients[2], "ms") },
          floor: null,
          ratio: round(revoked.wall / of(clients[1], "ms"), 3),
          goal: "<= 0.35 of web-api-ts-sdk"
        },
        {
          name: `stampede/${calls}/revoked tokens`,
          unit: "token requests: that of the revoked token and its renewal",
          ours: token,
          peers: {},
          floor: 2,
          ratio: round(token / 2),
          goal: "2"
        }
      ]
    })
}
