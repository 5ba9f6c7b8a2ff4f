import * as Effect from "effect/Effect"
import * as Esbuild from "esbuild"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))
const built = new Map<string, string>()

/**
 * A program with all it needs in one file, because a process that reads its modules one by one takes seven times
 * as long to come up, and the tests start hundreds; with a source map it takes twice as long. Built once for each
 * process that asks.
 */
export const bundled = (program: string): Effect.Effect<string> =>
  Effect.sync(() => {
    const known = built.get(program)
    if (known !== undefined) {
      return known
    }
    const directory = `${root}node_modules/.cache/effect-spotify`
    Fs.mkdirSync(directory, { recursive: true })
    const outfile = `${directory}/${program.replace(/\W+/g, "-")}-${process.pid}.mjs`
    Esbuild.buildSync({
      absWorkingDir: root,
      entryPoints: [program],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      tsconfig: "tsconfig.json",
      logLevel: "error",
      external: ["pg-native", "libsql"],
      // Drivers in CommonJS ask for Node's own modules by `require`
      banner: {
        js: 'import { createRequire as ownRequire } from "node:module"; const require = ownRequire(import.meta.url);'
      }
    })
    process.once("exit", () => Fs.rmSync(outfile, { force: true }))
    built.set(program, outfile)
    return outfile
  })
