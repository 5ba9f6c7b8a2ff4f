/**
 * The packed package where its users have it: Nodes, other runtimes, package managers, TypeScripts and bundlers, each
 * in a directory of its own. `npm run matrix` builds dist before. Needs the registry, and takes minutes: CI has the
 * quick part of it, `packed.test.ts`.
 */
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const work = Fs.mkdtempSync(Path.join(Os.tmpdir(), "matrix-"))
let tarball = ""

const run = (cwd: string, file: string, ...args: ReadonlyArray<string>) =>
  new Promise<string>((resolve, reject) => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(SPOTIFY|VITEST|NODE_OPTIONS|CI$)/.test(name))
    )
    execFile(file, args, { cwd, env, timeout: 280_000 }, (error, stdout, stderr) =>
      error === null
        ? resolve(stdout)
        : reject(new Error(`${error.message.slice(0, 300)}\n${stdout}${stderr}`))
    )
  })

const peers = { effect: "^3.22.0", "@effect/platform": "^0.97.0" }

/** A user of the emulator signs in and is read, and a session store on the disk is imported, without undici. */
const program = `import { SpotifyClient } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import { TestSpotify } from "effect-spotify/testing"
import { Effect } from "effect"

SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile)
  .pipe(Effect.provide(TestSpotify.layer()), Effect.runPromise)
  .then((me) => console.log(me.display_name, typeof FileTokenStore.layer))
`

const expected = "Ines Åkerholm function\n"

/** A project with the package as its dependency, not installed yet. */
const project = (more: Record<string, string> = {}) => {
  const directory = Fs.mkdtempSync(Path.join(work, "project-"))
  const manifest = {
    name: "matrix",
    private: true,
    type: "module",
    dependencies: { "effect-spotify": `file:${tarball}`, ...peers, ...more }
  }
  Fs.writeFileSync(Path.join(directory, "package.json"), JSON.stringify(manifest))
  Fs.writeFileSync(Path.join(directory, "main.mjs"), program)
  return directory
}

const npm = (directory: string, ...args: ReadonlyArray<string>) =>
  run(directory, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", ...args)

/** A command of a package that is fetched for it. */
const npx = (directory: string, of: string, ...args: ReadonlyArray<string>) =>
  run(directory, "npx", "--yes", "--package", of, "--", ...args)

let shared = ""

beforeAll(async () => {
  const packed = await run(root, "npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", work)
  tarball = Path.join(work, packed.trim())
  shared = project()
  await npm(shared)
}, 300_000)

// Not at once: some hundred thousand files take minutes on a busy machine, and Vitest wants to hear from its worker
afterAll(() => Fs.promises.rm(work, { recursive: true, force: true }), 300_000)

describe("runtimes", () => {
  it.each(["20.19.0", "20", "22", "24", "25"])("Node %s", async (version) => {
    const directory = Fs.mkdtempSync(Path.join(work, "node-"))
    const binaries = `node-${process.platform}-${process.arch}`
    await npm(directory, "--prefix", directory, `${binaries}@${version}`)
    const node = Path.join(directory, "node_modules", binaries, "bin/node")
    assert.strictEqual(await run(shared, node, "main.mjs"), expected)
  })

  it("Bun", async () => {
    assert.strictEqual(await run(shared, Path.join(root, "node_modules/.bin/bun"), "main.mjs"), expected)
  })

  it("Deno", async () => {
    const deno = Path.join(root, "node_modules/.bin/deno")
    assert.strictEqual(await run(shared, deno, "run", "--allow-all", "main.mjs"), expected)
  })
})

describe("package managers", () => {
  it("pnpm", async () => {
    const directory = project()
    await npx(directory, "pnpm@10", "pnpm", "install", "--ignore-scripts")
    assert.strictEqual(await run(directory, process.execPath, "main.mjs"), expected)
  })

  it("Yarn 1", async () => {
    const directory = project()
    await npx(directory, "yarn@1", "yarn", "install", "--ignore-scripts", "--non-interactive")
    assert.strictEqual(await run(directory, process.execPath, "main.mjs"), expected)
  })

  it.each(["pnp", "node-modules"])("Yarn 4 with %s", async (linker) => {
    const directory = project()
    Fs.writeFileSync(Path.join(directory, "yarn.lock"), "")
    Fs.writeFileSync(Path.join(directory, ".yarnrc.yml"), `nodeLinker: ${linker}\nenableScripts: false\n`)
    await npx(directory, "@yarnpkg/cli-dist@4", "yarn", "install", "--no-immutable")
    assert.include(await npx(directory, "@yarnpkg/cli-dist@4", "yarn", "node", "main.mjs"), expected)
  })

  it("Bun", async () => {
    const directory = project()
    await run(directory, Path.join(root, "node_modules/.bin/bun"), "install", "--ignore-scripts")
    assert.strictEqual(await run(directory, process.execPath, "main.mjs"), expected)
  })
})

describe("TypeScript", () => {
  it.each(["5.4", "5.6", "5.8", "5.9", "6.0"])("%s", async (version) => {
    const directory = project()
    await npm(directory, `typescript@${version}`, "@types/node@22")
    const compilerOptions = {
      target: "ES2022",
      module: "NodeNext",
      strict: true,
      declaration: true,
      skipLibCheck: true,
      noEmit: true,
      types: ["node"]
    }
    Fs.writeFileSync(Path.join(directory, "main.ts"), program)
    Fs.writeFileSync(
      Path.join(directory, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["main.ts"] })
    )
    await run(directory, process.execPath, "node_modules/typescript/lib/tsc.js", "-p", ".")
  })
})

describe("bundlers", () => {
  it("esbuild", async () => {
    const directory = project({ esbuild: "0.27" })
    await npm(directory)
    const options = ["--bundle", "--platform=node", "--format=esm", "--outfile=out.mjs"]
    await npx(directory, "esbuild@0.27", "esbuild", "main.mjs", ...options)
    assert.strictEqual(await run(directory, process.execPath, "out.mjs"), expected)
  })

  it.each(["7"])("Vite %s for a server, with everything in one file", async (version) => {
    const directory = project({ vite: version })
    await npm(directory)
    Fs.writeFileSync(
      Path.join(directory, "vite.config.mjs"),
      `export default { ssr: { noExternal: true }, build: { ssr: "main.mjs", target: "node20" } }`
    )
    await npx(directory, `vite@${version}`, "vite", "build")
    assert.strictEqual(await run(directory, process.execPath, "dist/main.js"), expected)
  })

  it.each(["webpack@5 webpack-cli@6", "@rspack/core@1 @rspack/cli@1"])("%s", async (packages) => {
    const directory = project()
    await npm(directory, ...packages.split(" "))
    const name = packages.startsWith("webpack") ? "webpack" : "rspack"
    Fs.writeFileSync(
      Path.join(directory, `${name}.config.cjs`),
      `module.exports = {
        target: "node20", mode: "production", entry: "./main.mjs",
        output: { filename: "out.cjs", path: __dirname }, externals: { undici: "commonjs undici" }
      }`
    )
    await run(
      directory,
      Path.join(directory, "node_modules/.bin", name),
      "build",
      "--config",
      `${name}.config.cjs`
    )
    assert.strictEqual(await run(directory, process.execPath, "out.cjs"), expected)
  })

  it("Rollup", async () => {
    const directory = project()
    await npm(directory, "rollup@4", "@rollup/plugin-node-resolve@16", "@rollup/plugin-commonjs@28")
    Fs.writeFileSync(
      Path.join(directory, "rollup.config.mjs"),
      `import resolve from "@rollup/plugin-node-resolve"
      import commonjs from "@rollup/plugin-commonjs"
      export default {
        input: "main.mjs", external: ["undici"], plugins: [resolve({ preferBuiltins: true }), commonjs()],
        output: { file: "out.mjs", format: "esm", inlineDynamicImports: true }
      }`
    )
    await run(directory, Path.join(directory, "node_modules/.bin/rollup"), "-c", "rollup.config.mjs")
    assert.strictEqual(await run(directory, process.execPath, "out.mjs"), expected)
  })
})
