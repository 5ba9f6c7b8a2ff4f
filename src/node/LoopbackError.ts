/**
 * What can go wrong with a login on a command line, apart from the errors of the login itself.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The listener for Spotify's answer could not do its work. No token was requested or lost.
 *
 * - `PortBusy`: another program has the port of the redirect URI; nothing else is tried in its place
 * - `PortForbidden`: the system does not let this program have the port
 * - `AddressUnavailable`: the machine does not have the address, which is usual for `::1`
 * - `Timeout`: no answer came in time
 * - `OpenedTwice`: a second browser or program came to the login's start, and one of the two is not the user's
 * - `Closed`: the system took the listener away
 *
 * @since 0.1.0
 * @category errors
 */
export class LoopbackServerError extends Schema.TaggedError<LoopbackServerError>(
  "effect-spotify/LoopbackServerError"
)("LoopbackServerError", {
  kind: Schema.Literal("PortBusy", "PortForbidden", "AddressUnavailable", "Timeout", "OpenedTwice", "Closed"),
  /** Address and port, such as `127.0.0.1:8888`. */
  address: Schema.String
}) {
  override get message(): string {
    switch (this.kind) {
      case "PortBusy":
        return `Another program listens on ${this.address}: end it and log in again, or register a redirect URI with another port and configure that`
      case "PortForbidden":
        return `The system does not let this program listen on ${this.address}: register a redirect URI with a port from 1024 to 65535 and configure that`
      case "AddressUnavailable":
        return `This machine has no ${this.address}: register a redirect URI with 127.0.0.1 and configure that`
      case "Timeout":
        return `No answer from the browser reached ${this.address} in time: log in again, or paste the answer with Headless.login if the browser runs on another machine`
      case "OpenedTwice":
        return `The login at ${this.address} was opened twice, so it was ended before anybody was logged in: log in again and open it in one browser only; if you did that, somebody else on this machine got in between`
      case "Closed":
        return `The system closed the listener on ${this.address}: log in again`
    }
  }
}

/**
 * No browser was opened; the login goes on, and shows its address instead.
 *
 * @since 0.1.0
 * @category errors
 */
export class BrowserNotOpened extends Schema.TaggedError<BrowserNotOpened>("effect-spotify/BrowserNotOpened")(
  "BrowserNotOpened",
  {
    /**
     * `NoDisplay`: there is no screen here; `Command`: the system's command is missing or failed; `NotWeb`: the
     * address is not one of `http` or `https`, and no command was run.
     */
    reason: Schema.Literal("NoDisplay", "Command", "NotWeb")
  }
) {
  override get message(): string {
    return this.reason === "NotWeb"
      ? "Only an address that begins with http:// or https:// is opened: give the whole address of the login"
      : "No browser could be opened here: open the address of the login by hand"
  }
}
