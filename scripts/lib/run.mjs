// Small helpers that the scripts share.
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

export const root = Path.resolve(fileURLToPath(new URL("../..", import.meta.url)))

export const readJson = (path) => JSON.parse(Fs.readFileSync(path, "utf8"))

/** The path of a command of an installed package. */
export const bin = (packageName, command = packageName) => {
  const directory = Path.join(root, "node_modules", packageName)
  const declared = readJson(Path.join(directory, "package.json")).bin
  const relative = typeof declared === "string" ? declared : declared[command]
  if (relative === undefined) throw new Error(`${packageName} has no command ${command}`)
  return Path.join(directory, relative)
}

/** Runs a command to its end, collecting what it prints. Never rejects for an exit code. */
export const run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options })
    let stdout = ""
    let stderr = ""
    child.stdout?.setEncoding("utf8").on("data", (chunk) => (stdout += chunk))
    child.stderr?.setEncoding("utf8").on("data", (chunk) => (stderr += chunk))
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr, output: stdout + stderr }))
  })

/** Runs a command of an installed package under this Node. */
export const runBin = (packageName, command, args, options) =>
  run(process.execPath, [bin(packageName, command), ...args], options)

/** Prints what is wrong and makes the process fail, without cutting off what is still being printed. */
export const fail = (message) => {
  console.error(message)
  process.exitCode = 1
}

/** All files below a directory whose names end in one of the suffixes, sorted. */
export const filesBelow = (directory, ...suffixes) =>
  Fs.existsSync(directory)
    ? Fs.readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && suffixes.some((suffix) => entry.name.endsWith(suffix)))
        .map((entry) => Path.join(entry.parentPath, entry.name))
        .toSorted()
    : []

/** Writes files below a directory: name → text, or what is written as JSON. */
export const writeAll = (directory, files) => {
  for (const [name, content] of Object.entries(files)) {
    const path = Path.join(directory, name)
    Fs.mkdirSync(Path.dirname(path), { recursive: true })
    Fs.writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content))
  }
}

/** A folder below .tsbuild that has these files and no others. */
export const folder = (name, files) => {
  const directory = Path.join(root, ".tsbuild", name)
  Fs.rmSync(directory, { recursive: true, force: true })
  writeAll(directory, files)
  return directory
}
