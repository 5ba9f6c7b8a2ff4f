import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-spotify$/, replacement: src("index.ts") },
      { find: /^effect-spotify\/(.*)$/, replacement: src("$1.ts") }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/freshMethods.ts", "test/support/turns.ts"],
    isolate: false,
    // Enough for a machine that others load: what must be fast is bounded by its own test
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // Many files wait for processes and clocks most of the time. As many at least as at most: a process that
    // files share and that has none left is ended twice otherwise, which fails the run
    maxWorkers: 4,
    minWorkers: 4,
    // The report is what scripts/check-scenarios.mjs reads
    reporters:
      process.env["CI"] === "true"
        ? ["default", ["json", { outputFile: ".tsbuild/tests.json" }]]
        : ["default"]
  }
})
