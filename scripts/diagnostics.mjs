// npm run diagnostics: the Effect language service's own checks.
//
// Its command line tool loads the project anew for every 50 files, which takes twice the time. Its plugin for editors
// gives the same answers for any file of one program, so that is asked here. It is easily silent for no reason, so
// nothing is believed unproved:
//
// - Under `moduleResolution: NodeNext` it takes the declarations of effect for another package's, and about
//   half of the rules, all that look at `Effect.x(…)`, say nothing at all. That is why tsconfig.base.json
//   says `bundler` (the build and the packaging test check NodeNext).
// - A file whose check breaks inside of the plugin counts as clean, and so does one that the program lacks.
//
// So every rule has a canary that breaks it, in a project with the same settings as this one, and the run fails unless
// every single one is reported, and unless every file there is was in a program.
import { createRequire } from "node:module"
import * as Path from "node:path"
import ts from "typescript"
import * as Canaries from "./canaries.mjs"
import { fail, filesBelow, folder, root } from "./lib/run.mjs"

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

const loadPlugin = createRequire(import.meta.url)("@effect/language-service/index.js")

const host = ts.createCompilerHost({}, true)
const parse = host.getSourceFile
const parsed = new Map()

// Nearly all of a program is effect and the library, the same for all of them
host.getSourceFile = (path, ...options) => {
  if (!parsed.has(path)) parsed.set(path, parse(path, ...options))
  return parsed.get(path)
}

/** The files of some projects, with the settings of the first, and sources in the place of projects it refers to. */
const load = (...configs) => {
  const projects = configs.map((config) =>
    ts.getParsedCommandLineOfConfigFile(
      Path.resolve(root, config),
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
          throw new Error(`${config}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`)
        }
      }
    )
  )
  return ts.createProgram(
    projects.flatMap(({ fileNames }) => fileNames),
    projects[0].options,
    host
  )
}

/** What the plugin says of some files of a program: file, line, rule and message. */
const diagnose = (program, lspConfig, files) => {
  const plugin = loadPlugin({ typescript: ts }).create({
    config: lspConfig,
    project: { log: () => {} },
    languageServiceHost: {},
    // Type errors are for `npm run types`
    languageService: { getProgram: () => program, getSemanticDiagnostics: () => [] }
  })
  return files.flatMap((path) =>
    plugin.getSemanticDiagnostics(path).map(({ code, file, messageText, start }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, "\n")
      const [, message, rule] = /^([^]*?)\s+effect\((\w+)\)$/.exec(text) ?? [text, text, String(code)]
      const line = file.getLineAndCharacterOfPosition(start).line + 1
      return { path: Path.relative(root, path).split(Path.sep).join("/"), line, rule, message }
    })
  )
}

const checkCanaries = () => {
  const rules = Object.keys(Canaries.effect)
  const directory = folder("canaries", {
    "tsconfig.json": { extends: "../../tsconfig.base.json", include: ["*.ts"] },
    ...Object.fromEntries(rules.map((rule) => [`${rule}.ts`, Canaries.imports + Canaries.effect[rule]]))
  })
  const program = load(Path.join(directory, "tsconfig.json"))
  const diagnostics = diagnose(program, strict, filesBelow(directory, ".ts"))
  const isReported = (rule) =>
    diagnostics.some((_) => Path.basename(_.path, ".ts") === rule && _.rule === rule)
  const silent = rules.filter((rule) => !isReported(rule))
  if (silent.length > 0) throw new Error(`canaries: these rules are not in force: ${silent.join(", ")}`)
  console.log(`canaries: ${rules.length} rules, all of them report their canary`)
}

/** Checks all files below some folders, each in the first program that has it. */
const check = (programs, lspConfig, ...folders) => {
  const files = new Set(folders.flatMap((_) => filesBelow(Path.join(root, _), ".ts")))
  const name = `${folders.join(", ")}: ${files.size} files`
  const found = programs.flatMap((program) => {
    const own = program.getRootFileNames().filter((path) => program.getSourceFile(path) && files.delete(path))
    return diagnose(program, lspConfig, own)
  })
  if (files.size > 0) throw new Error(`${name}, and not checked: ${[...files].join(", ")}`)
  const problems = found.filter((_) => !isAtItsPlace(_.rule, _.path))
  for (const { line, message, path, rule } of problems) fail(`${path}:${line} ${message} [${rule}]`)
  console.log(`${name}, ${problems.length} problems`)
}

try {
  checkCanaries()
  const programs = [
    load(
      "tsconfig.test.json",
      "tsconfig.src.json",
      "tsconfig.examples.json",
      "examples/without-effect/tsconfig.json"
    ),
    load("examples/browser-app/tsconfig.json")
  ]
  check(programs, strict, "src")
  check(programs, relaxed, "test", "bench", "examples")
} catch (error) {
  fail(`diagnostics: ${error.message}`)
}
