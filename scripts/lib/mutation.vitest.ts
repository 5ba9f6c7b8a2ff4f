import { defineConfig } from "vitest/config"
import config, { needsMore } from "../../vitest.config.js"

/** The tests of one room in one process, for `npm run mutation`. */
export default defineConfig({
  ...config,
  test: {
    include: (process.env["MUTATION_TESTS"] ?? "")
      .split(" ")
      .map((path) => (path.endsWith(".ts") ? path : `${path}/**/*.test.ts`)),
    exclude: needsMore,
    setupFiles: config.test?.setupFiles ?? [],
    isolate: false,
    testTimeout: 60_000
  }
})
