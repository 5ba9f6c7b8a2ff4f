// Chromium, the pages it opens and the emulator behind them, for the tests of this folder
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { build } from "esbuild"
import { existsSync, mkdirSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core"

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"

export const isThere = existsSync(executablePath)

export const missing = `there is no ${executablePath}; install it, or set CHROMIUM to its path`

/** A name that is no loopback name, so that browsers distrust plain http there; it leads to this machine. */
export const insecureHost = "lan.test"

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`
]

export class Chromium extends Context.Tag("test/Chromium")<Chromium, Browser>() {}

export const ChromiumLayer = Layer.scoped(
  Chromium,
  Effect.acquireRelease(
    Effect.promise(() =>
      chromium.launch({ executablePath, args: flags, ignoreDefaultArgs: ["--enable-unsafe-swiftshader"] })
    ),
    (browser) => Effect.promise(() => browser.close())
  )
)

/** A browser profile of its own: storage, cookies, tabs. */
export const profile: Effect.Effect<BrowserContext, never, Chromium | Scope.Scope> = Effect.flatMap(
  Chromium,
  (browser) =>
    Effect.acquireRelease(
      Effect.promise(async () => {
        const context = await browser.newContext({ viewport: { width: 1200, height: 900 } })
        context.setDefaultTimeout(30_000)
        return context
      }),
      (context) => Effect.promise(() => context.close())
    )
)

const root = fileURLToPath(new URL("../..", import.meta.url))

/** A program of this checkout as one script and its style, as a page loads it. */
export const bundle = (entry: string) =>
  Effect.promise(async () => {
    const { outputFiles } = await build({
      entryPoints: [`${root}/${entry}`],
      outdir: "out",
      bundle: true,
      write: false,
      format: "esm",
      platform: "browser",
      target: "es2022",
      jsx: "automatic",
      tsconfig: `${root}/tsconfig.json`,
      // React's development build: only there does StrictMode run effects twice
      define: { "process.env.NODE_ENV": '"development"', "import.meta.env": "globalThis.environment" },
      logLevel: "silent"
    })
    const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ""
    return { script: text(".js"), style: text(".css") }
  })

const listen = (server: Server) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

export interface Site {
  readonly port: number
  /** Without a trailing slash. */
  readonly origin: string
}

/**
 * Serves the bundle at `/script.js` and `/style.css`, and the page that loads them at every other path, as a
 * server of a web app does. At `/sandboxed` the page has no origin to store anything at.
 */
export const serve = (
  files: { readonly script: string; readonly style: string },
  environment: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Now playing</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"><script>globalThis.environment = ${JSON.stringify(environment)}</script><div id="root"></div><script type="module" src="/script.js"></script></html>`
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1")
      const [type, body] =
        pathname === "/script.js"
          ? ["text/javascript", files.script]
          : pathname === "/style.css"
            ? ["text/css", files.style]
            : ["text/html", page]
      response.setHeader("content-type", `${type}; charset=utf-8`)
      // A page without an origin may load modules only where it is allowed to
      response.setHeader("access-control-allow-origin", "*")
      if (pathname === "/sandboxed") {
        response.setHeader("content-security-policy", "sandbox allow-scripts")
      }
      response.end(body)
    })
    const port = yield* listen(server)
    return { port, origin: `http://127.0.0.1:${port}` } satisfies Site
  })

/** The emulator on a port of its own. */
export const emulator = (options: SpotifyEmulator.Options = {}) =>
  Effect.gen(function* () {
    const server = createServer()
    const context = yield* Layer.build(
      SpotifyEmulator.layerServer(options).pipe(
        Layer.provideMerge(
          Layer.scopedDiscard(Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections())))
        ),
        Layer.provide(NodeHttpServer.layerServer(() => server, { host: "127.0.0.1", port: 0 }))
      )
    )
    return Context.get(context, SpotifyEmulator.SpotifyEmulator)
  })

export const step = <A>(what: () => Promise<A>): Effect.Effect<A> => Effect.promise(what)

/** Where SCREENSHOTS names a folder, pictures to look at are left there. */
const screenshots = process.env["SCREENSHOTS"]

export const picture = (page: Page, name: string) =>
  step(async () => {
    if (screenshots !== undefined) {
      mkdirSync(screenshots, { recursive: true })
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
    }
  })

/** Nothing is wider than the window, which would make a phone scroll sideways. */
export const assertFits = (page: Page) =>
  step(async () => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.isAtMost(width, page.viewportSize()?.width ?? 0)
  })

/** Every address that the tab's history holds. */
export const historyOf = (context: BrowserContext, page: Page) =>
  step(async () => {
    const session = await context.newCDPSession(page)
    const { entries } = await session.send("Page.getNavigationHistory")
    return entries.map(({ url }) => url)
  })
