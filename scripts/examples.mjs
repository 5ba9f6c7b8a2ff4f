// npm run examples: runs every example to its end, two at a time, and fails if one of them does.
//
// An example ends by itself and needs nothing but this checkout, as a rule: it talks to the emulator. One
// that needs a person, a real account or another server says so on a line of its own near the top,
//   // run: by hand, <why>
// and is only type-checked.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { bin, fail, filesBelow, root, run } from "./lib/run.mjs"

const directory = Path.join(root, "examples")
const examples = filesBelow(directory, ".ts").map((path) => ({
  path,
  name: Path.relative(directory, path),
  byHand: /^\/\/ run: (by hand.*)$/m.exec(Fs.readFileSync(path, "utf8"))?.[1]
}))
for (const { byHand, name } of examples) if (byHand !== undefined) console.log(`--   ${name}: ${byHand}`)
const runs = examples.filter((_) => _.byHand === undefined)
if (runs.length === 0) fail("examples: none runs by itself, so nothing was tried")

const tryNext = async () => {
  for (let next = runs.shift(); next !== undefined; next = runs.shift()) {
    const started = performance.now()
    const result = await run(process.execPath, [bin("tsx"), next.path], { timeout: 60_000 })
    const took = `${((performance.now() - started) / 1000).toFixed(1)} s`
    if (result.code === 0) console.log(`ok   ${next.name} (${took})`)
    else
      fail(
        `FAIL ${next.name}: ${result.signal ?? `exit code ${result.code}`} after ${took}\n${result.output}`
      )
  }
}
await Promise.all([tryNext(), tryNext()])
