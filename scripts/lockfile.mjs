// npm run lockfile: completes package-lock.json after an install. With --check it only looks.
//
// - A package that comes as binaries, one package per platform, names all of them as optional dependencies.
//   npm often leaves those of other platforms out of the lockfile, and `npm ci` then refuses its own
//   lockfile. They are added here, so that an install elsewhere finds them and an install here skips them.
// - Every package has its integrity, so that an install takes what was locked or fails.
// - The lockfile names no registry: everybody uses their own.
// - Every package must accept the oldest Node that package.json promises.
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fail, readJson, root, run } from "./lib/run.mjs"

const path = Path.join(root, "package-lock.json")
const onlyCheck = process.argv.includes("--check")
const lock = readJson(path)
const { packages } = lock

/** What the lockfile lacks: the place, the package and its version. */
const missing = []
for (const [location, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`, `${location}/node_modules/${name}`]
    if (places.some((_) => packages[_] !== undefined)) continue
    if (/^\d+\.\d+\.\d+$/.test(version)) {
      missing.push({ location: places[0], name, version, dev: entry.dev })
    } else {
      fail(`lockfile: ${location} wants ${name} ${version}, which is not locked; run npm install`)
    }
  }
}
for (const [location, { dev, integrity, link, version }] of Object.entries(packages)) {
  if (location === "" || link === true) continue
  if (typeof integrity === "string" && /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)) continue
  const name = packages[location].name ?? location.slice(location.lastIndexOf("node_modules/") + 13)
  missing.push({ location, name, version, dev })
}

/** npm's own entries for these packages, each an optional dependency of an empty project. */
const lookUp = async (wanted) => {
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "lockfile-"))
  try {
    const optionalDependencies = Object.fromEntries(
      wanted.map(({ name, version }, index) => [`p${index}`, `npm:${name}@${version}`])
    )
    Fs.writeFileSync(Path.join(folder, "package.json"), JSON.stringify({ optionalDependencies }))
    const options = { cwd: folder, shell: process.platform === "win32" }
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
    const { code, output } = await run("npm", ["install", "--package-lock-only", ...quiet], options)
    if (code !== 0) throw new Error(`npm install failed: ${output}`)
    const found = readJson(Path.join(folder, "package-lock.json")).packages
    return wanted.map((_, index) => found[`node_modules/p${index}`])
  } finally {
    Fs.rmSync(folder, { recursive: true })
  }
}

const resolved = Object.keys(packages).filter((_) => packages[_].resolved !== undefined)

if (onlyCheck) {
  const [first] = [...missing.map((_) => _.location), ...resolved]
  if (first !== undefined) {
    fail(
      `lockfile: ${missing.length} packages are missing or without sha512 integrity, ${resolved.length} name a registry (${first} …)`
    )
    console.error("    remedy: npm run lockfile")
  }
} else if (missing.length > 0 || resolved.length > 0) {
  const entries = missing.length > 0 ? await lookUp(missing) : []
  for (const [index, { dev, location, name, version }] of missing.entries()) {
    const entry = entries[index]
    if (entry?.integrity === undefined)
      fail(`lockfile: the registry gives no integrity of ${name} ${version}`)
    else {
      const { integrity, name: _, resolved: __, version: locked, ...rest } = entry
      const members = packages[location] ?? { ...rest, ...(dev === true && { dev }) }
      packages[location] = Object.assign({ version: locked, integrity }, members, { integrity })
    }
  }
  for (const location of resolved) delete packages[location].resolved
  const compare = ([a], [b]) => a.localeCompare(b, "en")
  lock.packages = Object.fromEntries(Object.entries(packages).sort(compare))
  Fs.writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
}

const oldest = /^>=(\d+)\.(\d+)$/.exec(packages[""].engines.node)
if (oldest === null) fail("lockfile: engines.node of package.json should read >=major.minor")
else {
  const ours = [Number(oldest[1]), Number(oldest[2])]
  /** Whether one alternative of a range accepts our oldest Node: `^20.19.0`, `>=18`, `20 || >=22` … */
  const accepts = (alternative) => {
    const bound = /^(\^|>=|>|~)?\s*v?(\d+)(?:\.(\d+))?/.exec(alternative.trim())
    if (bound === null) return alternative.trim() === "*"
    const [major, minor] = [Number(bound[2]), Number(bound[3] ?? 0)]
    if (ours[0] !== major) return bound[1] === ">=" || bound[1] === ">" ? ours[0] > major : false
    return ours[1] >= minor
  }
  for (const [location, { engines }] of Object.entries(packages)) {
    const range = engines?.node
    if (range !== undefined && !range.split("||").some(accepts)) {
      fail(
        `lockfile: ${location} wants Node ${range}, but package.json promises ${packages[""].engines.node}`
      )
    }
  }
}

if (process.exitCode === undefined) {
  console.log(
    `lockfile: ${Object.keys(packages).length} packages${onlyCheck ? "" : `, ${missing.length} completed now`}`
  )
}
