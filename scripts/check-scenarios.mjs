// npm run scenarios: every scenario of the fault matrix must have a test that passed.
//
// The ids of docs/sessions.md stand at the front of test titles: "A13: …", "E4 E5: …". They are
// looked for in the reports of the last test runs with CI=true, so a test that was skipped does not count.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, filesBelow, readJson, root } from "./lib/run.mjs"

const reports = filesBelow(Path.join(root, ".tsbuild", "tests"), ".json")
if (reports.length === 0) {
  fail("scenarios: there is no report of a test run: run CI=true npm run test:all first")
  process.exit(1)
}

/** "E1-E9" names all of them; "C1 C2:" and "C1, C2:" name two. */
const named = (title) => {
  const found = new Set()
  for (const [, group, from, until] of title.matchAll(/\b([A-H])(\d{1,2})(?:\s*[-–]\s*\1(\d{1,2}))?\b/g)) {
    for (let n = Number(from); n <= Number(until ?? from); n++) found.add(`${group}${n}`)
  }
  return found
}

const listed = Fs.readFileSync(Path.join(root, "docs", "sessions.md"), "utf8").matchAll(/^- \*\*(.+?)\*\*/gm)
const ids = [...listed].flatMap(([, id]) => [...named(id)])

const passed = new Map(ids.map((id) => [id, 0]))
const elsewhere = new Map()
for (const file of reports.flatMap((report) => readJson(report).testResults)) {
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
