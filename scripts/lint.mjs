// oxlint over the whole checkout, after a proof that the rules which matter most can fail.
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Canaries from "./canaries.mjs"
import { fail, folder, readJson, root, runBin } from "./lib/run.mjs"

const nameOf = (rule, index) => `src/${rule.replace(/\W+/g, "-")}/${index}.ts`

const fixtures = Object.entries(Canaries.oxlint).flatMap(([rule, texts]) =>
  texts.map((text, index) => ({ rule, text, name: nameOf(rule, index) }))
)
const cwd = folder("lint", {
  ".oxlintrc.json": {
    ...readJson(Path.join(root, ".oxlintrc.json")),
    $schema: undefined,
    ignorePatterns: []
  },
  ...Object.fromEntries(fixtures.map(({ name, text }) => [name, `${text}\n`]))
})
// Each by its name, since .gitignore hides the folder
const names = fixtures.map(({ name }) => name)
const args = ["--config", ".oxlintrc.json", "--format", "json", ...names]
const { stdout } = await runBin("oxlint", "oxlint", args, { cwd })
const { diagnostics } = JSON.parse(stdout)
for (const { name, rule } of fixtures) {
  const isRefused = diagnostics.some(
    (_) => _.code === rule && _.filename.endsWith(name) && _.severity === "error"
  )
  if (!isRefused) fail(`lint: ${rule} is not in force, it lets ${name} pass`)
}
console.log(`lint: ${fixtures.length} canaries`)
Fs.rmSync(cwd, { recursive: true })

const { code } = await runBin("oxlint", "oxlint", ["--deny-warnings", ...process.argv.slice(2)], {
  stdio: "inherit"
})
if (code !== 0) process.exitCode = 1
