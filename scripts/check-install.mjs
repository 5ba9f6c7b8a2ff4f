// Installs what README.md and docs tell people to type, with the packed tarball in the place of the package: each
// line is resolved, which finds versions that do not go together, and has one copy of effect, of version 3. A line that
// does not name the package adds to the first one of docs/installing.md, which is installed for real and imported.
// Needs the registry, and a dist that is built.
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fail, readJson, root, run } from "./lib/run.mjs"

const { name, peerDependencies } = readJson(Path.join(root, "package.json"))

const work = Fs.mkdtempSync(Path.join(Os.tmpdir(), "install-"))

const guides = Fs.readdirSync(Path.join(root, "docs")).filter((file) => file.endsWith(".md"))

const linesOf = (file) =>
  [...Fs.readFileSync(Path.join(root, file), "utf8").matchAll(/^ *npm install (?:--save-dev )?(.+)$/gm)].map(
    ([, packages]) => packages.replace(/ +#.*$/, "").split(" ")
  )

/** `npm install` in a directory of its own, which it leaves there. */
const install = async (packages, options) => {
  const directory = Fs.mkdtempSync(Path.join(work, "line-"))
  Fs.writeFileSync(Path.join(directory, "package.json"), JSON.stringify({ private: true, type: "module" }))
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts", "--loglevel=error"]
  const { code, output } = await run("npm", ["install", ...quiet, ...options, ...packages], {
    cwd: directory
  })
  if (code !== 0) throw new Error(output)
  const { packages: installed } = readJson(Path.join(directory, "package-lock.json"))
  for (const peer of ["effect", "@effect/platform"]) {
    const copies = Object.entries(installed).filter(([path]) => path.endsWith(`node_modules/${peer}`))
    const versions = copies.map(([, { version }]) => version).join(", ")
    const wanted = peerDependencies[peer].replace(/^\^(0\.)?(\d+)\..*/, "$1$2.")
    if (copies.length !== 1 || !versions.startsWith(wanted))
      throw new Error(`${peer} is there as ${versions}`)
  }
  return directory
}

const importAll = async (directory) => {
  const subpaths = ["", "/node", "/browser", "/emulator", "/testing", "/redis", "/sql", "/sqlite"].map(
    (path) => `${name}${path}`
  )
  const program = `for (const path of ${JSON.stringify(subpaths)}) await import(path)`
  const { code, output } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: directory
  })
  if (code !== 0 || output !== "") throw new Error(`imported: ${output}`)
}

const together = 2

try {
  const packed = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", work])
  const tarball = Path.join(work, JSON.parse(packed.stdout)[0].filename)
  const [first] = linesOf("docs/installing.md")
  const lines = ["README.md", ...guides.map((file) => `docs/${file}`)].flatMap(linesOf)
  const whole = lines.map((packages) => (packages.includes(name) ? packages : [...first, ...packages]))
  const texts = [...new Set(whole.map((packages) => packages.join(" ")))]
  if (!first.includes(name) || texts.length < 5) throw new Error("the install lines were not found")
  const next = async () => {
    const text = texts.shift()
    if (text === undefined) return
    const started = performance.now()
    try {
      const packages = text.split(" ").map((item) => (item === name ? tarball : item))
      const isReal = text === first.join(" ")
      const directory = await install(packages, isReal ? [] : ["--package-lock-only"])
      if (isReal) await importAll(directory)
      console.log(
        `ok   ${isReal ? "and imported: " : ""}${text} (${Math.round(performance.now() - started)} ms)`
      )
    } catch (error) {
      fail(`FAIL npm install ${text}\n${error.message}`)
    }
    await next()
  }
  await Promise.all(Array.from({ length: together }, next))
} catch (error) {
  fail(`check-install: ${error.message}`)
} finally {
  Fs.rmSync(work, { recursive: true, force: true })
}
