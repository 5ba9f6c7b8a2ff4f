import { layer as provided } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert } from "vitest"
import { Bench, layer, type Running, says } from "./command.js"

/** `script` of util-linux gives a command a terminal. Its own input must not end, or it never does. */
const script = "/usr/bin/script"

const isThere = existsSync(script)

const escape = "\u001b"

// oxlint-disable-next-line no-control-regex -- colours are control sequences
const colour = /\u001b\[[\d;]*m/

/** Runs the words of the command line in a shell on a terminal. Both outputs arrive on standard output. */
const onTerminal = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(Bench, ({ start }) =>
    start(args, {
      env: { TERM: "xterm-256color", ...env },
      through: ["sh", "-c", `exec ${script} -qefc "$*" /dev/null`, "sh"]
    })
  )

const output = (args: ReadonlyArray<string>, env?: Readonly<Record<string, string>>) =>
  Effect.flatMap(onTerminal(args, env), ({ ended }) => Effect.timeout(ended, "2 minutes"))

const shows = (running: Running, pattern: RegExp) =>
  says({ ...running, said: () => ({ ...running.said(), stderr: running.said().stdout }) }, pattern)

provided(layer(), { excludeTestServices: true })(
  `effect-spotify on a terminal${isThere ? "" : ` (skipped, there is no ${script})`}`,
  (it) => {
    const scoped = isThere || process.env["CI"] === "true" ? it.scoped : it.scoped.skip

    scoped("NO_COLOR: help, errors, results and prompts have no colours; without it they do", () =>
      Effect.gen(function* () {
        const { directory, emulator } = yield* Bench
        const state = ["--state-dir", directory()]
        const commands = [
          ["--help"],
          ["login", "--help"],
          ["tokens"],
          ["doctor", ...state],
          ["status", ...state]
        ]
        for (const command of commands) {
          const { stdout } = yield* output(command, { NO_COLOR: "1" })
          assert.isAbove(stdout.length, 20)
          assert.notInclude(stdout, escape, command.join(" "))
        }
        for (const command of [
          ["login", "--help"],
          ["doctor", ...state]
        ]) {
          assert.match((yield* output(command)).stdout, colour)
        }

        const id = yield* onTerminal(["login", ...state], { NO_COLOR: "1" })
        yield* shows(id, /Client ID/)
        id.child.stdin?.write("wrong\r")
        yield* shows(id, /A client id has/)
        id.child.stdin?.write("\u0003")
        const left = yield* Effect.timeout(id.ended, "1 minute")
        assert.strictEqual(left.code, 4)
        assert.match(left.stdout, /Cancelled\. Nothing was changed\./)
        // The prompt moves the cursor, and nothing else
        assert.notMatch(left.stdout, colour)

        const paste = yield* onTerminal(
          ["login", "--no-browser", "--client-id", emulator.apps.public.clientId, ...state],
          { NO_COLOR: "1" }
        )
        yield* shows(paste, /Address \(hidden as you paste\)/)
        paste.child.stdin?.write("wrong\r")
        yield* shows(paste, /That is only the code/)
        paste.child.stdin?.write("\u0003")
        assert.notInclude((yield* Effect.timeout(paste.ended, "1 minute")).stdout, escape)
      })
    )

    scoped("progress is in the last line of the terminal, only there, and gone at the end", () =>
      Effect.gen(function* () {
        const { directory, logIn } = yield* Bench
        const state = directory()
        yield* logIn(state)
        const file = join(directory(), "tracks")
        const command = ["api", "GET", "'/me/tracks?limit=2'", "--paginate", "--state-dir", state]
        const { code, stdout } = yield* output([...command, ">", file], { NO_COLOR: "1" })
        assert.strictEqual(code, 0)
        const lines = readFileSync(file, "utf8").trimEnd().split("\n")
        assert.isAbove(lines.length, 3)
        assert.isTrue(lines.every((line) => "track" in JSON.parse(line)))
        const [first, ...others] = stdout.split("\r").slice(1)
        assert.match(first ?? "", new RegExp(`^\\[#+-+\\] 2 of ${lines.length} entries$`))
        assert.match(
          others.at(-3) ?? "",
          new RegExp(`^\\[#{20}\\] ${lines.length} of ${lines.length} entries`)
        )
        assert.match(others.at(-2) ?? "", /^ +$/)
        assert.strictEqual(others.at(-1), "")
        for (const [env, ...options] of [
          [{ CI: "true" }],
          [{ TERM: "dumb" }],
          [{}, "--json"]
        ] as ReadonlyArray<readonly [Record<string, string>, ...Array<string>]>) {
          assert.strictEqual((yield* output([...command, ...options, ">", file], env)).stdout, "")
        }
        // The entries show how far it is
        assert.notInclude((yield* output(command)).stdout, "[#")
        const drift = yield* output(["drift", "--operations", "markets,me.profile", "--state-dir", state])
        assert.match(drift.stdout, /\[#{10}-{10}\] 1 of 2 me\.profile/)
      })
    )
  }
)
