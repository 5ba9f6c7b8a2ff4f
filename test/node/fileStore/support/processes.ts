import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { bundled } from "../../../support/bundled.js"

/** The writer, as one file. */
export const bundle = bundled("test/node/fileStore/support/writer.ts")

export interface Report {
  readonly lines: ReadonlyArray<string>
  readonly sums: ReadonlyArray<number>
  readonly milliseconds: ReadonlyArray<number>
  readonly exit: number | string
  readonly stderr: string
}

export interface Limits {
  /** Killed with SIGKILL this long after its first report. */
  readonly killAfter?: number
  /** Open files that the process may have. */
  readonly openFiles?: number
  /** The command that runs the program. By default this Node. */
  readonly runtime?: ReadonlyArray<string>
}

/** Runs one writer to its end. The process is gone when this returns, however it returns. */
export const run = (
  program: string,
  args: ReadonlyArray<string>,
  { killAfter, openFiles, runtime = [process.execPath] }: Limits = {}
): Effect.Effect<Report> =>
  Effect.async((resume) => {
    const limit = openFiles === undefined ? "" : `ulimit -n ${openFiles}; `
    const child = spawn("bash", ["-c", `${limit}exec "$0" "$@"`, ...runtime, program, ...args], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    let timer: NodeJS.Timeout | undefined
    child.stdout.on("data", (chunk) => {
      stdout += String(chunk)
      if (killAfter !== undefined && timer === undefined) {
        timer = setTimeout(() => child.kill("SIGKILL"), killAfter)
      }
    })
    child.stderr.on("data", (chunk) => (stderr += String(chunk)))
    child.on("close", (code, signal) => {
      clearTimeout(timer)
      const lines = stdout.split("\n").slice(0, -1)
      const numbers = lines.map((line) => line.split(" ").map(Number))
      resume(
        Effect.succeed({
          lines,
          sums: numbers.map(([sum = Number.NaN]) => sum),
          milliseconds: numbers.map(([, milliseconds = Number.NaN]) => milliseconds),
          exit: code ?? signal ?? "unknown",
          stderr
        })
      )
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })
