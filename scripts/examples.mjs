// npm run examples: runs every example to its end and fails if one of them does.
//
// An example ends by itself and needs nothing but this checkout, as a rule: it talks to the emulator. One
// that needs a person, a real account or another server says so on a line of its own near the top,
//   // run: by hand, <why>
// and is only type-checked.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { bin, fail, filesBelow, root, run } from "./lib/run.mjs"

const limit = 60_000

const directory = Path.join(root, "examples")

const runs = []
for (const path of filesBelow(directory, ".ts")) {
  const name = Path.relative(directory, path)
  const head = Fs.readFileSync(path, "utf8").split("\n", 20)
  const byHand = head.find((line) => line.startsWith("// run: by hand"))
  if (byHand === undefined) runs.push({ name, path })
  else console.log(`--   ${name}: ${byHand.slice("// run: ".length)}`)
}

if (runs.length === 0) fail("examples: none runs by itself, so nothing was tried")

/** As many at once as there are cores. */
const together = 2

const tryNext = async () => {
  const next = runs.shift()
  if (next === undefined) return
  const { name, path } = next
  const started = performance.now()
  const result = await run(process.execPath, [bin("tsx"), path], { timeout: limit })
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`
  if (result.code === 0) console.log(`ok   ${name} (${took})`)
  else {
    const how =
      result.signal === null ? `exit code ${result.code}` : `ended by ${result.signal} after ${took}`
    fail(`FAIL ${name}: ${how}\n${result.output}`)
  }
  await tryNext()
}

await Promise.all(Array.from({ length: together }, tryNext))
