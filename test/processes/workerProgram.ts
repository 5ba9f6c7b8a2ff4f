import * as Effect from "effect/Effect"
import * as Esbuild from "esbuild"
import * as Fs from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

/**
 * `worker.ts` with all it needs in one file, because a process that reads its modules one by one takes
 * seven times as long to come up, and these tests start hundreds; with a source map it takes twice as long.
 * Built once for each process that asks.
 */
export const path: Effect.Effect<string> = Effect.runSync(
  Effect.cached(
    Effect.promise(async () => {
      const directory = `${root}node_modules/.cache/effect-spotify`
      Fs.mkdirSync(directory, { recursive: true })
      const outfile = `${directory}/worker-${process.pid}.mjs`
      await Esbuild.build({
        absWorkingDir: root,
        entryPoints: ["test/processes/worker.ts"],
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
          js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'
        }
      })
      process.once("exit", () => Fs.rmSync(outfile, { force: true }))
      return outfile
    })
  )
)
