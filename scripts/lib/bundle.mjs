// The entry points of the package: the barrels, and each public module under its own name. For Node one file
// for each barrel and what they share, because it spends a quarter of a cold start on finding and linking more
// than a hundred small files; the names lead into them, so that a module reached by two ways is one. Bundlers
// are given the small files, of which they drop what a program does not use.
import * as Esbuild from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { readJson, root } from "./run.mjs"

const barrels = ["index", "node", "browser", "sql", "sqlite", "redis", "emulator", "testing"]

/** Name → the barrel that has it first, and its file below src, without an ending. */
const modules = () => {
  const found = new Map()
  for (const barrel of barrels) {
    const text = Fs.readFileSync(Path.join(root, "src", `${barrel}.ts`), "utf8")
    for (const [, name, file] of text.matchAll(/^export \* as (\w+) from "\.\/(.+)\.js"$/gm)) {
      if (!found.has(name)) found.set(name, { barrel, file })
    }
  }
  return found
}

const target = (file, bundled) => ({
  types: `./dist/${file}.d.ts`,
  module: `./dist/${file}.js`,
  node: `./dist/bundled/${bundled}.js`,
  default: `./dist/${file}.js`
})

/** What package.json must say under `exports`. */
export const exportsMap = () => ({
  ...Object.fromEntries(barrels.map((name) => [name === "index" ? "." : `./${name}`, target(name, name)])),
  ...Object.fromEntries(
    [...modules()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { file }]) => [`./${name}`, target(file, `modules/${name}`)])
  ),
  "./package.json": "./package.json"
})

/** For Node: a module for each name, which takes its members from the bundle of its barrel. */
export const nameModules = async (directory) => {
  const folder = Path.join(directory, "modules")
  Fs.mkdirSync(folder, { recursive: true })
  const bundles = new Map()
  for (const [name, { barrel }] of modules()) {
    if (!bundles.has(barrel)) {
      bundles.set(barrel, await import(pathToFileURL(Path.join(directory, `${barrel}.js`)).href))
    }
    const members = Object.keys(bundles.get(barrel)[name])
    const lines = [
      `import { ${name} as module } from "../${barrel}.js"`,
      `const { ${members.map((member, i) => `${member}: _${i}`).join(", ")} } = module`,
      `export { ${members.map((member, i) => `_${i} as ${member}`).join(", ")} }`
    ]
    Fs.writeFileSync(Path.join(folder, `${name}.js`), `${lines.join("\n")}\n`)
  }
  return modules().size
}

/** A program as one module without imports, for a runtime that has none of Node's modules. */
export const bundleProgram = async (options) => {
  const { outputFiles } = await Esbuild.build({
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    mainFields: ["module", "main"],
    logLevel: "error",
    ...options
  })
  return outputFiles[0].text
}

/**
 * @param {(name: string) => string} fileOf the module of a barrel
 * @param {string} directory where the bundles go
 */
export const bundleEntries = async (fileOf, directory) => {
  await Esbuild.build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(barrels.map((name) => [name, fileOf(name)])),
    outdir: directory,
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning"
  })
  return barrels.length
}

/**
 * The command, with all that it needs in one file: it runs where nothing else is installed.
 *
 * @param {string} file where it goes
 */
export const bundleCommand = async (file) => {
  const { metafile } = await Esbuild.build({
    absWorkingDir: root,
    entryPoints: ["src/bin.ts"],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    // Some of the packages are CommonJS
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
    },
    define: { VERSION: JSON.stringify(readJson(Path.join(root, "package.json")).version) },
    metafile: true,
    logLevel: "warning"
  })
  Fs.chmodSync(file, 0o755)
  // What is given away with a file must come with its licence
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [])
  )
  const licences = [...packages].toSorted().map((folder) => {
    const { name, version } = readJson(Path.join(root, folder, "package.json"))
    const licence = Fs.readdirSync(Path.join(root, folder)).find((_) => /^licen[cs]e/i.test(_))
    if (licence === undefined) throw new Error(`${name} has no licence to go with ${file}`)
    return `${name} ${version}\n\n${Fs.readFileSync(Path.join(root, folder, licence), "utf8").trim()}\n`
  })
  Fs.writeFileSync(`${file}.LICENSES.txt`, licences.join(`\n${"-".repeat(80)}\n\n`))
  return metafile
}
