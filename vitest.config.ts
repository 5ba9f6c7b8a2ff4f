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
    testTimeout: 20_000,
    // Many files wait for processes and clocks most of the time
    maxWorkers: 3,
    minWorkers: 1,
    // The report is what scripts/check-scenarios.mjs reads
    reporters:
      process.env["CI"] === "true"
        ? ["default", ["json", { outputFile: ".tsbuild/tests.json" }]]
        : ["default"]
  }
})
