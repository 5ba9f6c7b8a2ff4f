// npm run bench [-- name …] runs the benchmarks of this directory, or those whose names contain an argument.
//
// A benchmark is a file `bench/<anything>.bench.ts` that exports
//   name  what it measures, in a few words
//   run   an effect that measures and answers with rows for the table; it may use a scope
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Os from "node:os"

/** One line of a benchmark's table: column → value. */
export type Row = Readonly<Record<string, string | number>>

export interface Benchmark {
  readonly name: string
  readonly run: Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope>
}

const isBenchmark = (module: Partial<Benchmark>): module is Benchmark =>
  typeof module.name === "string" && Effect.isEffect(module.run)

const load = async (file: string): Promise<Benchmark> => {
  const module = (await import(new URL(file, import.meta.url).href)) as Partial<Benchmark>
  if (!isBenchmark(module)) throw new Error(`bench/${file} must export name and run`)
  return module
}

const wanted = process.argv.slice(2)
const files = Fs.readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".bench.ts"))
const benchmarks = await Promise.all(files.sort().map(load))
const chosen = benchmarks.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part.toLowerCase()))
)

if (chosen.length === 0) {
  console.error(
    `no such benchmark; there are: ${benchmarks.map(({ name }) => name).join(", ") || "none yet"}`
  )
  process.exitCode = 1
} else {
  console.log(`Node ${process.version}, ${Os.cpus().length} × ${Os.cpus()[0]?.model ?? "unknown"}`)
  for (const { name, run } of chosen) {
    console.log(`\n${name}`)
    console.table(await Effect.runPromise(Effect.scoped(run)))
  }
}
