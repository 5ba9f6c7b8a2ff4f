/**
 * Errors of a login from the command line, apart from those of the login itself.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The listener for Spotify's answer failed. No token was requested or lost.
 *
 * - `PortBusy`: another program uses the redirect URI's port; no other port is tried
 * - `PortForbidden`: the system does not let this program use the port
 * - `AddressUnavailable`: the machine does not have the address, which is common for `::1`
 * - `Timeout`: no answer came in time
 * - `OpenedTwice`: a second browser or program opened the login's start page; one of the two is not the
 *   user's
 * - `Closed`: the system closed the listener
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
        return `The login at ${this.address} was opened twice, so it ended without a session: log in again and open it in one browser only; if you did, another user of this machine opened it first`
      case "Closed":
        return `The system closed the listener on ${this.address}: log in again`
    }
  }
}

/**
 * No browser was opened. The login continues and shows its address instead.
 *
 * @since 0.1.0
 * @category errors
 */
export class BrowserNotOpened extends Schema.TaggedError<BrowserNotOpened>("effect-spotify/BrowserNotOpened")(
  "BrowserNotOpened",
  {
    /**
     * `NoDisplay`: there is no screen. `Command`: the system's command is missing or failed. `NotWeb`: the
     * address is not `http` or `https`, and no command was run.
     */
    reason: Schema.Literal("NoDisplay", "Command", "NotWeb")
  }
) {
  override get message(): string {
    return this.reason === "NotWeb"
      ? "Only http:// and https:// addresses can be opened: give the full address of the login"
      : "No browser could be opened here: open the login's address yourself"
  }
}
