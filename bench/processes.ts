// The processes of a benchmark: one server, and one for each client. All end with the benchmark.
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import * as Esbuild from "esbuild"
import { fileURLToPath } from "node:url"
import { cpuOfTree, type Host, hosts } from "./hosts.js"
import type { Job } from "./worker/job.js"
import type { Setting } from "./worker/server.js"

const root = fileURLToPath(new URL("..", import.meta.url))
const built = `${root}node_modules/.cache/effect-spotify-bench`

/** The code that is measured is what a build gives: a loader that compiles on the way adds calls to it. */
const build = () =>
  Esbuild.build({
    absWorkingDir: root,
    entryPoints: ["bench/worker/client.ts", "bench/worker/server.ts"],
    outdir: built,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    alias: { "effect-spotify/node": "./src/node.ts", "effect-spotify": "./src/index.ts" },
    logLevel: "error"
  })

const binary = (name: string) => `${root}node_modules/.bin/${name}`

/** How another runtime than Node runs a file. */
const runtimes: Record<string, { readonly execPath: string; readonly execArgv: Array<string> }> = {
  bun: { execPath: binary("bun"), execArgv: [] },
  deno: { execPath: binary("deno"), execArgv: ["run", "--allow-all"] }
}

const start = (
  file: string,
  args: ReadonlyArray<string>,
  execArgv: ReadonlyArray<string> = [],
  runtime = "node"
) => fork(`${built}/${file}.js`, [...args], runtimes[runtime] ?? { execArgv: ["--no-warnings", ...execArgv] })

const firstMessage = async (child: ChildProcess): Promise<Record<string, unknown>> => {
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`a process of the benchmark ended with ${code}`)
    })
  ])) as [Record<string, unknown>]
  return message
}

let messages = 0

const ask = (child: ChildProcess, message: object): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    messages += 1
    const id = messages
    const heard = (answer: Record<string, unknown>) => {
      if (answer["id"] !== id) return
      child.off("message", heard)
      child.off("exit", gone)
      resolve(answer)
    }
    const gone = () => reject(new Error("a process of the benchmark ended"))
    child.on("message", heard)
    child.on("exit", gone)
    child.send({ ...message, id })
  })

/** A client wherever it runs. */
interface Running {
  readonly run: (job: Omit<Job, "id">) => Promise<Record<string, unknown>>
  readonly end: () => unknown
}

const inProcess = async (
  name: string,
  base: string,
  execArgv: ReadonlyArray<string>,
  runtime: string | undefined
): Promise<Running> => {
  const child = start("client", [name, base], execArgv, runtime)
  await firstMessage(child)
  return { run: (job) => ask(child, job), end: () => child.kill() }
}

const inHost = (name: string, base: string, { end, pid, run }: Host): Running => ({
  run: async (job) => {
    const before = cpuOfTree(pid)
    const began = performance.now()
    const results = await run({ name, base, job: { ...job, id: 0 } })
    const wall = performance.now() - began
    return { cpu: cpuOfTree(pid) - before, wall, results, heap: 0, rss: 0 }
  },
  end
})

export interface Counts {
  readonly api: number
  readonly token: number
  readonly refused: number
}

export interface Cost {
  /** Processor time of the client, in microseconds; in Chromium that of the whole browser. */
  readonly cpu: number
  /** In milliseconds. */
  readonly wall: number
  readonly results: number
  /** The most above the start, in bytes; 0 in workerd and Chromium. */
  readonly heap: number
  readonly rss: number
}

export interface Bench {
  readonly base: string
  /** Changes the server and gives what it counted since the last time. */
  readonly server: (set?: Partial<Setting>) => Promise<Counts>
  /** `client` is a name, and after an `@` the runtime if that is not Node. */
  readonly run: (client: string, job: Omit<Job, "id">) => Promise<Cost>
}

/** Runs `use` with a server; its clients start when they are first asked for something. */
export const withProcesses = async <A>(
  use: (bench: Bench) => Promise<A>,
  execArgv: ReadonlyArray<string> = []
): Promise<A> => {
  await build()
  const server = start("server", [])
  const clients = new Map<string, Promise<Running>>()
  try {
    const { port } = await firstMessage(server)
    const base = `http://127.0.0.1:${Number(port)}`
    const clientOf = (name: string) => {
      const known = clients.get(name)
      if (known !== undefined) return known
      const [client = "", runtime = "node"] = name.split("@")
      const host = hosts[runtime]
      const started =
        host === undefined
          ? inProcess(client, base, execArgv, runtime)
          : host(base).then((ready) => inHost(client, base, ready))
      clients.set(name, started)
      return started
    }
    return await use({
      base,
      server: async (set) => (await ask(server, { set }))["counts"] as Counts,
      run: async (name, job) => {
        const answer = await (await clientOf(name)).run(job)
        if (answer["failure"] !== undefined) throw new Error(`${name}: ${String(answer["failure"])}`)
        return answer as unknown as Cost
      }
    })
  } finally {
    server.kill()
    await Promise.allSettled([...clients.values()].map(async (client) => (await client).end()))
  }
}
