import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Esbuild from "esbuild"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Http from "node:http"
import * as Path from "node:path"
import * as FetchHandler from "./support/fetchHandler.js"

const bun = Path.join(FetchHandler.root, "node_modules/.bin/bun")

/** Imports everything of the entry point, then asks `process.argv[2]` over the transport. */
const program = `
import * as HttpClient from "@effect/platform/HttpClient"
import { FileTokenStore, Loopback, NodeTransport } from "effect-spotify/node"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
console.log(typeof FileTokenStore.layer, typeof Loopback.login)
HttpClient.get(process.argv[2]).pipe(
  Effect.flatMap((response) => response.text),
  Effect.provide(NodeTransport.layer()),
  Effect.catchAllCause((cause) => Effect.succeed(Cause.pretty(cause).split("\\n")[0])),
  Effect.flatMap((text) => Effect.sync(() => console.log(text))),
  Effect.runFork
)
`

/** The program in a directory above which there is no undici. */
const written = Effect.gen(function* () {
  const directory = yield* FetchHandler.directory
  const { outputFiles } = yield* Effect.promise(() =>
    Esbuild.build({
      stdin: { contents: program, resolveDir: FetchHandler.root },
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "es2022",
      external: ["undici"],
      alias: { "effect-spotify/node": Path.join(FetchHandler.root, "src/node.ts") },
      logLevel: "silent"
    })
  )
  const file = Path.join(directory, "main.mjs")
  Fs.writeFileSync(file, outputFiles[0]?.text ?? "")
  return file
})

const server = Effect.acquireRelease(
  Effect.async<Http.Server>((resume) => {
    const listening = Http.createServer((_, response) => response.end("an answer"))
    listening.listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
  }),
  (listening) =>
    Effect.async<void>((resume) => {
      listening.closeAllConnections()
      listening.close(() => resume(Effect.void))
    })
)

const run = (command: string, file: string) =>
  Effect.gen(function* () {
    const address = (yield* server).address()
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    return yield* Effect.async<string>((resume) => {
      ChildProcess.execFile(command, [file, url], { timeout: 30_000 }, (error, stdout, stderr) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(stderr)))
      )
    })
  })

describe("effect-spotify/node", () => {
  it.scopedLive("is imported without undici, and the transport says what to install", () =>
    Effect.gen(function* () {
      const lines = (yield* run(process.execPath, yield* written)).split("\n")
      assert.strictEqual(lines[0], "function function")
      assert.match(lines[1] ?? "", /NodeTransport needs undici.*npm install undici@7/)
    })
  )

  it.scopedLive.skipIf(FetchHandler.isMissing("Bun", () => FetchHandler.runs(bun)))(
    "asks by fetch under Bun, which puts a part of undici in the place of undici",
    () =>
      Effect.gen(function* () {
        const lines = (yield* run(bun, yield* written)).split("\n")
        assert.deepStrictEqual(lines.slice(0, 2), ["function function", "an answer"])
      })
  )
})
