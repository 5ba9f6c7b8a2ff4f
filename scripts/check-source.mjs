// Rules of src/ that the linter has no words for. They read the syntax tree, so comments and strings never
// trip them. `check` works on a map of paths to texts; the self-tests at the end feed it bad files and stop
// the run when a rule lets one pass.
import * as Fs from "node:fs"
import * as Path from "node:path"
import ts from "typescript"
import { fail, filesBelow, readJson, root } from "./lib/run.mjs"

// ---------------------------------------------------------------------------------------------------------
// What is allowed where
// ---------------------------------------------------------------------------------------------------------

/** The only files that may reach for Node's globals. */
const nodeFiles = ["src/bin.ts", "src/node.ts", "src/node/"]

/** The only files that may run an effect: where code without Effect calls, and the program's own. */
const runners = ["src/bin.ts", "src/client/SpotifyRuntime.ts", "src/login/LoginRoutes.ts"]

const runFunctions = new Set([
  "runPromise",
  "runPromiseExit",
  "runSync",
  "runSyncExit",
  "runFork",
  "runCallback",
  "unsafeRunEffect"
])

const hiddenGlobals = new Set(["process", "fetch", "setTimeout", "setInterval", "setImmediate", "Buffer"])

// ---------------------------------------------------------------------------------------------------------
// Helpers
// ---------------------------------------------------------------------------------------------------------

const covers = (pattern, path) => (pattern.endsWith("/") ? path.startsWith(pattern) : path === pattern)
const isOneOf = (patterns, path) => patterns.some((_) => covers(_, path))

/** The file of src that a relative specifier means. */
const resolve = (from, specifier) =>
  Path.posix.join(Path.posix.dirname(from), specifier).replace(/\.js$/, ".ts")

const lineOf = (file, position) => file.getLineAndCharacterOfPosition(position).line + 1

// ---------------------------------------------------------------------------------------------------------
// The rules: (file, path, context, report) => void
// ---------------------------------------------------------------------------------------------------------

const runEffect = (file, path, _context, report) => {
  if (isOneOf(runners, path)) return
  const visit = (node) => {
    const isMember = ts.isPropertyAccessExpression(node) && runFunctions.has(node.name.text)
    const isImport = ts.isImportSpecifier(node) && runFunctions.has((node.propertyName ?? node.name).text)
    if (isMember || isImport) {
      report(node, `uses ${node.getText(file)}`, `return the effect; only ${runners.join(", ")} run one`)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
}

/** The comments of a file: where each begins and ends, in lines, and its text. */
const commentsOf = (file) => {
  const found = new Map()
  const add = (range) => {
    if (found.has(range.pos)) return
    const text = file.text.slice(range.pos, range.end)
    found.set(range.pos, {
      pos: range.pos,
      first: lineOf(file, range.pos),
      last: lineOf(file, range.end),
      text
    })
  }
  // Comments stand before a token; only tokens that are leaves of the tree are asked, so a template or a
  // regular expression that looks like a comment is never taken for one.
  const visit = (node) => {
    const children = node.getChildren(file)
    if (children.length === 0 && !ts.isJSDoc(node)) {
      for (const range of ts.getLeadingCommentRanges(file.text, node.pos) ?? []) add(range)
      for (const range of ts.getTrailingCommentRanges(file.text, node.end) ?? []) {
        if (node.kind !== ts.SyntaxKind.JsxText) add(range)
      }
    }
    for (const child of children) if (!ts.isJSDoc(child)) visit(child)
  }
  visit(file)
  return [...found.values()]
}

const daemon = (file, _path, _context, report) => {
  let comments
  const visit = (node) => {
    if (
      (ts.isPropertyAccessExpression(node) && node.name.text === "forkDaemon") ||
      (ts.isImportSpecifier(node) && (node.propertyName ?? node.name).text === "forkDaemon")
    ) {
      comments ??= commentsOf(file)
      const line = lineOf(file, (node.name ?? node).getStart(file))
      let statement = node
      while (!ts.isStatement(statement) && !ts.isClassElement(statement)) statement = statement.parent
      const from = lineOf(file, statement.getStart(file))
      // Above the line itself, or above the statement that holds it.
      if (!comments.some((_) => _.last === line - 1 || _.last === from - 1)) {
        report(
          node,
          "forks a daemon",
          "fork in a scope, or say in a comment right above why no scope can own it"
        )
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
}

const hiddenGlobal = (file, path, _context, report) => {
  if (isOneOf(nodeFiles, path)) return
  const visit = (node) => {
    if (
      ts.isPropertyAccessExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === "globalThis" &&
      hiddenGlobals.has(node.name.text)
    ) {
      report(
        node,
        `reaches globalThis.${node.name.text}`,
        "use the Effect service: Config, HttpClient, Effect.sleep …"
      )
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
}

const suppression = (file, _path, _context, report) => {
  for (const { pos, text } of commentsOf(file)) {
    const directive =
      /(?:^|[\s*/])(@ts-(?:ignore|nocheck|expect-error)|@effect-diagnostics(?:-next-line)?|(?:oxlint|eslint)-disable(?:-next-line|-line)?)(?=\s|$)/.exec(
        text
      )?.[1]
    if (directive === undefined) continue
    if (!/^(?:@ts-expect-error|@effect-diagnostics-next-line|\w+-disable-(?:next-)?line)$/.test(directive)) {
      report(pos, `silences a check with ${directive}`, "silence one line, with the -next-line form")
    } else if (!/ -- \S/.test(text)) {
      report(pos, `silences a check with ${directive} and no reason`, "write the reason after ` -- `")
    }
  }
}

/**
 * What users can reach: path → `all`, or the names that an entry point re-exports one by one. Outside of the
 * emulator a file whose name begins with a capital counts as public, whether or not an entry point names it yet.
 */
const publicModules = (files, context) => {
  const reached = new Map()
  const visit = (path, names) => {
    const file = files.get(path)
    const known = reached.get(path)
    if (file === undefined || known === "all") return
    reached.set(path, names === "all" ? "all" : new Set([...(known ?? []), ...names]))
    for (const statement of file.statements) {
      if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier?.text.startsWith(".")) continue
      const target = resolve(path, statement.moduleSpecifier.text)
      const clause = statement.exportClause
      if (clause === undefined || ts.isNamespaceExport(clause)) {
        if (names === "all" || clause === undefined || names.has(clause.name.text)) {
          visit(target, clause === undefined ? names : "all")
        }
      } else {
        const wanted = clause.elements.filter((_) => names === "all" || names.has(_.name.text))
        visit(target, new Set(wanted.map((_) => (_.propertyName ?? _.name).text)))
      }
    }
  }
  for (const entry of context.entries) visit(entry, "all")
  for (const path of files.keys()) {
    if (/\/[A-Z]\w*\.ts$/.test(path) && !path.startsWith("src/emulator/")) {
      reached.set(path, "all")
    }
  }
  return reached
}

const tagsOf = (node) => ts.getJSDocTags(node)
const tagText = (tag) => ts.getTextOfJSDocComment(tag.comment)?.trim() ?? ""

const docs = (file, path, context, report) => {
  const names = context.publicModules.get(path)
  if (names === undefined) return
  const isExported = (node) =>
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some((_) => _.kind === ts.SyntaxKind.ExportKeyword) === true
  const examine = (node, name, wantsCategory) => {
    if (names !== "all" && !name.split(", ").some((_) => names.has(_))) return
    const tags = tagsOf(node)
    if (tags.some((_) => _.tagName.text === "internal")) return
    if (ts.getJSDocCommentsAndTags(node).length === 0) {
      const categoryHint = wantsCategory ? " and @category" : ""
      report(node, `exports ${name} without a doc comment`, `say what it does, with @since${categoryHint}`)
      return
    }
    const since = tags.filter((_) => _.tagName.text === "since")
    if (since.length !== 1 || !/^\d+\.\d+\.\d+$/.test(tagText(since[0]))) {
      report(node, `exports ${name} without one @since`, "add `@since 0.1.0`: the version that brought it")
    }
    const categories = tags.filter((_) => _.tagName.text === "category").map(tagText)
    if (wantsCategory ? categories.length !== 1 || categories[0] === "" : categories.length > 1) {
      report(
        node,
        `exports ${name} with ${categories.length} categories`,
        "give it exactly one @category: constructors, models, layers, errors, schemas, tags, combinators …"
      )
    }
  }
  const visit = (statements) => {
    let before
    for (const node of statements) {
      if (ts.isExportDeclaration(node)) {
        const exported = node.exportClause
        if (exported !== undefined && ts.isNamedExports(exported)) {
          for (const element of exported.elements) {
            examine(tagsOf(element).length > 0 ? element : node, element.name.text, false)
          }
        } else {
          examine(
            node,
            exported === undefined ? `everything of ${node.moduleSpecifier.text}` : exported.name.text,
            false
          )
        }
      } else if (isExported(node)) {
        const name = ts.isVariableStatement(node)
          ? node.declarationList.declarations.map((_) => _.name.getText(file)).join(", ")
          : (node.name?.getText(file) ?? "a default")
        // The overloads of a function share the comment of the first.
        const overload = ts.isFunctionDeclaration(node) && before === name
        if (!overload) examine(node, name, !ts.isModuleDeclaration(node))
        before = ts.isFunctionDeclaration(node) ? name : undefined
        if (
          names === "all" &&
          ts.isModuleDeclaration(node) &&
          node.body !== undefined &&
          ts.isModuleBlock(node.body)
        ) {
          visit(node.body.statements)
        }
      }
    }
  }
  visit(file.statements)
}

const rules = {
  runEffect,
  daemon,
  hiddenGlobal,
  suppression,
  docs
}

/**
 * @param texts the files of src: path from the root of the package, with slashes → text
 * @param manifest the package.json
 */
const check = (texts, manifest) => {
  const files = new Map(
    [...texts].map(([path, text]) => [path, ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)])
  )
  const context = {
    entries: Object.values(manifest.exports ?? {})
      .map((_) => _?.default)
      .filter((_) => typeof _ === "string" && _.startsWith("./dist/"))
      .map((_) => _.replace("./dist/", "src/").replace(/\.js$/, ".ts"))
  }
  context.publicModules = publicModules(files, context)
  const problems = []
  for (const [path, file] of files) {
    for (const [rule, apply] of Object.entries(rules)) {
      apply(file, path, context, (where, what, remedy) => {
        const position = typeof where === "number" ? where : where.getStart(file)
        problems.push({ rule, path, line: lineOf(file, position), what, remedy })
      })
    }
  }
  return problems
}

// ---------------------------------------------------------------------------------------------------------
// Self-tests: every rule must be able to fail, at the right line, and must leave good files alone
// ---------------------------------------------------------------------------------------------------------

const manifest = {
  exports: { ".": { default: "./dist/index.js" }, "./emulator": { default: "./dist/emulator.js" } }
}

const doc = "/**\n * X.\n *\n * @since 0.1.0\n * @category models\n */\n"

/** Rule, the file that breaks it, its text, and the line of the problem. `others` are there to be imported. */
const bad = [
  ["runEffect", "src/client/a.ts", 'import * as Effect from "effect/Effect"\nEffect.runPromise(x)', 2],
  ["runEffect", "src/client/a.ts", 'import * as E from "effect/Effect"\nconst f = () => E.runFork(x)', 2],
  ["runEffect", "src/client/a.ts", 'import * as E from "effect/Effect"\nx.then(E.runSync)', 2],
  ["runEffect", "src/client/a.ts", 'import { runSync as go } from "effect/Effect"', 1],
  ["runEffect", "src/client/a.ts", "const f = () => managedRuntime.runPromise(x)", 1],
  ["daemon", "src/client/a.ts", 'import * as E from "effect/Effect"\n\nconst f = E.forkDaemon(x)', 3],
  ["daemon", "src/client/a.ts", "// far above\n\nconst f = x.pipe(\n  E.forkDaemon\n)", 4],
  ["hiddenGlobal", "src/client/a.ts", "const f = () => globalThis.process.env", 1],
  ["suppression", "src/client/a.ts", "// @ts-ignore -- because\nx()", 1],
  ["suppression", "src/client/a.ts", "\n// @ts-expect-error\nx()", 2],
  ["suppression", "src/client/a.ts", "/** @effect-diagnostics floatingEffect:skip-file */\nx()", 1],
  ["suppression", "src/client/a.ts", "// @effect-diagnostics-next-line floatingEffect:off\nx()", 1],
  ["suppression", "src/client/a.ts", "x() // oxlint-disable-line no-console", 1],
  ["docs", "src/Thing.ts", "export const x = 1", 1],
  ["docs", "src/Thing.ts", "/** X. */\nexport const x = 1", 2],
  ["docs", "src/Thing.ts", "/**\n * @since 0.1.0\n */\nexport interface X {}", 4],
  ["docs", "src/Thing.ts", `/** @since 0.1.0\n * @category a\n * @category b\n */\nexport type X = 1`, 5],
  ["docs", "src/Thing.ts", "/** @category models */\nexport class X {}", 2],
  ["docs", "src/Thing.ts", `/** @since 0.1.0 */\nexport declare namespace X {\n  export type Y = 1\n}`, 3],
  ["docs", "src/index.ts", 'export * as Thing from "./Thing.js"', 1],
  ["docs", "src/emulator/Public.ts", "export const x = 1", 1],
  ["docs", "src/emulator/state.ts", "export const other = 1\nexport const named = 2", 2]
]

const others = {
  "src/index.ts": '/** @since 0.1.0 */\nexport * as Thing from "./Thing.js"\n',
  "src/emulator.ts": [
    '/** @since 0.1.0 */\nexport * as Public from "./emulator/Public.js"',
    '/** @since 0.1.0 */\nexport { named } from "./emulator/state.js"'
  ].join("\n"),
  "src/Thing.ts": `${doc}export const thing = 1\n`,
  "src/session/SessionService.ts": "",
  "src/store/TokenStore.ts": "",
  "src/node/FileTokenStore.ts": "",
  "src/accounts/Accounts.ts": "",
  "src/client/api/AlbumsApi.ts": "",
  "src/model/Page.ts": "",
  "src/emulator/Public.ts": "",
  "src/emulator/state.ts": "",
  "src/client/b.ts": ""
}

/** Files that look suspicious and are right. */
const good = {
  ...others,
  "src/bin.ts":
    '#!/usr/bin/env node\nimport * as Fs from "node:fs"\nimport * as Effect from "effect/Effect"\nEffect.runFork(x)\n',
  "src/emulator/state.ts": `export const other = 1\n${doc}export const named = 2`,
  "src/client/fine.ts": [
    "// import * as Fs from 'node:fs' and Effect.runPromise in a comment",
    'import * as Effect from "effect/Effect"',
    'import { b } from "./b.js"',
    'const text = "node:fs, Effect.forkDaemon, // @ts-ignore"',
    "const template = `// @ts-ignore ${b} globalThis.process`",
    "// Outlives every scope on purpose.",
    "const f = Effect.forkDaemon(b)",
    "const g = b.pipe(",
    "  // Outlives every scope on purpose.",
    "  Effect.forkDaemon",
    ")",
    "// @ts-expect-error -- the types of b lag behind",
    "b()"
  ].join("\n"),
  "src/Docs.ts": [
    "/**\n * The module.\n *\n * @since 0.1.0\n */",
    'import * as Effect from "effect/Effect"',
    `${doc}export interface Both {}`,
    `${doc}export const Both = Effect.void`,
    `/** @since 0.1.0 */\nexport declare namespace Both {\n  /** @since 0.1.0\n   * @category models */\n  export type A = 1\n}`,
    `${doc}export function over(a: 1): 1`,
    "export function over(a: 2): 2",
    "export function over(a: unknown): unknown {\n  return a\n}",
    "/** @internal */\nexport const hidden = 1",
    "export {\n  /** @since 0.1.0 */\n  thing\n} from './Thing.js'"
  ].join("\n\n")
}

const selfTest = () => {
  const wrong = []
  for (const [rule, path, text, line] of bad) {
    const problems = check(new Map(Object.entries({ ...others, [path]: text })), manifest)
    const hits = problems.filter((_) => _.rule === rule && _.path === path && _.line === line)
    if (hits.length === 0) {
      wrong.push(`${rule} let this pass as ${path}:${line}\n${text}\nfound: ${JSON.stringify(problems)}`)
    }
  }
  const untested = Object.keys(rules).filter((rule) => !bad.some((_) => _[0] === rule))
  if (untested.length > 0) wrong.push(`no bad file for ${untested.join(", ")}`)
  for (const problem of check(new Map(Object.entries(good)), manifest)) {
    wrong.push(`${problem.rule} refused a good file: ${problem.path}:${problem.line} ${problem.what}`)
  }
  for (const message of wrong) fail(`check-source self-test: ${message}`)
  if (wrong.length === 0) {
    console.log(
      `check-source self-test: ${bad.length} bad files refused, ${Object.keys(good).length} good ones passed`
    )
  }
}

selfTest()

const sources = filesBelow(Path.join(root, "src"), ".ts")
if (sources.length === 0) fail("check-source: no files in src, so nothing was checked")
const problems = check(
  new Map(
    sources.map((path) => [
      Path.relative(root, path).split(Path.sep).join("/"),
      Fs.readFileSync(path, "utf8")
    ])
  ),
  readJson(Path.join(root, "package.json"))
)
for (const { path, line, rule, what, remedy } of problems) {
  fail(`${path}:${line} ${what} [${rule}]\n    remedy: ${remedy}`)
}
console.log(`check-source: ${sources.length} files of src, ${problems.length} problems`)
