import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { contentType, readText } from "../requestBody.js"
import type { GrantType, State } from "../state.js"
import * as ClientAuthentication from "./clientAuthentication.js"
import * as Grants from "./grants.js"
import type { TokenError } from "./tokenError.js"
import { refuse, response } from "./tokenError.js"

const readForm = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<URLSearchParams, TokenError> =>
  Effect.flatMap(
    readText(request),
    Option.match({
      onNone: () => Effect.fail(refuse("invalid_request", "the body is too long", 413)),
      // Spotify reads no other media type, and so reports the first parameter as missing
      onSome: (text) =>
        Effect.succeed(
          new URLSearchParams(contentType(request) === "application/x-www-form-urlencoded" ? text : "")
        )
    })
  )

const readGrantType = (form: URLSearchParams): Effect.Effect<GrantType, TokenError> => {
  const value = form.get("grant_type") ?? ""
  switch (value) {
    case "authorization_code":
    case "refresh_token":
    case "client_credentials":
      return Effect.succeed(value)
    case "":
      return Effect.fail(refuse("unsupported_grant_type", "grant_type parameter is missing"))
    default:
      return Effect.fail(
        refuse(
          "unsupported_grant_type",
          "grant_type must be client_credentials, authorization_code or refresh_token"
        )
      )
  }
}

const issue = (
  state: State,
  grantType: GrantType,
  client: ClientAuthentication.Client,
  form: URLSearchParams
) => {
  switch (grantType) {
    case "authorization_code":
      return Grants.authorizationCode(state, client, form)
    case "refresh_token":
      return Grants.refreshToken(state, client, form)
    case "client_credentials":
      return Grants.clientCredentials(state, client)
  }
}

/** `POST /api/token`. */
export const handle = (
  state: State,
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.gen(function* () {
    const form = yield* readForm(request)
    const grantType = yield* readGrantType(form)
    state.tokenRequests[grantType] += 1
    const client = yield* ClientAuthentication.authenticate(state, request.headers["authorization"], form)
    const body = yield* issue(state, grantType, client, form)
    return HttpServerResponse.unsafeJson(body, { headers: { "cache-control": "no-store" } })
  }).pipe(Effect.catchTag("TokenError", (error) => Effect.succeed(response(error))))
