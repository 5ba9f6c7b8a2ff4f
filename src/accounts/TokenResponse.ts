/**
 * Reads the answers of the token endpoint: a token (RFC 6749, section 5.1) or an error (section 5.2).
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { type ClientMisconfigured, type InvalidGrant, TokenResponseInvalid } from "./AuthError.js"
import * as Scope from "./Scope.js"
import type { Token } from "./Token.js"

/**
 * The lifetime of an access token for answers that name none: the only one that Spotify documents or was seen
 * to send.
 */
const defaultLife = 3600

/**
 * No Spotify access token has lived longer. A larger number is an error, and such a token would never be
 * renewed.
 */
const maxLife = 24 * 3600

const invalid = (path: string, problem: string) => Either.left(new TokenResponseInvalid({ path, problem }))

const json = (body: Option.Option<string>): Either.Either<Record<string, unknown>, TokenResponseInvalid> => {
  if (Option.isNone(body)) {
    return invalid("body", "longer than 64 KiB")
  }
  // Some proxies add a byte order mark, which is not valid JSON
  const text = body.value.replace(/^\ufeff/, "")
  return Either.try({
    try: (): unknown => JSON.parse(text),
    catch: () =>
      new TokenResponseInvalid({ path: "body", problem: text.trim() === "" ? "empty" : "not JSON" })
  }).pipe(
    Either.flatMap((value) =>
      Predicate.isRecord(value) && !Array.isArray(value)
        ? Either.right(value)
        : invalid("body", "not an object")
    )
  )
}

const own = (object: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** The text is put into a header, so only visible ASCII is accepted. This prevents header injection. */
const secret = (
  value: unknown,
  path: string
): Either.Either<Redacted.Redacted<string>, TokenResponseInvalid> =>
  value === undefined
    ? invalid(path, "missing")
    : typeof value !== "string"
      ? invalid(path, "not text")
      : /^[\x21-\x7e]+$/.test(value)
        ? Either.right(Redacted.make(value))
        : invalid(path, value === "" ? "empty" : "not visible ASCII")

const life = (value: unknown): Either.Either<number, TokenResponseInvalid> => {
  if (value === undefined || value === null) {
    return Either.right(defaultLife)
  }
  const seconds = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof seconds === "number" && seconds > 0
    ? Either.right(Math.min(seconds, maxLife))
    : invalid("expires_in", "not a positive number of seconds")
}

const bearer = (type: unknown) =>
  typeof type === "string" && type.toLowerCase() === "bearer"
    ? Either.right(type)
    : invalid("token_type", type === undefined ? "missing" : "not Bearer")

const scopesOf = (scope: unknown, requested: ReadonlyArray<Scope.Scope>) =>
  scope === undefined || scope === null
    ? Either.right(requested)
    : typeof scope === "string"
      ? Either.right(Scope.parse(scope))
      : invalid("scope", "not text")

/**
 * Decodes a success. The expiry counts from `sentAt`, so time on the network only shortens a token's
 * lifetime. An absent scope means that the requested ones were granted (RFC 6749, section 5.1).
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (
  body: Option.Option<string>,
  sentAt: number,
  requested: ReadonlyArray<Scope.Scope>
): Either.Either<Token, TokenResponseInvalid> =>
  Either.flatMap(json(body), (answer) => {
    if (own(answer, "error") !== undefined) {
      return invalid("error", "an error in a success answer")
    }
    const refresh = own(answer, "refresh_token")
    // The first mistake in this order is the one that is told
    const members = Either.all({
      accessToken: secret(own(answer, "access_token"), "access_token"),
      type: bearer(own(answer, "token_type")),
      expiresIn: life(own(answer, "expires_in")),
      refreshToken:
        refresh === undefined || refresh === null || refresh === ""
          ? Either.right(Option.none())
          : Either.map(secret(refresh, "refresh_token"), Option.some),
      scopes: scopesOf(own(answer, "scope"), requested)
    })
    return Either.map(members, ({ accessToken, expiresIn, refreshToken, scopes }) => ({
      accessToken,
      refreshToken,
      scopes,
      obtainedAt: DateTime.unsafeMake(sentAt),
      expiresAt: DateTime.unsafeMake(sentAt + Math.floor(expiresIn * 1000))
    }))
  })

/**
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  readonly code: "invalid_grant" | "server_error" | "temporarily_unavailable" | ClientMisconfigured["code"]
  readonly reason: InvalidGrant["reason"]
}

const codes: ReadonlySet<string> = new Set<Refusal["code"]>([
  "invalid_grant",
  "invalid_client",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_request",
  "invalid_scope",
  "server_error",
  "temporarily_unavailable"
])

const isCode = (code: string): code is Refusal["code"] => codes.has(code)

/**
 * Spotify's error descriptions. An unknown one makes the reason less precise, but does not change the
 * decision.
 */
const reasons: Record<string, Refusal["reason"]> = {
  "authorization code expired": "Expired",
  "refresh token expired": "Expired",
  "refresh token revoked": "Revoked",
  "invalid redirect uri": "Mismatch",
  "code_verifier was incorrect": "Mismatch"
}

/**
 * Decodes an error answer, or none if the body is not one. The description is matched and then dropped, since
 * a server may repeat the request's secrets in it.
 *
 * @since 0.1.0
 * @category decoding
 */
export const refusal = (body: string): Option.Option<Refusal> =>
  Option.flatMap(Either.getRight(json(Option.some(body))), (answer) => {
    const code = own(answer, "error")
    if (typeof code !== "string") {
      return Option.none()
    }
    const description = own(answer, "error_description")
    return Option.some({
      code: isCode(code) ? code : "other",
      reason: (typeof description === "string" ? reasons[description.toLowerCase()] : undefined) ?? "Rejected"
    })
  })
