// One client in a process of its own, so that none profits or suffers from the code and the garbage of
// another. The parent says what to run; the answer is what it cost.
import { cpuOf } from "../measure.js"
import * as Clients from "./clients.js"
import { type Job, repeat } from "./job.js"

const [name = "", base = ""] = process.argv.slice(2)
const client = await Clients.make(name, base)

let peak = { heap: 0, rss: 0 }

/** With `--expose-gc` what is alive, without it garbage too. */
const memory = () => {
  globalThis.gc?.()
  return process.memoryUsage()
}

process.on("message", (job: Job) => {
  const idle = memory()
  peak = { heap: idle.heapUsed, rss: idle.rss }
  const watch = setInterval(() => {
    const { heapUsed, rss } = memory()
    peak = { heap: Math.max(peak.heap, heapUsed), rss: Math.max(peak.rss, rss) }
  }, 20)
  let results = 0
  cpuOf(async () => {
    results = await repeat(client, job)
  })
    .then(
      (cost) => ({ id: job.id, ...cost, results, heap: peak.heap - idle.heapUsed, rss: peak.rss - idle.rss }),
      (cause: unknown) => ({ id: job.id, failure: String(cause) })
    )
    .then((answer) => process.send?.(answer))
    .finally(() => clearInterval(watch))
})

process.send?.({ ready: true })
