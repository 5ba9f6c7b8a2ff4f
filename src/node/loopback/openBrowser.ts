import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Process from "node:process"
import { BrowserNotOpened } from "../LoopbackError.js"

/**
 * The command that opens a URL on each system. None of them is a shell or interprets its argument like one,
 * unlike `cmd /c start`.
 */
export const command = (platform: string): readonly [string, ...ReadonlyArray<string>] => {
  switch (platform) {
    case "darwin":
      return ["open"]
    case "win32":
      return ["rundll32", "url.dll,FileProtocolHandler"]
    default:
      return ["xdg-open"]
  }
}

/** Without any of these, xdg-open starts a text browser that nobody can see or close. */
const screens = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"]

/** Whether a user could see a browser opened here. */
export const hasScreen = (
  platform: string,
  environment: Readonly<Record<string, string | undefined>>
): boolean =>
  platform === "darwin" || platform === "win32" || screens.some((name) => (environment[name] ?? "") !== "")

/** The system's commands also accept options, files and programs. A login needs only web addresses. */
const isWebAddress = (url: string): boolean => /^https?:\/\//i.test(url) && URL.canParse(url)

/**
 * Opens an address in the user's browser, and waits for the command. Some commands run as long as the
 * browser, so an interruption does not kill it.
 */
export const open = (url: string): Effect.Effect<void, BrowserNotOpened> =>
  Effect.async<void, BrowserNotOpened>((resume) => {
    if (!isWebAddress(url)) {
      resume(new BrowserNotOpened({ reason: "NotWeb" }))
      return
    }
    if (!hasScreen(Process.platform, Process.env)) {
      resume(new BrowserNotOpened({ reason: "NoDisplay" }))
      return
    }
    const [program, ...before] = command(Process.platform)
    const child = ChildProcess.spawn(program, [...before, url], {
      detached: true,
      shell: false,
      stdio: "ignore",
      windowsHide: true
    })
    child.once("error", () => resume(new BrowserNotOpened({ reason: "Command" })))
    child.once("exit", (code) =>
      resume(code === 0 ? Effect.void : new BrowserNotOpened({ reason: "Command" }))
    )
    child.unref()
  })
