/** The system's command for a browser: found, given the address as it is, and told apart from a failure. */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Loopback } from "effect-spotify/node"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as OpenBrowser from "../../src/node/loopback/openBrowser.js"
import { shown } from "../support/canaries.js"
import * as Sockets from "./support/sockets.js"
import * as WaitingLogin from "./support/waitingLogin.js"

const withEnvironment = (values: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
      Object.assign(process.env, values)
      return before
    }),
    (before) =>
      Effect.sync(() => {
        for (const [name, value] of before) {
          if (value === undefined) {
            delete process.env[name]
          } else {
            process.env[name] = value
          }
        }
      })
  )

/** A directory first on the PATH, with an xdg-open that runs this script. */
const pretend = (script: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = yield* files.makeTempDirectoryScoped()
    yield* files.writeFileString(path.join(directory, "xdg-open"), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    yield* withEnvironment({ PATH: `${directory}:${process.env["PATH"]}`, DISPLAY: ":0" })
    return directory
  })

const url = "http://127.0.0.1:1/authorize?a=1&b=$(touch hacked)&c=`id`;'\"%PATH%&state=x"

describe("openBrowser", () => {
  it("no system's command is a shell", () => {
    assert.deepStrictEqual(OpenBrowser.command("darwin"), ["open"])
    assert.deepStrictEqual(OpenBrowser.command("win32"), ["rundll32", "url.dll,FileProtocolHandler"])
    assert.deepStrictEqual(OpenBrowser.command("linux"), ["xdg-open"])
  })

  it("a screen is looked for where there may be none", () => {
    assert.isTrue(OpenBrowser.hasScreen("darwin", {}))
    assert.isFalse(OpenBrowser.hasScreen("linux", { DISPLAY: "" }))
    assert.isTrue(OpenBrowser.hasScreen("linux", { WAYLAND_DISPLAY: "wayland-0" }))
  })

  describe.skipIf(process.platform !== "linux")("on Linux (skipped elsewhere)", () => {
    it.scopedLive("the address is one argument, whatever is in it", () =>
      Effect.gen(function* () {
        const directory = yield* pretend('printf "%s\\n" "$#" "$1" > "$(dirname "$0")/seen"')
        yield* OpenBrowser.open(url)
        const files = yield* FileSystem.FileSystem
        assert.strictEqual(yield* files.readFileString(`${directory}/seen`), `1\n${url}\n`)
        assert.notInclude(yield* files.readDirectory(directory), "hacked")
      }).pipe(Effect.provide(NodeContext.layer))
    )

    it.scopedLive("options, files, programs and other schemes are not given to the command", () =>
      Effect.gen(function* () {
        const directory = yield* pretend('touch "$(dirname "$0")/ran"')
        for (const other of [
          "--version",
          "-a",
          "",
          " http://127.0.0.1/",
          "file:///etc/passwd",
          "/etc/passwd",
          "C:\\Windows\\calc.exe",
          "javascript:alert(1)",
          "vbscript:x",
          "ms-settings:",
          "http:",
          "http:127.0.0.1",
          "https://",
          "\nhttp://127.0.0.1/"
        ]) {
          assert.strictEqual((yield* Effect.flip(Loopback.openBrowser(other))).reason, "NotWeb", other)
        }
        const files = yield* FileSystem.FileSystem
        assert.notInclude(yield* files.readDirectory(directory), "ran")
        yield* Loopback.openBrowser("HTTPS://app.example/")
      }).pipe(Effect.provide(NodeContext.layer))
    )

    for (const [who, isOther] of [
      ["another user of the machine, who is faster than the user's browser", true],
      ["the user's browser alone", false]
    ] as const) {
      it.scopedLive(`F3: what the process list shows, taken by ${who}`, () =>
        Effect.gen(function* () {
          const directory = yield* pretend('printf %s "$*" > "$0.$$" && mv "$0.$$" "$(dirname "$0")/seen"')
          const files = yield* FileSystem.FileSystem
          const { controls } = yield* SpotifyEmulator.SpotifyEmulator
          const login = yield* Effect.forkScoped(Effect.either(Loopback.login()))
          const start = new URL(
            yield* Effect.retry(files.readFileString(`${directory}/seen`), Schedule.spaced("10 millis"))
          )
          const where = { port: Number(start.port) }
          const browser = yield* WaitingLogin.enter(where, start)
          assert.notInclude(start.href, browser.state)
          const answered = yield* Sockets.request(browser.where, { target: yield* browser.answer() })
          assert.strictEqual(answered.status, 303)
          yield* Effect.sleep("500 millis")
          assert.strictEqual((yield* controls.tokenRequests).authorization_code, 0)
          const late = yield* Effect.if(isOther, {
            onTrue: () => Sockets.request(where, { target: start.pathname }),
            onFalse: () => Sockets.request(browser.where, { target: start.pathname })
          })
          assert.strictEqual(late.status, isOther ? 409 : 410)
          const result = Either.merge(Either.mapLeft(yield* Fiber.join(login), shown))
          assert.include(shown(result), isOther ? "OpenedTwice" : "Active")
          assert.strictEqual((yield* controls.tokenRequests).authorization_code, isOther ? 0 : 1)
        }).pipe(Effect.provide([NodeContext.layer, WaitingLogin.layer()]))
      )
    }

    it.scopedLive("a command that fails, or is not there, is a typed error", () =>
      Effect.gen(function* () {
        yield* pretend("exit 3")
        assert.strictEqual((yield* Effect.flip(OpenBrowser.open(url))).reason, "Command")
        yield* withEnvironment({ PATH: "/nonexistent" })
        assert.strictEqual((yield* Effect.flip(OpenBrowser.open(url))).reason, "Command")
      }).pipe(Effect.provide(NodeContext.layer))
    )

    it.scopedLive("without a screen no command is run", () =>
      Effect.gen(function* () {
        const directory = yield* pretend('touch "$(dirname "$0")/ran"')
        yield* withEnvironment({ DISPLAY: "", WAYLAND_DISPLAY: "", BROWSER: "", WSL_DISTRO_NAME: "" })
        assert.strictEqual((yield* Effect.flip(OpenBrowser.open(url))).reason, "NoDisplay")
        const files = yield* FileSystem.FileSystem
        assert.notInclude(yield* files.readDirectory(directory), "ran")
      }).pipe(Effect.provide(NodeContext.layer))
    )
  })
})
