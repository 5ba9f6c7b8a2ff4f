import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

const program = "node --import tsx src/bin.ts"

/** A program that ends with the test, whatever the test does. */
const start = (command: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const [file = "", ...args] = command.split(" ")
      return spawn(file, args, { cwd: root, stdio: "pipe" })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
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

// Not beside the others: so many programs at once load too slowly
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
