import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Scope from "../../accounts/Scope.js"
import type { Grant, State } from "../state.js"
import type { Client } from "./clientAuthentication.js"
import * as Secret from "./secret.js"
import type { TokenError } from "./tokenError.js"
import { refuse } from "./tokenError.js"

export interface TokenBody {
  readonly access_token: string
  readonly token_type: "Bearer"
  readonly expires_in: number
  readonly refresh_token?: string
  readonly scope: string
}

const required = (form: URLSearchParams, name: string): Effect.Effect<string, TokenError> => {
  const value = form.get(name) ?? ""
  return value === ""
    ? Effect.fail(refuse("invalid_request", `${name} must be supplied`))
    : Effect.succeed(value)
}

const issueAccessToken = (
  state: State,
  clientId: string,
  grant: Grant | undefined
): Effect.Effect<TokenBody> =>
  Effect.gen(function* () {
    const token = yield* Secret.accessToken
    const now = yield* Clock.currentTimeMillis
    return yield* Effect.sync((): TokenBody => {
      state.accessTokens.set(token, { clientId, grant, expiresAt: now + state.accessTokenSeconds * 1000 })
      return {
        access_token: token,
        token_type: "Bearer",
        expires_in: state.accessTokenSeconds,
        scope: Scope.format(grant?.scopes ?? [])
      }
    })
  })

/** Six calendar months after the user's consent, independent of when the token was issued. */
const refreshTokenEnd = (grant: Grant): number =>
  DateTime.toEpochMillis(DateTime.add(DateTime.unsafeMake(grant.authorizedAt), { months: 6 }))

const issueRefreshToken = (state: State, grant: Grant, withSecret: boolean): Effect.Effect<string> =>
  Effect.map(Secret.refreshToken, (token) => {
    state.refreshTokens.set(token, {
      grant,
      withSecret,
      expiresAt: refreshTokenEnd(grant),
      replacedAt: undefined
    })
    return token
  })

const checkVerifier = (
  challenge: string | undefined,
  form: URLSearchParams,
  withSecret: boolean
): Effect.Effect<void, TokenError> =>
  Effect.gen(function* () {
    if (challenge === undefined) {
      if (!withSecret) {
        return yield* refuse("invalid_client", "Invalid client secret")
      }
      // A verifier without a challenge means that the challenge was removed from the authorize URL
      return form.has("code_verifier")
        ? yield* refuse("invalid_grant", "code_verifier was incorrect")
        : undefined
    }
    const verifier = yield* required(form, "code_verifier")
    if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || (yield* Secret.challenge(verifier)) !== challenge) {
      return yield* refuse("invalid_grant", "code_verifier was incorrect")
    }
  })

export const authorizationCode = (
  state: State,
  client: Client,
  form: URLSearchParams
): Effect.Effect<TokenBody, TokenError> =>
  Effect.gen(function* () {
    const text = yield* required(form, "code")
    const redirectUri = yield* required(form, "redirect_uri")
    const code = state.codes.get(text)
    if (code === undefined || code.grant.revoked || code.grant.clientId !== client.app.clientId) {
      return yield* refuse("invalid_grant", "Invalid authorization code")
    }
    if ((yield* Clock.currentTimeMillis) >= code.expiresAt) {
      return yield* refuse("invalid_grant", "Authorization code expired")
    }
    if (redirectUri !== code.redirectUri) {
      return yield* refuse("invalid_grant", "Invalid redirect URI")
    }
    yield* checkVerifier(code.challenge, form, client.withSecret)
    // Other requests may have run during the digest. Only one of them can delete the code
    if (!state.codes.delete(text)) {
      return yield* refuse("invalid_grant", "Invalid authorization code")
    }
    const body = yield* issueAccessToken(state, client.app.clientId, code.grant)
    return { ...body, refresh_token: yield* issueRefreshToken(state, code.grant, client.withSecret) }
  })

const invalidRefreshToken = refuse("invalid_grant", "Invalid refresh token")

export const refreshToken = (
  state: State,
  client: Client,
  form: URLSearchParams
): Effect.Effect<TokenBody, TokenError> =>
  Effect.gen(function* () {
    const token = state.refreshTokens.get(yield* required(form, "refresh_token"))
    if (
      token === undefined ||
      token.grant.clientId !== client.app.clientId ||
      (token.withSecret && !client.withSecret)
    ) {
      return yield* invalidRefreshToken
    }
    const now = yield* Clock.currentTimeMillis
    if (token.grant.revoked || now >= (token.replacedAt ?? Number.POSITIVE_INFINITY)) {
      return yield* refuse("invalid_grant", "Refresh token revoked")
    }
    if (now >= token.expiresAt) {
      return yield* refuse("invalid_grant", "Refresh token expired")
    }
    if (state.behaviour.falseInvalidGrants > 0) {
      state.behaviour.falseInvalidGrants -= 1
      return yield* invalidRefreshToken
    }
    if (state.behaviour.rotation === "never") {
      return yield* issueAccessToken(state, client.app.clientId, token.grant)
    }
    token.replacedAt ??= now + state.behaviour.rotationGraceMillis
    const body = yield* issueAccessToken(state, client.app.clientId, token.grant)
    return { ...body, refresh_token: yield* issueRefreshToken(state, token.grant, token.withSecret) }
  })

export const clientCredentials = (state: State, client: Client): Effect.Effect<TokenBody, TokenError> =>
  client.withSecret
    ? issueAccessToken(state, client.app.clientId, undefined)
    : Effect.fail(refuse("invalid_client", "Invalid client secret"))
