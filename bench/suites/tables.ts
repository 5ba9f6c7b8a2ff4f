// Benchmarks within one process, which answer with tables of their own.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Benchmark } from "../measure.js"

/** One line of such a table: column → value. `what` names it. */
export type Row = Readonly<Record<string, string | number>>

/** Each number of the table becomes a row; texts that are numbers count as such. */
export const tables = (
  name: string,
  title: string,
  run: Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope>
): Benchmark => ({
  name,
  title,
  run: async () =>
    (await Effect.runPromise(Effect.scoped(run))).flatMap((row) =>
      Object.entries(row)
        .filter(([column, value]) => column !== "what" && !Number.isNaN(Number(value)))
        .map(([column, value]) => ({
          name: `${name}/${String(row["what"])}/${column}`,
          unit: column,
          ours: Number(value),
          peers: {},
          floor: null,
          ratio: column === "ratio to Effect.sync" ? Number(value) : null,
          ...(column === "ratio to Effect.sync" ? { goal: "<= 3 of a bare Effect.sync" } : {})
        }))
    )
})
