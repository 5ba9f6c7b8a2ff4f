// Each example as a user of this package runs it: a process of its own, against `npm run emulator`, with a
// scripted person and with Chromium.
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, it, layer } from "@effect/vitest"
import { TestBrowser } from "effect-spotify/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Chromium from "../browser/chromium.js"
import * as FetchHandler from "../runtimes/support/fetchHandler.js"
import { freePort } from "../support/servers/serverProcess.js"

const { root } = FetchHandler
const { step } = Chromium

/** A process with all that it starts, until the scope closes. */
const start = (command: string, args: ReadonlyArray<string>, variables: Record<string, string> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { DISPLAY: _, WAYLAND_DISPLAY: __, BROWSER: ___, ...inherited } = process.env
      const child = spawn(command, args, { cwd: root, detached: true, env: { ...inherited, ...variables } })
      return { child, output: textOf(child) }
    }),
    ({ child }) =>
      Effect.sync(() => {
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
          process.kill(-child.pid, "SIGKILL")
        }
      })
  )

const run = (file: string, variables: Record<string, string>) =>
  start(process.execPath, ["--import", "tsx", file], variables)

/** All that a process has written, and what of it a test waits for. */
const textOf = (child: ChildProcess) => {
  let text = ""
  const waiting = new Set<() => void>()
  const onData = (chunk: Buffer) => {
    text += chunk.toString("utf8")
    waiting.forEach((look) => look())
  }
  child.stdout?.on("data", onData)
  child.stderr?.on("data", onData)
  return (pattern: RegExp): Effect.Effect<string> =>
    Effect.async<string>((resume) => {
      const look = () => {
        const found = pattern.exec(text)
        if (found !== null) {
          waiting.delete(look)
          resume(Effect.succeed(found[1] ?? found[0]))
        }
      }
      waiting.add(look)
      child.once("exit", () => {
        look()
        resume(Effect.dieMessage(`ended without ${String(pattern)}:\n${text}`))
      })
      look()
    })
}

interface Announcement {
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly publicClientId: string
}

class Emulator extends Context.Tag("test/Emulator")<Emulator, Announcement>() {}

const EmulatorLayer = Layer.scoped(
  Emulator,
  Effect.gen(function* () {
    const args = ["run", "-s", "emulator", "--", "--port", "0", "--consent", "form"]
    const { output } = yield* start("npm", args)
    return JSON.parse(yield* output(/^\{.*\}$/m)) as Announcement
  })
)

const publicApp = (redirectUri: string) =>
  Effect.map(Emulator, ({ accountsUrl, apiUrl, publicClientId }) => ({
    SPOTIFY_CLIENT_ID: publicClientId,
    SPOTIFY_REDIRECT_URI: redirectUri,
    SPOTIFY_ACCOUNTS_URL: accountsUrl,
    SPOTIFY_API_URL: apiUrl
  }))

const webApp = (redirectUri: string) =>
  Effect.map(Effect.zip(publicApp(redirectUri), Emulator), ([variables, { clientId, clientSecret }]) => ({
    ...variables,
    SPOTIFY_CLIENT_ID: clientId,
    SPOTIFY_CLIENT_SECRET: clientSecret,
    SPOTIFY_COOKIE_SECRETS: "a-cookie-secret-of-these-tests-0123456789"
  }))

/** Opens an address, agrees as Jun, and sees where the browser ends: the address, and the page if there is one. */
type Person = (
  url: string
) => Effect.Effect<{ readonly url: string; readonly text: string }, never, Scope.Scope>

const scripted: Effect.Effect<Person> = Effect.map(
  Effect.provide(TestBrowser.make, NodeHttpClient.layer),
  (browser) => (url) =>
    Effect.gen(function* () {
      const consent = yield* browser.open(url)
      // Port 9 is where the headless example's answer goes, and nobody is there
      return yield* browser.submit(
        consent,
        { _user: "free-listener", _decision: "allow" },
        { stopAt: ({ port }) => port === "9" }
      )
    }).pipe(Effect.orDie)
)

/** A profile of its own in a browser of its own. */
const profile = Effect.flatMap(Layer.build(Chromium.ChromiumLayer), (browser) =>
  Effect.provide(Chromium.profile, browser)
)

const inChromium: Effect.Effect<Person, never, Scope.Scope> = Effect.map(
  profile,
  (context) => (url) =>
    step(async () => {
      const page = await context.newPage()
      await page.goto(url)
      await page.getByLabel(/free-listener/).check()
      const callback = page.waitForRequest((request) => /[?&]code=/.test(request.url()))
      await page.getByRole("button", { name: "Allow" }).click()
      const answer = (await callback).url()
      // The address bar keeps what it could not open
      if (new URL(answer).port === "9") {
        return { url: answer, text: "" }
      }
      await page.waitForURL((now) => !now.search.includes("code="))
      return { url: page.url(), text: await page.locator("body").innerText() }
    })
)

const handlerServer = `import app from "./handler.mjs"
import { createServer } from "node:http"
createServer(async ({ headers, method, url }, response) => {
  const answer = await app.fetch(new Request("http://127.0.0.1" + url, { method, headers }), process.env)
  response.writeHead(answer.status, [...answer.headers].flat())
  response.end(await answer.text())
}).listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"))
`

if (!Chromium.isThere && process.env["CI"] === "true") {
  it("needs Chromium", () => {
    assert.fail(Chromium.missing)
  })
}

layer(EmulatorLayer, { excludeTestServices: true, timeout: "2 minutes" })(
  "examples against npm run emulator",
  (it) => {
    const people: ReadonlyArray<readonly [string, boolean]> = [
      ["a scripted person", false],
      ["Chromium", true]
    ]
    for (const [who, isChromium] of people) {
      const person = isChromium ? inChromium : scripted
      const scoped = it.scoped.skipIf(isChromium && !Chromium.isThere)
      const title = (example: string) =>
        `${example}, with ${who}${isChromium && !Chromium.isThere ? ` (${Chromium.missing})` : ""}`

      scoped(title("web-server"), () =>
        Effect.gen(function* () {
          const origin = `http://127.0.0.1:${yield* freePort}`
          const { output } = yield* run("examples/web-server.ts", yield* webApp(`${origin}/auth/callback`))
          yield* output(/Listening on/)
          const { text, url } = yield* (yield* person)(`${origin}/me`)
          assert.strictEqual(url, `${origin}/me`)
          assert.include(text, "Hello Jun")
        })
      )

      scoped(title("fetch-handler"), () =>
        Effect.gen(function* () {
          const directory = yield* FetchHandler.directory
          Fs.writeFileSync(Path.join(directory, "handler.mjs"), yield* FetchHandler.bundle)
          Fs.writeFileSync(Path.join(directory, "main.mjs"), handlerServer)
          const port = yield* freePort
          const variables = yield* webApp(`http://127.0.0.1:${port}/auth/callback`)
          const { output } = yield* start(process.execPath, [Path.join(directory, "main.mjs")], {
            ...variables,
            PORT: String(port)
          })
          yield* output(/listening/)
          const { text, url } = yield* (yield* person)(`http://127.0.0.1:${port}/me`)
          assert.strictEqual(url, `http://127.0.0.1:${port}/me`)
          assert.include(text, "Hello Jun")
        })
      )

      scoped(title("cli-login, which has no screen and prints the address"), () =>
        Effect.gen(function* () {
          const { output } = yield* run(
            "examples/cli-login.ts",
            yield* publicApp("http://127.0.0.1/callback")
          )
          const { text } = yield* (yield* person)(yield* output(/^(http\S+\/sign-in\/\S+)$/m))
          assert.include(text, "You are signed in")
          yield* output(/Signed in as Jun/)
        })
      )

      scoped(title("headless-login, after a wrong paste"), () =>
        Effect.gen(function* () {
          const { child, output } = yield* run(
            "examples/headless-login.ts",
            yield* publicApp("http://127.0.0.1:9/callback")
          )
          const address = yield* output(/^(http\S+authorize\?\S+)$/m)
          yield* output(/Address \(hidden/)
          child.stdin.write(`${address}\n`)
          yield* output(/That is the address of Spotify's page/)
          const { url } = yield* (yield* person)(address)
          child.stdin.write(`${url}\n`)
          yield* output(/Signed in as Jun/)
        })
      )
    }

    it.scoped("the server of docs/flows.md, which takes no callback that another browser began", () =>
      Effect.gen(function* () {
        const port = yield* freePort
        const blocks = Fs.readFileSync(Path.join(root, "docs/flows.md"), "utf8").split(/^```(?:ts)?$/m)
        const program = blocks.find((block) => block.includes("HttpServer.serve")) ?? ""
        const file = yield* Effect.acquireRelease(
          Effect.sync(() => {
            const path = Path.join(root, ".tsbuild", `readme-server-${port}.ts`)
            Fs.mkdirSync(Path.dirname(path), { recursive: true })
            Fs.writeFileSync(path, program.replace("port: 8888", `port: ${port}`))
            return path
          }),
          (path) => Effect.sync(() => Fs.rmSync(path))
        )
        const origin = `http://127.0.0.1:${port}`
        const { output } = yield* run(file, yield* webApp(`${origin}/callback`))
        yield* output(/Listening on/)
        const { text } = yield* (yield* scripted)(origin)
        assert.include(text, "Hello Jun")
        const browser = Effect.provide(TestBrowser.make, NodeHttpClient.layer)
        const [attacker, victim] = [yield* browser, yield* browser]
        const isCallback = ({ pathname }: URL) => pathname === "/callback"
        const consent = yield* attacker.open(`${origin}/login`)
        const answer = { _user: "premium-listener", _decision: "allow" }
        const planted = yield* attacker.submit(consent, answer, { stopAt: isCallback })
        for (const isWaiting of [false, true]) {
          yield* isWaiting ? victim.open(`${origin}/login`) : Effect.void
          assert.strictEqual((yield* victim.open(planted.url)).status, 403)
        }
        assert.include((yield* victim.open(origin)).text, "_decision")
        assert.match((yield* attacker.open(planted.url)).text, /^Hello (?!Jun)/)
      })
    )

    it.scoped.skipIf(!Chromium.isThere)(
      `browser-app, served by Vite${Chromium.isThere ? "" : ` (${Chromium.missing})`}`,
      () =>
        Effect.gen(function* () {
          const { accountsUrl, apiUrl, publicClientId } = yield* Emulator
          const port = yield* freePort
          const origin = `http://127.0.0.1:${port}`
          const vite = Path.join(root, "node_modules/vite/bin/vite.js")
          const { output } = yield* start(
            process.execPath,
            [vite, "examples/browser-app", "--port", String(port), "--strictPort"],
            {
              VITE_SPOTIFY_CLIENT_ID: publicClientId,
              VITE_SPOTIFY_ACCOUNTS_URL: accountsUrl,
              VITE_SPOTIFY_API_URL: apiUrl
            }
          )
          yield* output(/ready in/)
          const context = yield* profile
          const page = yield* step(() => context.newPage())
          yield* step(async () => {
            await page.goto(origin, { waitUntil: "commit" })
            await page.getByRole("button", { name: "Log in with Spotify" }).click()
            await page.getByRole("button", { name: "Allow" }).click()
            await page.getByText("Harbor Walks").waitFor()
          })
          assert.strictEqual(page.url(), `${origin}/`)
        })
    )
  }
)
