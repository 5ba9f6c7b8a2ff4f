// npm run scenarios: every scenario of the fault matrix must have a test that passed.
//
// The ids of docs/sessions.md stand at the front of test titles: "A13: …", "E4 E5: …". They are
// looked for in the reports of the last test runs with CI=true, so a test that was skipped does not count.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, filesBelow, readJson, root } from "./lib/run.mjs"

/** "E1-E9" names all of them; "C1 C2:" and "C1, C2:" name two. */
const named = (title) =>
  [...title.matchAll(/\b([A-H])(\d{1,2})(?:\s*[-–]\s*\1(\d{1,2}))?\b/g)].flatMap(([, group, from, until]) =>
    Array.from({ length: Number(until ?? from) - Number(from) + 1 }, (_, n) => group + (Number(from) + n))
  )

const tests = filesBelow(Path.join(root, ".tsbuild", "tests"), ".json")
  .flatMap((report) => readJson(report).testResults)
  .flatMap((file) => file.assertionResults)
  .map(({ ancestorTitles, status, title }) => ({
    status,
    title,
    ids: named([...ancestorTitles, title].join(" "))
  }))
if (tests.length === 0)
  throw new Error("there is no report of a test run: run CI=true npm run test:all first")

const listed = Fs.readFileSync(Path.join(root, "docs", "sessions.md"), "utf8").matchAll(/^- \*\*(.+?)\*\*/gm)
const scenarios = [...listed].flatMap(([, id]) => named(id))
const passed = new Set(tests.filter((_) => _.status === "passed").flatMap((_) => _.ids))
const missing = scenarios.filter((id) => !passed.has(id))
for (const id of missing) {
  const test = tests.find((_) => _.ids.includes(id))
  fail(`scenarios: ${id}: ${test === undefined ? "no test names it" : `${test.status}: ${test.title}`}`)
}
console.log(`scenarios: ${scenarios.length - missing.length} of ${scenarios.length} are covered`)
