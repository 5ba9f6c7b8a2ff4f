// npm run mutation -- ROOM [FILE…]: changes the code of a room, one small change at a time, and says which changes no
// test of the room notices. For people who work on the room; not a part of the checks, because it takes an hour or more.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fail, root, runBin } from "./lib/run.mjs"

/** The rooms, each with the tests that must notice. They are in the project `unit`, as `test` mirrors `src`. */
const rooms = {
  "client/lists": ["test/client/lists", "test/client/api"],
  "client/call": ["test/client/*.test.ts", "test/client/call", "test/client/api"],
  store: ["test/store"],
  session: ["test/session"],
  login: ["test/login"]
}

const [room = "", ...files] = process.argv.slice(2)
const tests = rooms[room]

if (tests === undefined) {
  fail(`mutation: name a room: ${Object.keys(rooms).join(", ")}`)
} else {
  const directory = Path.join(root, ".tsbuild", "mutation")
  Fs.mkdirSync(directory, { recursive: true })
  const config = Path.join(directory, "stryker.json")
  const report = (kind) => ({ fileName: Path.join(directory, `${room.replace("/", "-")}.${kind}`) })
  Fs.writeFileSync(
    config,
    JSON.stringify({
      mutate: files.length > 0 ? files : [`src/${room}/**/*.ts`],
      testRunner: "vitest",
      plugins: ["@stryker-mutator/vitest-runner", Path.join(root, "scripts/lib/unwatched.mjs")],
      // What only people read: texts, logs, spans
      mutator: { excludedMutations: ["StringLiteral"] },
      ignorers: ["unwatched"],
      vitest: { configFile: "scripts/lib/mutation.vitest.ts", related: false },
      coverageAnalysis: "perTest",
      ignoreStatic: true,
      concurrency: Number(process.env["MUTATION_PROCESSES"] ?? 2),
      timeoutMS: 30_000,
      ignorePatterns: ["/docs", "/dist", "/examples", "/bench", "/soak", ".tsbuild", "*.tsbuildinfo"],
      tempDirName: Path.join(directory, "sandbox"),
      reporters: ["progress-append-only", "clear-text", "html", "json"],
      clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
      htmlReporter: report("html"),
      jsonReporter: report("json"),
      allowConsoleColors: false
    })
  )
  const { code } = await runBin("@stryker-mutator/core", "stryker", ["run", config], {
    stdio: "inherit",
    env: { ...process.env, MUTATION_TESTS: tests.join(" ") }
  })
  if (code !== 0) fail("mutation: Stryker failed")
}
