/**
 * Runs each program of this folder against the emulator, and is a person with a browser for those that have users.
 *
 *     npx tsx examples/without-effect/walk.ts
 */
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeLogin } from "effect-spotify/node"
import { TestBrowser } from "effect-spotify/testing"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { createServer } from "node:http"
import { type AddressInfo, createServer as createSocket } from "node:net"
import { fileURLToPath } from "node:url"

const freePort = Effect.async<number>((resume) => {
  const socket = createSocket().listen(0, "127.0.0.1", () => {
    const { port } = socket.address() as AddressInfo
    socket.close(() => resume(Effect.succeed(port)))
  })
})

/** What a person would put into the app's environment. */
const variables = (port: number) =>
  Effect.map(SpotifyEmulator.SpotifyEmulator, ({ accountsUrl, apiUrl, apps }) => ({
    PORT: String(port),
    SPOTIFY_CLIENT_ID: apps.confidential.clientId,
    SPOTIFY_CLIENT_SECRET: Redacted.value(apps.confidential.clientSecret),
    SPOTIFY_REDIRECT_URI: `http://127.0.0.1:${port}/auth/callback`,
    SPOTIFY_COOKIE_SECRETS: "the-example-s-own:yours-are-random-and-in-no-source",
    SPOTIFY_ACCOUNTS_URL: accountsUrl,
    SPOTIFY_API_URL: apiUrl
  }))

/** A process of its own, which is told to end when the scope closes, and has ended when that is done. */
const start = Effect.fnUntraced(function* (file: string, port: number) {
  const env = { ...process.env, ...(yield* variables(port)) }
  const path = fileURLToPath(new URL(file, import.meta.url))
  return yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--import", "tsx", path], { env, stdio: ["ignore", "pipe", "inherit"] })
    ),
    (child) =>
      Effect.async<void>((resume) => {
        child.once("exit", () => resume(Effect.void))
        if (!child.kill("SIGTERM")) {
          resume(Effect.void)
        }
      })
  )
})

/** Waits until an app listens. */
const startApp = Effect.fnUntraced(function* (file: string, port: number) {
  const app = yield* start(file, port)
  yield* Effect.async<void>((resume) => {
    app.stdout.on("data", (text) => {
      if (String(text).includes("listening")) {
        resume(Effect.void)
      }
    })
    app.once("exit", (code) => resume(Effect.dieMessage(`${file} ended with ${code}`)))
  })
})

const runScript = Effect.gen(function* () {
  const script = yield* start("script.ts", 8888)
  const output: Array<string> = []
  script.stdout.on("data", (text) => output.push(String(text)))
  const code = yield* Effect.async<number | null>((resume) => {
    script.once("close", (code) => resume(Effect.succeed(code)))
  })
  const lines = output.join("").trim().split("\n")
  return code === 0 && lines.length > 1
    ? yield* Console.log(`script.ts: ${lines.length} lines, the first ${lines[0]}`)
    : yield* Effect.dieMessage(`script.ts ended with ${code}:\n${lines.join("\n")}`)
}).pipe(Effect.scoped)

/** What Next does with the files of a folder `app`, in a few lines. */
const startNext = Effect.fnUntraced(function* (port: number) {
  Object.assign(process.env, yield* variables(port))
  const routes = {
    auth: yield* Effect.promise(() => import("./next/app/auth/[...route]/route.js")),
    me: yield* Effect.promise(() => import("./next/app/me/route.js"))
  }
  const { spotify } = yield* Effect.promise(() => import("./next/spotify.js"))
  const server = createServer(async (incoming, outgoing) => {
    const request = NodeLogin.toRequest(incoming)
    const { pathname } = new URL(request.url)
    const isAuth = pathname.startsWith("/auth/")
    const handler =
      isAuth && request.method === "POST" ? routes.auth.POST : (isAuth ? routes.auth : routes.me).GET
    const answer = pathname === "/" ? new Response("Welcome") : await handler(request)
    outgoing.writeHead(answer.status, [...answer.headers].flat())
    outgoing.end(await answer.text())
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => {
      server.listen(port, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.promise(async () => {
        server.closeAllConnections()
        server.close()
        await spotify.dispose()
      })
  )
})

const walk = Effect.fnUntraced(function* (name: string, port: number) {
  const origin = `http://127.0.0.1:${port}`
  const expect = (what: string, found: string, wanted: RegExp) =>
    wanted.test(found)
      ? Console.log(`${name}, ${what}: ${found.slice(0, 60)}`)
      : Effect.dieMessage(`${name}, ${what}: ${found} where ${wanted} was expected`)
  const browser = yield* TestBrowser.make
  const consent = yield* browser.open(`${origin}/me`)
  const page = yield* browser.submit(consent, { _user: "free-listener", _decision: "allow" })
  yield* expect("signed in", `${page.url} ${page.text}`, /\/me Hello Jun/)
  if (name === "hono.ts" || name === "express.ts") {
    yield* expect("a list", (yield* browser.open(`${origin}/top`)).text, /^\["/)
  }
  const stranger = yield* TestBrowser.make
  yield* expect("a stranger", (yield* stranger.open(`${origin}/me`)).url, /\/authorize/)
})

const apps = Effect.forEach(
  ["hono.ts", "express.ts", "fastify.ts", "next"],
  (name) =>
    Effect.scoped(
      Effect.gen(function* () {
        const port = yield* freePort
        yield* name === "next" ? startNext(port) : startApp(name, port)
        yield* walk(name, port)
      })
    ),
  { concurrency: "unbounded" }
)

Effect.zip(runScript, apps, { concurrent: true }).pipe(
  Effect.provide(
    SpotifyEmulator.layerServer({ consent: "form" }).pipe(
      Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
      Layer.merge(NodeHttpClient.layer)
    )
  ),
  NodeRuntime.runMain
)
