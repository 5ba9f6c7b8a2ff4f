/** Workers in workerd on loopback ports, bundled as they are deployed. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Miniflare, type MiniflareOptions } from "miniflare"
import { get } from "node:http"
import * as Path from "node:path"
import { bundleProgram } from "../../../scripts/lib/bundle.mjs"
import * as FetchHandler from "./fetchHandler.js"

/** Whether workerd runs here. In CI tests run, and fail, without it. */
export const missing = FetchHandler.isMissing("workerd", () =>
  FetchHandler.runs(Path.join(FetchHandler.root, "node_modules/.bin/workerd"))
)

/** A module with all it needs, for a platform without Node's modules. */
export const bundle = (contents: string): Effect.Effect<string> =>
  Effect.promise(() =>
    bundleProgram({
      stdin: { contents, resolveDir: FetchHandler.root },
      plugins: [
        {
          name: "the package by its name",
          setup: (build) =>
            build.onResolve({ filter: /^effect-spotify(\/|$)/ }, ({ path }) => ({
              path: Path.join(FetchHandler.root, "src", `${path.split("/")[1] ?? "index"}.ts`)
            }))
        }
      ],
      minifySyntax: true,
      treeShaking: true,
      logLevel: "silent"
    })
  )

/** The module that a file of this checkout is when it is deployed. */
export const bundleFile = (path: string): Effect.Effect<string> =>
  bundle(`export * from "./${path}"\nexport { default } from "./${path}"`)

export interface Worker {
  readonly port: number
  /** Ends the isolate at once, whatever it is doing. */
  readonly end: Effect.Effect<void>
  readonly miniflare: Miniflare
}

/** A process of workerd, which ends with the scope. */
export const start = (options: MiniflareOptions): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.gen(function* () {
    const miniflare = yield* Effect.acquireRelease(
      Effect.sync(() => new Miniflare({ cf: false, ...options })),
      // It may have been ended by the test
      (worker) => Effect.promise(() => worker.dispose().catch(() => {}))
    )
    const { port } = yield* Effect.promise(() => miniflare.ready)
    return { port: Number(port), end: Effect.promise(() => miniflare.dispose()), miniflare }
  })

/** The text of an answer, over a connection of its own: workerd closes idle ones as the next request is sent. */
export const text = (port: number, path: string): Effect.Effect<string> =>
  Effect.async((resume) => {
    const request = get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let body = ""
      response.setEncoding("utf8")
      response.on("data", (chunk) => (body += chunk))
      response.once("error", (error) => resume(Effect.die(error)))
      response.once("end", () => resume(Effect.succeed(body)))
    })
    request.once("error", (error) => resume(Effect.die(error)))
    return Effect.sync(() => request.destroy())
  })
