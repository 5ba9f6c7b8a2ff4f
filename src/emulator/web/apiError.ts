import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Data from "effect/Data"
import type { Habits } from "./habits.js"

/** A refusal of the Web API. */
export class ApiError extends Data.TaggedError("ApiError")<{
  readonly status: number
  /** Absent where Spotify gives none. */
  readonly text: string | undefined
  /** Which of its reasons the player gives. */
  readonly reason?: string
}> {}

export const refuse = (status: number, text: string): ApiError => new ApiError({ status, text })

export const notFound: ApiError = refuse(404, "Resource not found")

/** How the player refuses: it repeats itself in the message, and adds a reason. */
export const refusePlayer = (status: number, text: string, reason: string): ApiError =>
  new ApiError({ status, text: `Player command failed: ${text}`, reason })

/** What a token is refused with, so that the one message of 2026 can stand for all. */
export const refuseToken = (text: string, habits: Habits): ApiError =>
  refuse(401, habits.combinedTokenMessage ? "Missing/invalid/expired access token" : text)

const isMissing = (error: ApiError): boolean => error.text === "No token provided"

/** Where a token is missing or bad, RFC 6750 wants the reason in a header too. */
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
