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
import { fail, filesBelow, readJson, root, run, runBin } from "./lib/run.mjs"

const manifest = readJson(Path.join(root, "package.json"))
const packageName = manifest.name

/** Entry points that must run in a browser: they may reach no module of Node. */
const forBrowsers = [".", "./browser"]

/** What the core must not pull in, as parts of the paths of bundled modules. */
const notInCore = [
  "@effect/platform-node",
  "@effect/sql",
  "@effect/cli",
  "ioredis",
  "/redis/",
  `${packageName}/dist/emulator`,
  `${packageName}/dist/testing`,
  `${packageName}/dist/node`,
  `${packageName}/dist/bin`
]

const shipped =
  /^(?:docs\/.+\.md|dist\/.+|src\/.+|package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/
const mustShip = ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md"]

const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target?.default === "string" && target.default.endsWith(".js"))
  .map(([subpath, target]) => ({
    subpath,
    name: subpath === "." ? packageName : `${packageName}/${subpath.slice(2)}`,
    target
  }))

const work = Fs.mkdtempSync(Path.join(Os.tmpdir(), "package-"))
const scratch = Path.join(work, "user")
const installed = Path.join(scratch, "node_modules", packageName)

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
  Fs.writeFileSync(Path.join(scratch, "package.json"), JSON.stringify({ private: true, type: "module" }))
  const wanted = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, "@types/node": "" })
  for (const name of wanted) {
    const source = Path.join(root, "node_modules", name)
    if (!Fs.existsSync(source)) throw new Error(`${name} is not installed; it must be a dev dependency`)
    const link = Path.join(scratch, "node_modules", name)
    Fs.mkdirSync(Path.dirname(link), { recursive: true })
    Fs.symlinkSync(source, link, "dir")
  }
}

const checkManifest = () => {
  const dependencies = Object.keys(manifest.dependencies ?? {})
  const shared = dependencies.filter((_) => _ === "effect" || _.startsWith("@effect/"))
  assert(shared.length === 0, `${shared.join(", ")} must be a peer, or programs get two copies of it`)
  assert(manifest.peerDependencies?.effect !== undefined, "effect must be a peer dependency")
  assert(manifest.type === "module", "the package must be ESM")
  for (const name of Object.keys(manifest.peerDependencies)) {
    assert(manifest.devDependencies[name] !== undefined, `the peer ${name} must be a dev dependency too`)
  }
}

const checkContents = () => {
  const files = filesBelow(installed, "").map((_) => Path.relative(installed, _).split(Path.sep).join("/"))
  const strange = files.filter((_) => !shipped.test(_) || /\.tsbuildinfo$|\.test\./.test(_))
  assert(strange.length === 0, `the tarball holds what users do not need: ${strange.join(", ")}`)
  const missing = mustShip.filter((_) => !files.includes(_))
  assert(missing.length === 0, `the tarball lacks ${missing.join(", ")}`)
  const modules = files.filter((_) => /^src\/.+\.ts$/.test(_))
  assert(modules.length > 0, "the tarball lacks src")
  for (const module of modules) {
    const stem = module.replace("src/", "dist/").replace(/\.ts$/, "")
    for (const suffix of [".js", ".js.map", ".d.ts", ".d.ts.map"]) {
      assert(files.includes(stem + suffix), `${module} has no ${stem}${suffix}; run npm run build`)
    }
  }
  for (const path of files.filter((_) => _.endsWith(".map"))) {
    for (const source of readJson(Path.join(installed, path)).sources) {
      const original = Path.posix.join(Path.posix.dirname(path), source)
      assert(files.includes(original), `${path} leads to ${original}, which is not in the tarball`)
    }
  }
  const bundles = entries.flatMap(({ target }) => (target.node === undefined ? [] : [target.node.slice(2)]))
  const lost = bundles.filter((_) => !files.includes(_))
  assert(lost.length === 0, `the tarball lacks ${lost.join(", ")}; run npm run build`)
  const built = files.filter((_) => /^dist\/.+\.js$/.test(_) && !_.startsWith("dist/bundled/"))
  const stale = built.length - modules.length
  assert(stale === 0, `dist and src differ by ${stale} modules; run npm run build`)
  return `${files.length} files`
}

/** Barrels stand for a part of the package; every public module also has an entry point of its own. */
const isBarrel = ({ subpath }) => /^\.(?:\/[a-z]+)?$/.test(subpath)

const node = async (program, what) => {
  // A module that leaves a timer or a socket open would keep the process; the time limit shows it.
  const result = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: scratch,
    timeout: 30_000
  })
  succeeded(result, what)
  assert(result.output === "", `${what} prints\n${result.output}`)
}

const importAll = async () => {
  const barrels = entries.filter(isBarrel)
  for (const { name } of barrels) {
    await node(
      `const m = await import(${JSON.stringify(name)}); if (Object.keys(m).length === 0) throw new Error("exports nothing")`,
      `import ${name}`
    )
  }
  // Classes, tags and errors must be the same ones by either way.
  const names = entries.filter((_) => !isBarrel(_)).map((_) => _.name)
  await node(
    `
    const barrels = await Promise.all(${JSON.stringify(barrels.map((_) => _.name))}.map((_) => import(_)))
    for (const name of ${JSON.stringify(names)}) {
      const own = await import(name)
      const key = name.slice(name.indexOf("/") + 1)
      const from = barrels.filter((_) => key in _)
      if (from.length === 0) throw new Error(name + " is in no barrel")
      for (const barrel of from) {
        const members = new Set([...Object.keys(own), ...Object.keys(barrel[key])])
        for (const member of members) {
          if (own[member] !== barrel[key][member]) throw new Error(name + ": " + member + " is another one")
        }
      }
    }`,
    "public names"
  )
  await node(
    `await import(${JSON.stringify(`${packageName}/dist/index.js`)}).then(
      () => { throw new Error("open") },
      (error) => { if (error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error }
    )`,
    "files of the package must be closed"
  )
  return `${barrels.map((_) => _.name).join(", ")}, and ${names.length} names`
}

/** The quickstart as a stranger runs it: from the package, with no source and no loader beside it. */
const quickstart = async () => {
  const source = Fs.readFileSync(Path.join(root, "examples", "quickstart.ts"), "utf8")
  const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" })
  Fs.writeFileSync(Path.join(scratch, "quickstart.js"), code)
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith("SPOTIFY_"))
  const result = await run(process.execPath, ["quickstart.js"], {
    cwd: scratch,
    env: Object.fromEntries(env),
    timeout: 60_000
  })
  succeeded(result, "examples/quickstart.ts from the package")
  assert(result.output.includes("still signed in as"), `it did not come to its end\n${result.output}`)
}

/** Which files of the package each entry point has Node load. */
const filesUnderNode = async () => {
  const counts = []
  for (const { name, target } of entries) {
    assert(target.node !== undefined, `${name} has no bundle for Node`)
    // A file for each small module costs a quarter of a cold start
    const { metafile } = await bundle(`import ${JSON.stringify(name)}`, {
      platform: "node",
      conditions: ["node"],
      external: ["effect", "effect/*", "@effect/*", "undici", "ioredis"],
      treeShaking: false
    })
    const own = Object.keys(metafile.inputs).filter((_) => _.includes(`${packageName}/dist/`))
    const small = own.filter((_) => !_.includes(`${packageName}/dist/bundled/`))
    assert(own.length > 0 && small.length === 0, `${name} has Node load ${small.join(", ")}`)
    counts.push(own.length)
  }
  return `at most ${Math.max(...counts)}`
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

const checkBrowser = async () => {
  const checked = entries.filter((_) => forBrowsers.includes(_.subpath))
  for (const { name, subpath } of checked) {
    const { metafile } = await bundle(`import * as all from ${JSON.stringify(name)}; console.log(all)`)
    const inputs = Object.keys(metafile.inputs)
    const imports = Object.values(metafile.inputs).flatMap((_) => _.imports.map((i) => i.path))
    const node = [...inputs, ...imports].filter((_) => _.startsWith("node:") || builtinModules.includes(_))
    assert(node.length === 0, `${name} reaches modules of Node: ${node.join(", ")}`)
    if (subpath !== ".") continue
    const alien = inputs.filter((path) => notInCore.some((part) => path.includes(part)))
    assert(alien.length === 0, `the core pulls in ${alien.join(", ")}`)
    // A program that has only the core's peers must be able to load it.
    const optional = Object.keys(manifest.peerDependenciesMeta ?? {})
    const reached = optional.filter((peer) => inputs.some((path) => path.includes(`node_modules/${peer}/`)))
    assert(reached.length === 0, `the core needs the optional peer ${reached.join(", ")}`)
  }
  return checked.map((_) => _.name).join(", ")
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} KB`

const measure = async () => {
  const size = async (contents, options) => {
    const { outputFiles } = await bundle(contents, options)
    const text = outputFiles[0].contents
    return { min: text.byteLength, gzip: gzipSync(text, { level: 9 }).byteLength }
  }
  const program = `import { SpotifyClient } from ${JSON.stringify(packageName)}; console.log(SpotifyClient)`
  const all = await size(program)
  const own = await size(program, { external: ["effect", "effect/*", "@effect/*"] })
  const unused = await size(`import ${JSON.stringify(packageName)}`)
  assert(unused.min < 100, `importing the package without using it leaves ${unused.min} bytes`)
  console.log(
    `size import { SpotifyClient }: ${kilobytes(all.min)} min, ${kilobytes(all.gzip)} gzip; ` +
      `without effect and @effect/platform ${kilobytes(own.min)} min, ${kilobytes(own.gzip)} gzip`
  )
}

/** Fails to compile if an entry point is untyped, or if its declarations do not fit together. */
const consumer = [
  "type IsAny<T> = 0 extends 1 & T ? true : false",
  ...entries.flatMap((entry, i) => [
    `import * as entry${i} from ${JSON.stringify(entry.name)}`,
    `export const typed${i}: IsAny<typeof entry${i}> = false`,
    `export type Names${i} = keyof typeof entry${i}`,
    // Some modules are types alone.
    ...(isBarrel(entry)
      ? [`export const some${i}: [Names${i}] extends [never] ? "exports nothing" : "fine" = "fine"`]
      : [])
  ])
].join("\n")

const typeCheck = async (resolution) => {
  const directory = Path.join(scratch, resolution)
  Fs.mkdirSync(directory)
  Fs.writeFileSync(Path.join(directory, "entries.ts"), consumer)
  // Consumers written by hand, which use the package as a program would.
  const written = filesBelow(Path.join(root, "test", "package"), ".ts").filter((_) => !_.endsWith(".test.ts"))
  for (const path of written) Fs.copyFileSync(path, Path.join(directory, Path.basename(path)))
  Fs.writeFileSync(
    Path.join(directory, "tsconfig.json"),
    JSON.stringify({
      include: ["*.ts"],
      compilerOptions: {
        target: "ES2022",
        lib: ["ES2022", "DOM", "DOM.Iterable"],
        types: ["node"],
        module: resolution === "bundler" ? "ESNext" : "NodeNext",
        moduleResolution: resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        // Our own declarations are to be checked as well.
        skipLibCheck: false,
        // Inferred types must have a name that the consumer's own declarations can use.
        composite: true,
        emitDeclarationOnly: true,
        outDir: "out"
      }
    })
  )
  const result = await runBin("typescript", "tsc", ["-p", directory], { cwd: directory })
  succeeded(result, `tsc under ${resolution}`)
  const names = written.map((_) => Path.basename(_))
  return ["entries.ts", ...names].join(", ")
}

try {
  await step("manifest", checkManifest)
  const tarball = await pack()
  await install(tarball)
  await step("contents of the tarball", checkContents)
  await step("publint --strict", async () => {
    succeeded(await runBin("publint", "publint", ["--strict", tarball]), "publint")
  })
  await step("attw, profile esm-only", async () => {
    const args = [tarball, "--profile", "esm-only", "--no-color", "--no-emoji"]
    succeeded(await runBin("@arethetypeswrong/cli", "attw", args), "attw")
  })
  await step("imports under Node", importAll)
  await step("files under Node", filesUnderNode)
  await step("the quickstart under Node", quickstart)
  await step("bundles for browsers", checkBrowser)
  await step("size", measure)
  await step("types under NodeNext", () => typeCheck("NodeNext"))
  await step("types under bundler", () => typeCheck("bundler"))
} catch (error) {
  fail(`check-package: ${error.message}`)
} finally {
  Fs.rmSync(work, { recursive: true, force: true })
}
