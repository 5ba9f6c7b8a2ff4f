/**
 * The login of a command line or a desktop program: a browser on the same machine, and a listener on a
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
 * `redirectUri` is an `http` address with `127.0.0.1` or `[::1]`. With a port it is taken letter for letter.
 * Without one any free port is taken and put in, which Spotify allows for an address that is registered
 * without a port.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<BeginOptions, "binding" | "returnTo"> {
  /** How long the user may take in the browser; Spotify's answer is good for ten minutes at most. @default 5 minutes */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * Opens the user's browser; `false` opens none. The address is the start of this login at the listener: it
   * sends the first browser on to Spotify and names nothing else. Give it as an argument of its own to
   * whatever opens it, never as part of a shell's command line. Ended with the login. @default {@link openBrowser}
   */
  readonly openBrowser?: ((url: string) => Effect.Effect<unknown, BrowserNotOpened>) | false | undefined
  /**
   * Tells the user where to go when no browser was opened: the same address, which works on this machine and
   * in one browser. For the user's eyes and not for a log. @default writes it to standard error
   */
  readonly showUrl?: ((url: string) => Effect.Effect<void>) | undefined
}

/**
 * Opens an address in the user's browser with the system's own command (`open`, `rundll32`, `xdg-open`),
 * never through a shell. Takes nothing but `http` and `https` addresses: no files, programs or options.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openBrowser: (url: string) => Effect.Effect<void, BrowserNotOpened> = OpenBrowser.open

const showOnConsole = (url: string) =>
  Console.error(`Open this address in a browser on this machine to log in:\n\n${url}\n`)

const misconfigured = (detail: string) => new ClientMisconfigured({ code: "redirect_uri_invalid", detail })

/** Reads the text, as Spotify does: for a URL parser port 80 and no port are the same. */
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
          redirectUri: Number(port) === 0 ? (bound) => `http://${literal}:${bound}${rest}` : () => redirectUri
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
 * The system's command has the start in its arguments, and whoever reads it there may be faster than the user's
 * browser. An answer is used only after that browser has had the time to come and find the start taken.
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
 * Logs the selected session in: listens, opens the browser, waits for Spotify's answer, exchanges its code,
 * and shows the user that it worked. The port is closed when this ends, however it ends.
 *
 * The browser is opened at a start page of the listener, which gives it a cookie and sends it on to Spotify;
 * only an answer with the right state and that cookie is taken. Whatever else comes to the port, from other
 * programs or from pages of other sites, is refused and changes nothing. The start is good for one browser: when
 * a second one comes, the login ends with `OpenedTwice`, since one of them may be another user of this machine
 * who read the address in the process list; where the system's command opens the browser, no answer is used
 * in the first three seconds for that reason. The page in the browser says nothing but how it went; the code is
 * gone from the address bar.
 *
 * An interruption closes the port at once. A code that was already sent to Spotify is exchanged to the end
 * all the same, and its session is stored.
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
  // Two scopes: the port is closed before anything that takes its time is waited for
  return yield* Effect.scopedWith((outside) =>
    Effect.scoped(waitForLogin(service, listener, options, outside))
  )
})
