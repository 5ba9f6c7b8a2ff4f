/**
 * The interactive half of the user flows: begin a login, send the user's browser to its URL, and complete
 * it with the address the browser comes back to.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type {
  AuthorizationDenied,
  AuthorizationResponseInvalid,
  ClientMisconfigured,
  InvalidGrant,
  NotAuthenticated,
  TokenEndpointUnavailable,
  TokenResponseInvalid
} from "./auth/AuthError.js"
import type * as Scope from "./auth/Scope.js"
import type { Session } from "./auth/Session.js"
import type { TokenStoreCorrupt, TokenStoreUnavailable } from "./TokenStore.js"

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
   * Names the login in Spotify's answer. A web server keeps it in a cookie as well, and gives it to
   * `complete`, so that nobody can finish a login in another's browser.
   */
  readonly state: string
  readonly expiresAt: DateTime.Utc
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CompleteOptions {
  /** The state that this browser began with; an answer with another one is refused. */
  readonly state?: string | undefined
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
export type BeginError = ClientMisconfigured | NotAuthenticated | TokenStoreUnavailable | TokenStoreCorrupt

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Begins a login for the selected session. It is stored for ten minutes, so any process with the same
   * store can complete it.
   */
  readonly begin: (options?: BeginOptions) => Effect.Effect<PendingLogin, BeginError>
  /**
   * Completes a login with the address the browser was sent to (or its path and query). A login completes
   * once; the new session replaces whatever was stored under its key.
   */
  readonly complete: (callbackUrl: string, options?: CompleteOptions) => Effect.Effect<Session, LoginError>
}

/**
 * Provided by `SessionService.layerAuthorizationCode` and `SessionService.layerPkce`.
 *
 * @since 0.1.0
 * @category tags
 */
export class LoginService extends Context.Tag("effect-spotify/LoginService")<LoginService, Service>() {}
