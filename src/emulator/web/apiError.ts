import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Data from "effect/Data"

/** A refusal of the Web API. */
export class ApiError extends Data.TaggedError("ApiError")<{
  readonly status: number
  readonly text: string
}> {}

export const refuse = (status: number, text: string): ApiError => new ApiError({ status, text })

export const notFound: ApiError = refuse(404, "Resource not found")

/** Where a token is missing or bad, RFC 6750 wants the reason in a header too. */
const challengeOf = (error: ApiError): Record<string, string> =>
  error.status === 401
    ? {
        "www-authenticate": `Bearer realm="spotify", error="${error.text === "No token provided" ? "missing_token" : "invalid_token"}", error_description="${error.text}"`
      }
    : {}

export const response = (error: ApiError): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(
    { error: { status: error.status, message: error.text } },
    { status: error.status, headers: challengeOf(error) }
  )
