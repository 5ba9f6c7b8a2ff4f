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
import { limitsOf } from "./limits.js"
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

/** What Spotify writes where it does not say why. */
const isBare = (description: string): boolean => /^(no message|forbidden\.?)$/i.test(description)

/** Which operations Spotify answers with 403 when the playlist is somebody else's. */
const isOfOwner = ({ method, path }: Endpoint<never, unknown>): boolean =>
  path.startsWith("/playlists/{") && (method !== "GET" || /\/(items|tracks)$/.test(path))

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
  if (/(don't|do not|not) own\b/.test(text)) {
    return "PlaylistNotOwned"
  }
  if (reason !== undefined || text.startsWith("player command failed")) {
    return "Restricted"
  }
  if (!isBare(description)) {
    return "Other"
  }
  return endpoint.availability !== "all"
    ? "OperationClosed"
    : isOfOwner(endpoint)
      ? "PlaylistNotOwned"
      : "Other"
}

/** Says that an operation is closed to this app, by Spotify's word or by what is known without asking. */
export const closed = (
  endpoint: Endpoint<never, unknown>,
  description: string,
  requestId?: string
): Forbidden =>
  new Forbidden({
    ...callOf(endpoint),
    reason: "OperationClosed",
    scopes: endpoint.scopes.flat(),
    availability: endpoint.availability === "closed" ? "closed" : "extended",
    replacement: endpoint.replacement,
    description,
    requestId
  })

const forbidden = (
  endpoint: Endpoint<never, unknown>,
  found: Problem,
  requestId: string | undefined
): Forbidden => {
  const reason = forbiddenReason(endpoint, found)
  return reason === "OperationClosed"
    ? closed(endpoint, found.description, requestId)
    : new Forbidden({
        ...callOf(endpoint),
        reason,
        scopes: endpoint.scopes.flat(),
        playerReason: reason === "Restricted" || reason === "PremiumRequired" ? found.reason : undefined,
        description: found.description,
        requestId
      })
}

/**
 * Operations of 2024 answer 404 to apps they are closed to. Without an id in the path that is the only
 * thing it can mean.
 */
const isClosedAltogether = ({ availability, path }: Endpoint<never, unknown>): boolean =>
  availability === "closed" && !path.includes("{")

/** The error for every status that is neither a success nor 429. */
export const toError = (
  endpoint: Endpoint<never, unknown>,
  status: number,
  found: Problem,
  requestId?: string
): SpotifyError => {
  const answer = { ...callOf(endpoint), requestId, description: found.description }
  switch (status) {
    case 401:
      return new Unauthorized(answer)
    case 403:
      return forbidden(endpoint, found, requestId)
    case 404:
      return isClosedAltogether(endpoint)
        ? closed(endpoint, found.description, requestId)
        : new NotFound({ ...answer, reason: found.reason })
    default:
      return status >= 500
        ? new ServiceUnavailable({ ...callOf(endpoint), requestId, kind: "Status", sent: "unknown", status })
        : new RequestRejected({
            ...answer,
            status,
            maxLimit:
              status === 400 && endpoint.paging !== "none" && /invalid limit/i.test(found.description)
                ? limitsOf(endpoint).development
                : undefined
          })
  }
}

const requestIdHeaders = ["spotify-request-id", "x-spotify-request-id", "x-request-id", "request-id"]

/** A name of Spotify's for the request, or nothing: whatever a server sends back must not bring the token. */
export const requestIdOf = (
  headers: Readonly<Record<string, string | undefined>>,
  secret: string
): string | undefined =>
  requestIdHeaders
    .map((name) => headers[name])
    .find((value) => value !== undefined && /^[\w.:-]{1,64}$/.test(value) && !value.includes(secret))
