import { layer as provided } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { assert } from "vitest"
import { ChromiumLayer, isThere, missing, picture, profile, step } from "../browser/chromium.js"
import { Bench, layer } from "./command.js"

const json = (text: string) => JSON.parse(text)

/** A terminal with these commands and what they printed, as a page. */
const terminal = (runs: ReadonlyArray<readonly [string, string]>) => {
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  const lines = runs.map(([command, output]) => `<b>$ ${escaped(command)}</b>\n${escaped(output)}`)
  return `<!doctype html><style>
    body { margin: 0; background: #14181d }
    pre { margin: 0; padding: 24px; color: #d8dee6; font: 15px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap }
    b { color: #5fd38d; font-weight: normal }
  </style><pre>${lines.join("\n")}</pre>`
}

provided(layer({ consent: "form" }), { excludeTestServices: true })(
  `effect-spotify login in Chromium${isThere ? "" : ` (skipped, ${missing})`}`,
  (it) => {
    const scoped = isThere || process.env["CI"] === "true" ? it.scoped : it.scoped.skip

    scoped("two commands at once open the browser, and each gets the session of its own profile", () =>
      Effect.gen(function* () {
        const { directory, emulator, env, run, start } = yield* Bench
        const state = directory()
        // The system's command to open an address notes it, and the test opens it in Chromium
        const opener = join(state, "xdg-open")
        writeFileSync(opener, '#!/bin/sh\necho "$1" > "$OPENED"\n')
        chmodSync(opener, 0o755)
        const logIn = (name: string, args: ReadonlyArray<string> = []) =>
          Effect.gen(function* () {
            const opened = join(state, `${name}.opened`)
            const login = yield* start(
              [
                "login",
                "--redirect-uri=http://127.0.0.1/callback",
                `--profile=${name}`,
                `--state-dir=${state}`,
                ...args
              ],
              {
                env: {
                  PATH: [state, env["PATH"]].join(delimiter),
                  OPENED: opened,
                  BROWSER: "chromium",
                  SPOTIFY_CLIENT_ID: emulator.apps.public.clientId
                }
              }
            )
            const address = yield* Effect.suspend(() =>
              existsSync(opened)
                ? Effect.succeed(readFileSync(opened, "utf8").trim())
                : Effect.fail("not yet")
            ).pipe(
              Effect.filterOrFail((text) => text !== ""),
              Effect.eventually,
              Effect.delay("20 millis"),
              Effect.timeout("1 minute")
            )
            const context = yield* profile
            const page = yield* step(() => context.newPage())
            yield* step(() => page.goto(address))
            yield* step(() => page.getByRole("button", { name: "Allow" }).click())
            yield* step(() => page.getByText("You are signed in").first().waitFor())
            return { ...(yield* login.ended), page }
          })
        const [work, home] = yield* Effect.all(
          [logIn("work"), logIn("home", ["--scopes", "user-library-read"])],
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual([work.code, home.code], [0, 0])
        const at = (name: string, ...args: ReadonlyArray<string>) =>
          run([...args, "--profile", name, "--state-dir", state])
        const scopes = (name: string) =>
          Effect.map(at(name, "status", "--json"), ({ stdout }) => json(stdout).scopes)
        assert.deepStrictEqual(yield* scopes("home"), ["user-library-read"])
        assert.include(yield* scopes("work"), "user-top-read")

        const status = yield* at("home", "status")
        const tracks = yield* at(
          "home",
          "api",
          "GET",
          "/me/tracks",
          "--paginate",
          "--fields",
          "track.name,track.artists.name"
        )
        assert.isAbove(tracks.stdout.split("\n").length, 3)
        const first = tracks.stdout.split("\n").slice(0, 5).join("\n")
        const screen = yield* step(() => home.page.context().newPage())
        yield* step(() => screen.setViewportSize({ width: 900, height: 100 }))
        yield* step(() =>
          screen.setContent(
            terminal([
              ["effect-spotify login --scopes user-library-read", home.stdout],
              ["effect-spotify status", status.stdout.replaceAll(state, "~/.local/state/effect-spotify")],
              [
                "effect-spotify api GET /me/tracks --paginate --fields track.name,track.artists.name | head -5",
                first
              ]
            ])
          )
        )
        yield* picture(screen, "command-line")
      }).pipe(Effect.provide(ChromiumLayer))
    )
  }
)
