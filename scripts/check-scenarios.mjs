// npm run scenarios: every scenario of the fault matrix must have a test that passed.
//
// The ids (A1 to H9, see docs/sessions.md) stand at the front of test titles: "A13: …", "E4 E5: …". They are
// looked for in the report of the last test run with CI=true, so a test that was skipped does not count.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, readJson, root } from "./lib/run.mjs"

const groups = { A: 24, B: 16, C: 12, D: 15, E: 15, F: 26, G: 9, H: 9 }

const report = Path.join(root, ".tsbuild", "tests.json")
if (!Fs.existsSync(report)) {
  fail("scenarios: there is no report of a test run: run CI=true npm test first")
  process.exit(1)
}

const ids = Object.entries(groups).flatMap(([group, count]) =>
  Array.from({ length: count }, (_, i) => `${group}${i + 1}`)
)

/** "E1-E9" names all of them; "C1 C2:" and "C1, C2:" name two. */
const named = (title) => {
  const found = new Set()
  for (const [, group, from, until] of title.matchAll(/\b([A-H])(\d{1,2})(?:\s*[-–]\s*\1(\d{1,2}))?\b/g)) {
    for (let n = Number(from); n <= Number(until ?? from); n++) found.add(`${group}${n}`)
  }
  return found
}

const passed = new Map(ids.map((id) => [id, 0]))
const elsewhere = new Map()
for (const file of readJson(report).testResults) {
  for (const { ancestorTitles, status, title } of file.assertionResults) {
    for (const id of named([...ancestorTitles, title].join(" "))) {
      if (!passed.has(id)) continue
      if (status === "passed") passed.set(id, passed.get(id) + 1)
      else elsewhere.set(id, `${status}: ${title}`)
    }
  }
}

const missing = [...passed].filter(([, count]) => count === 0)
for (const [id] of missing) {
  const why = elsewhere.has(id) ? `its test did not pass (${elsewhere.get(id)})` : "no test names it"
  fail(`scenarios: ${id}: ${why}`)
}
const tests = [...passed.values()].reduce((sum, count) => sum + count, 0)
console.log(
  `scenarios: ${ids.length - missing.length} of ${ids.length} are covered, by ${tests} mentions in passed tests`
)
