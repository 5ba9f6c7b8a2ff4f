/**
 * The interactive half of the user flows: begin a login, send the user's browser to its URL, and complete
 * it with the address the browser comes back to.
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
  /** Ask the user again although the scopes were granted before. @default false */
  readonly showDialog?: boolean | undefined
  /** @default the configured redirect URI */
  readonly redirectUri?: string | undefined
  /** Ask for what the session has been granted before as well, so that a wish for more loses nothing. @default false */
  readonly keepScopes?: boolean | undefined
  /**
   * Where the user wanted to go: a path of this app, given back by `complete`. Anything that leads elsewhere
   * is replaced by `/`. @default "/"
   */
  readonly returnTo?: string | undefined
  /**
   * A secret that only the user's browser has, from a cookie that scripts cannot read. `complete` wants the
   * same one then, so that nobody finishes a login in another's browser, with whatever state. With an empty
   * one no browser can complete the login. Of one browser four logins wait at most: a fifth replaces the first.
   */
  readonly binding?: Redacted.Redacted<string> | undefined
}

/**
 * A login that waits for its user.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingLogin {
  /** Where to send the user's browser. */
  readonly url: string
  /**
   * Names the login in Spotify's answer. Keep it with the user's browser, as in a cookie, or in the program
   * that waits, and give it to `complete`: the state in the callback proves nothing by itself.
   */
  readonly state: string
  readonly expiresAt: DateTime.Utc
}

/**
 * What shows that the callback comes from the browser that began the login. Without it an attacker's own
 * callback, opened by a victim, signs the victim in to the attacker's account.
 *
 * Take it from the browser or from the program that began, never from the callback's address. Each one that
 * is given must be right; when none is there, as without a cookie, the login is refused as `OtherBrowser`.
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
      /** The secret of the browser that the callback came from: the one that `begin` was given. */
      readonly binding: Redacted.Redacted<string> | undefined
      readonly state?: string | undefined
    }
  | {
      /**
       * Takes a callback from whatever browser: only where no attacker can deliver one, such as in a test. A
       * login with a `binding` is refused all the same.
       */
      readonly unsafeAnyBrowser: true
    }

/**
 * When the app ends a session that Spotify would go on with. The times stand in the session's record: past the
 * first of them every process finds it signed out, nobody refreshes it, and the store may drop it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Timeouts {
  /** So long after the login, or after the last `touch`. @default none */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** So long after the login, however much it is used. @default none */
  readonly absoluteTimeout?: Duration.DurationInput | undefined
}

/**
 * The session that a login gave.
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
  /** What the user granted, until the first refresh tells. @default the configured scopes */
  readonly scopes?: ReadonlyArray<Scope.Scope> | undefined
  /** When the user logged in, if that is known: Spotify ends the authorization six months later. */
  readonly authorizedAt?: DateTime.Utc | undefined
}

/**
 * What completing a login can fail with. After any of them, begin a new login; `AuthorizationDenied` is the
 * user's own choice.
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
 * What beginning a login can fail with.
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
   * Begins a login for the selected session. It is stored for ten minutes, so any process with the same
   * store can complete it. Fails with `TooManyLogins` while `maxPendingLogins` of this process wait.
   */
  readonly begin: (options?: BeginOptions) => Effect.Effect<PendingLogin, BeginError>
  /**
   * Completes a login with the address the browser was sent to (or its path and query), for the browser that
   * began it: see {@link CompleteOptions}. Its code is exchanged once, and the new session replaces whatever was stored under its key. The same callback again,
   * at once or within a minute, in this process or another, gives the same session: browsers reload, and
   * frameworks render twice. Another process that exchanges the code is waited for, up to a minute; once it
   * has given no sign for five seconds it has died, and the login is over, since its code may be spent.
   * With one of the {@link Timeouts} the session ends by itself.
   */
  readonly complete: (
    callbackUrl: string,
    options: CompleteOptions & Timeouts
  ) => Effect.Effect<CompletedLogin, LoginError>
  /**
   * Takes over a session that began elsewhere: stores its refresh token in place of whatever is there, then
   * refreshes once, so that a token that Spotify does not accept is told at once.
   */
  readonly importRefreshToken: (options: ImportOptions) => Effect.Effect<Session, SessionError>
  /**
   * Brings a rejected session back from its quarantine (see the option of that name), for when Spotify has
   * rejected it by mistake. The next refresh shows whether it was one. Fails with `ReauthorizationRequired`
   * when nothing is kept; a session that works is left alone.
   */
  readonly restore: Effect.Effect<Session, SessionError>
  /**
   * Notes that the session's user is there, which moves its idle end, and tells whether there is a session that
   * has not ended. Its record is written at most once a minute and ten times in `idleTimeout`; what this process
   * saw last is answered from memory. The timeouts are those of now: a session of before gets them, and has its
   * idle time from then on.
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
