// npm run bench [-- --only <name>] [--quick] [--json]
//
// Runs the benchmarks of `bench/suites`. All of it stays on this machine. Figures are processor time of the
// client's process unless a row says otherwise, so that what else the machine does disturbs them little.
import * as Os from "node:os"
import { benchmarks } from "./suites/all.js"
import type { Row } from "./measure.js"

const args = process.argv.slice(2)
const at = args.indexOf("--only")
const only = at < 0 ? args.filter((argument) => !argument.startsWith("--")) : [args[at + 1] ?? ""]
const quick = args.includes("--quick")
const json = args.includes("--json")

const chosen = benchmarks.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)))

const table = (rows: ReadonlyArray<Row>) =>
  console.table(
    Object.fromEntries(
      rows.map(({ floor, goal, name, ours, peers, ratio, unit }) => [
        name,
        { unit, ours, ...peers, floor: floor ?? "", ratio: ratio ?? "", goal: goal ?? "" }
      ])
    )
  )

if (chosen.length === 0) {
  console.error(`no such benchmark; there are: ${benchmarks.map(({ name }) => name).join(", ")}`)
  process.exitCode = 1
} else {
  const load = Os.loadavg().map((value) => value.toFixed(1))
  if (!json) {
    console.log(`Node ${process.version}, ${Os.cpus().length} × ${Os.cpus()[0]?.model ?? "unknown"}`)
    console.log(`load before: ${load.join(" ")}${quick ? "; quick, so not for publication" : ""}`)
  }
  for (const { name, run, title } of chosen) {
    const began = performance.now()
    const rows = await run({ quick })
    if (json) {
      for (const row of rows) console.log(JSON.stringify(row))
    } else {
      console.log(`\n${name}: ${title} (${Math.round((performance.now() - began) / 1000)} s)`)
      table(rows)
    }
  }
}
