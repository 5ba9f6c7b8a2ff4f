import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { bundled } from "../support/bundled.js"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

const program = `node ${Effect.runSync(bundled("src/bin.ts"))}`

/** A program that ends with the test, whatever the test does. */
const start = (
  command: string,
  options: { readonly args?: ReadonlyArray<string>; readonly env?: NodeJS.ProcessEnv } = {}
) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const [file = "", ...args] = command.split(" ")
      const env = { ...withoutSpotify, ...options.env }
      return spawn(file, [...args, ...(options.args ?? [])], { cwd: root, env, stdio: "pipe" })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const withoutSpotify = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("SPOTIFY_"))
)

/** The first line that is not npm's. */
const announcement = (child: ChildProcess) =>
  Effect.async<string, Error>((resume) => {
    let text = ""
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8")
      const line = text.split("\n").find((line) => line !== "" && !line.startsWith("> "))
      if (line !== undefined && text.includes(`${line}\n`)) {
        resume(Effect.succeed(line))
      }
    })
    child.once("exit", () => resume(Effect.fail(new Error("ended before its first line"))))
  })

const ended = (child: ChildProcess) =>
  Effect.async<number | null>((resume) => {
    child.once("exit", (code) => resume(Effect.succeed(code)))
  })

/** All that a program writes, and the code it ends with. */
const outcome = (child: ChildProcess) =>
  Effect.async<{ readonly code: number | null; readonly out: string; readonly err: string }>((resume) => {
    let out = ""
    let err = ""
    child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")))
    child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")))
    child.once("close", (code) => resume(Effect.succeed({ code, out, err })))
  })

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const gone = (pid: number) =>
  Effect.sync(() => isRunning(pid)).pipe(
    Effect.filterOrFail((running) => !running),
    Effect.retry({ times: 200, schedule: Schedule.spaced("50 millis") })
  )

const json = (path: string, init: RequestInit) =>
  Effect.promise(() => fetch(path, init).then((response) => response.json()))

// A program takes a second or more to load, and they can load at once
describe.concurrent("effect-spotify emulator", () => {
  it.scopedLive("announces itself in one line, serves, and ends on SIGTERM", () =>
    Effect.gen(function* () {
      const child = yield* start(`${program} emulator --port 0 --mode development`)
      const ready = JSON.parse(yield* announcement(child))
      assert.isTrue(ready.ready)
      assert.match(ready.clientId + ready.clientSecret + ready.publicClientId, /^[A-Za-z0-9]{96}$/)
      assert.strictEqual(
        ready.controls.rotation,
        `POST ${ready.accountsUrl}/_control/rotation {"mode":"always"}`
      )

      // fetch keeps its connection open, and the server must end all the same
      const tokens = yield* json(`${ready.accountsUrl}/api/token`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${ready.clientId}:${ready.clientSecret}`)}` },
        body: new URLSearchParams({ grant_type: "client_credentials" })
      })
      const headers = { authorization: `Bearer ${tokens.access_token}` }
      for (const kind of ["track", "album", "artist"]) {
        const thing = yield* json(`${ready.apiUrl}/${kind}s/${ready.ids[kind]}`, { headers })
        assert.strictEqual(thing.type, kind)
        const found = yield* json(`${ready.apiUrl}/search?q=${ready.search}&type=${kind}`, { headers })
        assert.isAbove(found[`${kind}s`].items.length, 0)
      }
      const [expire = ""] = [ready.controls.expireAccessTokens.split(" ")[1]]
      const expired = yield* Effect.promise(() => fetch(expire, { method: "POST" }))
      assert.strictEqual(expired.status, 204)

      const end = yield* Effect.fork(ended(child))
      yield* Effect.yieldNow()
      child.kill("SIGTERM")
      assert.strictEqual(yield* Effect.timeout(Effect.fromFiber(end), "1 minute"), 0)
    })
  )

  it.scopedLive("ends with npm, which does not pass the signal on", () =>
    Effect.gen(function* () {
      const npm = yield* start("npm run emulator -- --port 0")
      const ready = JSON.parse(yield* announcement(npm))
      npm.kill("SIGTERM")
      const refused = Effect.tryPromise(() => fetch(ready.accountsUrl)).pipe(
        Effect.flip,
        Effect.retry({ times: 600, schedule: Schedule.spaced("100 millis") })
      )
      yield* refused
    })
  )

  it.scopedLive("ends on SIGINT", () =>
    Effect.gen(function* () {
      const child = yield* start(`${program} emulator --port 0`)
      yield* announcement(child)
      const end = yield* Effect.fork(ended(child))
      yield* Effect.yieldNow()
      child.kill("SIGINT")
      assert.strictEqual(yield* Effect.timeout(Effect.fromFiber(end), "1 minute"), 0)
    })
  )

  it.scopedLive("refuses wrong arguments with code 2", () =>
    Effect.gen(function* () {
      const child = yield* start(`${program} emulator --port x`)
      let said = ""
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
      assert.strictEqual(yield* ended(child), 2)
      assert.include(said, "Usage: effect-spotify emulator")
    })
  )
})

// Not at the same time as the others: so many programs at once load too slowly
describe("effect-spotify emulator with options", () => {
  it.scopedLive("serves a catalogue of one's own, and logs requests on stderr without secrets", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "effect-spotify-bin-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
      const file = join(folder, "catalogue.json")
      writeFileSync(file, JSON.stringify({ extends: "invented", users: [{ id: "ada" }] }))
      const child = yield* start(`${program} emulator --port 0 --log --catalogue ${file}`)
      let said = ""
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
      const ready = JSON.parse(yield* announcement(child))
      assert.include(ready.users, "ada")
      const page = yield* Effect.promise(() => fetch(ready.page).then((response) => response.text()))
      assert.include(page, "ada")
      yield* Effect.promise(() => fetch(`${ready.accountsUrl}/authorize?client_id=secret`))
      yield* Effect.promise(() => fetch(`${ready.apiUrl}/search?q=x`))
      yield* Effect.sync(() => assert.include(said, "api GET /v1/search?q=x 401")).pipe(
        Effect.sandbox,
        Effect.retry({ times: 600, schedule: Schedule.spaced("50 millis") })
      )
      assert.match(said, /^\d{4}-\d\d-\d\dT[\d:.]+Z accounts GET \/authorize 400\n/)
      assert.notInclude(said, "secret")
    })
  )

  it.scopedLive("warns where the network can reach it", () =>
    Effect.gen(function* () {
      const child = yield* start(`${program} emulator --port 0 --host 0.0.0.0 --allow-host emulator`)
      let said = ""
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
      yield* announcement(child)
      assert.match(said, /warning: .* 0\.0\.0\.0.*network/)
    })
  )

  it.scopedLive("says what is wrong with a catalogue, and ends with code 1", () =>
    Effect.gen(function* () {
      const child = yield* start(`${program} emulator --port 0 --catalogue package.json`)
      let said = ""
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
      assert.strictEqual(yield* ended(child), 1)
      assert.include(said, "package.json: This is not a catalogue for the emulator:")
    })
  )
})

describe("effect-spotify emulator -- command", () => {
  /** A program that says where it is and waits; what it does at a signal is in `body`. */
  const waiting = (body: string) =>
    `${body}; console.log(JSON.stringify({ pid: process.pid, url: process.env.SPOTIFY_ACCOUNTS_URL })); setInterval(() => {}, 1000)`

  it.scopedLive("runs it with the variables of the emulator, on its own output, and ends with its code", () =>
    Effect.gen(function* () {
      const script = `
        const { SPOTIFY_CLIENT_ID: id, SPOTIFY_CLIENT_SECRET: secret, ...env } = process.env
        const token = await fetch(env.SPOTIFY_ACCOUNTS_URL + "/api/token", {
          method: "POST",
          headers: { authorization: "Basic " + btoa(id + ":" + secret) },
          body: new URLSearchParams({ grant_type: "client_credentials" })
        }).then((response) => response.json())
        const headers = { authorization: "Bearer " + token.access_token }
        const artist = await fetch(env.SPOTIFY_API_URL + "/artists/4Z8W4fKeB5YxbusRsdQVPb", { headers })
        const { name } = await artist.json()
        const { SPOTIFY_COOKIE_SECRETS: cookies, SPOTIFY_REDIRECT_URI: redirect } = env
        console.log(JSON.stringify([name, cookies.length, redirect, process.argv.slice(1)]))
        process.exitCode = 7`
      const args = ["--", "node", "--input-type=module", "-e", script, "--", "--port", "a b"]
      const env = { SPOTIFY_REDIRECT_URI: "http://127.0.0.1:3000/callback" }
      const { code, err, out } = yield* outcome(yield* start(`${program} emulator`, { args, env }))
      assert.deepStrictEqual(JSON.parse(out), [
        "Lumen Harbor",
        44,
        "http://127.0.0.1:3000/callback",
        ["--port", "a b"]
      ])
      assert.match(err, /^effect-spotify: the emulator's page is http:\/\/127\.0\.0\.1:\d+\/\n$/)
      assert.strictEqual(code, 7)
    })
  )

  it.scopedLive("passes a signal on, and answers until the command has ended as it likes", () =>
    Effect.gen(function* () {
      const script = waiting(`process.on("SIGINT", async () => {
        const { status } = await fetch(process.env.SPOTIFY_ACCOUNTS_URL)
        process.exit(status === 200 ? 3 : 4)
      })`)
      const child = yield* start(`${program} emulator`, { args: ["--", "node", "-e", script] })
      const { pid, url } = JSON.parse(yield* announcement(child))
      const end = yield* Effect.fork(ended(child))
      yield* Effect.yieldNow()
      child.kill("SIGINT")
      assert.strictEqual(yield* Effect.timeout(Effect.fromFiber(end), "1 minute"), 3)
      assert.isFalse(isRunning(pid))
      yield* Effect.flip(Effect.tryPromise(() => fetch(url)))
    })
  )

  it.scopedLive("leaves nothing of what the command started", () =>
    Effect.gen(function* () {
      // A shell ends at once, and does not tell what it runs
      const args = ["--", "sh", "-c", `node -e '${waiting("0")}'; true`]
      const child = yield* start(`${program} emulator`, { args })
      const { pid } = JSON.parse(yield* announcement(child))
      const end = yield* Effect.fork(ended(child))
      yield* Effect.yieldNow()
      child.kill("SIGTERM")
      assert.strictEqual(yield* Effect.timeout(Effect.fromFiber(end), "1 minute"), 128 + 15)
      yield* gone(pid)
    })
  )

  it.scopedLive("ends the command with npm, which does not pass the signal on", () =>
    Effect.gen(function* () {
      const args = ["--", "node", "-e", waiting("0")]
      const npm = yield* start("npm run emulator --", { args })
      const { pid, url } = JSON.parse(yield* announcement(npm))
      npm.kill("SIGTERM")
      yield* gone(pid)
      yield* Effect.tryPromise(() => fetch(url)).pipe(
        Effect.flip,
        Effect.retry({ times: 100, schedule: Schedule.spaced("100 millis") })
      )
    })
  )

  it.scopedLive("says which command it cannot run, with the code that shells have for it", () =>
    Effect.gen(function* () {
      const child = yield* start(`${program} emulator -- no-such-command`)
      const { code, err } = yield* outcome(child)
      assert.strictEqual(code, 127)
      assert.include(err, "effect-spotify: cannot run no-such-command")
    })
  )

  it.scopedLive("runs the job of README.md as it is written", () =>
    Effect.gen(function* () {
      const readme = readFileSync(join(root, "README.md"), "utf8")
      const source = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)]
        .map(([, text = ""]) => text)
        .find((text) => text.includes("runMain"))
      assert.isDefined(source)
      // Where the package and its peers are found
      mkdirSync(join(root, ".tsbuild"), { recursive: true })
      const folder = mkdtempSync(join(root, ".tsbuild", "readme-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
      const file = join(folder, "program.ts")
      writeFileSync(file, source ?? "")
      const args = ["--", "node", "--import", "tsx", file]
      const { code, err, out } = yield* outcome(yield* start(`${program} emulator`, { args }))
      assert.strictEqual(code, 0, err)
      assert.include(out, "Lumen")
    })
  )
})

describe("effect-spotify emulator, for what it would serve", () => {
  it.scopedLive("prints variables that a shell reads as they are meant", () =>
    Effect.gen(function* () {
      const redirect = `http://127.0.0.1:3000/it's "$HOME" \\ \`id\``
      const script = `eval "$(${program} emulator --env --port 4321 --host 0.0.0.0)" && node -p 'JSON.stringify(process.env)'`
      const env = { SPOTIFY_REDIRECT_URI: redirect }
      const { code, out } = yield* outcome(yield* start("sh -c", { args: [script], env }))
      assert.strictEqual(code, 0)
      const set = JSON.parse(out)
      assert.strictEqual(set.SPOTIFY_REDIRECT_URI, redirect)
      assert.strictEqual(set.SPOTIFY_API_URL, "http://127.0.0.1:4321/v1")
      assert.strictEqual(set.SPOTIFY_CLIENT_ID.length, 32)
    })
  )

  it.scopedLive("describes its users and what they have, of the catalogue that is given", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "effect-spotify-bin-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
      const file = join(folder, "catalogue.json")
      const playlists = [{ id: "1MineMineMineMineMine1", ownerId: "ada", name: "Mine" }]
      writeFileSync(file, JSON.stringify({ extends: "invented", users: [{ id: "ada" }], playlists }))
      const { code, out } = yield* outcome(yield* start(`${program} emulator --describe --catalogue ${file}`))
      assert.strictEqual(code, 0)
      assert.include(out, "premium-listener  Ines Åkerholm, premium, SE\n  playlist  spotify:playlist:")
      assert.include(out, "  saved     60 tracks, 8 albums, 2 shows, 4 episodes, 1 audiobook\n")
      assert.include(out, "  device    (no id)  Kitchen Speaker: Speaker, volume 30, takes no commands\n")
      assert.include(
        out,
        "ada  ada, premium, SE\n  playlist  spotify:playlist:1MineMineMineMineMine1  Mine: 0 items, public\n  saved     nothing\n  follows   1 playlist\n"
      )
    })
  )

  it.scopedLive("does not take what excludes each other", () =>
    Effect.gen(function* () {
      for (const wrong of ["--env --describe", "--env --port 0", "--describe -- node", "--"]) {
        const { code } = yield* outcome(yield* start(`${program} emulator ${wrong}`))
        assert.strictEqual(code, 2, wrong)
      }
    })
  )
})
