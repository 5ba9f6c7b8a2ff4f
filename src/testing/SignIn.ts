/**
 * Logs in as a user would, through the app's own login service and the emulator.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Session, SessionKey } from "../session/Session.js"
import type { BeginOptions, LoginError } from "../session/LoginService.js"
import { LoginService } from "../session/LoginService.js"
import { CurrentSession } from "../session/SessionService.js"
import type { LoginPageError } from "../emulator/SpotifyEmulator.js"
import { SpotifyEmulator } from "../emulator/SpotifyEmulator.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends BeginOptions {
  /** The user who logs in. @default the user set in the emulator's controls */
  readonly user?: string | undefined
  /** @default the decision set in the emulator's controls, at first "allow" */
  readonly decision?: "allow" | "deny" | undefined
  /** The session to log in, for a program with many sessions. @default the selected session */
  readonly session?: SessionKey | undefined
}

/**
 * Begins a login, opens its URL as the user's browser would, presses the button, and completes the login with
 * the URL of the callback.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { SignIn } from "effect-spotify/testing"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const session = yield* SignIn.signIn({ user: "free-listener", scopes: ["user-library-read"] })
 *   return session._tag
 * })
 * ```
 */
export const signIn: (
  options?: Options
) => Effect.Effect<Session, LoginError | LoginPageError, LoginService | SpotifyEmulator> = Effect.fn(
  "SignIn.signIn"
)(function* (options: Options = {}) {
  const emulator = yield* SpotifyEmulator
  const login = yield* LoginService
  const { decision, session, user, ...begin } = options
  const current = yield* CurrentSession
  return yield* Effect.gen(function* () {
    const { state, url } = yield* login.begin(begin)
    const callback = yield* emulator.visit(url, { user, decision })
    return yield* login.complete(callback, { state })
  }).pipe(
    Effect.provideService(CurrentSession, Option.fromNullable(session).pipe(Option.orElse(() => current)))
  )
})
