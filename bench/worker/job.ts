// What a client of the benchmarks is told to do.
import type { Client } from "./webClients.js"

export interface Job {
  readonly id: number
  readonly task: keyof Client
  readonly argument: string
  readonly count: number
  readonly concurrency: number
}

/** Gives how many things the client got. */
export const repeat = async (client: Client, job: Job): Promise<number> => {
  const run = client[job.task]
  if (run === undefined) throw new Error(`this client has no ${job.task}`)
  let left = job.count
  let results = 0
  const worker = async () => {
    while (left > 0) {
      left -= 1
      const got = await run(job.argument)
      results += got
    }
  }
  await Promise.all(Array.from({ length: job.concurrency }, worker))
  return results
}
