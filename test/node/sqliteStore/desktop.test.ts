import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { bundled } from "../../support/bundled.js"
import * as Keychain from "../../support/keychain.js"
import * as ServerProcess from "../../support/servers/serverProcess.js"
import { run } from "../fileStore/support/processes.js"
import { filesOf } from "../fileStore/support/records.js"
import * as Runtimes from "./support/runtimes.js"

// Deno looks for packages only where it is configured to
const runtimes = Runtimes.all.filter(({ name }) => name !== "Deno")

describe.each(runtimes)("DesktopSpotify under $name", ({ command }) => {
  it.scopedLive("keeps the login sealed, with the key in the keychain, and needs both", () =>
    Effect.gen(function* () {
      const directory = yield* ServerProcess.temporaryDirectory("desktop")
      const program = Path.join(directory, "program.mjs")
      Fs.copyFileSync(yield* bundled("test/node/sqliteStore/support/desktop.ts"), program)
      Keychain.install(directory)
      const start = (keychain: string, ...args: ReadonlyArray<string>) =>
        Effect.map(
          run(program, args, {
            runtime: [
              "env",
              "NODE_NO_WARNINGS=1",
              `XDG_STATE_HOME=${directory}`,
              ...(keychain === "" ? [] : [`KEYCHAIN=${keychain}`]),
              ...command
            ]
          }),
          ({ lines, stderr }) => {
            assert.strictEqual(stderr, "")
            return lines.map((line): unknown => JSON.parse(line))
          }
        )
      const keychain = Path.join(directory, "keychain.json")
      assert.deepStrictEqual(yield* start(keychain, "log-in"), [{ found: "SignedOut", now: "Active" }])
      assert.deepStrictEqual(yield* start(keychain), [{ found: "Active", now: "Active" }])

      const kept = Path.join(directory, "my-player", "spotify")
      assert.deepStrictEqual(filesOf(kept), ["key.json", "sessions.sqlite"])
      const database = Fs.readFileSync(Path.join(kept, "sessions.sqlite"), "latin1")
      assert.include(database, "spotify_sessions")
      assert.notMatch(database, /accessToken|refreshToken|Active/)
      const keys = Object.entries<string>(JSON.parse(Fs.readFileSync(keychain, "utf8")))
      assert.match(keys.map(([name]) => name).join(), /^my-player [0-9a-f]{16}$/)
      assert.notInclude(Fs.readFileSync(Path.join(kept, "key.json"), "utf8"), keys[0]?.[1] ?? "no key")

      // Another key is never made: the keychain is locked, and not empty
      assert.deepStrictEqual(yield* start(""), [
        { failed: "NodeKeyRingError", reason: "KeychainUnavailable" }
      ])
      assert.deepStrictEqual(yield* start(keychain), [{ found: "Active", now: "Active" }])
    })
  )
})
