import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import {
  Forbidden,
  NotFound,
  RequestRejected,
  ServiceUnavailable,
  type SpotifyError,
  Unauthorized
} from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"
import { callOf } from "./request.js"

/** What a failing answer says, whichever of Spotify's forms it has. */
export interface Problem {
  readonly description: string
  readonly reason: string | undefined
}

const maxDescription = 200

/** One line of plain text: no markup, no control characters, and never the token that was sent. */
const excerpt = (text: string, secret: string): string =>
  text
    .replaceAll(secret, "<redacted>")
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    // oxlint-disable-next-line no-control-regex -- control characters are what it removes
    .replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ")
    .trim()
    .slice(0, maxDescription)

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value : undefined

/** The reason is a word of Spotify's own, or it is not one. */
const reasonOf = (value: unknown): string | undefined =>
  typeof value === "string" && /^[A-Z][A-Z_]{1,60}$/.test(value) ? value : undefined

/**
 * Reads the body of a failure: an object under `error`, text under `error`, the inner object by itself,
 * other JSON, plain text or HTML, or nothing. The status has already decided what the failure is.
 */
export const problem = (body: string, secret: string): Problem => {
  const json = Either.try((): unknown => JSON.parse(body))
  const said = (description: string | undefined, reason?: unknown): Problem => ({
    description: description === undefined ? "no message" : excerpt(description, secret),
    reason: reasonOf(reason)
  })
  if (Either.isLeft(json)) {
    return said(textOf(excerpt(body, secret)))
  }
  if (!Predicate.isRecord(json.right)) {
    return said(textOf(body))
  }
  const { error } = json.right
  if (Predicate.isRecord(error)) {
    return said(textOf(error["message"]), error["reason"])
  }
  if (typeof error === "string") {
    return said(textOf(json.right["error_description"]) ?? textOf(error))
  }
  return said(textOf(json.right["message"]) ?? textOf(body), json.right["reason"])
}

/** The texts are Spotify's of today and change; they only make the reason more precise. */
const forbiddenReason = (
  endpoint: Endpoint<never, unknown>,
  { description, reason }: Problem
): Forbidden["reason"] => {
  const text = description.toLowerCase()
  if (reason === "PREMIUM_REQUIRED") {
    return "PremiumRequired"
  }
  if (text.includes("scope")) {
    return "InsufficientScope"
  }
  if (text.includes("owner of the app")) {
    return "OwnerNotPremium"
  }
  if (/not (be )?registered|not approved/.test(text)) {
    return "UserNotRegistered"
  }
  if (endpoint.availability !== "all") {
    return "OperationClosed"
  }
  return reason !== undefined || text.startsWith("player command failed") ? "Restricted" : "Other"
}

/** The error for every status that is neither a success nor 429. */
export const toError = (endpoint: Endpoint<never, unknown>, status: number, found: Problem): SpotifyError => {
  const call = callOf(endpoint)
  switch (status) {
    case 401:
      return new Unauthorized({ ...call, description: found.description })
    case 403:
      return new Forbidden({
        ...call,
        reason: forbiddenReason(endpoint, found),
        scopes: endpoint.scopes.flat(),
        description: found.description
      })
    case 404:
      return new NotFound({ ...call, reason: found.reason, description: found.description })
    default:
      return status >= 500
        ? new ServiceUnavailable({ ...call, kind: "Status", sent: "unknown", status })
        : new RequestRejected({ ...call, status, description: found.description })
  }
}
