// Type-checks every program in the README, the docs and every @example in src, so that what a reader copies compiles.
// Then runs each @example over the emulator: what it prints must be what its comments say.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, filesBelow, folder, readJson, root, run, runBin } from "./lib/run.mjs"

/** The ts blocks of a file: a name that says where each stands, and its text. In source those of doc comments. */
const blocks = (path) => {
  const isSource = path.endsWith(".ts")
  const text = Fs.readFileSync(path, "utf8")
  const pattern = isSource ? /^ *\* ```ts\n([^]*?)^ *\* ```$/gm : /^```ts\s*\n([^]*?)^```\s*$/gm
  return [...text.matchAll(pattern)].map(({ 1: code, index }) => {
    const line = text.slice(0, index).split("\n").length + 1
    const name = Path.relative(root, path).replace(/\W+/g, "-")
    // A block without an import shows a statement, not a program, and is still a module here
    return [`${name}-${line}.ts`, `${isSource ? code.replace(/^ *\* ?/gm, "") : code}export {}\n`]
  })
}

const guides = Fs.readdirSync(Path.join(root, "docs"))
  .filter((_) => _.endsWith(".md"))
  .map((_) => Path.join(root, "docs", _))
const examples = filesBelow(Path.join(root, "src"), ".ts").flatMap(blocks)
const programs = [...[Path.join(root, "README.md"), ...guides].flatMap(blocks), ...examples]
if (programs.length === 0) fail("docs: no examples, so nothing was checked")

/** What an example needs that is not here: a page, a person at a browser, a test framework. */
const needsMore =
  /effect-spotify\/browser"|@effect\/vitest"|Headless\.|Loopback\.|NodeLogin\.|layerCommandLine|DesktopSpotify\.|^declare /m

/** What `console.log(…) // VALUE` must print. A long value may stand on the next line. */
const shown = (text) => [...text.matchAll(/^console\.log\(.*\)\s\/\/ (.+)$/gm)].map(([, value]) => value)

const runnable = examples.filter(([, text]) => !needsMore.test(text))

// An example that defines a program is run with all that TestSpotify gives
const runner = `
import { TestSpotify } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import { inspect } from "node:util"
const problems: Array<string> = []
const print = console.log
for (const [name, shown] of ${JSON.stringify(runnable.map(([name, text]) => [name, shown(text)]))}) {
  const printed: Array<string> = []
  console.log = (...values) => void printed.push(values.map((value) =>
    typeof value === "string" ? value : inspect(value, { breakLength: Infinity }).replaceAll("'", '"')).join(" "))
  try {
    const { program } = await import(\`./\${name}\`)
    if (program !== undefined) {
      await Effect.runPromise(program.pipe(Effect.provide(TestSpotify.layer()), Effect.timeout("20 seconds")))
    }
    if (shown.length > 0 && printed.join("\\n") !== shown.join("\\n")) {
      problems.push(\`\${name} prints \${printed.join(", ")} and says \${shown.join(", ")}\`)
    }
  } catch (error) {
    problems.push(\`\${name}: \${inspect(error)}\`)
  }
}
console.log = print
for (const problem of problems) console.error(problem)
process.exit(problems.length === 0 ? 0 : 1)
`

const exported = ([name, text]) => [
  name,
  /^const program\b/m.test(text) ? text.replace(/^const program\b/m, "export const program") : text
]

const directory = folder("docs", {
  ...Object.fromEntries(programs.map(exported)),
  "tsconfig.json": {
    extends: "../../tsconfig.base.json",
    include: ["*.ts"],
    compilerOptions: {
      composite: false,
      incremental: false,
      noEmit: true,
      noUnusedLocals: false,
      baseUrl: root,
      paths: readJson(Path.join(root, "tsconfig.test.json")).compilerOptions.paths
    }
  }
})
const { code } = await runBin("typescript", "tsc", ["-p", directory], { stdio: "inherit" })
if (code === 0) console.log(`${programs.length} examples compile`)
else fail("An example does not compile; the file name says where it stands and at which line")

Fs.writeFileSync(Path.join(directory, "run.mts"), runner)
const tsx = ["--import", "tsx"]
const emulator = [
  ...tsx,
  "src/bin.ts",
  "emulator",
  "--",
  process.execPath,
  ...tsx,
  Path.join(directory, "run.mts")
]
const { code: ran } = await run(process.execPath, emulator, {
  stdio: "inherit",
  env: { ...process.env, TSX_TSCONFIG_PATH: Path.join(directory, "tsconfig.json") }
})
if (ran === 0) console.log(`${runnable.length} of ${examples.length} examples of doc comments run`)
else fail("An example of a doc comment does not run, or does not print what it says")
