// A piece of code for each rule that breaks it. The checks stop when a rule lets its own pass, since a tool that
// checks nothing looks like one that finds nothing.

const generator = (body) => `export const canary = Effect.gen(function* () {\n  ${body}\n})`
const service = (options) =>
  `export class Canary extends Effect.Service<Canary>()("Canary", { ${options} }) {}`
const tag = (name) => `class ${name} extends Context.Tag("${name}")<${name}, { readonly a: number }>() {}\n`
const boom = 'class Boom extends Data.TaggedError("Boom") {}\n'

/** Rules of the Effect language service, each with a module that breaks it after these imports. */
export const imports = ["Context", "Data", "Effect", "Layer", "Schema"]
  .map((name) => `import * as ${name} from "effect/${name}"\n`)
  .join("")

export const effect = {
  anyUnknownInErrorContext: generator(
    'yield* Effect.context<unknown>()\n  return yield* Effect.fail<any>("")'
  ),
  asyncFunction: "export const canary = async () => { await Promise.resolve(1) }",
  catchAllToMapError: `class Wrapped extends Data.TaggedError("Wrapped")<{ readonly cause: unknown }> {}
    export const canary = Effect.fail("").pipe(Effect.catchAll((cause) => Effect.fail(new Wrapped({ cause }))))`,
  catchUnfailableEffect:
    "export const canary = Effect.succeed(1).pipe(Effect.catchAll(() => Effect.succeed(0)))",
  classSelfMismatch: `declare class Other {}
    export class Canary extends Context.Tag("Canary")<Other, { readonly a: number }>() {}`,
  deterministicKeys:
    'export class Canary extends Context.Tag("SomethingElse")<Canary, { readonly a: number }>() {}',
  effectDoNotation: `export const canary = Effect.Do.pipe(
    Effect.bind("a", () => Effect.succeed(1)), Effect.bind("b", ({ a }) => Effect.succeed(a + 1)))`,
  effectFnIife:
    'export const canary = Effect.fn("canary")(function* () { return yield* Effect.succeed(1) })()',
  effectFnImplicitAny: 'export const canary = Effect.fn("canary")((input) => Effect.succeed(input))',
  effectFnOpportunity: `export const canary = (value: number) => Effect.gen(function* () {
    yield* Effect.log("before")
    return value
  })`,
  effectGenUsesAdapter: "export const canary = Effect.gen(function* (_) { return yield* Effect.succeed(1) })",
  effectInFailure: `export const canary = Effect.try({
    try: () => JSON.parse("{") as unknown, catch: (error) => Effect.logError(error) })`,
  effectInVoidSuccess: 'export const canary: Effect.Effect<void> = Effect.succeed(Effect.log("nested"))',
  effectMapFlatten:
    "export const canary = Effect.succeed(1).pipe(Effect.map((n) => Effect.succeed(n)), Effect.flatten)",
  effectMapVoid: "export const canary = Effect.succeed(1).pipe(Effect.map(() => undefined))",
  effectSucceedWithVoid: "export const canary = Effect.succeed(undefined)",
  extendsNativeError: "export class Canary extends Error {}",
  flatMapToMap: "export const canary = Effect.succeed(1).pipe(Effect.flatMap((n) => Effect.succeed(n + 1)))",
  floatingEffect: 'Effect.log("forgotten")',
  genericEffectServices:
    'export class Canary<_A> extends Context.Tag("Canary")<Canary<unknown>, { readonly a: number }>() {}',
  globalConsole: 'console.log("canary")',
  globalConsoleInEffect: generator('console.log("canary")'),
  globalDate: "export const canary = Date.now()",
  globalDateInEffect: generator("return Date.now()"),
  globalErrorInEffectCatch: `export const canary = Effect.tryPromise({
    try: () => Promise.resolve(1), catch: (error) => new Error(String(error)) })`,
  globalErrorInEffectFailure: 'export const canary = Effect.fail(new Error("boom"))',
  globalFetch: 'export const canary = fetch("https://example.com")',
  globalFetchInEffect: generator('return yield* Effect.promise(() => fetch("https://example.com"))'),
  globalRandom: "export const canary = Math.random()",
  globalRandomInEffect: generator("return Math.random()"),
  globalTimers: "setTimeout(() => {}, 100)",
  globalTimersInEffect: generator("setTimeout(() => {}, 100)"),
  importFromBarrel: 'import { Option } from "effect"\nexport const canary = Option.none()',
  layerMergeAllWithDependencies: `${tag("A")}${tag("B")}
    const layerB = Layer.effect(B, Effect.map(A, ({ a }) => ({ a })))
    export const canary = Layer.mergeAll(Layer.succeed(A, { a: 1 }), layerB)`,
  lazyPromiseInEffectSync: "export const canary = Effect.sync(() => Promise.resolve(1))",
  leakingRequirements: `${tag("Files")}export class Canary extends Context.Tag("Canary")<Canary, {
    readonly read: Effect.Effect<string, never, Files>
    readonly save: () => Effect.Effect<void, never, Files>
  }>() {}`,
  missingEffectContext: `${tag("A")}export const canary: Effect.Effect<void> = Effect.asVoid(A)`,
  missingEffectError: `${boom}declare const effect: Effect.Effect<number, Boom>
    export const canary: () => Effect.Effect<number> = () => effect`,
  missingEffectServiceDependency: `class Db extends Effect.Service<Db>()("Db", { succeed: { ok: true } }) {}
    ${service("effect: Effect.gen(function* () { yield* Db; return { one: Effect.succeed(1) } })")}`,
  missingLayerContext: `${tag("A")}${tag("B")}declare const layer: Layer.Layer<A, never, B>
    export const canary: Layer.Layer<A> = layer`,
  missingReturnYieldStar: generator('yield* Effect.log("before")\n  yield* Effect.fail("boom")'),
  missingStarInYieldEffectGen: generator("const value = yield Effect.succeed(1)\n  return value"),
  multipleEffectProvide: `${tag("A")}${tag("B")}export const canary = Effect.all([A, B]).pipe(
    Effect.provide(Layer.succeed(A, { a: 1 })), Effect.provide(Layer.succeed(B, { a: 1 })))`,
  nestedEffectGenYield: generator('yield* Effect.gen(function* () { yield* Effect.log("inner") })'),
  newPromise: "export const canary = new Promise<number>((resolve) => resolve(1))",
  nodeBuiltinImport: 'import * as Fs from "node:fs"\nexport const canary = Fs.readFileSync',
  nonObjectEffectServiceType: service('succeed: "hello" as const'),
  outdatedEffectCodegen: `// @effect-codegens accessors:stale-canary
    ${service("accessors: true, effect: Effect.succeed({ value: Effect.succeed(1) })")}`,
  overriddenSchemaConstructor: `
    export class Canary extends Schema.Class<Canary>("Canary")({ name: Schema.String }) {
      constructor(readonly input: { name: string }) { super(input) }
    }`,
  preferSchemaOverJson: generator('const text = yield* Effect.succeed("{}")\n  return JSON.parse(text)'),
  processEnv: 'export const canary = process.env["PORT"]',
  processEnvInEffect: generator('return process.env["PORT"]'),
  redundantSchemaTagIdentifier:
    'export class Canary extends Schema.TaggedClass<Canary>("Canary")("Canary", { value: Schema.String }) {}',
  returnEffectInGen: generator("return Effect.succeed(1)"),
  runEffectInsideEffect: generator("const run = () => Effect.runSync(Effect.succeed(1))\n  return run()"),
  schemaStructWithTag:
    'export const canary = Schema.Struct({ _tag: Schema.Literal("User"), name: Schema.String })',
  schemaSyncInEffect: generator(
    "const input = yield* Effect.succeed(1)\n  return Schema.decodeSync(Schema.Number)(input)"
  ),
  schemaUnionOfLiterals: 'export const canary = Schema.Union(Schema.Literal("a"), Schema.Literal("b"))',
  scopeInLayerEffect: `${tag("A")}export const canary = Layer.effect(A, Effect.gen(function* () {
    yield* Effect.addFinalizer(() => Effect.void)
    return { a: 1 }
  }))`,
  strictEffectProvide: `${tag("A")}
    export const canary = Effect.void.pipe(Effect.provide(Layer.succeed(A, { a: 1 })))`,
  tryCatchInEffectGen: generator("try { return yield* Effect.succeed(1) } catch { return 0 }"),
  unknownInEffectCatch: `export const canary = Effect.tryPromise({
    try: () => Promise.resolve(1), catch: (error) => error })`,
  unnecessaryEffectGen: generator("return yield* Effect.succeed(1)"),
  unnecessaryFailYieldableError: `${boom}${generator(
    'yield* Effect.log("before")\n  return yield* Effect.fail(new Boom())'
  )}`,
  unnecessaryPipe: 'import { pipe } from "effect/Function"\nexport const canary = pipe(1)',
  unnecessaryPipeChain: 'export const canary = Effect.succeed(1).pipe(Effect.asVoid).pipe(Effect.as("done"))',
  unsafeEffectTypeAssertion: `declare const program: Effect.Effect<string, "boom", "service">
    export const canary = program as Effect.Effect<string, never, never>`,
  unsupportedServiceAccessors: service(
    "accessors: true, effect: Effect.succeed({ get: <A>(value: A) => Effect.succeed(value) })"
  )
}

/** Rules of oxlint, each with files that all break it; they are called `0.ts`, `1.ts` and so on. */
export const oxlint = {
  "typescript(no-explicit-any)": ["export const f = (x: any): unknown => x"],
  "typescript(no-non-null-assertion)": ["export const f = (x?: { y: 1 }) => x!.y"],
  "typescript(consistent-type-imports)": [
    'import { B } from "./1.js"\nexport interface A {}\nexport type C = B',
    'import { A } from "./0.js"\nexport interface B {}\nexport type D = A'
  ],
  "import(no-default-export)": ["export default 1"],
  "import(no-cycle)": [
    'import { b } from "./1.js"\nexport const a = () => b',
    'import { a } from "./0.js"\nexport const b = () => a'
  ],
  "eslint(no-console)": ['console.log("x")'],
  "eslint(max-lines)": [Array.from({ length: 510 }, (_, i) => `export const line${i} = ${i}`).join("\n")],
  "oxc(no-async-await)": ["export const f = async (): Promise<number> => 1"],
  "eslint(no-restricted-globals)": [
    "export const f = () => setTimeout(() => {}, 1)",
    "export const f = () => setInterval(() => {}, 1)",
    "export const f = () => process.argv",
    'export const f = () => fetch("x")',
    'export const f = () => Buffer.from("x")'
  ],
  "eslint(no-restricted-imports)": [
    'export { Effect } from "effect"',
    'import type { HttpClient } from "@effect/platform"\nexport type A = typeof HttpClient'
  ],
  "eslint(no-restricted-properties)": [
    "export const f = () => Date.now()",
    "export const f = () => Math.random()",
    "export const f = () => globalThis.process.env",
    'import * as E from "effect/Effect"\nexport const f = () => E.runPromise(E.void)',
    'import * as E from "effect/Effect"\nexport const f = () => E.runFork(E.void)',
    'import * as E from "effect/Effect"\nexport const { runSync } = E',
    'import * as E from "effect/Effect"\nexport const f = E.void.pipe(E.forkDaemon)'
  ]
}

const doc = "/**\n * X.\n *\n * @since 0.1.0\n * @category models\n */\n"

/** For check-source: files that look suspicious and are right, and those that put in their place are wrong, with the line. */
export const source = {
  bad: [
    ["src/client/a.ts", 'import { runSync as go } from "effect/Effect"', 1],
    ["src/client/a.ts", "// @ts-ignore -- because\nx()", 1],
    ["src/client/a.ts", "\n// @ts-expect-error\nx()", 2],
    ["src/client/a.ts", "/** @effect-diagnostics floatingEffect:skip-file */\nx()", 1],
    ["src/client/a.ts", "// @effect-diagnostics-next-line floatingEffect:off\nx()", 1],
    ["src/client/a.ts", "x() // oxlint-disable-line no-console", 1],
    ["src/client/a.ts", "/* eslint-disable no-console -- all */\nx()", 1],
    ["src/Thing.ts", "export const x = 1", 1],
    ["src/Thing.ts", "/** X. */\nexport const x = 1", 2],
    ["src/Thing.ts", "/**\n * @since 0.1.0\n */\nexport interface X {}", 4],
    ["src/Thing.ts", "/** @since 0.1.0\n * @category a\n * @category b\n */\nexport type X = 1", 5],
    ["src/Thing.ts", "/** @category models */\nexport class X {}", 2],
    ["src/Thing.ts", "/** @since 0.1.0 */\nexport declare namespace X {\n  export type Y = 1\n}", 3],
    ["src/index.ts", 'export * as Thing from "./Thing.js"', 1],
    ["src/emulator/Public.ts", "export const x = 1", 1],
    ["src/emulator/state.ts", "export const other = 1\nexport const named = 2", 2]
  ],
  good: {
    "src/index.ts": '/** @since 0.1.0 */\nexport * as Thing from "./Thing.js"\n',
    "src/emulator.ts": `/** @since 0.1.0 */\nexport * as Public from "./emulator/Public.js"
      /** @since 0.1.0 */\nexport { named } from "./emulator/state.js"`,
    "src/emulator/Public.ts": "",
    "src/emulator/state.ts": `export const other = 1\n${doc}export const named = 2`,
    "src/client/a.ts":
      '// @ts-expect-error -- the types lag behind\nimport type * as Effect from "effect/Effect"',
    "src/Thing.ts": `${doc}export const thing = 1\n${doc}export interface Both {}\n${doc}export const Both = 1
      /** @since 0.1.0 */\nexport declare namespace Both {\n${doc}export type A = 1\n}
      ${doc}export function over(a: 1): 1\nexport function over(a: unknown): unknown { return a }
      /** @internal */\nexport const hidden = 1\nexport {\n/** @since 0.1.0 */\nnamed\n} from './emulator/state.js'`
  }
}
