// What it costs to import the package, against the modules of Effect that it imports anyway.
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as Esbuild from "esbuild"
import { bundleEntries } from "../../scripts/lib/bundle.mjs"
import { type Benchmark, interleaved, median, ratioOf, round, type Row } from "../measure.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

const run = promisify(execFile)

/** Every module of Effect that the entry point reaches. */
const externalsOf = async (entry: string): Promise<ReadonlyArray<string>> => {
  const { metafile } = await Esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    packages: "external",
    metafile: true,
    logLevel: "error"
  })
  const paths = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path)
  )
  return [...new Set(paths)].sort()
}

export const benchmark: Benchmark = {
  name: "imports",
  title: "A cold start that imports the package",
  run: async ({ quick }) => {
    const directory = await mkdtemp(`${root}node_modules/.bench-`)
    try {
      // A file for each module, as bundlers are given the package
      await Esbuild.build({
        absWorkingDir: root,
        entryPoints: ["src/**/*.ts"],
        outdir: `${directory}/dist`,
        format: "esm",
        target: "es2022",
        logLevel: "error"
      })
      // A file for each entry point, as Node is given it
      await bundleEntries((name) => `src/${name}.ts`, `${directory}/bundled`)
      const modules = await externalsOf("src/index.ts")
      const file = async (name: string, text: string) => {
        await writeFile(`${directory}/${name}.mjs`, text)
      }
      const cost = "const { user, system } = process.cpuUsage(); console.log(user + system)"
      await file("empty", cost)
      const imports = (names: ReadonlyArray<string>) =>
        names.map((name) => `await import(${JSON.stringify(name)})`).join("\n")
      await file("effect", `${imports(modules)}\n${cost}`)
      await file("ours", `${imports(["./bundled/index.js"])}\n${cost}`)
      await file("small", `${imports(["./dist/index.js"])}\n${cost}`)
      await file("sdk", `${imports(["@spotify/web-api-ts-sdk"])}\n${cost}`)
      await file("web-api-node", `${imports(["spotify-web-api-node"])}\n${cost}`)
      await file(
        "loaded",
        `${imports(["./bundled/index.js"])}
const has = (name) => process.moduleLoadList.some((loaded) => loaded === "NativeModule " + name)
console.log(Number(has("http") || has("https") || has("child_process")))`
      )
      const measure = async (name: string) =>
        Number((await run(process.execPath, [`${directory}/${name}.mjs`])).stdout)
      const names = ["empty", "effect", "ours", "small", "sdk", "web-api-node"] as const
      const found = await interleaved(names, quick ? 3 : 11, measure)
      const above = (name: (typeof names)[number]) =>
        found[name].map((value, index) => (value - (found.empty[index] ?? 0)) / 1000)
      const foreign = modules.filter((name) => !/^(effect|@effect\/platform)(\/|$)/.test(name))
      return [
        {
          name: "imports/core",
          unit: "ms CPU above an empty process",
          ours: round(median(above("ours"))),
          peers: {
            "effect and platform": round(median(above("effect"))),
            "ours, a file for each module": round(median(above("small"))),
            "web-api-ts-sdk": round(median(above("sdk"))),
            "spotify-web-api-node": round(median(above("web-api-node")))
          },
          floor: round(median(above("effect"))),
          ratio: round(ratioOf(above("ours"), above("effect"))),
          goal: "<= 1.1 of effect and platform"
        },
        {
          name: "imports/foreign",
          unit: "packages other than effect and platform that the core loads",
          ours: foreign.length,
          peers: {},
          floor: 0,
          ratio: null,
          goal: "0"
        },
        {
          name: "imports/node",
          unit: "1 if the core loads HTTP or processes of Node",
          ours: await measure("loaded"),
          peers: {},
          floor: 0,
          ratio: null,
          goal: "0"
        }
      ] satisfies ReadonlyArray<Row>
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }
}
