// npm run build: TypeScript into dist, `/*#__PURE__*/` before the calls that bundlers may drop, and for Node
// one file for each entry point in dist/bundled.
import { transformFromAstAsync, parseAsync } from "@babel/core"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { bundleCommand, bundleEntries, exportsMap, nameModules } from "./lib/bundle.mjs"
import { filesBelow, readJson, root, runBin } from "./lib/run.mjs"

const dist = Path.join(root, "dist")

const compile = async () => {
  Fs.rmSync(dist, { recursive: true, force: true })
  const { code } = await runBin("typescript", "tsc", ["-p", "tsconfig.build.json"], { stdio: "inherit" })
  if (code !== 0) throw new Error(`tsc failed with exit code ${code}`)
}

/** Marks the pure calls of one file. Its source map goes on leading to the TypeScript it came from. */
const annotate = async (path) => {
  const mapPath = `${path}.map`
  const name = Path.basename(path)
  const source = Fs.readFileSync(path, "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n")
  const options = {
    babelrc: false,
    configFile: false,
    filename: path,
    sourceFileName: name,
    sourceType: "module",
    plugins: ["annotate-pure-calls"],
    inputSourceMap: readJson(mapPath),
    sourceMaps: true,
    compact: false
  }
  const ast = await parseAsync(source, options)
  const { code, map } = await transformFromAstAsync(ast, source, options)
  if (map.sources.length === 0 || map.sources.some((_) => !_.endsWith(".ts"))) {
    throw new Error(`${path}: the source map leads to ${map.sources.join(", ")}`)
  }
  Fs.writeFileSync(mapPath, JSON.stringify({ ...map, file: name }))
  Fs.writeFileSync(path, `${code}\n//# sourceMappingURL=${name}.map\n`)
}

/** With `--exports` package.json is brought up to date; without it the build fails where it is not. */
const checkExports = () => {
  const path = Path.join(root, "package.json")
  const manifest = readJson(path)
  const exports = exportsMap()
  if (JSON.stringify(manifest.exports) === JSON.stringify(exports)) return
  if (!process.argv.includes("--exports")) {
    throw new Error("the exports of package.json are not those of src: run node scripts/build.mjs --exports")
  }
  Fs.writeFileSync(path, `${JSON.stringify({ ...manifest, exports }, undefined, 2)}\n`)
}

/** The declarations of a module, with what it exports from others, and without comments. */
const declarationsOf = (path, names) => {
  const text = Fs.readFileSync(path, "utf8")
    .replaceAll(/\/\*[\s\S]*?\*\/|^import .*$|^\/\/.*$|^export \{\};$/gm, "")
    .replaceAll(/\s*\n(\s*\n)*/g, "\n")
  const own = text.split(/^(?=export |declare |interface |type )/m).filter((declaration) => {
    const [, name] = /^export (?:declare )?\w+ (\w+)/.exec(declaration) ?? []
    return name === undefined || names === undefined || names.includes(name)
  })
  const others = text.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from "(\.[^"]*\/\w+)\.js"/gm)
  const taken = [...others].map(([, members, file]) =>
    declarationsOf(Path.resolve(path, "..", `${file}.d.ts`), members.match(/\w+/g) ?? undefined)
  )
  return [...own, ...taken].join("")
}

/** Every public declaration. With `--api` it is written; without, the build fails at a change. */
const checkApi = () => {
  const path = Path.join(root, "api-report.txt")
  const report = Object.entries(exportsMap())
    .filter(([name]) => /^\.\/[A-Z]/.test(name))
    .map(([name, { types }]) => `# ${name.slice(2)}\n${declarationsOf(Path.join(root, types))}`)
    .join("\n")
  if (process.argv.includes("--api")) {
    Fs.writeFileSync(path, report)
  } else if (!Fs.existsSync(path) || Fs.readFileSync(path, "utf8") !== report) {
    throw new Error(
      "the public API is not that of api-report.txt: if it should change, run npm run build -- --api and npx changeset"
    )
  }
}

try {
  checkExports()
  await compile()
  const files = filesBelow(dist, ".js")
  if (files.length === 0) throw new Error("tsc wrote no files")
  checkApi()
  for (const path of files) await annotate(path)
  await bundleCommand(Path.join(dist, "bin.js"))
  const bundled = Path.join(dist, "bundled")
  const bundles = await bundleEntries((name) => Path.join(dist, `${name}.js`), bundled)
  const names = await nameModules(bundled)
  console.log(`build: ${files.length} modules, ${bundles} bundles and ${names} names in dist`)
} catch (error) {
  console.error(`build: ${error.message}`)
  process.exitCode = 1
}
