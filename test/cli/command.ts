import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { TestBrowser } from "effect-spotify/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { bundleCommand } from "../../scripts/lib/bundle.mjs"
import * as Keychain from "../support/keychain.js"

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly said: () => { readonly stdout: string; readonly stderr: string }
  readonly ended: Effect.Effect<Ended>
}

export interface Settings {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** What runs the command in place of Node alone, with the command's arguments behind it. */
  readonly through?: ReadonlyArray<string>
  readonly uid?: number
}

/** The command as it is shipped, in a directory with nothing else, and an emulated Spotify. */
export class Bench extends Context.Tag("test/cli/Bench")<
  Bench,
  {
    /** A new directory for the state of commands. */
    readonly directory: () => string
    readonly start: (args: ReadonlyArray<string>, settings?: Settings) => Effect.Effect<Running>
    readonly run: (args: ReadonlyArray<string>, settings?: Settings) => Effect.Effect<Ended>
    /** Logs in as a user with a browser would. */
    readonly logIn: (directory: string, ...args: ReadonlyArray<string>) => Effect.Effect<Ended>
    readonly logInWith: (
      settings: Settings,
      directory: string,
      ...args: ReadonlyArray<string>
    ) => Effect.Effect<Ended>
    readonly emulator: SpotifyEmulator.Service
    /** What a program needs that runs `effect-spotify` itself. */
    readonly env: Readonly<Record<string, string>>
  }
>() {}

/** Waits for text on standard error. */
export const says = (running: Running, pattern: RegExp): Effect.Effect<string> =>
  Effect.suspend(() => {
    const found = pattern.exec(running.said().stderr)
    return found === null ? Effect.fail(running.said()) : Effect.succeed(found[0])
  }).pipe(Effect.eventually, Effect.delay("20 millis"), Effect.timeout("1 minute"), Effect.orDie)

const make = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const root = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-spotify-cli-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  // Other users run it as well
  chmodSync(root, 0o755)
  const file = join(root, "bin", "bin.js")
  mkdirSync(join(root, "bin"))
  yield* Effect.promise(() => bundleCommand(file))
  symlinkSync("bin.js", join(root, "bin", "effect-spotify"))
  Keychain.install(root)
  const env = {
    PATH: [join(root, "bin"), process.env["PATH"]].join(delimiter),
    HOME: join(root, "home"),
    SPOTIFY_ACCOUNTS_URL: emulator.accountsUrl,
    SPOTIFY_API_URL: emulator.apiUrl
  }
  const running = new Set<ChildProcess>()
  yield* Effect.addFinalizer(() => Effect.sync(() => running.forEach((child) => child.kill("SIGKILL"))))

  const start = (args: ReadonlyArray<string>, settings: Settings = {}) =>
    Effect.sync((): Running => {
      const [command = process.execPath, ...before] = settings.through ?? []
      const child = spawn(
        command,
        [...before, ...(settings.through === undefined ? [] : [process.execPath]), file, ...args],
        {
          cwd: root,
          env: { ...env, ...settings.env },
          ...(settings.uid === undefined ? {} : { uid: settings.uid })
        }
      )
      running.add(child)
      let stdout = ""
      let stderr = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
      child.stdin.on("error", () => {})
      if (settings.input !== undefined) {
        child.stdin.end(settings.input)
      }
      const end = new Promise<Ended>((resolve) => {
        child.once("close", (code) => {
          running.delete(child)
          resolve({ code, stdout, stderr })
        })
      })
      return { child, said: () => ({ stdout, stderr }), ended: Effect.promise(() => end) }
    })

  const run = (args: ReadonlyArray<string>, settings?: Settings) =>
    Effect.flatMap(start(args, { input: "", ...settings }), ({ ended }) =>
      Effect.timeout(ended, "2 minutes")
    ).pipe(Effect.orDie)

  const logInWith = (settings: Settings, directory: string, ...args: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const login = yield* start(
        [
          "login",
          `--state-dir=${directory}`,
          `--client-id=${emulator.apps.public.clientId}`,
          "--redirect-uri=http://127.0.0.1/callback",
          ...args
        ],
        settings
      )
      const address = yield* says(login, /http:\/\/127\S+sign-in\S+/)
      const browser = yield* TestBrowser.make
      yield* Effect.orDie(browser.open(address))
      return yield* login.ended
    }).pipe(Effect.provide(NodeHttpClient.layer))

  return {
    directory: () => mkdtempSync(join(root, "state-")),
    start,
    run,
    logIn: (directory: string, ...args: ReadonlyArray<string>) => logInWith({}, directory, ...args),
    logInWith,
    emulator,
    env
  }
})

export const layer = (options: SpotifyEmulator.Options = {}) =>
  Layer.scoped(Bench, make).pipe(
    Layer.provide(SpotifyEmulator.layerServer({ app: "public", ...options })),
    Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 }))
  )
