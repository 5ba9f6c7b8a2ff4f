/** The runtimes that have SQLite of their own, and the program over it that each of them runs. */
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Path from "node:path"
import { bundled } from "../../../support/bundled.js"
import * as FetchHandler from "../../../runtimes/support/fetchHandler.js"
import { type Limits, run as runProgram } from "../../fileStore/support/processes.js"

const bin = (path: string) => Path.join(FetchHandler.root, "node_modules", path)

/** A Node of that version, from npm or from npm's cache. */
const node = (version: number): ReadonlyArray<string> => {
  const args = [
    "--yes",
    "--prefer-offline",
    "--package",
    `node@${version}`,
    "--",
    "node",
    "-p",
    "process.execPath"
  ]
  const { status, stdout } = spawnSync("npx", args, { encoding: "utf8", timeout: 240_000 })
  return [status === 0 ? stdout.trim() : `there is no Node ${version}`]
}

const denoBin = bin(
  `@deno/${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}/deno`
)

/** Each with the command that runs a file. Those that are not there are left out, unless CI is set. */
export const all = [
  { name: "Node 22", command: node(22) },
  { name: "Node 24", command: node(24) },
  { name: "Bun", command: [bin(".bin/bun"), "run"] },
  { name: "Deno", command: [denoBin, "run", "--allow-all", "--no-config", "--no-lock"] }
].filter(({ command: [file = ""], name }) => !FetchHandler.isMissing(name, () => FetchHandler.runs(file)))

export type Runtime = (typeof all)[number]

/** Runs the program to its end, without Node's warning that its SQLite may change. */
export const run = (runtime: Runtime, args: ReadonlyArray<string>, limits: Limits = {}) =>
  Effect.flatMap(bundled("test/node/sqliteStore/support/program.ts"), (program) =>
    runProgram(program, args, {
      ...limits,
      runtime: ["env", "NODE_NO_WARNINGS=1", "DENO_NO_UPDATE_CHECK=1", ...runtime.command]
    })
  )

/** What the program printed, line by line. */
export const printed = (runtime: Runtime, args: ReadonlyArray<string>) =>
  Effect.map(run(runtime, args), ({ exit, lines, stderr }) => {
    if (exit !== 0 || stderr !== "") {
      throw new Error(`${runtime.name} ended with ${exit}: ${stderr}`)
    }
    return lines.map((line): Record<string, unknown> => JSON.parse(line))
  })
