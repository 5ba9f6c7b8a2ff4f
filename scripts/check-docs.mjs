// Type-checks every program in the README and every @example in src, so that what a reader copies compiles.
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const target = `${root}/.tsbuild/docs`

const sources = readdirSync(`${root}/src`, { recursive: true })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => `src/${file}`)

/** The ts blocks of a text with the line each begins at; in source files only those inside doc comments. */
const blocks = (file) => {
  const lines = readFileSync(`${root}/${file}`, "utf8").split("\n")
  const inComment = file.endsWith(".ts")
  const strip = (line) => (inComment ? line.replace(/^\s*\* ?/, "") : line)
  const found = []
  let current
  lines.forEach((line, index) => {
    const text = strip(line)
    if (current === undefined) {
      if (/^```ts\s*$/.test(text) && (!inComment || /^\s*\*/.test(line))) {
        current = { file, line: index + 2, lines: [] }
      }
    } else if (/^```\s*$/.test(text)) {
      found.push(current)
      current = undefined
    } else {
      current.lines.push(text)
    }
  })
  return found
}

const guides = readdirSync(`${root}/docs`)
  .filter((file) => file.endsWith(".md"))
  .map((file) => `docs/${file}`)

const all = ["README.md", ...guides, ...sources].flatMap(blocks)

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
all.forEach(({ file, line, lines }, index) => {
  const name = `${String(index).padStart(3, "0")}-${file.replace(/[^A-Za-z0-9]+/g, "-")}-${line}.ts`
  // A block without an import shows a statement, not a program, and is still a module here
  writeFileSync(`${target}/${name}`, `${lines.join("\n")}\nexport {}\n`)
})
writeFileSync(
  `${target}/tsconfig.json`,
  JSON.stringify({
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
  })
)

try {
  execFileSync(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, "-p", target], {
    stdio: "inherit",
    cwd: root
  })
} catch {
  console.error("An example does not compile; the file name says where it stands and at which line")
  process.exit(1)
}
console.log(`${all.length} examples compile`)
