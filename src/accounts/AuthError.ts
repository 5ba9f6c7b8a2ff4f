/**
 * Errors between an app, its user and Spotify's accounts service, split by what the caller does next. No
 * error holds a token, a code, a secret or free text from the server.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/**
 * There is no session to take a token from. Send the user through a login.
 *
 * - `SignedOut`: no user has logged in under this session key, or the user has signed out since
 * - `NoSessionSelected`: the program serves many users, and the call selected none of them
 *
 * @since 0.1.0
 * @category errors
 */
export class NotAuthenticated extends Schema.TaggedError<NotAuthenticated>("effect-spotify/NotAuthenticated")(
  "NotAuthenticated",
  { reason: Schema.Literal("SignedOut", "NoSessionSelected") }
) {
  override get message(): string {
    return this.reason === "SignedOut"
      ? "Nobody is signed in here: begin a login (LoginService.begin) and send the user to its URL"
      : 'This program serves many sessions and none is selected: wrap the call in SessionService.withSession(key), or build the layer with sessions: "one"'
  }
}

/**
 * The user's authorization is gone, and no retry restores it. Send the user through a login again. The stored
 * record remains as a tombstone until then.
 *
 * - `Expired`: the six months since the user's authorization are over
 * - `Revoked`: the user removed the app or changed the password, or the token was used after a rotation
 * - `Rejected`: Spotify refused the refresh token without a reason
 * - `CrashedDuringRotation`: a process or a connection died between Spotify's rotation and the store's write
 * - `CannotRefresh`: the access token was refused, and the session has no refresh token
 * - `Malformed`: the imported refresh token is empty or contains characters that no token has. Nothing was
 *   stored
 *
 * @since 0.1.0
 * @category errors
 */
export class ReauthorizationRequired extends Schema.TaggedError<ReauthorizationRequired>(
  "effect-spotify/ReauthorizationRequired"
)("ReauthorizationRequired", {
  reason: Schema.Literal(
    "Expired",
    "Revoked",
    "Rejected",
    "CrashedDuringRotation",
    "CannotRefresh",
    "Malformed"
  )
}) {
  override get message(): string {
    if (this.reason === "Malformed") {
      return "The imported refresh token is invalid: it is empty, far too long, or contains a line break or another character that no token has. Copy it again, or send the user through a login; nothing was stored"
    }
    const why: Record<Exclude<typeof this.reason, "Malformed">, string> = {
      Expired: "The user's authorization is over six months old",
      Revoked: "The user's authorization was revoked",
      Rejected: "Spotify refused the stored refresh token",
      CrashedDuringRotation: "A process or a connection ended while Spotify was rotating the refresh token",
      CannotRefresh: "The access token was refused and there is no refresh token"
    }
    return `${why[this.reason]}: send the user through a login again; retrying cannot help`
  }
}

/**
 * Spotify refused a code or a refresh token (`invalid_grant`). Begin a new login, and never retry.
 *
 * - `Expired`, `Revoked`: as Spotify reports it
 * - `Mismatch`: the redirect URI or the PKCE verifier is not that of the authorize request
 * - `Rejected`: unknown, used before, or issued to another app
 *
 * Source: RFC 6749, section 5.2.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidGrant extends Schema.TaggedError<InvalidGrant>("effect-spotify/InvalidGrant")(
  "InvalidGrant",
  {
    grant: Schema.Literal("authorization_code", "refresh_token", "client_credentials"),
    reason: Schema.Literal("Expired", "Revoked", "Mismatch", "Rejected")
  }
) {
  override get message(): string {
    if (this.grant === "refresh_token") {
      return `Spotify refused the refresh token (${this.reason}): drop it and send the user through a login again`
    }
    switch (this.reason) {
      case "Expired":
        return "The authorization code has expired: begin a new login and exchange its code at once"
      case "Mismatch":
        return "The redirect URI or the PKCE verifier differs from the authorize request: exchange the code with exactly the values that the login began with"
      default:
        return "Spotify refused the authorization code: a code works once; begin a new login"
    }
  }
}

/**
 * The accounts service could not be reached, or it failed. Try again, after `retryAt` if it is given.
 *
 * `Busy` means that nothing was sent. Either another process failed a moment ago, or the refresh was
 * requested from within itself. A recent failure in this process is returned as that failure. `Closed` means
 * that the layer is closed: the program is ending, or it uses a service of a closed scope.
 *
 * `sent` tells whether the request may have been processed. After `unknown`, a rotating server may already
 * have replaced the refresh token.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenEndpointUnavailable extends Schema.TaggedError<TokenEndpointUnavailable>(
  "effect-spotify/TokenEndpointUnavailable"
)("TokenEndpointUnavailable", {
  kind: Schema.Literal(
    "Dns",
    "Connect",
    "Tls",
    "Timeout",
    "Reset",
    "Status",
    "Redirect",
    "Busy",
    "Network",
    "Closed"
  ),
  sent: Schema.Literal("no", "unknown"),
  status: Schema.optional(Schema.Number),
  retryAt: Schema.optional(Schema.DateTimeUtc),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    if (this.kind === "Closed") {
      return "The session service is closed: build its layer again; nothing stored was lost"
    }
    if (this.kind === "Busy" && this.retryAt === undefined) {
      return "The token was requested from within its own refresh: a store, logger or hook below the session must not use the session"
    }
    const what =
      this.kind === "Redirect"
        ? "The accounts service answered with a redirect, which is refused because it would send the secret to another address: check accountsUrl"
        : this.kind === "Status"
          ? `The accounts service answered ${this.status ?? "with an error"}`
          : this.kind === "Busy"
            ? "A refresh of this session failed a moment ago in another process, whose log says why"
            : `The accounts service could not be reached (${this.kind})`
    const when = this.retryAt === undefined ? "" : `, not before ${DateTime.formatIso(this.retryAt)}`
    return this.kind === "Redirect" ? what : `${what}: try again later${when}; nothing stored was lost`
  }
}

/**
 * The accounts service reported success, but its answer is not a token. The usual cause is a proxy or a
 * captive portal.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenResponseInvalid extends Schema.TaggedError<TokenResponseInvalid>(
  "effect-spotify/TokenResponseInvalid"
)("TokenResponseInvalid", {
  /** The invalid member, or `body`. */
  path: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `The accounts service's answer is not a token (${this.path}: ${this.problem}): check accountsUrl and whether a proxy answers in Spotify's place; nothing stored was lost`
  }
}

/**
 * The accounts service refused the app itself, or the configuration lacks something the flow needs. Fix the
 * configuration. Stored sessions are unchanged.
 *
 * `code` is the `error` of RFC 6749, section 5.2, or one of the library's own: `client_secret_missing`,
 * `redirect_uri_missing`, `redirect_uri_invalid`, `web_crypto_missing`, `access_token_invalid`.
 *
 * @since 0.1.0
 * @category errors
 */
export class ClientMisconfigured extends Schema.TaggedError<ClientMisconfigured>(
  "effect-spotify/ClientMisconfigured"
)("ClientMisconfigured", {
  code: Schema.Literal(
    "invalid_client",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_request",
    "invalid_scope",
    "client_secret_missing",
    "redirect_uri_missing",
    "redirect_uri_invalid",
    "web_crypto_missing",
    "access_token_invalid",
    "other"
  ),
  detail: Schema.optional(Schema.String)
}) {
  override get message(): string {
    const remedy: Record<typeof this.code, string> = {
      invalid_client:
        "Spotify does not accept the client id or secret: compare SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET with the app's page in the dashboard",
      unauthorized_client: "This app may not use this flow: check its settings in Spotify's dashboard",
      unsupported_grant_type: "The accounts service does not know this flow: check accountsUrl",
      invalid_request:
        "The accounts service found the request malformed: check accountsUrl and the redirect URI",
      invalid_scope: "The accounts service refused a scope: check the configured scopes",
      client_secret_missing:
        "This flow needs the client secret: set SPOTIFY_CLIENT_SECRET, or use SessionService.layerPkce, which needs none",
      redirect_uri_missing:
        "A login needs a redirect URI: set SPOTIFY_REDIRECT_URI to the one registered in Spotify's dashboard",
      redirect_uri_invalid: "Spotify would refuse this redirect URI",
      web_crypto_missing:
        "Web Crypto is missing: a browser offers it only on https and on http://127.0.0.1, Node has it from version 20, and jsdom has none, so use the environment node for such a test",
      access_token_invalid:
        "The given access token is invalid: it is empty, or contains a space, a line break or another character that no token has (RFC 6750, section 2.1): copy it again",
      other: "The accounts service refused the app"
    }
    return this.detail === undefined ? remedy[this.code] : `${remedy[this.code]}: ${this.detail}`
  }
}

/**
 * The user refused, or Spotify refused for the user or because of the request. `code` is the `error` of the
 * redirect if RFC 6749, section 4.1.2.1 defines it, else `other`.
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthorizationDenied extends Schema.TaggedError<AuthorizationDenied>(
  "effect-spotify/AuthorizationDenied"
)("AuthorizationDenied", {
  code: Schema.Literal(
    "access_denied",
    "invalid_request",
    "unauthorized_client",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
    "other"
  )
}) {
  override get message(): string {
    const remedy: Record<typeof this.code, string> = {
      access_denied:
        "The user did not give consent: explain why the app needs it and begin a new login if they agree",
      invalid_scope:
        "Spotify ended the login (invalid_scope): compare the scopes it asked for with Scope.all; one is misspelt, no longer exists, or is only for Spotify's partners",
      invalid_request:
        "Spotify ended the login (invalid_request): compare the client id and the redirect URI with the app's page in Spotify's dashboard; if they are right, begin a new login",
      unauthorized_client:
        "Spotify ended the login (unauthorized_client): this app may not use this flow; check its settings in Spotify's dashboard",
      unsupported_response_type:
        "Spotify ended the login (unsupported_response_type): it accepts only response_type=code; send the user to the exact URL that LoginService.begin returned",
      server_error: "Spotify ended the login (server_error): it has a problem; begin a new login later",
      temporarily_unavailable:
        "Spotify ended the login (temporarily_unavailable): it has a problem; begin a new login later",
      other:
        "Spotify ended the login and did not say why: begin a new one; if that ends the same way, check the app's settings in Spotify's dashboard"
    }
    return remedy[this.code]
  }
}

/**
 * The request to the redirect URI does not belong to a login that this program began. Nothing was changed.
 *
 * - `State`: no such login is pending. It was never begun, belongs to another app, or is forged
 * - `Expired`: the login expired before the user finished it
 * - `AlreadyUsed`: this callback was handled before (a reload, the back button, a second tab). For a minute
 *   after a login the same callback returns the same session instead
 * - `OtherBrowser`: nothing shows that the login began in this browser
 * - `MissingCode`: neither a code nor an error
 * - `DuplicateParameter`, `CodeAndError`, `TooLarge`, `Malformed`: Spotify does not send such a request
 * - `Issuer`: another authorization server answered (RFC 9207)
 *
 * @since 0.1.0
 * @category errors
 */
export class AuthorizationResponseInvalid extends Schema.TaggedError<AuthorizationResponseInvalid>(
  "effect-spotify/AuthorizationResponseInvalid"
)("AuthorizationResponseInvalid", {
  reason: Schema.Literal(
    "State",
    "Expired",
    "AlreadyUsed",
    "OtherBrowser",
    "MissingCode",
    "DuplicateParameter",
    "CodeAndError",
    "TooLarge",
    "Malformed",
    "Issuer"
  )
}) {
  override get message(): string {
    switch (this.reason) {
      case "State":
        return "No login with this state is pending: begin a new login; if this happens often, check that all instances share one TokenStore"
      case "Expired":
        return "The login took too long: begin a new one"
      case "AlreadyUsed":
        return "This login was completed before: go on with its session, or begin a new login"
      case "OtherBrowser":
        return "This login began in another browser: begin a new one here; if it was this one, check that its cookie reaches the callback"
      case "Issuer":
        return "The answer does not name the authorization server of the login: ignore it and begin a new login"
      default:
        return `The callback is not one that Spotify sends (${this.reason}): ignore it, and begin a new login if the user is waiting`
    }
  }
}

/**
 * Too many logins are pending (`maxPendingLogins`), so no new one may begin: some client begins logins
 * without finishing them. Try again at `retryAt`, when the oldest one expires. Nothing was stored.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooManyLogins extends Schema.TaggedError<TooManyLogins>("effect-spotify/TooManyLogins")(
  "TooManyLogins",
  { retryAt: Schema.DateTimeUtc }
) {
  override get message(): string {
    return `The limit of pending logins (maxPendingLogins) is reached: try again at ${DateTime.formatIso(this.retryAt)}; if this is normal traffic, raise the limit`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export type AccountsError =
  InvalidGrant | ClientMisconfigured | TokenEndpointUnavailable | TokenResponseInvalid
