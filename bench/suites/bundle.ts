// What a program weighs, minified and compressed.
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { type Benchmark, round, type Row } from "../measure.js"
import { byEsbuild, byRolldown, programs, weight } from "../programs.js"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** The code as it is published, with the marks that let bundlers drop what is not used. */
const build = () => promisify(execFile)(process.execPath, ["scripts/build.mjs"], { cwd: root })

const row = (name: string, unit: string, ours: number, peers: Row["peers"], goal?: string): Row => ({
  name: `bundle/${name}`,
  unit,
  ours: round(ours),
  peers,
  floor: null,
  ratio: null,
  ...(goal === undefined ? {} : { goal })
})

const goals: Readonly<Record<string, string>> = {
  "vite/operation/entries": "<= 100",
  "vite/smallPage/entries": "<= 108",
  "esbuild/operation/names": "<= 115"
}

export const benchmark: Benchmark = {
  name: "bundle",
  title: "KB of a program for the browser, minified and gzipped",
  run: async () => {
    await build()
    const rows: Array<Row> = []
    for (const [bundler, bundled] of [
      ["vite", byRolldown],
      ["esbuild", byEsbuild]
    ] as const) {
      const peers = {
        "effect and platform": round(weight(await bundled(programs.platform()))),
        "web-api-ts-sdk": round(weight(await bundled(programs.sdk())))
      }
      for (const name of ["app", "group", "operation", "page", "smallPage"] as const) {
        for (const by of ["entries", "names"] as const) {
          const program = programs[name](by)
          const own = weight(await bundled(program, { own: true }))
          rows.push(
            row(
              `${bundler}/${name}/${by}`,
              "KB gzip",
              weight(await bundled(program)),
              { ...peers, "our code of it": round(own) },
              goals[`${bundler}/${name}/${by}`]
            )
          )
        }
      }
    }
    return rows
  }
}
