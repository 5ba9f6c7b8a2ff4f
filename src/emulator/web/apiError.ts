import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Data from "effect/Data"
import type { Habits } from "./habits.js"

/** An error of the Web API. */
export class ApiError extends Data.TaggedError("ApiError")<{
  readonly status: number
  /** Absent if Spotify gives none. */
  readonly text: string | undefined
  /** The reason code, which only the player gives. */
  readonly reason?: string
}> {}

export const refuse = (status: number, text: string): ApiError => new ApiError({ status, text })

export const notFound: ApiError = refuse(404, "Resource not found")

/** An error of the player, which has a reason code and repeats its text in the message. */
export const refusePlayer = (status: number, text: string, reason: string): ApiError =>
  new ApiError({ status, text: `Player command failed: ${text}`, reason })

/** The error for a refused token. A habit replaces every text with the one message of 2026. */
export const refuseToken = (text: string, habits: Habits): ApiError =>
  refuse(401, habits.combinedTokenMessage ? "Missing/invalid/expired access token" : text)

const isMissing = (error: ApiError): boolean => error.text === "No token provided"

/** RFC 6750 requires the reason for a missing or invalid token in a header too. */
const challengeOf = (error: ApiError): Record<string, string> =>
  error.status === 401
    ? {
        "www-authenticate": `Bearer realm="spotify", error="${isMissing(error) ? "missing_token" : "invalid_token"}", error_description="${error.text ?? ""}"`
      }
    : {}

const bodyOf = (error: ApiError, form: Habits["errorBody"]): unknown =>
  form === "string"
    ? { error: error.text ?? "" }
    : {
        error: {
          status: error.status,
          ...(error.text === undefined || form === "without message" ? {} : { message: error.text }),
          ...(error.reason === undefined ? {} : { reason: error.reason })
        }
      }

export const response = (error: ApiError, habits: Habits): HttpServerResponse.HttpServerResponse => {
  const options = { status: error.status, headers: challengeOf(error) }
  switch (habits.errorBody) {
    case "empty":
      return HttpServerResponse.empty(options)
    case "text":
      return HttpServerResponse.text(error.text ?? "", options)
    default:
      return HttpServerResponse.unsafeJson(bodyOf(error, habits.errorBody), options)
  }
}
