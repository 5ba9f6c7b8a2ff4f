// workerd and Chromium: one process, or one browser, for each client. Neither tells a program its processor time,
// and in workerd the clock stands still between answers, so the parent measures both from outside.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { Miniflare } from "miniflare"
import { chromium } from "playwright-core"
import { bundleProgram } from "../scripts/lib/bundle.mjs"
import type { Asked } from "./worker/web.js"

export interface Host {
  /** The process at the top: its descendants belong to the client too. */
  readonly pid: number
  /** Gives how many things the client got. */
  readonly run: (asked: Asked) => Promise<number>
  readonly end: () => Promise<void>
}

let built: Promise<string> | undefined

const script = (): Promise<string> =>
  (built ??= bundleProgram({
    entryPoints: ["bench/worker/web.ts"],
    alias: { "effect-spotify": "./src/index.ts" }
  }))

interface Process {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    // It has ended
    return ""
  }
}

const processes = (): ReadonlyArray<Process> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, command = "", parent] = /^\d+ \((.*)\) \S (\d+)/.exec(read(`/proc/${name}/stat`)) ?? []
      return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent), command }]
    })

const withDescendants = (all: ReadonlyArray<Process>, pid: number): ReadonlyArray<number> => [
  pid,
  ...all.filter(({ parent }) => parent === pid).flatMap((child) => withDescendants(all, child.pid))
]

/** Processor time of all threads that live, in microseconds. */
export const cpuOfTree = (pid: number): number =>
  withDescendants(processes(), pid)
    .flatMap((each) =>
      (existsSync(`/proc/${each}/task`) ? readdirSync(`/proc/${each}/task`) : []).map(
        (task) => `/proc/${each}/task/${task}`
      )
    )
    .reduce((sum, task) => sum + Number(read(`${task}/schedstat`).split(" ")[0]) / 1000, 0)

const workerd = async (): Promise<Host> => {
  const isWorkerd = ({ command, parent }: Process) => parent === process.pid && command === "workerd"
  const before = new Set(
    processes()
      .filter(isWorkerd)
      .map(({ pid }) => pid)
  )
  const miniflare = new Miniflare({
    cf: false,
    modules: true,
    script: await script(),
    compatibilityDate: "2025-12-01"
  })
  const url = await miniflare.ready
  const pid = processes().find((each) => isWorkerd(each) && !before.has(each.pid))?.pid
  if (pid === undefined) throw new Error("there is no process of workerd")
  return {
    pid,
    run: async (asked) => {
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(asked) })
      const { failure, results } = (await answer.json()) as { results: number; failure?: string }
      if (failure !== undefined) throw new Error(failure)
      return results
    },
    end: () => miniflare.dispose()
  }
}

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

const browser = async (base: string): Promise<Host> => {
  const server = await chromium.launchServer({ executablePath, args: ["--no-sandbox", "--disable-gpu"] })
  const connected = await chromium.connect(server.wsEndpoint())
  const page = await connected.newPage()
  // Of the same origin as the answers, so that no request asks for permission first
  await page.goto(`${base}/v1/artists/1`)
  await page.addScriptTag({ type: "module", content: await script() })
  await page.waitForFunction("globalThis.runJob !== undefined")
  return {
    pid: server.process().pid ?? 0,
    run: (asked) => page.evaluate(`runJob(${JSON.stringify(asked)})`),
    end: () => server.close()
  }
}

export const hosts: Record<string, (base: string) => Promise<Host>> = { workerd, chromium: browser }

/** Why a runtime cannot be measured here, if it cannot. */
export const missing = (runtime: string): string | undefined =>
  runtime in hosts && process.platform !== "linux"
    ? "processor time is read from /proc"
    : runtime === "chromium" && !existsSync(executablePath)
      ? `there is no ${executablePath}`
      : undefined
