import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/**
 * What needs another process, a server, a browser, another runtime or a disk to itself, and what damages every
 * recorded answer where there are any. `npm run test:all` has it, `npm test` does without.
 */
const rest = [
  "test/**/*chromium.test.ts",
  "test/cli/**/*.test.ts",
  "test/client/api/mutations.test.ts",
  "test/conformance/**/*.test.ts",
  "test/emulator/{bin,server}.test.ts",
  "test/login/{examples,loopbackAttacks}.test.ts",
  "test/node/NodeKeyRing.test.ts",
  "test/node/{fileStore,sqliteStore}/**/*.test.ts",
  "test/processes/**/*.test.ts",
  "test/runtimes/**/*.test.ts",
  "test/session/manySessions.test.ts",
  "test/store/encrypted/EncryptedTokenStore.test.ts",
  "test/store/{processes,servers}.test.ts",
  "test/store/{redis,sql}/**/*.test.ts"
]

/** What takes the built package, as `npm run exports` does. */
const packed = ["test/package/packed.test.ts"]

/** What takes the registry as well, and minutes: `npm run matrix`. */
const matrix = ["test/package/matrix.test.ts"]

const all = ["test/**/*.test.ts"]

/** What takes a minute or more, the longest first. A run would end with them alone if they were started last. */
const longest = [
  "test/processes/crashes.test.ts",
  "test/store/sql/contract.test.ts",
  "test/store/sql/faults.test.ts",
  "test/cli/session.test.ts",
  "test/runtimes/workers.test.ts",
  "test/node/fileStore/contract.test.ts",
  "test/store/encrypted/EncryptedTokenStore.test.ts",
  "test/store/redis/http.test.ts",
  "test/node/fileStore/powerCut.test.ts",
  "test/client/gate/job.test.ts"
]

/** Those first, and all others by size or, where they ran before, by how long that took. */
class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>) {
    const others = await super.sort(files)
    const first = longest.flatMap((name) => others.filter((file) => file.moduleId.endsWith(name)))
    return [...new Set([...first, ...others])]
  }
}

/** What the project `unit` leaves out. */
export const needsMore = [...rest, ...packed, ...matrix]

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-spotify$/, replacement: src("index.ts") },
      { find: /^effect-spotify\/(.*)$/, replacement: src("$1.ts") }
    ]
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: all, exclude: needsMore, testTimeout: 60_000 }
      },
      // Enough for a machine that others load: what must be fast is bounded by its own test
      { extends: true, test: { name: "rest", include: rest, testTimeout: 300_000 } },
      { extends: true, test: { name: "package", include: packed, testTimeout: 300_000 } },
      { extends: true, test: { name: "matrix", include: matrix, testTimeout: 300_000 } }
    ],
    setupFiles: ["test/support/freshMethods.ts", "test/support/turns.ts"],
    // Loading the library costs more than most files take: they share their processes
    isolate: false,
    sequence: { sequencer: LongestFirst },
    hookTimeout: 120_000,
    // Many files wait for processes and clocks most of the time. As many at least as at most: a process that
    // files share and that has none left is ended twice otherwise, which fails the run
    maxWorkers: 4,
    minWorkers: 4,
    // The reports are what scripts/check-scenarios.mjs reads
    reporters: process.env["CI"] === "true" ? ["default", "json"] : ["default"]
  }
})
