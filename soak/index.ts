// npm run soak [-- --json --goal N4 --backend redis --seed 7 --count 100 …] measures the reliability goals at
// their full size, or at the size that is given. It prints a row for each finding and exits with 1 when one
// of them misses its target.
//
//   --goal      one of N1 to N20, or F26; may be given several times. All without it
//   --backend   redis, postgres, mariadb, file, sqlite or encrypted; may be given several times
//   --seed      of all random choices
//   --count, --fibers, --processes, --expiries, --life (seconds)   the size
//   --json      one line of JSON for each row instead of a table
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Os from "node:os"
import { parseArgs } from "node:util"
import type { Row, Sizes } from "./goal.js"
import { goals } from "./goals/index.js"

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    goal: { type: "string", multiple: true, default: [] },
    backend: { type: "string", multiple: true, default: [] },
    seed: { type: "string", default: "20260601" },
    count: { type: "string" },
    fibers: { type: "string" },
    processes: { type: "string" },
    expiries: { type: "string" },
    life: { type: "string" }
  }
})

const number = (name: string, text: string | undefined) => {
  if (text === undefined) {
    return undefined
  }
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw new Error(`--${name} must be a number, and is ${text}`)
  }
  return Number(text)
}

const sizes: Sizes = {
  seed: number("seed", values.seed) ?? 0,
  count: number("count", values.count),
  fibers: number("fibers", values.fibers),
  processes: number("processes", values.processes),
  expiries: number("expiries", values.expiries),
  life: number("life", values.life)
}

const wanted = goals.filter(({ id }) => values.goal.length === 0 || values.goal.includes(id))
const runs = wanted.flatMap((goal) =>
  goal.places
    .filter((place) => values.backend.length === 0 || place === "-" || values.backend.includes(place))
    .map((place) => ({ goal, place }))
)

const print = (row: Row) => {
  if (values.json) {
    console.log(JSON.stringify(row))
  } else {
    const { backend, count, goal, measured, pass, seed, target } = row
    console.log(
      `${pass ? "pass" : "FAIL"}  ${goal.padEnd(4)} ${backend.padEnd(10)} ${measured}\n      target: ${target}; ${count} runs, seed ${seed}`
    )
  }
}

const program = Effect.forEach(runs, ({ goal, place }) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(Effect.scoped(goal.run(place, sizes)))
    const rows: ReadonlyArray<Row> = Exit.isSuccess(exit)
      ? exit.value
      : [
          {
            goal: goal.id,
            backend: place,
            target: "to run at all",
            measured: Cause.pretty(exit.cause),
            count: 0,
            seed: sizes.seed,
            pass: false
          }
        ]
    rows.forEach(print)
    return rows
  })
)

if (runs.length === 0) {
  console.error(`nothing to run; there are the goals ${[...new Set(goals.map(({ id }) => id))].join(", ")}`)
  process.exitCode = 1
} else {
  if (!values.json) {
    const load = Os.loadavg()
      .map((average) => average.toFixed(1))
      .join(" ")
    console.log(
      `Node ${process.version}, ${Os.cpus().length} × ${Os.cpus()[0]?.model ?? "unknown"}, load ${load}`
    )
  }
  const rows = (await Effect.runPromise(program)).flat()
  const missed = rows.filter(({ pass }) => !pass)
  if (!values.json) {
    console.log(`\n${rows.length - missed.length} of ${rows.length} rows meet their target`)
  }
  // Drivers that were cut off in an outage may still hold a timer
  process.exit(missed.length === 0 ? 0 : 1)
}
