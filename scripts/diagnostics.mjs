// The Effect language service's own checks, as part of `npm run check`.
//
// The command line tool is easily green for no reason, so nothing is believed unproved:
//
// - Without `--lspconfig` it checks no file and succeeds. Here the severities are always passed, and the
//   number of checked files must be the number of files there are.
// - Under `moduleResolution: NodeNext` it takes the declarations of effect for another package's, and about
//   half of the rules, all that look at `Effect.x(…)`, say nothing at all. That is why tsconfig.base.json
//   says `bundler` (the build and the packaging test check NodeNext).
// - A file whose check breaks inside of the tool counts as checked and clean.
//
// So every rule has a file in scripts/canary that breaks it, in a project of the same shape as this one
// (a solution with a reference), and the run fails unless every single canary is reported.
//
// What cannot be had from the command line, or is not wanted:
//
// - `duplicatePackage` is on, but has no canary: it fires only with two copies of effect installed.
// - `missingEffectError` shares its code with `missingEffectContext`, and is reported under that name.
// - `cryptoRandomUUID`, `cryptoRandomUUIDInEffect`, `outdatedApi` and `serviceNotAsClass` are for Effect 4
//   and never fire with Effect 3. The linter refuses `crypto.randomUUID`.
// - `effectFnOpportunity` fires only with `effectFn` set, `importFromBarrel` with `namespaceImportPackages`.
// - Off by choice: `instanceOfSchema` (`instanceof` is right for errors), `strictBooleanExpressions`,
//   `missedPipeableOpportunity` and `unnecessaryArrowBlock` (matters of taste).
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, filesBelow, root, runBin } from "./lib/run.mjs"

const canaryDirectory = Path.join(root, "scripts", "canary")

/** Every rule with a canary is an error in src. */
const canaries = filesBelow(canaryDirectory, ".ts").map((path) => Path.basename(path, ".ts"))

const unproved = ["duplicatePackage"]

const off = [
  "cryptoRandomUUID",
  "cryptoRandomUUIDInEffect",
  "instanceOfSchema",
  "missedPipeableOpportunity",
  "outdatedApi",
  "serviceNotAsClass",
  "strictBooleanExpressions",
  "unnecessaryArrowBlock"
]

/** Rules about how a library is written. Tests, examples and benchmarks are programs. */
const libraryOnly = [
  "anyUnknownInErrorContext",
  "asyncFunction",
  "deterministicKeys",
  "effectFnOpportunity",
  "extendsNativeError",
  "globalConsole",
  "globalConsoleInEffect",
  "globalDate",
  "globalDateInEffect",
  "globalErrorInEffectCatch",
  "globalErrorInEffectFailure",
  "globalFetch",
  "globalFetchInEffect",
  "globalRandom",
  "globalRandomInEffect",
  "globalTimers",
  "globalTimersInEffect",
  "importFromBarrel",
  "leakingRequirements",
  "multipleEffectProvide",
  "newPromise",
  "nodeBuiltinImport",
  "preferSchemaOverJson",
  "processEnv",
  "processEnvInEffect",
  "runEffectInsideEffect",
  "schemaSyncInEffect",
  "strictEffectProvide",
  "unknownInEffectCatch",
  "unsafeEffectTypeAssertion"
]

/** The edge of the program, where these are in their place. */
const isEdge = (path) => path === "src/bin.ts" || path === "src/node.ts" || path.startsWith("src/node/")
const fineAtTheEdge = new Set([
  "globalConsole",
  "nodeBuiltinImport",
  "processEnv",
  "processEnvInEffect",
  "strictEffectProvide"
])

const config = (rules) => ({
  diagnosticSeverity: {
    ...Object.fromEntries([...off, ...libraryOnly].map((rule) => [rule, "off"])),
    ...Object.fromEntries(rules.map((rule) => [rule, "error"]))
  },
  missingDiagnosticNextLine: "error",
  effectFn: ["untraced", "span"],
  namespaceImportPackages: ["effect", "@effect/*"],
  keyPatterns: [{ target: "service", pattern: "package-identifier", skipLeadingPath: ["src/"] }]
})

const strict = config([...canaries, ...unproved])
const relaxed = config([...canaries, ...unproved].filter((rule) => !libraryOnly.includes(rule)))

/** Runs the tool on a project and reads its report. Throws when there is none to be believed. */
const diagnose = async (name, project, lspConfig, atLeast) => {
  const result = await runBin("@effect/language-service", "effect-language-service", [
    "diagnostics",
    `--project=${project}`,
    "--format=json",
    `--lspconfig=${JSON.stringify(lspConfig)}`
  ])
  let report
  try {
    report = JSON.parse(result.stdout)
  } catch {
    throw new Error(`${name}: no report (exit code ${result.code})\n${result.output}`)
  }
  const { filesChecked, totalFiles } = report.summary
  if (filesChecked === 0 || filesChecked !== totalFiles || filesChecked < atLeast) {
    throw new Error(`${name}: checked ${filesChecked} files out of ${totalFiles}; there are ${atLeast}`)
  }
  if (report.diagnostics.length > 0 !== (result.code !== 0)) {
    throw new Error(`${name}: exit code ${result.code} with ${report.diagnostics.length} diagnostics`)
  }
  return { filesChecked, diagnostics: report.diagnostics }
}

const reportedAs = (rule) => (rule === "missingEffectError" ? "missingEffectContext" : rule)

const checkCanaries = async () => {
  const project = Path.join(canaryDirectory, "tsconfig.json")
  const { diagnostics } = await diagnose("canaries", project, strict, canaries.length)
  const silent = canaries.filter(
    (rule) =>
      !diagnostics.some(
        (_) => Path.basename(_.file, ".ts") === rule && _.name === reportedAs(rule) && _.severity === "error"
      )
  )
  if (canaries.length === 0 || silent.length > 0) {
    throw new Error(
      `canaries: these rules are not in force, they let their canary pass: ${silent.join(", ")}`
    )
  }
  console.log(`canaries: ${canaries.length} rules, all of them report their canary`)
}

const checkProject = async (name, project, lspConfig, atLeast) => {
  const { diagnostics: all, filesChecked } = await diagnose(name, project, lspConfig, atLeast)
  const diagnostics = all.filter(
    (_) => !(fineAtTheEdge.has(_.name) && isEdge(Path.relative(root, _.file).split(Path.sep).join("/")))
  )
  for (const { file, line, message, name: rule } of diagnostics) {
    fail(`${Path.relative(root, file)}:${line} ${message} [${rule}]`)
  }
  console.log(`${name}: ${filesChecked} files, ${diagnostics.length} problems`)
}

/**
 * The tool follows references; a list of its own keeps it from checking src twice. Files of one TypeScript
 * project must stand together: the tool cannot go back to a project that it has left.
 */
const programs = () => {
  const files = ["test", "bench", "examples"].flatMap((_) => filesBelow(Path.join(root, _), ".ts"))
  const project = Path.join(root, ".tsbuild", "programs.tsconfig.json")
  Fs.mkdirSync(Path.dirname(project), { recursive: true })
  Fs.writeFileSync(project, JSON.stringify({ files }))
  return { files, project }
}

try {
  const sources = filesBelow(Path.join(root, "src"), ".ts")
  if (sources.length === 0) throw new Error("src: no files, so nothing was checked")
  const { files, project } = programs()
  await Promise.all([
    checkProject("src", Path.join(root, "tsconfig.src.json"), strict, sources.length),
    checkCanaries().then(() =>
      files.length === 0 ? undefined : checkProject("test, bench, examples", project, relaxed, files.length)
    )
  ])
} catch (error) {
  fail(`diagnostics: ${error.message}`)
}
