// Tells Stryker which changes to try, for `npm run mutation -- ROOM --sample N`. Each change has a rank that its place,
// its text and the seed give, and the N lowest are tried: the same ones again when only tests have changed since.
import { CheckStatus } from "@stryker-mutator/api/check"
import { declareFactoryPlugin, PluginKind } from "@stryker-mutator/api/plugin"
import { createHash } from "node:crypto"
import * as Path from "node:path"

const rank = ({ fileName, location, mutatorName, replacement }) =>
  createHash("sha256")
    .update(
      JSON.stringify([
        process.env["MUTATION_SEED"],
        Path.basename(fileName),
        location.start.line,
        location.start.column,
        location.end.line,
        location.end.column,
        mutatorName,
        replacement
      ])
    )
    .digest("hex")

export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.Checker, "sample", () => ({
    init: async () => {},
    // All at once, as the lowest of all are wanted
    group: async (mutants) => (mutants.length === 0 ? [] : [mutants.map(({ id }) => id)]),
    check: async (mutants) => {
      const ranked = mutants.map((mutant) => ({ id: mutant.id, rank: rank(mutant) }))
      const chosen = ranked
        .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
        .slice(0, Number(process.env["MUTATION_SAMPLE"]))
      const ids = new Set(chosen.map(({ id }) => id))
      return Object.fromEntries(
        ranked.map(({ id }) => [
          id,
          ids.has(id)
            ? { status: CheckStatus.Passed }
            : { status: CheckStatus.CompileError, reason: "not in the sample" }
        ])
      )
    }
  }))
]
