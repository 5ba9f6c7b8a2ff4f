/**
 * The same bundle of a web app with a login under Node, workerd, Bun and Deno, against the emulator. Each scope
 * ends the runtime before the emulator, which waits for its clients' connections to close.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Miniflare } from "miniflare"
import * as Fs from "node:fs"
import { createServer } from "node:http"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import * as FetchHandler from "./support/fetchHandler.js"

type Module = { readonly default: { fetch(request: Request, variables: unknown): Promise<Response> } }

const deno = Path.join(
  FetchHandler.root,
  `node_modules/@deno/${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}/deno`
)
const workerd = Path.join(FetchHandler.root, "node_modules/.bin/workerd")
const bun = Path.join(FetchHandler.root, "node_modules/.bin/bun")

/** The bundle in a directory of its own, with what serves it. */
const written = (main: string) =>
  Effect.gen(function* () {
    const directory = yield* FetchHandler.directory
    const text = yield* FetchHandler.bundle
    Fs.writeFileSync(Path.join(directory, "handler.mjs"), text)
    Fs.writeFileSync(Path.join(directory, "main.mjs"), main)
    return directory
  })

describe("the fetch handler (P13)", () => {
  it.live("under Node's own http server", () =>
    Effect.gen(function* () {
      const directory = yield* written("")
      const variables = yield* FetchHandler.variables
      const url = pathToFileURL(Path.join(directory, "handler.mjs")).href
      const app = (yield* Effect.promise((): Promise<Module> => import(/* @vite-ignore */ url))).default
      const server = createServer(async (request, response) => {
        const headers = new Headers()
        for (const [name, values = []] of Object.entries(request.headersDistinct)) {
          for (const value of values) {
            headers.append(name, value)
          }
        }
        const answer = await app.fetch(
          new Request(`http://127.0.0.1${request.url}`, { method: request.method ?? "GET", headers }),
          variables
        )
        response.writeHead(answer.status, [...answer.headers].flat())
        response.end(await answer.text())
      })
      const port = yield* Effect.acquireRelease(
        Effect.async<number>((resume) => {
          server.listen({ host: "127.0.0.1", port: 0 }, () => {
            const address = server.address()
            resume(Effect.succeed(address !== null && typeof address === "object" ? address.port : 0))
          })
        }),
        () => Effect.sync(() => (server.closeAllConnections(), server.close()))
      )
      yield* FetchHandler.walk(FetchHandler.toPort(port))
    }).pipe(Effect.scoped, Effect.provide(FetchHandler.emulatorLayer))
  )

  it.live.skipIf(FetchHandler.isMissing("workerd", () => FetchHandler.runs(workerd)))(
    "in workerd, where nothing may happen at import and nothing outlives a request",
    () =>
      Effect.gen(function* () {
        const script = yield* FetchHandler.bundle
        const bindings = yield* FetchHandler.variables
        const worker = yield* Effect.acquireRelease(
          Effect.sync(
            () =>
              new Miniflare({ modules: true, script, bindings, compatibilityDate: "2025-12-01", cf: false })
          ),
          (worker) => Effect.promise(() => worker.dispose())
        )
        const { port } = yield* Effect.promise(() => worker.ready)
        yield* FetchHandler.walk(FetchHandler.toPort(Number(port)))
      }).pipe(Effect.scoped, Effect.provide(FetchHandler.emulatorLayer))
  )

  it.live.skipIf(FetchHandler.isMissing("Bun", () => FetchHandler.runs(bun)))("in Bun", () =>
    Effect.gen(function* () {
      const directory = yield* written(`import app from "./handler.mjs"
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => app.fetch(request, process.env) })
console.log("port " + server.port)
`)
      const port = yield* FetchHandler.serverProcess(bun, ["run", Path.join(directory, "main.mjs")], {
        ...(yield* FetchHandler.variables),
        TEMPORARY: directory
      })
      yield* FetchHandler.walk(FetchHandler.toPort(port))
    }).pipe(Effect.scoped, Effect.provide(FetchHandler.emulatorLayer))
  )

  it.live.skipIf(FetchHandler.isMissing("Deno", () => FetchHandler.runs(deno)))("in Deno", () =>
    Effect.gen(function* () {
      const directory = yield* written(`import app from "./handler.mjs"
Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log("port " + port) },
  (request) => app.fetch(request, Deno.env.toObject())
)
`)
      const port = yield* FetchHandler.serverProcess(
        deno,
        [
          "run",
          "--allow-net=127.0.0.1",
          "--allow-env",
          "--no-config",
          "--no-lock",
          Path.join(directory, "main.mjs")
        ],
        {
          ...(yield* FetchHandler.variables),
          TEMPORARY: directory,
          DENO_NO_UPDATE_CHECK: "1",
          DENO_DIR: directory
        }
      )
      yield* FetchHandler.walk(FetchHandler.toPort(port))
    }).pipe(Effect.scoped, Effect.provide(FetchHandler.emulatorLayer))
  )

  it.effect("the bundle has no import to find, no Node module and no emulator", () =>
    Effect.gen(function* () {
      const text = yield* FetchHandler.bundle
      assert.notMatch(text, /^import\s.*from|\bimport\(/m)
      assert.notMatch(text, /["']node:/)
      assert.notInclude(text, "Ines Åkerholm")
    })
  )
})
