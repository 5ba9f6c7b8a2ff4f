// oxlint over the whole checkout, after a proof that the rules which matter most can fail: every fixture
// below breaks one rule, and the run stops if oxlint lets it pass.
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fail, root, runBin } from "./lib/run.mjs"

const longFile = Array.from({ length: 510 }, (_, i) => `export const line${i} = ${i}`).join("\n")

/** Rule, as oxlint prints it → the file that breaks it (and others that it needs). */
const fixtures = {
  "typescript(no-explicit-any)": { "any.ts": "export const f = (x: any): unknown => x" },
  "typescript(no-non-null-assertion)": { "nonNull.ts": "export const f = (x?: { y: 1 }) => x!.y" },
  "typescript(consistent-type-imports)": {
    "typeImport.ts": 'import { A } from "./other.js"\nexport const f = (x: A): A => x',
    "other.ts": "export interface A {}"
  },
  "import(no-default-export)": { "defaultExport.ts": "export default 1" },
  "import(no-cycle)": {
    "cycleA.ts": 'import { b } from "./cycleB.js"\nexport const a = () => b',
    "cycleB.ts": 'import { a } from "./cycleA.js"\nexport const b = () => a'
  },
  "eslint(no-console)": { "console.ts": 'console.log("x")' },
  "eslint(max-lines)": { "long.ts": longFile },
  "oxc(no-async-await)": { "async.ts": "export const f = async (): Promise<number> => 1" },
  "eslint(no-restricted-globals)": {
    "timeout.ts": "export const f = () => setTimeout(() => {}, 1)",
    "interval.ts": "export const f = () => setInterval(() => {}, 1)",
    "process.ts": "export const f = () => process.argv",
    "fetch.ts": 'export const f = () => fetch("x")',
    "buffer.ts": 'export const f = () => Buffer.from("x")'
  },
  "eslint(no-restricted-imports)": {
    "barrel.ts": 'export { Effect } from "effect"',
    "typeBarrel.ts": 'import type { HttpClient } from "@effect/platform"\nexport type A = typeof HttpClient'
  },
  "eslint(no-restricted-properties)": {
    "dateNow.ts": "export const f = () => Date.now()",
    "mathRandom.ts": "export const f = () => Math.random()"
  }
}

/** Fixtures that need another file only to be imported. */
const helpers = new Set(["other.ts"])

const selfTest = async () => {
  const directory = Fs.mkdtempSync(Path.join(Os.tmpdir(), "lint-"))
  Fs.mkdirSync(Path.join(directory, "src"))
  const config = JSON.parse(Fs.readFileSync(Path.join(root, ".oxlintrc.json"), "utf8"))
  Fs.writeFileSync(
    Path.join(directory, ".oxlintrc.json"),
    JSON.stringify({ ...config, $schema: undefined, ignorePatterns: [] })
  )
  const wanted = []
  for (const [rule, files] of Object.entries(fixtures)) {
    for (const [name, text] of Object.entries(files)) {
      Fs.writeFileSync(Path.join(directory, "src", name), `${text}\n`)
      if (!helpers.has(name)) wanted.push({ rule, file: `src/${name}` })
    }
  }
  const result = await runBin("oxlint", "oxlint", ["--config", ".oxlintrc.json", "--format", "json", "."], {
    cwd: directory
  })
  const { diagnostics } = JSON.parse(result.stdout)
  const silent = wanted.filter(
    ({ rule, file }) =>
      !diagnostics.some((_) => _.code === rule && _.filename.endsWith(file) && _.severity === "error")
  )
  for (const { rule, file } of silent) {
    fail(`lint self-test: ${rule} said nothing about the bad fixture ${file}; the rule is not in force`)
  }
  if (silent.length === 0) console.log(`lint self-test: ${wanted.length} bad fixtures, all refused`)
  Fs.rmSync(directory, { recursive: true, force: true })
}

await selfTest()

const result = await runBin("oxlint", "oxlint", ["--deny-warnings", ...process.argv.slice(2)], {
  stdio: "inherit"
})
if (result.code !== 0) process.exitCode = 1
