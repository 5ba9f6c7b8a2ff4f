import * as Effect from "effect/Effect"
import { buildSync } from "esbuild"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

/** The writer as one file, because a process that compiles itself first takes seconds to start. */
export const bundle = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-spotify-writer-"))
    const outfile = Path.join(directory, "writer.mjs")
    buildSync({
      entryPoints: [fileURLToPath(new URL("writer.ts", import.meta.url))],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "error"
    })
    return outfile
  }),
  (outfile) => Effect.sync(() => Fs.rmSync(Path.dirname(outfile), { recursive: true, force: true }))
)

export interface Report {
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
}

/** Runs one writer to its end. The process is gone when this returns, however it returns. */
export const run = (
  program: string,
  args: ReadonlyArray<string>,
  { killAfter, openFiles }: Limits = {}
): Effect.Effect<Report> =>
  Effect.async((resume) => {
    const limit = openFiles === undefined ? "" : `ulimit -n ${openFiles}; `
    const child = spawn("bash", ["-c", `${limit}exec "$0" "$@"`, process.execPath, program, ...args], {
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
      const lines = stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(" ").map(Number))
      resume(
        Effect.succeed({
          sums: lines.map(([sum = Number.NaN]) => sum),
          milliseconds: lines.map(([, milliseconds = Number.NaN]) => milliseconds),
          exit: code ?? signal ?? "unknown",
          stderr
        })
      )
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })
