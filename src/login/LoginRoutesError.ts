/**
 * The errors of the routes of a web server's login.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** How to generate a secret. @internal */
export const generate = "generate one with `openssl rand -base64 32` and keep it out of the source"

/**
 * The routes cannot be built with these options. Nothing is served until they are corrected.
 *
 * - `SecretMissing`, `SecretTooShort`: cookies cannot be signed
 * - `SecretGuessable`: a secret repeats itself or follows a pattern, so attackers could sign cookies
 * - `Cookie`: browsers do not accept the name or the domain of a cookie
 * - `Path`: a path leads outside this server, or two routes share it
 *
 * @since 0.1.0
 * @category errors
 */
export class LoginRoutesMisconfigured extends Schema.TaggedError<LoginRoutesMisconfigured>(
  "effect-spotify/LoginRoutesMisconfigured"
)("LoginRoutesMisconfigured", {
  reason: Schema.Literal("SecretMissing", "SecretTooShort", "SecretGuessable", "Cookie", "Path", "Timeout"),
  /** The option at fault. */
  option: Schema.String
}) {
  override get message(): string {
    const remedy: Record<typeof this.reason, string> = {
      SecretMissing: `there is no secret to sign cookies with: ${generate}`,
      SecretTooShort: `a secret is at least 32 bytes and random, not a password: ${generate}`,
      SecretGuessable: `a secret repeats itself or follows a pattern, so an attacker could guess it and sign cookies: ${generate}`,
      Cookie:
        "a cookie's name is letters, digits, - and _, and its domain is a host name without a scheme or port",
      Path: "a path begins with one /, leads nowhere but into this server, and belongs to one route only",
      Timeout: "a duration after which sessions end is longer than zero; leave it out for none"
    }
    return `LoginRoutes cannot use the option ${this.option} (${this.reason}): ${remedy[this.reason]}`
  }
}

/**
 * The app refuses this user although Spotify signed them in. The hook `onLogin` fails with it. The session is
 * removed, the browser gets no cookie, and the user sees a page that says so.
 *
 * @since 0.1.0
 * @category errors
 */
export class LoginRefused extends Schema.TaggedError<LoginRefused>("effect-spotify/LoginRefused")(
  "LoginRefused",
  {}
) {
  override get message(): string {
    return "The app refused this user; the login was discarded"
  }
}
