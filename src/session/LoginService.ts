/**
 * The interactive part of the user flows: begin a login, send the user's browser to its URL, and complete it
 * with the URL of the callback.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type {
  AuthorizationDenied,
  AuthorizationResponseInvalid,
  ClientMisconfigured,
  InvalidGrant,
  NotAuthenticated,
  TokenEndpointUnavailable,
  TokenResponseInvalid,
  TooManyLogins
} from "../accounts/AuthError.js"
import type * as Scope from "../accounts/Scope.js"
import type { Session, SessionError } from "./Session.js"
import type { TokenStoreCorrupt, TokenStoreUnavailable } from "../store/TokenStore.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface BeginOptions {
  /** @default the configured scopes */
  readonly scopes?: ReadonlyArray<Scope.Scope> | undefined
  /** Ask the user again even if the scopes were granted before. @default false */
  readonly showDialog?: boolean | undefined
  /** @default the configured redirect URI */
  readonly redirectUri?: string | undefined
  /**
   * Also ask for the scopes that the session already has, so that a request for more loses none. @default
   * false
   */
  readonly keepScopes?: boolean | undefined
  /**
   * Where the user wanted to go: a path of this app, returned by `complete`. Anything that leads elsewhere is
   * replaced by `/`. @default "/"
   */
  readonly returnTo?: string | undefined
  /**
   * A secret that only the user's browser has, from a cookie that scripts cannot read. `complete` then
   * requires the same secret, so that no other browser can complete the login, even with the right state.
   * With an empty secret no browser can complete it. One browser may have four pending logins: a fifth
   * replaces the first.
   */
  readonly binding?: Redacted.Redacted<string> | undefined
}

/**
 * A login that is waiting for its user.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingLogin {
  /** Where to send the user's browser. */
  readonly url: string
  /**
   * Identifies the login in Spotify's callback. Keep it in the user's browser, for example in a cookie, or in
   * the waiting program, and pass it to `complete`. The state in the callback proves nothing by itself.
   */
  readonly state: string
  readonly expiresAt: DateTime.Utc
}

/**
 * Proof that the callback comes from the browser that began the login. Without it, an attacker's own
 * callback, opened by a victim, would sign the victim in to the attacker's account.
 *
 * Take it from the browser or the program that began the login, never from the callback's URL. Each given
 * proof must be right. If there is none, as without a cookie, the login is refused with `OtherBrowser`.
 *
 * @since 0.1.0
 * @category models
 * @example
 * ```ts
 * import { LoginService } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 *
 * // In a server, where the cookie was set when the login began
 * export const callback = (url: string, cookies: Readonly<Record<string, string>>) =>
 *   Effect.flatMap(LoginService.LoginService, (login) => login.complete(url, { state: cookies["state"] }))
 * ```
 */
export type CompleteOptions =
  | {
      /** The state that this browser began with. */
      readonly state: string | undefined
      readonly binding?: Redacted.Redacted<string> | undefined
    }
  | {
      /** The secret of the browser that sent the callback, as passed to `begin`. */
      readonly binding: Redacted.Redacted<string> | undefined
      readonly state?: string | undefined
    }
  | {
      /**
       * Accepts a callback from any browser. Use it only if no attacker can deliver one, such as in a test. A
       * login with a `binding` is still refused.
       */
      readonly unsafeAnyBrowser: true
    }

/**
 * When the app ends a session that Spotify would continue. The times are in the session's record. Once the
 * first of them has passed, the session is signed out in every process, no process refreshes it, and the
 * store may drop it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timeouts {
  /** The time after the login or the last `touch`. @default none */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** The time after the login, even if the session is in use. @default none */
  readonly absoluteTimeout?: Duration.DurationInput | undefined
}

/**
 * The session from a completed login.
 *
 * @since 0.1.0
 * @category models
 */
export type CompletedLogin = Session & {
  /** Where the user wanted to go: a path of this app. */
  readonly returnTo: string
}

/**
 * A refresh token from elsewhere: from another library, another store, or a developer's notes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportOptions {
  readonly refreshToken: Redacted.Redacted<string>
  /** The granted scopes, until the first refresh returns them. @default the configured scopes */
  readonly scopes?: ReadonlyArray<Scope.Scope> | undefined
  /** When the user logged in, if known. Spotify ends the authorization six months later. */
  readonly authorizedAt?: DateTime.Utc | undefined
}

/**
 * The errors of completing a login. After any of them, begin a new login. `AuthorizationDenied` is the user's
 * own choice.
 *
 * @since 0.1.0
 * @category errors
 */
export type LoginError =
  | AuthorizationDenied
  | AuthorizationResponseInvalid
  | InvalidGrant
  | BeginError
  | TokenEndpointUnavailable
  | TokenResponseInvalid

/**
 * The errors of beginning a login.
 *
 * @since 0.1.0
 * @category errors
 */
export type BeginError =
  ClientMisconfigured | NotAuthenticated | TooManyLogins | TokenStoreUnavailable | TokenStoreCorrupt

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Begins a login for the selected session. The login is stored for ten minutes, so any process with the
   * same store can complete it. Fails with `TooManyLogins` while this process has `maxPendingLogins` pending
   * logins.
   */
  readonly begin: (options?: BeginOptions) => Effect.Effect<PendingLogin, BeginError>
  /**
   * Completes a login with the URL of the callback (or its path and query), for the browser that began it:
   * see {@link CompleteOptions}. The code is exchanged once, and the new session replaces any session under
   * its key. The same callback within a minute, in this process or another, gives the same session, because
   * browsers reload and frameworks render twice. If another process is exchanging the code, this waits for up
   * to a minute. If that process gives no sign for five seconds, it has died, and the login fails, because
   * its code may be used. With one of the {@link Timeouts} the session ends by itself.
   */
  readonly complete: (
    callbackUrl: string,
    options: CompleteOptions & Timeouts
  ) => Effect.Effect<CompletedLogin, LoginError>
  /**
   * Takes over a session that began elsewhere. It stores the refresh token in place of any session, and then
   * refreshes once, so that a token that Spotify rejects fails at once.
   */
  readonly importRefreshToken: (options: ImportOptions) => Effect.Effect<Session, SessionError>
  /**
   * Restores a session from `quarantine` (see the option) that Spotify rejected by mistake. The next refresh
   * shows whether it still works. Fails with `ReauthorizationRequired` if nothing is kept. Does not change a
   * working session.
   */
  readonly restore: Effect.Effect<Session, SessionError>
  /**
   * Records that the session's user is active, which restarts the idle timeout, and returns whether the
   * session exists and has not ended. Writes the record at most once a minute and ten times per
   * `idleTimeout`; otherwise it answers from memory. An older session gets the given timeouts, and its idle
   * time starts then.
   */
  readonly touch: (
    timeouts: Timeouts
  ) => Effect.Effect<boolean, NotAuthenticated | TokenStoreUnavailable | TokenStoreCorrupt>
}

/**
 * Provided by `SessionService.layerAuthorizationCode` and `SessionService.layerPkce`.
 *
 * @since 0.1.0
 * @category tags
 */
export class LoginService extends Context.Tag("effect-spotify/LoginService")<LoginService, Service>() {
  /**
   * What the effect gives, with the service: `LoginService.use((login) => …)`.
   *
   * @since 0.1.0
   */
  static readonly use = <A, E, R>(
    f: (service: Service) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | LoginService> => Effect.flatMap(LoginService, f)
}
