import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Hostile from "../../test/login/support/hostile.js"
import * as Goal from "../goal.js"

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
}

const run = (command: string, args: ReadonlyArray<string>) =>
  Effect.async<{ readonly code: number; readonly output: string }>((resume) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, CI: "true" }
    })
    let output = ""
    child.stdout.on("data", (data) => (output += String(data)))
    child.stderr.on("data", (data) => (output += String(data)))
    child.once("exit", (code) => resume(Effect.succeed({ code: code ?? 1, output })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Runs test files as they are, and reports what came of them. */
const suite = (id: string, target: string, ...filters: ReadonlyArray<string>) =>
  Goal.alone(id, (sizes) =>
    Effect.gen(function* () {
      const directory = Fs.mkdtempSync(Path.join(Os.tmpdir(), "soak-"))
      const file = Path.join(directory, "report.json")
      yield* run("npx", ["vitest", "run", ...filters, "--reporter=json", `--outputFile=${file}`])
      const report: Report = JSON.parse(Fs.readFileSync(file, "utf8"))
      Fs.rmSync(directory, { recursive: true })
      const { numFailedTests, numPassedTests, numPendingTests } = report
      return [
        {
          goal: id,
          backend: "-",
          target,
          measured: `${numPassedTests} tests pass, ${numFailedTests} fail, ${numPendingTests} were skipped (${filters.join(" ")})`,
          count: numPassedTests,
          seed: sizes.seed,
          pass: numPassedTests > 0 && numFailedTests === 0
        }
      ]
    })
  )

/** N15: whatever comes to the loopback server during a login. */
const loopback = Goal.alone("N15", (sizes) =>
  Effect.map(Hostile.run({ requests: sizes.count ?? 10_000 }), (report) => [
    {
      goal: "N15",
      backend: "-",
      target: "the login succeeds, 0 bytes reflected, at most 10 MB of growth, port closed within 100 ms",
      measured: `${report.requests} hostile requests: ${report.succeeded} login, ${report.exchanges} exchange, ${report.reflectedBytes} bytes reflected, RSS grew by ${(report.rssGrowthBytes / 1e6).toFixed(1)} MB, port closed after ${report.portClosedMillis} ms`,
      count: report.requests,
      seed: sizes.seed,
      pass:
        report.succeeded === 1 &&
        report.exchanges === 1 &&
        report.reflectedBytes === 0 &&
        report.rssGrowthBytes <= 10e6 &&
        report.portClosedMillis <= 100
    }
  ])
)

/** N20: every scenario has a test that passed in the last run with CI=true. */
const scenarios = Goal.alone("N20", (sizes) =>
  Effect.map(run(process.execPath, ["scripts/check-scenarios.mjs"]), ({ code, output }) => [
    {
      goal: "N20",
      backend: "-",
      target: "all 126 scenarios have a test that passed",
      measured: output.trim().split("\n").at(-1) ?? "",
      count: 126,
      seed: sizes.seed,
      pass: code === 0
    }
  ])
)

export const suites = [
  suite(
    "N11",
    "every flipped bit, every cut and every swap of a sealed entry is TokenStoreCorrupt",
    "test/stores/encrypted/tampering"
  ),
  loopback,
  suite("N17", "no planted secret is seen anywhere", "leaks", "F24"),
  suite(
    "N19",
    "the contract on every store, sealed ones too",
    "test/stores",
    "test/TokenStore",
    "test/browser/store"
  ),
  scenarios
]
