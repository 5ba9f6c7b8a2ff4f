// Rules of src that the linter has no words for: what users can reach is documented, and what silences a check
// says why. The canaries go first.
import * as Fs from "node:fs"
import * as Path from "node:path"
import ts from "typescript"
import * as Canaries from "./canaries.mjs"
import { fail, filesBelow, readJson, root } from "./lib/run.mjs"

/** Anything that silences a check, and the one form that is allowed: for one line, with its reason. */
const silencers = /@ts-(?:ignore|nocheck|expect-error)|@effect-diagnostics|\b(?:oxlint|eslint)-disable/g
const withReason =
  /^(?:@ts-expect-error|@effect-diagnostics-next-line \S+|\w+-disable-(?:next-)?line \S.*?) -- \S/

const forms = function* (text) {
  for (const { 0: what, index } of text.matchAll(silencers)) {
    if (!withReason.test(text.slice(index))) {
      yield [index, `${what} silences more than a line, or without a reason`, "use -next-line, and ` -- why`"]
    }
  }
  for (const { index } of text.matchAll(/^import (?:type )?\{[^}]*\} from "effect\/Effect"/gm)) {
    yield [index, "imports members of effect/Effect", "import the module itself, as everywhere"]
  }
}

/** What is wrong with the doc comments of all that these modules export, and of what they re-export. */
const docs = function* (program, entries) {
  const checker = program.getTypeChecker()
  const seen = new Set()
  const examine = function* (node, name, wantsCategory) {
    if (seen.has(node)) return
    seen.add(node)
    const tags = ts.getJSDocTags(node)
    const textsOf = (tag) =>
      tags.filter((_) => _.tagName.text === tag).map((_) => ts.getTextOfJSDocComment(_.comment)?.trim() ?? "")
    if (textsOf("internal").length > 0) return
    const [since, categories] = [textsOf("since"), textsOf("category")]
    if (since.length !== 1 || !/^\d+\.\d+\.\d+$/.test(since[0])) {
      yield [node, `exports ${name} without one @since`, "say what it is, and the version that brought it"]
    }
    if (categories.length > 1 || (wantsCategory && !categories[0])) {
      yield [node, `exports ${name} with ${categories.length} categories`, "give it exactly one @category"]
    }
  }
  const visit = function* (symbol) {
    const name = symbol.getName()
    for (const node of symbol.declarations ?? []) {
      if (ts.isNamespaceExport(node)) yield* examine(node.parent, name, false)
      else if (ts.isExportSpecifier(node)) {
        const isOwn = ts.getJSDocTags(node).length > 0
        yield* examine(isOwn ? node : node.parent.parent, name, false)
      } else if (!ts.isSourceFile(node)) {
        // The overloads of a function share the comment of the first
        const isOverload = ts.isFunctionDeclaration(node) && node !== symbol.declarations[0]
        if (!isOverload) yield* examine(node, name, !ts.isModuleDeclaration(node))
      }
    }
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : undefined
    if (target !== undefined) yield* visit(target)
    if ((symbol.declarations ?? []).some((_) => ts.isModuleDeclaration(_) || ts.isSourceFile(_))) {
      for (const member of checker.getExportsOfModule(symbol)) yield* visit(member)
    }
  }
  for (const entry of entries) {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(entry))
    if (symbol !== undefined) yield* visit(symbol)
  }
}

/** @param texts the files of src: path from the root of the package, with slashes → text */
const check = (texts, manifest) => {
  const resolve = (specifier, from) => {
    const path = Path.posix.join(Path.posix.dirname(from), specifier).replace(/\.js$/, ".ts")
    return { resolvedModule: texts.has(path) ? { resolvedFileName: path, extension: ".ts" } : undefined }
  }
  const options = { target: ts.ScriptTarget.ES2022, noLib: true, types: [] }
  const program = ts.createProgram([...texts.keys()], options, {
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
    getSourceFile: (path) =>
      texts.has(path) ? ts.createSourceFile(path, texts.get(path), options.target, true) : undefined,
    resolveModuleNameLiterals: (literals, from) => literals.map(({ text }) => resolve(text, from)),
    getDefaultLibFileName: () => "lib.d.ts",
    getCurrentDirectory: () => "",
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n"
  })
  const declared = Object.values(manifest.exports).map((_) =>
    _.default?.replace("./dist/", "src/").replace(/\.js$/, ".ts")
  )
  // A module whose name begins with a capital is public, whether or not an entry point names it yet
  const isPublic = (path) =>
    declared.includes(path) || (/\/[A-Z]\w*\.ts$/.test(path) && !path.startsWith("src/emulator/"))
  const problems = []
  const add = (file, position, what, remedy) => {
    const line = file.getLineAndCharacterOfPosition(position).line + 1
    problems.push({ path: file.fileName, line, what, remedy })
  }
  for (const [path, text] of texts) {
    for (const problem of forms(text)) add(program.getSourceFile(path), ...problem)
  }
  for (const [node, ...problem] of docs(program, [...texts.keys()].filter(isPublic))) {
    add(node.getSourceFile(), node.getStart(), ...problem)
  }
  return problems
}

const { bad, good } = Canaries.source
const manifest = {
  exports: { ".": { default: "./dist/index.js" }, "./e": { default: "./dist/emulator.js" } }
}
for (const [path, text, line] of bad) {
  const problems = check(new Map(Object.entries({ ...good, [path]: text })), manifest)
  if (!problems.some((_) => _.path === path && _.line === line)) {
    fail(`check-source: let this pass as ${path}:${line}\n${text}\nfound: ${JSON.stringify(problems)}`)
  }
}
for (const { path, line, what } of check(new Map(Object.entries(good)), manifest)) {
  fail(`check-source: refused a good file: ${path}:${line} ${what}`)
}

const sources = filesBelow(Path.join(root, "src"), ".ts").map((path) => [
  Path.relative(root, path).split(Path.sep).join("/"),
  Fs.readFileSync(path, "utf8")
])
if (sources.length === 0) fail("check-source: no files in src, so nothing was checked")
const problems = check(new Map(sources), readJson(Path.join(root, "package.json")))
for (const { path, line, what, remedy } of problems) fail(`${path}:${line} ${what}\n    remedy: ${remedy}`)
console.log(`check-source: ${bad.length} canaries, ${sources.length} files, ${problems.length} problems`)
