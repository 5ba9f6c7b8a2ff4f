/**
 * Reads the parameters that Spotify adds to the redirect URI.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AuthorizationDenied, AuthorizationResponseInvalid } from "./AuthError.js"

/**
 * A well-formed authorization response. It may still belong to no login.
 *
 * @since 0.1.0
 * @category models
 */
export interface Callback {
  readonly state: Redacted.Redacted<string>
  /** The code, or the error that came instead. */
  readonly code: Either.Either<Redacted.Redacted<string>, AuthorizationDenied>
  /** The authorization server that answered (RFC 9207). Spotify does not send it. */
  readonly issuer: Option.Option<string>
}

/**
 * Spotify's codes are several hundred characters long. Servers and proxies refuse addresses well below this.
 */
const maxLength = 16 * 1024

const denials: ReadonlySet<string> = new Set<AuthorizationDenied["code"]>([
  "access_denied",
  "invalid_request",
  "unauthorized_client",
  "unsupported_response_type",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable"
])

const isDenial = (code: string): code is AuthorizationDenied["code"] => denials.has(code)

const refuse = (reason: AuthorizationResponseInvalid["reason"]) =>
  Either.left(new AuthorizationResponseInvalid({ reason }))

/**
 * Parses the full callback URL, or its path and query. An attacker may control any part of it, so no part is
 * repeated in an error.
 *
 * @since 0.1.0
 * @category parsing
 */
export const parse = (callbackUrl: string): Either.Either<Callback, AuthorizationResponseInvalid> => {
  if (callbackUrl.length > maxLength) {
    return refuse("TooLarge")
  }
  const text = callbackUrl.trim()
  if (!URL.canParse(text, "http://127.0.0.1")) {
    return refuse("Malformed")
  }
  const params = new URL(text, "http://127.0.0.1").searchParams
  for (const name of ["code", "state", "error", "iss"]) {
    if (params.getAll(name).length > 1) {
      return refuse("DuplicateParameter")
    }
  }
  const state = params.get("state")
  const code = params.get("code")
  const error = params.get("error")
  if (state === null || state === "") {
    return refuse("State")
  }
  if (code !== null && error !== null) {
    return refuse("CodeAndError")
  }
  if ((code === null || code === "") && error === null) {
    return refuse("MissingCode")
  }
  return Either.right({
    state: Redacted.make(state),
    code:
      error === null
        ? Either.right(Redacted.make(code ?? ""))
        : Either.left(new AuthorizationDenied({ code: isDenial(error) ? error : "other" })),
    issuer: Option.fromNullable(params.get("iss"))
  })
}
