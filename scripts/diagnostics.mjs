// npm run diagnostics: the Effect language service's own checks.
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
// So every rule has a canary that breaks it, in a project of the same shape as this one (a solution with a
// reference), and the run fails unless every single one is reported.
import * as Path from "node:path"
import * as Canaries from "./canaries.mjs"
import { fail, filesBelow, folder, root, runBin } from "./lib/run.mjs"

const words = (text) => text.trim().split(/\s+/)

/** It fires only with two copies of effect installed, so it has no canary. */
const unproved = "duplicatePackage"

/**
 * Those of `crypto`, `outdatedApi` and `serviceNotAsClass` are for Effect 4 and never fire with Effect 3; the linter
 * refuses `crypto.randomUUID`. `instanceof` is right for errors. The others are matters of taste.
 */
const off = words(`
  cryptoRandomUUID cryptoRandomUUIDInEffect instanceOfSchema missedPipeableOpportunity outdatedApi serviceNotAsClass
  strictBooleanExpressions unnecessaryArrowBlock`)

/** Rules about how a library is written. Tests, examples and benchmarks are programs. */
const libraryOnly = words(`
  anyUnknownInErrorContext asyncFunction deterministicKeys effectFnOpportunity extendsNativeError
  globalConsole globalConsoleInEffect globalDate globalDateInEffect globalErrorInEffectCatch
  globalErrorInEffectFailure globalFetch globalFetchInEffect globalRandom globalRandomInEffect globalTimers
  globalTimersInEffect importFromBarrel leakingRequirements multipleEffectProvide newPromise nodeBuiltinImport
  preferSchemaOverJson processEnv processEnvInEffect runEffectInsideEffect schemaSyncInEffect
  strictEffectProvide unknownInEffectCatch unsafeEffectTypeAssertion`)

/** What is in its place at the edge of the program. */
const isAtItsPlace = (rule, path) =>
  (rule === "newPromise" && path === "src/client/SpotifyRuntime.ts") ||
  (/^src\/(?:bin\.ts|node\.ts|node\/|cli\/)/.test(path) &&
    /^(?:globalConsole|nodeBuiltinImport|processEnv.*|strictEffectProvide)$/.test(rule))

const config = (isError) => ({
  diagnosticSeverity: Object.fromEntries([
    ...off.map((rule) => [rule, "off"]),
    ...[...Object.keys(Canaries.effect), unproved].map((rule) => [rule, isError(rule) ? "error" : "off"])
  ]),
  missingDiagnosticNextLine: "error",
  // Without these two, effectFnOpportunity and importFromBarrel never fire
  effectFn: ["untraced", "span"],
  namespaceImportPackages: ["effect", "@effect/*"],
  keyPatterns: [{ target: "service", pattern: "package-identifier", skipLeadingPath: ["src/"] }]
})

const strict = config(() => true)
const relaxed = config((rule) => !libraryOnly.includes(rule))

/** Runs the tool on a project and reads its report. Throws when there is none to be believed. */
const diagnose = async (name, project, lspConfig, atLeast) => {
  const { code, output, stdout } = await runBin("@effect/language-service", "effect-language-service", [
    "diagnostics",
    `--project=${project}`,
    "--format=json",
    `--lspconfig=${JSON.stringify(lspConfig)}`
  ])
  if (!stdout.startsWith("{")) throw new Error(`${name}: no report (exit code ${code})\n${output}`)
  const { diagnostics, summary } = JSON.parse(stdout)
  const { filesChecked, totalFiles } = summary
  if (atLeast === 0 || filesChecked !== totalFiles || filesChecked < atLeast) {
    throw new Error(`${name}: checked ${filesChecked} files out of ${totalFiles}; there are ${atLeast}`)
  }
  if (diagnostics.length > 0 !== (code !== 0)) {
    throw new Error(`${name}: exit code ${code} with ${diagnostics.length} diagnostics`)
  }
  return diagnostics.map((_) => ({ ..._, path: Path.relative(root, _.file).split(Path.sep).join("/") }))
}

const checkCanaries = async () => {
  const rules = Object.keys(Canaries.effect)
  const directory = folder("canaries", {
    "tsconfig.json": { files: [], references: [{ path: "./tsconfig.canaries.json" }] },
    "tsconfig.canaries.json": { extends: "../../tsconfig.base.json", include: ["*.ts"] },
    ...Object.fromEntries(rules.map((rule) => [`${rule}.ts`, Canaries.imports + Canaries.effect[rule]]))
  })
  const project = Path.join(directory, "tsconfig.json")
  const diagnostics = await diagnose("canaries", project, strict, rules.length)
  // missingEffectError shares its code with missingEffectContext, and is reported under that name
  const reportedAs = (rule) => (rule === "missingEffectError" ? "missingEffectContext" : rule)
  const isReported = (rule) =>
    diagnostics.some((_) => Path.basename(_.file, ".ts") === rule && _.name === reportedAs(rule))
  const silent = rules.filter((rule) => !isReported(rule))
  if (silent.length > 0) throw new Error(`canaries: these rules are not in force: ${silent.join(", ")}`)
  console.log(`canaries: ${rules.length} rules, all of them report their canary`)
}

const checkProject = async (name, project, lspConfig, files) => {
  const found = await diagnose(name, project, lspConfig, files.length)
  const problems = found.filter((_) => !isAtItsPlace(_.name, _.path))
  for (const { line, message, name: rule, path } of problems) fail(`${path}:${line} ${message} [${rule}]`)
  console.log(`${name}: ${files.length} files, ${problems.length} problems`)
}

/**
 * The tool follows references; a list of its own keeps it from checking src twice. Files of one TypeScript
 * project must stand together: the tool cannot go back to a project that it has left.
 */
const checkPrograms = async () => {
  const files = ["test", "bench", "examples"].flatMap((_) => filesBelow(Path.join(root, _), ".ts"))
  const project = Path.join(folder("programs", { "tsconfig.json": { files } }), "tsconfig.json")
  await checkProject("test, bench, examples", project, relaxed, files)
}

try {
  const sources = filesBelow(Path.join(root, "src"), ".ts")
  await Promise.all([
    checkProject("src", Path.join(root, "tsconfig.src.json"), strict, sources),
    checkCanaries().then(checkPrograms)
  ])
} catch (error) {
  fail(`diagnostics: ${error.message}`)
}
