// Type-checks every program in the README, the docs and every @example in src, so that what a reader copies compiles.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, filesBelow, folder, root, runBin } from "./lib/run.mjs"

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
const programs = [
  Path.join(root, "README.md"),
  ...guides,
  ...filesBelow(Path.join(root, "src"), ".ts")
].flatMap(blocks)
if (programs.length === 0) fail("docs: no examples, so nothing was checked")

const directory = folder("docs", {
  ...Object.fromEntries(programs),
  "tsconfig.json": {
    extends: "../../tsconfig.base.json",
    include: ["*.ts"],
    compilerOptions: {
      composite: false,
      incremental: false,
      noEmit: true,
      noUnusedLocals: false,
      baseUrl: root,
      paths: { "effect-spotify": ["./src/index.ts"], "effect-spotify/*": ["./src/*.ts"] }
    }
  }
})
const { code } = await runBin("typescript", "tsc", ["-p", directory], { stdio: "inherit" })
if (code === 0) console.log(`${programs.length} examples compile`)
else fail("An example does not compile; the file name says where it stands and at which line")
