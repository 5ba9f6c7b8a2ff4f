// npm run mutation -- ROOM [FILE…] [--sample N] [--seed TEXT] [--quick MS]: changes the code of a room, one small change
// at a time, and says which changes no test of the room notices. For people who work on the room; not a part of the
// checks, because it takes hours. --sample tries N changes chosen at random, the same ones for the same seed. --quick
// leaves out the tests that take longer than MS milliseconds, which are few and most of the time.
import * as Fs from "node:fs"
import * as Path from "node:path"
import { parseArgs } from "node:util"
import { fail, readJson, root, runBin } from "./lib/run.mjs"

/** The rooms, each with the tests that must notice. They are in the project `unit`, as `test` mirrors `src`. */
const rooms = {
  "client/lists": ["test/client/lists", "test/client/api"],
  "client/call": ["test/client/*.test.ts", "test/client/call", "test/client/api"],
  store: ["test/store"],
  session: ["test/session"],
  login: ["test/login"]
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" }, quick: { type: "string" } }
})
const [room = "", ...files] = positionals
const tests = rooms[room]

const directory = Path.join(root, ".tsbuild", "mutation")

const inDirectory = (kind) => Path.join(directory, `${room.replace("/", "-")}.${kind}`)

/** The names of the room's tests that take longer than this, by the times that the first such run wrote down. */
const slowerThan = async (milliseconds, env) => {
  const times = inDirectory("times.json")
  if (!Fs.existsSync(times)) {
    const args = [
      "run",
      "--config",
      "scripts/lib/mutation.vitest.ts",
      "--reporter=json",
      `--outputFile=${times}`
    ]
    const { code, output } = await runBin("vitest", "vitest", args, { env })
    if (code !== 0) throw new Error(`mutation: the tests of ${room} fail without any change\n${output}`)
  }
  return readJson(times)
    .testResults.flatMap((file) => file.assertionResults)
    .filter((test) => test.duration > milliseconds)
    .map((test) => test.title)
}

if (tests === undefined) {
  fail(`mutation: name a room: ${Object.keys(rooms).join(", ")}`)
} else {
  Fs.mkdirSync(directory, { recursive: true })
  const config = Path.join(directory, "stryker.json")
  const env = {
    ...process.env,
    MUTATION_TESTS: tests.join(" "),
    ...(values.sample && { MUTATION_SAMPLE: values.sample, MUTATION_SEED: values.seed })
  }
  if (values.quick) {
    const slow = await slowerThan(Number(values.quick), env)
    env["MUTATION_SLOW"] = slow.join("\n")
    console.log(`without ${slow.length} tests that take longer than ${values.quick} ms`)
  }
  if (values.sample) console.log(`a sample of ${values.sample} changes, seed ${values.seed}`)
  Fs.writeFileSync(
    config,
    JSON.stringify({
      mutate: files.length > 0 ? files : [`src/${room}/**/*.ts`],
      testRunner: "vitest",
      plugins: [
        "@stryker-mutator/vitest-runner",
        Path.join(root, "scripts/lib/unwatched.mjs"),
        Path.join(root, "scripts/lib/sample.mjs")
      ],
      // What only people read: texts, logs, spans
      mutator: { excludedMutations: ["StringLiteral"] },
      ignorers: ["unwatched"],
      checkers: values.sample ? ["sample"] : [],
      vitest: { configFile: "scripts/lib/mutation.vitest.ts", related: false },
      coverageAnalysis: "perTest",
      ignoreStatic: true,
      concurrency: Number(process.env["MUTATION_PROCESSES"] ?? 2),
      timeoutMS: values.quick ? 20_000 : 30_000,
      ignorePatterns: ["/docs", "/dist", "/examples", "/bench", "/soak", ".tsbuild", "*.tsbuildinfo"],
      tempDirName: Path.join(directory, "sandbox"),
      reporters: ["progress-append-only", "clear-text", "html", "json"],
      clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
      htmlReporter: { fileName: inDirectory("html") },
      jsonReporter: { fileName: inDirectory("json") },
      allowConsoleColors: false
    })
  )
  const { code } = await runBin("@stryker-mutator/core", "stryker", ["run", config], {
    stdio: "inherit",
    env
  })
  if (code !== 0) fail("mutation: Stryker failed")
}
