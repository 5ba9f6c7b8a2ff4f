// npm run lockfile: completes package-lock.json after an install. With --check it only looks.
//
// - A package that comes as binaries, one package per platform, names all of them as optional dependencies.
//   Where a registry has only some of them, npm leaves the others out of the lockfile, and `npm ci` then
//   refuses its own lockfile. They are added here, with the platform that their names tell, so that an
//   install elsewhere finds them and an install here skips them.
// - The lockfile names no registry: everybody uses their own.
// - Every package must accept the oldest Node that package.json promises.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, readJson, root } from "./lib/run.mjs"

const path = Path.join(root, "package-lock.json")
const onlyCheck = process.argv.includes("--check")
const lock = readJson(path)
const { packages } = lock

const systems = new Set("aix android darwin freebsd linux netbsd openbsd openharmony sunos win32".split(" "))
const processors = new Set("arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x x64".split(" "))

/** `@scope/name-linux-x64-musl` → its fields in the lockfile, or nothing when the name tells no platform. */
const platformOf = (name) => {
  const words = name.split(/[/-]/)
  const os = words.find((_) => systems.has(_))
  const cpu = words.find((_) => processors.has(_))
  if (os === undefined || cpu === undefined) return undefined
  const libc =
    os !== "linux"
      ? undefined
      : words.some((_) => _.startsWith("musl"))
        ? ["musl"]
        : words.some((_) => _.startsWith("gnu"))
          ? ["glibc"]
          : undefined
  return { os: [os], cpu: [cpu], libc }
}

const added = []
for (const [location, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`, `${location}/node_modules/${name}`]
    if (places.some((_) => packages[_] !== undefined)) continue
    const platform = platformOf(name)
    if (platform === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
      fail(`lockfile: ${location} wants ${name} ${version}, which is not locked; run npm install`)
      continue
    }
    added.push(name)
    const { cpu, libc, os } = platform
    const dev = entry.dev === true ? { dev: true } : {}
    packages[places[0]] = { version, cpu, ...dev, ...(libc && { libc }), optional: true, os }
  }
}

const resolved = Object.keys(packages).filter((_) => packages[_].resolved !== undefined)
for (const location of resolved) delete packages[location].resolved

if (added.length > 0 || resolved.length > 0) {
  if (onlyCheck) {
    const [first] = [...added, ...resolved]
    fail(`lockfile: ${added.length} packages missing, ${resolved.length} name a registry (${first} …)`)
    console.error("    remedy: npm run lockfile")
  } else {
    const compare = ([a], [b]) => (a < b ? -1 : 1)
    lock.packages = Object.fromEntries(Object.entries(packages).sort(compare))
    Fs.writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  }
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
    `lockfile: ${Object.keys(packages).length} packages${onlyCheck ? "" : `, ${added.length} added now`}`
  )
}
