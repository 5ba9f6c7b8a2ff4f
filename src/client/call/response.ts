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
import { type Endpoint, limitsOf } from "./endpoint.js"
import { callOf } from "./request.js"

/** What a failure answer says, in any of Spotify's forms. */
export interface Problem {
  readonly description: string
  readonly reason: string | undefined
}

const maxDescription = 200

/** Elements whose text is not for people. */
const hiddenElements = ["style", "script", "head"]

/**
 * The text between the tags. Each search begins where the last one ended, and known absent text is not searched
 * again. Expressions with a backtracking `[^>]*` take seconds for 64 KiB of `<`.
 */
const withoutMarkup = (html: string): string => {
  // Unlike `toLowerCase`, this keeps every character where it is
  const lower = html.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const lastOf = new Map(
    [">", ...hiddenElements.map((name) => `</${name}>`)].map((end) => [end, lower.lastIndexOf(end)])
  )
  const endAfter = (end: string, from: number) =>
    (lastOf.get(end) ?? -1) < from ? undefined : lower.indexOf(end, from) + end.length
  let text = ""
  let from = 0
  for (let open = html.indexOf("<"); open !== -1; open = html.indexOf("<", from)) {
    const name = hiddenElements.find(
      (_) => lower.startsWith(_, open + 1) && !/\w/.test(lower.charAt(open + 1 + _.length))
    )
    const end = (name === undefined ? undefined : endAfter(`</${name}>`, open)) ?? endAfter(">", open)
    if (end === undefined) {
      break
    }
    text += `${html.slice(from, open)} `
    from = end
  }
  return text + html.slice(from)
}

/** This many characters of a token count as a part of it. */
const fragment = 8

/**
 * Gateways echo tokens truncated, in lower case or wrapped. This removes text that shares eight consecutive
 * characters with the token, in any case and with anything in between. It also removes every run that is longer
 * than the 22 characters of an id and has a digit, as tokens do, and escaped text.
 */
const redact = (text: string, secret: string): string => {
  const places: Array<number> = []
  let compact = ""
  for (let i = 0; i < text.length; i++) {
    // Wide and accented letters are compared as plain ones
    const letter = text.charAt(i).normalize("NFKD").charAt(0).toLowerCase()
    if (/[\da-z]/.test(letter)) {
      places.push(i)
      compact += letter
    }
  }
  const token = secret.toLowerCase().replace(/[^\da-z]/g, "")
  const length = Math.min(fragment, token.length)
  const hidden = new Set<number>()
  const last = length === 0 ? -1 : token.length - length
  for (let i = 0; i <= last; i++) {
    const part = token.slice(i, i + length)
    for (let at = compact.indexOf(part); at !== -1; at = compact.indexOf(part, at + 1)) {
      for (let k = at; k < at + length; k++) {
        hidden.add(places[k] ?? -1)
      }
    }
  }
  let out = ""
  for (let i = 0; i < text.length; i++) {
    if (!hidden.has(i)) {
      out += text.charAt(i)
    } else if (!out.endsWith("…")) {
      out += "…"
    }
  }
  return out
    .replace(/(?:(?:%|\\x|\\u\{?|&#x?)[\da-f]{2,4}[;}]?|\b[\da-f]{2}[ ,:]){8,}/gi, "…")
    .replace(/[\w+=~-]{24,}/g, (run) => (/\d/.test(run) ? "…" : run))
}

/** One line of plain text without markup, control characters or parts of a token. */
const excerpt = (text: string, secret: string): string =>
  redact(
    withoutMarkup(text)
      // oxlint-disable-next-line no-control-regex -- control characters are what it removes
      .replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, " ")
      .trim()
      .slice(0, 2 * maxDescription),
    secret
  ).slice(0, maxDescription)

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value : undefined

/** The text, if it has the form of one of Spotify's reasons. */
const reasonOf = (value: unknown, secret: string): string | undefined =>
  typeof value === "string" && /^[A-Z][A-Z_]{1,60}$/.test(value) && redact(value, secret) === value
    ? value
    : undefined

/**
 * Reads the body of a failure: an object under `error`, text under `error`, the inner object alone, other JSON,
 * plain text or HTML, or nothing. The status has already decided the kind of failure.
 */
export const problem = (body: string, secret: string): Problem => {
  const json = Either.try((): unknown => JSON.parse(body))
  const said = (description: string | undefined, reason?: unknown): Problem => ({
    description: description === undefined ? "no message" : excerpt(description, secret),
    reason: reasonOf(reason, secret)
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

/** What Spotify writes if it gives no reason. */
const isBare = (description: string): boolean => /^(no message|forbidden\.?)$/i.test(description)

const isSilent = (description: string): boolean => description === "no message" || !/[a-z]/i.test(description)

/** Whether the request may be for an existing playlist. A new one has no owner yet. */
const namesPlaylist = ({ path }: Endpoint<never, unknown>): boolean =>
  path.startsWith("/playlists/") || path.startsWith("/me/library")

/** The operations that Spotify answers with 403 if the playlist belongs to another user. */
const isOfOwner = ({ method, path }: Endpoint<never, unknown>): boolean =>
  path.startsWith("/playlists/{") && (method !== "GET" || /\/(items|tracks)$/.test(path))

/** The ids of Spotify's own playlists begin with this. No other id tells the owner. */
const isSpotifyPlaylist = (url: string): boolean => /(?:\/playlists\/|playlist(?::|%3A))37i9dQZ/.test(url)

/** Whether a player command found no device. Spotify usually says only "Not found." */
const isAboutDevice = (
  { method, path }: Endpoint<never, unknown>,
  { description, reason }: Problem
): boolean =>
  path.startsWith("/me/player") &&
  (reason === "NO_ACTIVE_DEVICE" ||
    /\bdevice\b/i.test(description) ||
    (method !== "GET" && reason === undefined))

/**
 * The meaning of a 401.
 *
 * - `Dead`: the token is invalid, or the answer gives no reason, which means the same
 * - `Scope`: the token lacks a scope; most operations answer this with 403
 * - `User`: the token does not belong to a user
 * - `Other`: anything else, such as `Access token missing` although it was sent, which is transient
 */
export type Refusal = "Dead" | "Scope" | "User" | "Other"

/** RFC 6750, section 3.1, and Spotify's texts. */
export const refusalOf = (description: string, authenticate: string = ""): Refusal => {
  if (/permission|scope/i.test(description) || authenticate.includes("insufficient_scope")) {
    return "Scope"
  }
  if (/user auth/i.test(description)) {
    return "User"
  }
  if (authenticate.includes("missing_token")) {
    return "Other"
  }
  return isSilent(description) || /expired|invalid|revoked/i.test(description) ? "Dead" : "Other"
}

const lacksPermission = /permissions? missing|(?:missing|insufficient|lacks?) permission/

const needsPremium = /premium (?:subscription |account )?(?:is )?required|requires? (?:a )?premium/

/** Spotify's current texts. They change, and only make the reason more precise. */
const forbiddenReason = (
  endpoint: Endpoint<never, unknown>,
  { description, reason }: Problem,
  url: string
): Forbidden["reason"] => {
  const text = description.toLowerCase()
  if (reason === "PREMIUM_REQUIRED") {
    return "PremiumRequired"
  }
  if (text.includes("scope") || (endpoint.scopes.length > 0 && lacksPermission.test(text))) {
    return "InsufficientScope"
  }
  if (text.includes("owner of the app")) {
    return "OwnerNotPremium"
  }
  if (needsPremium.test(text)) {
    return "PremiumRequired"
  }
  if (/not (be )?registered|not approved/.test(text)) {
    return "UserNotRegistered"
  }
  if (namesPlaylist(endpoint) && /(don't|do not|not) own\b/.test(text)) {
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
    : isOfOwner(endpoint) || isSpotifyPlaylist(url)
      ? "PlaylistNotOwned"
      : "Other"
}

/** The error of an operation that is closed to this app, as Spotify said or as is already known. */
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
  url: string,
  requestId: string | undefined
): Forbidden => {
  const reason = forbiddenReason(endpoint, found, url)
  return reason === "OperationClosed"
    ? closed(endpoint, found.description, requestId)
    : new Forbidden({
        ...callOf(endpoint),
        reason,
        scopes: endpoint.scopes.flat(),
        replacement: reason === "Other" ? endpoint.replacement : undefined,
        playerReason: reason === "Restricted" || reason === "PremiumRequired" ? found.reason : undefined,
        description: found.description,
        requestId
      })
}

/**
 * Spotify answers operations of 2024 with 404 to apps that they are closed to. Without an id in the path, 404
 * can mean nothing else.
 */
const isClosedAltogether = ({ availability, path }: Endpoint<never, unknown>): boolean =>
  availability === "closed" && !path.includes("{")

/** The error for every status other than a success or 429. It keeps nothing of the address. */
export const toError = (
  endpoint: Endpoint<never, unknown>,
  url: string,
  status: number,
  found: Problem,
  requestId?: string
): SpotifyError => {
  const answer = { ...callOf(endpoint), requestId, description: found.description }
  switch (status) {
    case 401:
      return new Unauthorized(answer)
    case 403:
      return forbidden(endpoint, found, url, requestId)
    case 404:
      return isClosedAltogether(endpoint)
        ? closed(endpoint, found.description, requestId)
        : new NotFound({
            ...answer,
            reason:
              found.reason ?? (/no active device/i.test(found.description) ? "NO_ACTIVE_DEVICE" : undefined),
            availability: endpoint.availability === "closed" ? "closed" : undefined,
            resource: isAboutDevice(endpoint, found)
              ? "Device"
              : isSpotifyPlaylist(url)
                ? "SpotifyPlaylist"
                : undefined,
            replacement: endpoint.replacement
          })
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

/** Spotify's id of the request, or nothing. Anything that a server sends must not contain the token. */
export const requestIdOf = (
  header: (name: string) => string | undefined,
  secret: string
): string | undefined =>
  requestIdHeaders
    .map(header)
    .find((value) => value !== undefined && /^[\w.:-]{1,64}$/.test(value) && excerpt(value, secret) === value)
