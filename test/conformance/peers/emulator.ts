/** The emulator as its command starts it: a process of its own, known only by the line that it prints. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))

export interface Announcement {
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly publicClientId: string
  readonly redirectUri: string
  readonly ids: { readonly track: string; readonly album: string; readonly artist: string }
  readonly search: string
  readonly users: ReadonlyArray<string>
  readonly controls: Readonly<
    Record<"expireAccessTokens" | "rateLimitNext" | "revokeGrant" | "rotation", string>
  >
}

export class Emulator extends Context.Tag("test/PeersEmulator")<
  Emulator,
  Announcement & {
    readonly user: string
    /** Runs a control, written `METHOD URL [JSON]`. */
    readonly control: (line: string) => Promise<void>
    /** Whether the person at the browser agrees. */
    readonly decide: (decision: "allow" | "deny") => Promise<void>
  }
>() {}

const control = async (line: string) => {
  const [, method, url = "", body] = /^(\S+) (\S+)(?: (.*))?$/.exec(line) ?? []
  const response = await fetch(url, { method: method ?? "", body: body ?? null })
  if (response.status !== 204) {
    throw new Error(`${line}: ${response.status} ${await response.text()}`)
  }
}

export const EmulatorLayer = Layer.scoped(
  Emulator,
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--import", "tsx", "src/bin.ts", "emulator", "--port", "0"], {
          cwd: root,
          stdio: ["ignore", "pipe", "inherit"]
        })
      ),
      (child) =>
        Effect.async<void>((resume) => {
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGTERM")
        })
    )
    const line = yield* Effect.async<string>((resume) => {
      createInterface({ input: child.stdout }).once("line", (text) => resume(Effect.succeed(text)))
    })
    const ready: Announcement = JSON.parse(line)
    return {
      ...ready,
      user: ready.users[0] ?? "",
      control,
      decide: (decision) => control(`POST ${ready.accountsUrl}/_control/decision {"decision":"${decision}"}`)
    }
  })
)

/** The browser: opens the login, and gives the address that it is sent back to. */
export const browse = async (authorizeUrl: string | URL): Promise<URL> => {
  const response = await fetch(authorizeUrl, { redirect: "manual" })
  const location = response.headers.get("location")
  if (response.status !== 303 || location === null) {
    throw new Error(`no way back from the login: ${response.status} ${await response.text()}`)
  }
  return new URL(location)
}

/** The address at the emulator of an address at Spotify. */
export const at = (emulator: Announcement, url: string): string =>
  url
    .replace("https://accounts.spotify.com", emulator.accountsUrl)
    .replace("https://api.spotify.com/v1", emulator.apiUrl)

/** What the promise fails with. */
export const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error("it did not fail")
}

/** A picture that is JPEG as far as its first bytes tell. */
export const picture = Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Buffer.alloc(5000, 7)])
