/**
 * The login of a command-line or desktop program. It opens a browser on the same machine and listens on a
 * loopback address for the one answer that comes back (RFC 8252, section 7.3).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { ClientMisconfigured } from "../accounts/AuthError.js"
import * as RedirectUri from "../accounts/RedirectUri.js"
import type { Session } from "../session/Session.js"
import * as LoopbackServer from "./loopback/loopbackServer.js"
import * as OpenBrowser from "./loopback/openBrowser.js"
import type { Outcome } from "./loopback/resultPage.js"
import { type BeginOptions, type LoginError, LoginService } from "../session/LoginService.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import { type BrowserNotOpened, LoopbackServerError } from "./LoopbackError.js"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  BrowserNotOpened,
  /**
   * @since 0.1.0
   * @category errors
   */
  LoopbackServerError
} from "./LoopbackError.js"

/**
 * `redirectUri` is an `http` address with `127.0.0.1` or `[::1]`. An address with a port is used unchanged.
 * One without a port gets any free port, which Spotify allows if the address is registered without a port.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<BeginOptions, "binding" | "returnTo"> {
  /**
   * How long the user may take in the browser. Spotify's answer is valid for at most ten minutes. @default 5
   * minutes
   */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * Opens the user's browser; `false` opens none. The URL is the login's start page at the listener. It
   * redirects the first browser to Spotify and contains nothing else. Pass it as an argument of its own,
   * never as part of a shell command line. The effect is interrupted when the login ends. @default
   * {@link openBrowser}
   */
  readonly openBrowser?: ((url: string) => Effect.Effect<unknown, BrowserNotOpened>) | false | undefined
  /**
   * Tells the user which URL to open when no browser was opened. It is the same URL, which works on this
   * machine and in one browser. Show it to the user, and do not log it. @default writes it to standard error
   */
  readonly showUrl?: ((url: string) => Effect.Effect<void>) | undefined
}

/**
 * Opens an address in the user's browser with the system's command (`open`, `rundll32`, `xdg-open`), never
 * through a shell. Accepts only `http` and `https` addresses: no files, programs or options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openBrowser: (url: string) => Effect.Effect<void, BrowserNotOpened> = OpenBrowser.open

const showOnConsole = (url: string) =>
  Console.error(`Open this address in a browser on this machine to log in:\n\n${url}\n`)

const misconfigured = (detail: string) => new ClientMisconfigured({ code: "redirect_uri_invalid", detail })

/** Compares text, as Spotify does. A URL parser would treat port 80 and no port alike. */
const listenerOf = (redirectUri: string): Either.Either<LoopbackServer.Options, ClientMisconfigured> =>
  Either.flatMap(Either.mapLeft(RedirectUri.validate(redirectUri), misconfigured), () => {
    const [, literal, port = "0", rest = ""] =
      /^http:\/\/(127\.0\.0\.1|\[::1\])(?::(\d+))?([/?].*)?$/i.exec(redirectUri) ?? []
    return literal === undefined
      ? Either.left(
          misconfigured(
            "a listener on this machine needs http://127.0.0.1 or http://[::1], with or without a port; for another redirect URI use Headless.login or LoginService"
          )
        )
      : Either.right({
          host: literal === "[::1]" ? "::1" : "127.0.0.1",
          port: Number(port),
          redirectUri:
            Number(port) === 0 ? (bound: number) => `http://${literal}:${bound}${rest}` : () => redirectUri
        })
  })

const outcomeOf = (exit: Exit.Exit<Session, LoginError>): Outcome =>
  Exit.match(exit, {
    onSuccess: () => "SignedIn",
    onFailure: (cause) =>
      Cause.failureOption(cause).pipe(Option.exists(({ _tag }) => _tag === "AuthorizationDenied"))
        ? "Denied"
        : "Failed"
  })

/**
 * The start URL is in the arguments of the system's command, where another process can read it and open it
 * before the user's browser does. No answer is used before this time is over, so the user's browser has time
 * to find that the start page was already opened.
 */
const headStart = "3 seconds"

const waitForLogin = Effect.fnUntraced(function* (
  login: LoginService["Type"],
  listener: LoopbackServer.Options,
  options: Options,
  outside: Scope.Scope
) {
  const { openBrowser: open = openBrowser, showUrl: show = showOnConsole, timeout, ...begin } = options
  const server = yield* LoopbackServer.make(listener)
  const { state, url } = yield* login.begin({ ...begin, redirectUri: server.redirectUri })
  yield* server.expect({ state, url })
  const settling = yield* Effect.forkScoped(open === openBrowser ? Effect.sleep(headStart) : Effect.void)
  const shown = Effect.suspend(() => Effect.zipRight(Fiber.interrupt(settling), show(server.startUrl)))
  yield* (open === false ? shown : Effect.catchAllCause(open(server.startUrl), () => shown)).pipe(
    Effect.forkIn(outside)
  )
  const callback = yield* Effect.timeoutFail(server.callback(Fiber.await(settling)), {
    duration: timeout ?? "5 minutes",
    onTimeout: () => new LoopbackServerError({ kind: "Timeout", address: server.address })
  })
  const completing = yield* Effect.forkIn(login.complete(Redacted.value(callback), { state }), outside)
  const exit = yield* Fiber.await(completing)
  yield* server.show(outcomeOf(exit))
  return yield* exit
})

/**
 * Logs the selected session in. It listens, opens the browser, waits for Spotify's answer, exchanges its
 * code, and shows the user the outcome. The port is always closed when this ends.
 *
 * The browser opens a start page of the listener, which sets a cookie and redirects to Spotify. Only an
 * answer with the right state and that cookie is accepted. Any other request, from another program or from a
 * page of another site, is refused and changes nothing. The start page works for one browser. If a second one
 * opens it, the login fails with `OpenedTwice`: one of them may be another user of this machine who read the
 * URL in the process list. For the same reason, no answer is used in the first three seconds if the system's
 * command opens the browser. The final page shows only the outcome, and the code is gone from the address
 * bar.
 *
 * An interruption closes the port at once. If the code was already sent to Spotify, the exchange still
 * finishes and its session is stored.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Loopback } from "effect-spotify/node"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const program = Loopback.login({ scopes: ["user-top-read"] }).pipe(
 *   Effect.flatMap((session) => Console.log(session._tag)),
 *   Effect.catchTag("LoopbackServerError", "AuthorizationDenied", (error) => Console.error(error.message))
 * )
 * ```
 */
export const login: (
  options?: Options
) => Effect.Effect<Session, LoginError | LoopbackServerError, LoginService | SpotifyConfig> = Effect.fn(
  "Loopback.login"
)(function* (options: Options = {}) {
  const service = yield* LoginService
  const config = yield* SpotifyConfig
  const redirectUri = yield* Option.match(
    Option.orElse(Option.fromNullable(options.redirectUri), () => config.redirectUri),
    {
      onNone: () => Either.left(new ClientMisconfigured({ code: "redirect_uri_missing" })),
      onSome: Either.right
    }
  )
  const listener = yield* listenerOf(redirectUri)
  // Two scopes, so that the port closes before any slower cleanup
  return yield* Effect.scopedWith((outside) =>
    Effect.scoped(waitForLogin(service, listener, options, outside))
  )
})
