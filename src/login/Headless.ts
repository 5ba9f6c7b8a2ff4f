/**
 * The login of a program whose user has the browser on another machine, as over SSH. The user opens a URL
 * there and pastes back the URL of the callback. It needs no port and no browser on this machine.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "@effect/platform/Error"
import * as Terminal from "@effect/platform/Terminal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { AuthorizationResponseInvalid } from "../accounts/AuthError.js"
import * as Callback from "../accounts/callback.js"
import type { Session } from "../session/Session.js"
import { foreignCause } from "../foreignCause.js"
import * as HiddenLine from "./hiddenLine.js"
import {
  type BeginOptions,
  type LoginError,
  LoginService,
  type PendingLogin
} from "../session/LoginService.js"

/**
 * Why a pasted text is not the callback. The login continues, and the user is told what to paste instead.
 *
 * - `Empty`: nothing was pasted
 * - `AuthorizePage`: the URL of Spotify's page, before the user agreed
 * - `CodeWithoutState`: only the code. The state binds it to this login; without the state, an attacker could
 *   make the user paste the code of another account
 * - `OtherLogin`: the callback of another login
 * - `NotAnAnswer`: something else, or only part of the URL
 *
 * @since 0.1.0
 * @category models
 */
export type WrongPaste = "Empty" | "AuthorizePage" | "CodeWithoutState" | "OtherLogin" | "NotAnAnswer"

/**
 * The user did not paste the callback. Nothing was changed and no token was requested.
 *
 * - `TooManyTries`: the user pasted as many wrong texts as the options allow
 * - `Quit`: the user left the prompt (Ctrl+C, Ctrl+D)
 * - `InputEnded`: the input ended, see the option `inputEnds`
 * - `Timeout`: the login's ten minutes have passed
 * - `TerminalFailed`: the terminal could not be written to
 *
 * @since 0.1.0
 * @category errors
 */
export class HeadlessLoginError extends Schema.TaggedError<HeadlessLoginError>(
  "effect-spotify/HeadlessLoginError"
)("HeadlessLoginError", {
  reason: Schema.Literal("TooManyTries", "Quit", "InputEnded", "Timeout", "TerminalFailed"),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    switch (this.reason) {
      case "TooManyTries":
        return "None of the pasted texts was the answer to this login: begin a new one, and paste the whole address that the browser ends at"
      case "Quit":
        return "The login was cancelled: begin a new one when you are ready"
      case "InputEnded":
        return "The input ended before the address was pasted: run the program in a terminal"
      case "Timeout":
        return "The login took too long: begin a new one, and paste the address within ten minutes"
      case "TerminalFailed":
        return "The terminal could not be written to: run the program in a terminal that is open"
    }
  }
}

/**
 * `redirectUri` may be any registered one: nothing needs to listen there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<BeginOptions, "binding" | "returnTo"> {
  /** How many texts the user may paste. @default 5 */
  readonly tries?: number | undefined
  /**
   * Completes when the input ends. Then nobody can paste any more, and the login fails with `InputEnded` unless
   * the last line was the callback. A `Terminal` does not tell, so without this the login waits for its ten
   * minutes. On Node:
   * ```ts
   * import * as Effect from "effect/Effect"
   *
   * const inputEnds = Effect.async<void>((resume) => {
   *   process.stdin.once("end", () => resume(Effect.void))
   * })
   * ```
   * @default never
   */
  readonly inputEnds?: Effect.Effect<void> | undefined
}

const hints: Record<WrongPaste, string> = {
  Empty: "Nothing was pasted.",
  AuthorizePage:
    "That is the address of Spotify's page. Agree there first; the address to paste is the one the browser is sent to after that.",
  CodeWithoutState:
    "That is only the code. The state that comes with it shows that the answer belongs to this login, so paste the whole address.",
  OtherLogin: "That answer belongs to another login. Open the address above, agree, and paste what follows.",
  NotAnAnswer:
    "That is not the address Spotify sends the browser to. Copy all of the address bar, from http to the end."
}

/** Spotify's callbacks are far shorter. A longer text was pasted by mistake. */
const longest = 16 * 1024

/** Removes quotes and brackets that were copied with the URL. */
const trimmed = (pasted: string): string => pasted.trim().replace(/^["'<]{1,2}|["'>]{1,2}$/g, "")

/** Accepts the whole URL, its query, or the query without its question mark. */
const asCallback = (text: string): string => (text.includes("?") ? text : `?${text}`)

const isAuthorizePage = (text: string, { url }: PendingLogin): boolean =>
  URL.canParse(text) && new URL(text).origin === new URL(url).origin

const wrongPaste = (
  reason: AuthorizationResponseInvalid["reason"],
  text: string,
  pending: PendingLogin
): WrongPaste => {
  if (isAuthorizePage(text, pending)) {
    return "AuthorizePage"
  }
  const params = new URLSearchParams(text.slice(text.indexOf("?") + 1))
  const bare = !/[=?&/\s]/.test(text)
  return reason === "State" && (bare || params.has("code")) && !params.has("state")
    ? "CodeWithoutState"
    : "NotAnAnswer"
}

/** How {@link login} reads a pasted text: the URL to complete the login with, or what is wrong with it. */
const read = (pasted: string, pending: PendingLogin): Either.Either<string, WrongPaste> => {
  const text = trimmed(pasted)
  if (text === "") {
    return Either.left("Empty")
  }
  const callback = asCallback(text)
  return Either.mapBoth(Callback.parse(callback), {
    onLeft: ({ reason }) => wrongPaste(reason, text, pending),
    onRight: () => callback
  })
}

const failed = (reason: HeadlessLoginError["reason"], cause?: PlatformError.PlatformError) =>
  new HeadlessLoginError({ reason, cause: cause === undefined ? undefined : foreignCause(cause) })

/**
 * Logs the selected session in. It shows the URL to open in any browser, and asks for the URL of the
 * callback. The browser usually cannot load that page, because nothing listens there; only its URL matters.
 * The pasted text is masked on the screen, because it contains the code.
 *
 * No cookie binds the browser. The state, which must be in the pasted text, and the person at the terminal
 * do. Users must not paste anything that somebody else has sent them.
 *
 * After a wrong text the program says what to paste instead. The user's refusal (`AuthorizationDenied`) ends
 * the login, and so does its limit of ten minutes.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Headless } from "effect-spotify"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const program = Headless.login({ scopes: ["user-top-read"] }).pipe(
 *   Effect.flatMap((session) => Console.log(session._tag)),
 *   Effect.catchTag("HeadlessLoginError", "AuthorizationDenied", (error) => Console.error(error.message))
 * )
 * ```
 */
export const login: (
  options?: Options
) => Effect.Effect<Session, LoginError | HeadlessLoginError, LoginService | Terminal.Terminal> = Effect.fn(
  "Headless.login"
)(function* ({ inputEnds = Effect.never, tries = 5, ...begin }: Options = {}) {
  const service = yield* LoginService
  const terminal = yield* Terminal.Terminal
  const say = (text: string) =>
    Effect.mapError(terminal.display(text), (cause) => failed("TerminalFailed", cause))
  const pending = yield* service.begin(begin)
  const ended = yield* Effect.forkScoped(inputEnds)

  const ask = Effect.fnUntraced(function* (lines: HiddenLine.HiddenLines<HeadlessLoginError>) {
    yield* say("Address (hidden as you paste): ")
    const line = yield* lines.next
    yield* say("\n")
    return Option.isSome(line) ? line.value : yield* failed("Quit")
  })

  /** The session, or what is wrong with this text. */
  const complete = (pasted: string): Effect.Effect<Either.Either<Session, WrongPaste>, LoginError> =>
    Either.match(read(pasted, pending), {
      onLeft: (wrong) => Effect.succeed(Either.left(wrong)),
      onRight: (callback) =>
        service.complete(callback, { state: pending.state }).pipe(
          Effect.map(Either.right),
          Effect.catchIf(
            (error) => error._tag === "AuthorizationResponseInvalid" && error.reason === "State",
            () => Effect.succeed(Either.left("OtherLogin" as const))
          )
        )
    })

  yield* say(
    `Open this address in a browser, on any machine, and agree:\n\n${pending.url}\n\nThen copy the address that the browser ends at and paste it here. It is all right if that page cannot be shown.\n`
  )
  const keys = yield* terminal.readInput
  const key = Effect.option(keys.take)
  const keyOrEnd = Effect.raceFirst(key, Effect.zipRight(Fiber.join(ended), failed("InputEnded")))
  // What was typed before the end is read first
  const nextKey = Effect.flatMap(keys.size, (size) => (Option.contains(size, 0) ? keyOrEnd : key))
  const lines = HiddenLine.make(nextKey, longest, say)
  const left = Effect.map(DateTime.now, (now) => Math.max(0, DateTime.distance(now, pending.expiresAt)))
  const paste = Effect.flatMap(left, (duration) =>
    Effect.timeoutFail(ask(lines), { duration, onTimeout: () => failed("Timeout") })
  )
  for (let n = 1; n <= tries; n++) {
    const result = yield* complete(yield* paste)
    if (Either.isRight(result)) {
      return result.right
    }
    yield* say(`${hints[result.left]}\n`)
  }
  return yield* failed("TooManyTries")
}, Effect.scoped)
