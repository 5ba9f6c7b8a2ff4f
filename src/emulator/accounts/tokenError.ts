import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Data from "effect/Data"

/** An error of the token endpoint. Spotify answers all of them with status 400, even invalid clients. */
export class TokenError extends Data.TaggedError("TokenError")<{
  readonly code: string
  readonly description: string | undefined
  readonly status: number
}> {}

export const refuse = (code: string, description?: string, status = 400): TokenError =>
  new TokenError({ code, description, status })

export const response = (error: TokenError): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(
    error.description === undefined
      ? { error: error.code }
      : { error: error.code, error_description: error.description },
    { status: error.status }
  )
