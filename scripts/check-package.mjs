// Packs what would be published and uses it as a stranger would: in a directory of its own, from the
// tarball, under plain Node, in a browser bundle, and from TypeScript under both ways of resolving modules.
// The entry points come from package.json, so a new one is covered as soon as it is declared.
// Expects dist to be built.
import { build, transform } from "esbuild"
import * as Fs from "node:fs"
import { builtinModules } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import { gzipSync } from "node:zlib"
import { fail, filesBelow, readJson, root, run, runBin, writeAll } from "./lib/run.mjs"

const manifest = readJson(Path.join(root, "package.json"))
const packageName = manifest.name

/** Entry points that must run in a browser: they may reach no module of Node. */
const forBrowsers = [packageName, `${packageName}/browser`]

/** What the core must not pull in, as parts of the paths of bundled modules. */
const notInCore = [
  ...Object.keys(manifest.peerDependenciesMeta).map((peer) => `node_modules/${peer}/`),
  "@effect/cli",
  "ioredis",
  "/redis/",
  ...["emulator", "testing", "node", "bin"].map((part) => `${packageName}/dist/${part}`)
]

const shipped =
  /^(?:docs\/.+\.md|dist\/.+\.(?:js|ts|map)|src\/.+\.ts|package\.json|LICENSE|(?:README|CHANGELOG|SECURITY)\.md)$/
const mustShip = ["README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"]

const entries = Object.keys(manifest.exports)
  .filter((_) => _ !== "./package.json")
  .map((_) => _.replace(".", packageName))
/** Barrels stand for a part of the package; every public module also has an entry point of its own. */
const isBarrel = (name) => /^[a-z-]+(?:\/[a-z]+)?$/.test(name)
const barrels = entries.filter(isBarrel)

const work = Fs.mkdtempSync(Path.join(Os.tmpdir(), "package-"))
const scratch = Path.join(work, "user")
const modules = Path.join(scratch, "node_modules")
const installed = Path.join(modules, packageName)

const step = async (title, body) => {
  const started = performance.now()
  try {
    const note = await body()
    console.log(`ok   ${title}${note ? `: ${note}` : ""} (${Math.round(performance.now() - started)} ms)`)
  } catch (error) {
    fail(`FAIL ${title}\n${error.message}`)
  }
}

const assert = (condition, message) => {
  if (!condition) throw new Error(message)
}

const none = (list, message) => assert(list.length === 0, `${message}: ${list.join(", ")}`)

const succeeded = ({ code, output }, what) => assert(code === 0, `${what}, exit code ${code}\n${output}`)

const pack = async () => {
  const result = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", work])
  succeeded(result, "npm pack")
  return Path.join(work, JSON.parse(result.stdout)[0].filename)
}

/** What `npm install <tarball>` does, without a network: unpack it, and put what it depends on beside it. */
const install = async (tarball) => {
  Fs.mkdirSync(installed, { recursive: true })
  succeeded(await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components", "1"]), "tar")
  writeAll(scratch, { "package.json": { private: true, type: "module" } })
  for (const name of Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    "@types/node": ""
  })) {
    const source = Path.join(root, "node_modules", name)
    assert(Fs.existsSync(source), `${name} is not installed; it must be a dev dependency`)
    Fs.mkdirSync(Path.dirname(Path.join(modules, name)), { recursive: true })
    Fs.symlinkSync(source, Path.join(modules, name), "dir")
  }
}

const checkContents = () => {
  none(
    Object.keys(manifest.dependencies ?? {}).filter((_) => /^(?:effect$|@effect\/)/.test(_)),
    "must be peers, or programs get two copies"
  )
  const files = filesBelow(installed, "").map((_) => Path.relative(installed, _).split(Path.sep).join("/"))
  const there = new Set(files)
  none(
    files.filter((_) => !shipped.test(_) || /\.tsbuildinfo$|\.test\./.test(_)),
    "the tarball holds what users do not need"
  )
  const sources = files.filter((_) => _.startsWith("src/"))
  const expected = [
    ...mustShip,
    ...sources.flatMap((_) =>
      [".js", ".js.map", ".d.ts", ".d.ts.map"].map((suffix) =>
        _.replace("src/", "dist/").replace(/\.ts$/, suffix)
      )
    ),
    // Where the maps lead
    ...files
      .filter((_) => _.endsWith(".map"))
      .flatMap((path) =>
        readJson(Path.join(installed, path)).sources.map((_) => Path.posix.join(Path.posix.dirname(path), _))
      )
  ]
  none(
    expected.filter((_) => !there.has(_)),
    "the tarball lacks; run npm run build"
  )
  const built = files.filter((_) => /^dist\/(?!bundled\/|bin\.js).+\.js$/.test(_))
  assert(built.length === sources.length && built.length > 0, "dist is not of this src; run npm run build")
  return `${files.length} files`
}

/** Classes, tags and errors must be the same ones by a barrel and by their own name. */
const imports = `
  const barrels = await Promise.all(${JSON.stringify(barrels)}.map((_) => import(_)))
  if (barrels.some((_) => Object.keys(_).length === 0)) throw new Error("a barrel exports nothing")
  for (const name of ${JSON.stringify(entries.filter((_) => !isBarrel(_)))}) {
    const own = await import(name)
    const key = name.slice(name.indexOf("/") + 1)
    const from = barrels.filter((_) => key in _).map((_) => _[key])
    if (from.length === 0) throw new Error(name + " is in no barrel")
    for (const same of from) for (const member of Object.keys({ ...own, ...same })) {
      if (own[member] !== same[member]) throw new Error(name + ": " + member + " is another one")
    }
  }
  const inner = await import("${packageName}/dist/index.js").catch((error) => error.code)
  if (inner !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw new Error("files of the package must be closed")`

const importAll = async () => {
  // A module that leaves a timer or a socket open would keep the process; the time limit shows it
  for (const program of [...barrels.map((_) => `await import(${JSON.stringify(_)})`), imports]) {
    const args = ["--input-type=module", "--eval", program]
    const result = await run(process.execPath, args, { cwd: scratch, timeout: 30_000 })
    succeeded(result, program)
    assert(result.output === "", `${program} prints\n${result.output}`)
  }
  return `${barrels.join(", ")}, and ${entries.length - barrels.length} names`
}

/** The command runs where nothing is installed beside it. */
const command = async () => {
  const alone = Path.join(work, "alone")
  Fs.mkdirSync(alone)
  const file = Path.join(alone, "bin.js")
  Fs.copyFileSync(Path.join(installed, "dist", "bin.js"), file)
  const options = { cwd: alone, env: { PATH: process.env.PATH, XDG_STATE_HOME: alone } }
  for (const args of [["--version"], ["login", "--help"], ["emulator", "--describe"]]) {
    succeeded(await run(file, args, options), args.join(" "))
  }
  const status = await run(file, ["status"], options)
  assert(status.code === 4, `status, exit code ${status.code}\n${status.output}`)
  return `${Fs.statSync(file).size} bytes`
}

const bundle = (contents, options = {}) =>
  build({
    stdin: { contents, resolveDir: scratch, loader: "js" },
    bundle: true,
    format: "esm",
    platform: "browser",
    minify: true,
    write: false,
    metafile: true,
    logLevel: "silent",
    ...options
  })

/** The quickstart as a stranger runs it: from the package, with no source and no loader beside it. */
const quickstart = async () => {
  const source = Fs.readFileSync(Path.join(root, "examples", "quickstart.ts"), "utf8")
  const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" })
  writeAll(scratch, { "quickstart.js": code })
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SPOTIFY_")))
  const result = await run(process.execPath, ["quickstart.js"], { cwd: scratch, env, timeout: 60_000 })
  succeeded(result, "examples/quickstart.ts from the package")
  assert(result.output.includes("still signed in as"), `it did not come to its end\n${result.output}`)
}

/** A file for each small module costs a quarter of a cold start, so Node has to load none. */
const filesUnderNode = async () => {
  const { metafile } = await bundle(entries.map((_) => `import ${JSON.stringify(_)}`).join("\n"), {
    platform: "node",
    conditions: ["node"],
    external: ["effect", "effect/*", "@effect/*", "undici", "ioredis"],
    treeShaking: false
  })
  const own = Object.keys(metafile.inputs).filter((_) => _.includes(`${packageName}/dist/`))
  assert(own.length > barrels.length, "no entry point has a bundle for Node")
  none(
    own.filter((_) => !_.includes("/dist/bundled/")),
    "Node has to load"
  )
}

const checkBrowser = async () => {
  for (const name of forBrowsers) {
    const { metafile } = await bundle(`import * as all from ${JSON.stringify(name)}; console.log(all)`)
    const inputs = Object.keys(metafile.inputs)
    const reached = [
      ...inputs,
      ...Object.values(metafile.inputs).flatMap((_) => _.imports.map((i) => i.path))
    ]
    none(
      reached.filter((_) => _.startsWith("node:") || builtinModules.includes(_)),
      `${name} reaches modules of Node`
    )
    const alien = inputs.filter((path) => notInCore.some((part) => path.includes(part)))
    if (name === packageName) none(alien, "the core pulls in")
  }
  return forBrowsers.join(", ")
}

const measure = async () => {
  const size = async (contents, options) => {
    const [{ contents: text }] = (await bundle(contents, options)).outputFiles
    return [text, gzipSync(text, { level: 9 })].map(({ byteLength }) => byteLength / 1000)
  }
  const shown = ([min, gzip]) => `${min.toFixed(1)} KB min, ${gzip.toFixed(1)} KB gzip`
  const program = `import { SpotifyClient } from ${JSON.stringify(packageName)}; console.log(SpotifyClient)`
  const all = shown(await size(program))
  const own = shown(await size(program, { external: ["effect", "effect/*", "@effect/*"] }))
  const [unused] = await size(`import ${JSON.stringify(packageName)}`)
  assert(unused < 0.1, `importing the package without using it leaves ${unused} KB`)
  return `import { SpotifyClient }: ${all}; without effect and @effect/platform ${own}`
}

/** Fails to compile if an entry point is untyped or exports nothing, or if its declarations do not fit together. */
const consumer = [
  "type IsAny<T> = 0 extends 1 & T ? true : false",
  ...entries.flatMap((name, i) => [
    `import * as entry${i} from ${JSON.stringify(name)}`,
    `export const typed${i}: IsAny<typeof entry${i}> = false`,
    `export type Names${i} = keyof typeof entry${i}`,
    // Some modules are types alone
    ...(isBarrel(name)
      ? [`export const some${i}: [Names${i}] extends [never] ? never : "fine" = "fine"`]
      : [])
  ])
].join("\n")

const typeCheck = async (moduleResolution) => {
  // Consumers written by hand, which use the package as a program would
  const written = filesBelow(Path.join(root, "test", "package"), ".ts").filter((_) => !_.endsWith(".test.ts"))
  const programs = written.map((_) => [Path.basename(_), Fs.readFileSync(_, "utf8")])
  const directory = Path.join(scratch, moduleResolution)
  const compilerOptions = {
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    types: ["node"],
    module: moduleResolution === "bundler" ? "ESNext" : "NodeNext",
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    // Our own declarations are to be checked as well
    skipLibCheck: false,
    // Inferred types must have a name that the consumer's own declarations can use
    composite: true,
    emitDeclarationOnly: true,
    outDir: "out"
  }
  writeAll(directory, {
    "entries.ts": consumer,
    ...Object.fromEntries(programs),
    "tsconfig.json": { include: ["*.ts"], compilerOptions }
  })
  succeeded(await runBin("typescript", "tsc", ["-p", directory], { cwd: directory }), "tsc")
  return ["entries.ts", ...programs.map(([name]) => name)].join(", ")
}

try {
  const tarball = await pack()
  await install(tarball)
  const tool =
    (name, command, ...args) =>
    async () =>
      succeeded(await runBin(name, command, [tarball, ...args]), command)
  await step("contents of the tarball", checkContents)
  await step("publint", tool("publint", "publint", "--strict"))
  await step(
    "attw",
    tool("@arethetypeswrong/cli", "attw", "--profile", "esm-only", "--no-color", "--no-emoji")
  )
  await step("imports under Node", importAll)
  await step("the command alone", command)
  await step("files under Node", filesUnderNode)
  await step("the quickstart under Node", quickstart)
  await step("bundles for browsers", checkBrowser)
  await step("size", measure)
  await Promise.all(["NodeNext", "bundler"].map((_) => step(`types under ${_}`, () => typeCheck(_))))
} catch (error) {
  fail(`check-package: ${error.message}`)
} finally {
  Fs.rmSync(work, { recursive: true, force: true })
}
