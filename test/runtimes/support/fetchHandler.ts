/** The example's fetch handler, bundled as it is deployed, and the walk that each runtime has to stand. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert } from "@effect/vitest"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import { createServer, request } from "node:http"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { bundleProgram } from "../../../scripts/lib/bundle.mjs"

export const root = fileURLToPath(new URL("../../..", import.meta.url))

const origin = "https://app.example"
const redirectUri = `${origin}/auth/callback`

/** With CI a runtime that is not there is a failure; elsewhere its test is skipped, and says so. */
export const isMissing = (name: string, probe: () => boolean): boolean => {
  const found = probe()
  if (!found && process.env["CI"] !== "true") {
    console.warn(`skipped: ${name} does not run here; npm ci installs it where it is supported`)
  }
  return !found && process.env["CI"] !== "true"
}

export const runs = (command: string): boolean =>
  ChildProcess.spawnSync(command, ["--version"], { timeout: 10_000 }).status === 0

/** A directory for the bundle, until the scope closes. */
export const directory = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "runtime-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

/** The handler as one module without any import that a runtime would have to find. */
export const bundle = Effect.promise(() =>
  bundleProgram({
    entryPoints: [Path.join(root, "examples/fetch-handler.ts")],
    plugins: [
      {
        name: "the package by its name",
        setup: (build) =>
          build.onResolve({ filter: /^effect-spotify$/ }, () => ({ path: Path.join(root, "src/index.ts") }))
      }
    ],
    // What the example needs for its walk against the emulator only
    external: ["@effect/platform-node", "effect-spotify/emulator", "node:http"],
    // The example is not run directly here
    define: { "globalThis.process": "undefined" },
    minifySyntax: true,
    treeShaking: true,
    logLevel: "silent"
  })
)

/** The emulator on loopback, and the variables of an app at it. */
export const emulatorLayer = SpotifyEmulator.layerServer({ redirectUris: [redirectUri] }).pipe(
  Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 })),
  Layer.orDie
)

export const variables = Effect.map(SpotifyEmulator.SpotifyEmulator, ({ accountsUrl, apiUrl, apps }) => ({
  SPOTIFY_CLIENT_ID: apps.confidential.clientId,
  SPOTIFY_CLIENT_SECRET: Redacted.value(apps.confidential.clientSecret),
  SPOTIFY_REDIRECT_URI: redirectUri,
  SPOTIFY_COOKIE_SECRETS: "a-cookie-secret-of-these-tests-0123456789",
  SPOTIFY_ACCOUNTS_URL: accountsUrl,
  SPOTIFY_API_URL: apiUrl
}))

export interface Sent {
  readonly method: string
  readonly headers: Record<string, string>
}

export interface Answer {
  readonly status: number
  readonly location: string
  readonly cookies: ReadonlyArray<string>
  readonly body: string
}

/** Reaches the app with a path, wherever it is. */
export type Send = (path: string, request: Sent) => Promise<Answer>

/** Keeps cookies, over TLS as far as it knows. */
export const makeBrowser = (send: Send) => {
  const jar = new Map<string, string>()
  const visit = (path: string, method = "GET") =>
    Effect.gen(function* () {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
      const answer = yield* Effect.promise(() =>
        send(path, {
          method,
          headers: {
            accept: "text/html",
            ...(cookie === "" ? {} : { cookie }),
            ...(method === "POST" ? { origin } : {})
          }
        })
      )
      for (const line of answer.cookies) {
        const [name = "", value = ""] = line.split(";", 1)[0]?.split("=") ?? []
        if (/max-age=0(;|$)/i.test(line)) {
          jar.delete(name)
        } else {
          jar.set(name, value)
        }
      }
      return answer
    })
  return { jar, request: visit }
}

/** Two users sign in at the same time, see their own account, one signs out, and a forger gets nothing. */
export const walk = (send: Send) =>
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    const signIn = (user: string) =>
      Effect.gen(function* () {
        const browser = makeBrowser(send)
        const first = yield* browser.request("/me")
        assert.strictEqual(first.location, "/auth/login?returnTo=%2Fme")
        const login = yield* browser.request(first.location)
        assert.strictEqual(login.status, 303, login.body)
        const callback = new URL(yield* Effect.orDie(emulator.visit(login.location, { user })))
        const target = `${callback.pathname}${callback.search}`
        const stranger = yield* makeBrowser(send).request(target)
        assert.strictEqual(stranger.status, 403)
        // Twice at once, as React's strict mode does
        const [one, two] = yield* Effect.all([browser.request(target), browser.request(target)], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual([one.location, two.location], ["/me", "/me"], one.body)
        return browser
      })
    const [free, premium] = yield* Effect.all([signIn("free-listener"), signIn("premium-listener")], {
      concurrency: "unbounded"
    })
    assert.include((yield* free.request("/me")).body, "Hello Jun")
    assert.include((yield* premium.request("/me")).body, "Hello Ines")
    assert.strictEqual((yield* free.request("/auth/logout")).status, 405)
    assert.strictEqual((yield* free.request("/auth/logout", "POST")).status, 303)
    assert.deepInclude(JSON.parse((yield* free.request("/auth/status")).body), { signedIn: false })
    assert.deepInclude(JSON.parse((yield* premium.request("/auth/status")).body), { signedIn: true })
    assert.strictEqual((yield* premium.request("/nothing")).status, 404)
    assert.strictEqual((yield* emulator.controls.tokenRequests).authorization_code, 2)
  })

/**
 * Sends over HTTP to a port of this machine, as a proxy with TLS in front of the app does. Not with `fetch`,
 * which says that it is no navigation.
 */
export const toPort =
  (port: number, timeout = 10_000): Send =>
  (path, { headers, method }) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { host: "127.0.0.1", port, path, method, headers, agent: false, timeout },
        (response) => {
          let body = ""
          response.setEncoding("utf8")
          response.on("data", (chunk) => (body += chunk))
          response.once("error", reject)
          response.once("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              location: response.headers.location ?? "",
              cookies: response.headers["set-cookie"] ?? [],
              body
            })
          )
        }
      )
      outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")))
      outgoing.once("error", reject)
      outgoing.end()
    })

/** A server in a process of its own that writes its port as its first line; ended with the scope. */
export const serverProcess = (
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<number, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      ChildProcess.spawn(command, args, {
        env: { PATH: process.env["PATH"] ?? "", HOME: env["TEMPORARY"] ?? "", ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          resume(Effect.void)
        } else {
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        }
      })
  ).pipe(
    Effect.flatMap((child) =>
      Effect.async<number>((resume) => {
        let output = ""
        let errors = ""
        child.stderr.on("data", (chunk) => (errors += String(chunk)))
        child.stdout.on("data", (chunk) => {
          output += String(chunk)
          const port = /^port (\d+)$/m.exec(output)?.[1]
          if (port !== undefined) {
            resume(Effect.succeed(Number(port)))
          }
        })
        child.once("error", (error) => resume(Effect.die(error)))
        child.once("exit", () => resume(Effect.dieMessage(`${command} ended early:\n${output}${errors}`)))
      })
    )
  )
