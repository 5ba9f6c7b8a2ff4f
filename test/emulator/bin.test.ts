import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

const start = (...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn("node", ["--import", "tsx", "src/bin.ts", ...args], { cwd: root, stdio: "pipe" })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const firstLine = (child: ChildProcess) =>
  Effect.async<string, Error>((resume) => {
    let text = ""
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8")
      if (text.includes("\n")) {
        resume(Effect.succeed(text.slice(0, text.indexOf("\n"))))
      }
    })
    child.once("exit", () => resume(Effect.fail(new Error("ended before its first line"))))
  })

const exitCode = (child: ChildProcess) =>
  Effect.async<number | null>((resume) => {
    child.once("exit", (code) => resume(Effect.succeed(code)))
  })

describe("effect-spotify emulator", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it.scopedLive(`announces itself in one line, serves, and ends on ${signal}`, () =>
      Effect.gen(function* () {
        const child = yield* start("emulator", "--port", "0", "--mode", "development")
        const ready = JSON.parse(yield* firstLine(child))
        assert.isTrue(ready.ready)
        assert.match(ready.clientId + ready.clientSecret + ready.publicClientId, /^[A-Za-z0-9]{96}$/)
        assert.strictEqual(
          ready.controls.rotation,
          `POST ${ready.accountsUrl}/_control/rotation {"mode":"always"}`
        )

        // fetch keeps its connection open, and the server must end all the same
        const json = (path: string, init: RequestInit) =>
          Effect.promise(() => fetch(path, init).then((response) => response.json()))
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

        const ended = yield* Effect.fork(exitCode(child))
        yield* Effect.yieldNow()
        child.kill(signal)
        assert.strictEqual(yield* Effect.timeout(Effect.fromFiber(ended), "5 seconds"), 0)
      })
    )
  }

  it.scopedLive("refuses wrong arguments with code 2", () =>
    Effect.gen(function* () {
      const child = yield* start("emulator", "--port", "x")
      let said = ""
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
      assert.strictEqual(yield* exitCode(child), 2)
      assert.include(said, "Usage: effect-spotify emulator")
    })
  )
})
