import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Process from "node:process"
import { BrowserNotOpened } from "../LoopbackError.js"

/**
 * What opens an address on each system. None of these is a shell, nor reads its argument as a shell does,
 * which `cmd /c start` would.
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

/** Without any of these xdg-open starts a text browser, which nobody could see or end. */
const screens = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"]

/** Whether somebody could see a browser that is opened here. */
export const hasScreen = (
  platform: string,
  environment: Readonly<Record<string, string | undefined>>
): boolean =>
  platform === "darwin" || platform === "win32" || screens.some((name) => (environment[name] ?? "") !== "")

/** The system's commands take options, files and programs as well; a login needs the web only. */
const isWebAddress = (url: string): boolean => /^https?:\/\//i.test(url) && URL.canParse(url)

/**
 * Opens an address in the user's browser, and ends when the command does. Some commands end with the
 * browser only, so an interruption leaves the browser alone.
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
