// One file for each entry point and what they share: Node spends a quarter of a cold start on finding and
// linking more than a hundred small files. Bundlers are given the small files, of which they drop what a
// program does not use; see `exports` in package.json.
import * as Esbuild from "esbuild"
import * as Path from "node:path"
import { readJson, root } from "./run.mjs"

/** The names of the entry points that package.json has Node load from dist/bundled. */
const names = () =>
  Object.values(readJson(Path.join(root, "package.json")).exports).flatMap((target) =>
    typeof target?.node === "string" ? [Path.basename(target.node, ".js")] : []
  )

/**
 * @param {(name: string) => string} fileOf the module of an entry point
 * @param {string} directory where the bundles go
 */
export const bundleEntries = async (fileOf, directory) => {
  const entries = names()
  await Esbuild.build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(entries.map((name) => [name, fileOf(name)])),
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
  return entries.length
}
