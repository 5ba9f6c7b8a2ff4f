// One client where there is no `process`: a Worker, or the script of a page. See hosts.ts.
import { type Job, repeat } from "./job.js"
import { type Client, makers } from "./webClients.js"

export interface Asked {
  readonly name: string
  readonly base: string
  readonly job: Job
}

let client: Promise<Client> | undefined

const run = async ({ base, job, name }: Asked): Promise<number> => {
  const maker = makers[name]
  if (maker === undefined) throw new Error(`no client ${name}`)
  client ??= maker(base)
  return repeat(await client, job)
}

Object.assign(globalThis, { runJob: run })

export default {
  fetch: async (request: Request): Promise<Response> =>
    run((await request.json()) as Asked).then(
      (results) => Response.json({ results }),
      (cause: unknown) => Response.json({ failure: String(cause) })
    )
}
