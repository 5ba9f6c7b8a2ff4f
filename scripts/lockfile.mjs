// npm run lockfile: completes package-lock.json after an install. With --check it only looks.
//
// - A package that comes as binaries, one package per platform, names all of them as optional dependencies.
//   npm often leaves those of other platforms out of the lockfile, and `npm ci` then refuses its own
//   lockfile. They are added here, so that an install elsewhere finds them and an install here skips them.
// - Every package has its integrity, so that an install takes what was locked or fails.
// - The lockfile names no registry: everybody uses their own.
// - Every package must accept the oldest Node that package.json promises.
import * as Fs from "node:fs"
import * as Path from "node:path"
import Semver from "semver"
import { fail, folder, readJson, root, run } from "./lib/run.mjs"

const path = Path.join(root, "package-lock.json")
const lock = readJson(path)
const { packages } = lock
const installed = Object.entries(packages).filter(([location, { link }]) => location !== "" && link !== true)

/** What the lockfile lacks: the place, the package and its version. */
const missing = Object.entries(packages).flatMap(([location, { dev, optionalDependencies }]) =>
  Object.entries(optionalDependencies ?? {})
    .filter(
      ([name]) => !(`node_modules/${name}` in packages || `${location}/node_modules/${name}` in packages)
    )
    .map(([name, version]) => ({ location: `node_modules/${name}`, name, version, dev }))
)
for (const [location, { dev, integrity, name, version }] of installed) {
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)) {
    missing.push({ location, name: name ?? location.split("node_modules/").at(-1), version, dev })
  }
}
const resolved = installed.filter(([, _]) => _.resolved !== undefined).map(([location]) => location)

if (process.argv.includes("--check")) {
  for (const { location } of missing) fail(`lockfile: ${location} is missing or without sha512 integrity`)
  for (const location of resolved) fail(`lockfile: ${location} names a registry`)
  if (process.exitCode === 1) console.error("    remedy: npm run lockfile")
} else {
  // npm's own entries for these packages, each an optional dependency of an empty project
  const wanted = missing.map(({ name, version }, index) => [`p${index}`, `npm:${name}@${version}`])
  const cwd = folder("lockfile", { "package.json": { optionalDependencies: Object.fromEntries(wanted) } })
  const args = ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
  const { code, output } = await run("npm", args, { cwd, shell: process.platform === "win32" })
  if (code !== 0) throw new Error(`npm install failed: ${output}`)
  const found = readJson(Path.join(cwd, "package-lock.json")).packages
  for (const [index, { dev, location, name, version: locked }] of missing.entries()) {
    if (packages[location]?.integrity !== undefined) continue
    const { integrity, name: _, resolved: __, version, ...rest } = found[`node_modules/p${index}`] ?? {}
    if (integrity === undefined) fail(`lockfile: the registry gives no integrity of ${name} ${locked}`)
    const members = packages[location] ?? { ...rest, ...(dev === true && { dev }) }
    packages[location] = Object.assign({ version, integrity }, members, { integrity })
  }
  for (const location of resolved) delete packages[location].resolved
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en"))
  Fs.writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
}

const oldest = Semver.minVersion(packages[""].engines.node)
for (const [location, { engines }] of installed) {
  if (engines?.node !== undefined && !Semver.satisfies(oldest, engines.node)) {
    fail(`lockfile: ${location} wants Node ${engines.node}, but package.json promises ${oldest}`)
  }
}
if (process.exitCode === undefined) console.log(`lockfile: ${installed.length} packages`)
