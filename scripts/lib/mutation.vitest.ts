import { BaseSequencer, type TestSpecification } from "vitest/node"
import { defineConfig } from "vitest/config"
import config, { needsMore } from "../../vitest.config.js"

/** The files that take the least time first, as the first test that fails is the last that runs. */
class ShortestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return sorted.reverse()
  }
}

/** The tests of one room in one process, for `npm run mutation`. */
export default defineConfig({
  ...config,
  test: {
    include: (process.env["MUTATION_TESTS"] ?? "")
      .split(" ")
      .map((path) => (path.endsWith(".ts") ? path : `${path}/**/*.test.ts`)),
    exclude: needsMore,
    setupFiles: ["scripts/lib/quickTests.ts", ...(config.test?.setupFiles ?? [])],
    isolate: false,
    sequence: { sequencer: ShortestFirst },
    // A change may make a test wait forever
    testTimeout: process.env["MUTATION_SLOW"] === undefined ? 60_000 : 15_000
  }
})
