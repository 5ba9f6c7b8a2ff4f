// npm run effect-4: how far src is from Effect 4. Copies src without the command line, moves the imports to where
// Effect 4 has those modules, and counts what tsc says, by folder and by kind. Changes nothing here.
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { filesBelow, readJson, root, run, runBin } from "./lib/run.mjs"

const version = process.argv[2] ?? "4"

/** Where a module is whose name or place is another one. */
const moved = {
  "@effect/platform/Error": "effect/PlatformError",
  "@effect/platform/HttpApp": "effect/http/HttpEffect",
  "@effect/platform/KeyValueStore": "effect/persistence/KeyValueStore",
  "@effect/platform/Terminal": "effect/Terminal",
  "effect/ConfigError": "effect/Config",
  "effect/Either": "effect/Result",
  "effect/Mailbox": "effect/Queue",
  "effect/ParseResult": "effect/SchemaIssue"
}

const newPlace = (specifier) =>
  moved[specifier] ??
  specifier.replace(/^@effect\/platform\//, "effect/http/").replace(/^@effect\/sql\//, "effect/sql/")

const target = Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-4-"))
try {
  Fs.writeFileSync(Path.join(target, "package.json"), JSON.stringify({ type: "module" }))
  const types = `@types/node@${readJson(Path.join(root, "node_modules/@types/node/package.json")).version}`
  const installed = await run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--ignore-scripts", `effect@${version}`, types],
    { cwd: target }
  )
  if (installed.code !== 0) throw new Error(installed.output)
  for (const path of filesBelow(Path.join(root, "src"), ".ts")) {
    const copy = Path.join(target, Path.relative(root, path))
    Fs.mkdirSync(Path.dirname(copy), { recursive: true })
    Fs.writeFileSync(
      copy,
      Fs.readFileSync(path, "utf8").replace(
        /(from|import\() ?"((?:@effect|effect)\/[^"]+)"/g,
        (_, keyword, specifier) => `${keyword}${keyword === "from" ? " " : ""}"${newPlace(specifier)}"`
      )
    )
  }
  const { compilerOptions } = readJson(Path.join(root, "tsconfig.base.json"))
  Fs.writeFileSync(
    Path.join(target, "tsconfig.json"),
    JSON.stringify({
      include: ["src"],
      exclude: ["src/bin.ts", "src/cli"],
      compilerOptions: { ...compilerOptions, composite: false, incremental: false, noEmit: true, plugins: [] }
    })
  )
  const { output } = await runBin("typescript", "tsc", ["-p", target, "--pretty", "false"], { cwd: target })
  const errors = [...output.matchAll(/^src\/([^(]+)\(\d+,\d+\): error (TS\d+): (.*)$/gm)]
  const count = (title, keyOf, most) => {
    const counts = new Map()
    for (const error of errors) counts.set(keyOf(error), (counts.get(keyOf(error)) ?? 0) + 1)
    console.log(`\n${title}`)
    for (const [key, n] of [...counts].toSorted(([, a], [, b]) => b - a).slice(0, most)) {
      console.log(`${String(n).padStart(6)}  ${key}`)
    }
  }
  const { version: found } = readJson(Path.join(target, "node_modules/effect/package.json"))
  const files = new Set(errors.map(([, file]) => file)).size
  console.log(`${errors.length} type errors in ${files} files of src under effect ${found}`)
  count("by folder", ([, file]) => file.split("/").slice(0, -1).join("/") || "src", 20)
  count("by message", ([, , code, message]) => `${code} ${message.replace(/\s+$/, "").slice(0, 100)}`, 40)
} finally {
  Fs.rmSync(target, { recursive: true, force: true })
}
