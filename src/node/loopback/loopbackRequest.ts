import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"
import type * as Http from "node:http"
import * as Callback from "../../accounts/callback.js"
import * as BrowserCookie from "../../login/browserCookie.js"
import type { Refusal } from "./resultPage.js"

/** Spotify's codes are several hundred characters long. */
export const longestTarget = 8 * 1024

/** Cookies do not depend on the port, so those of other programs at this address are sent too. */
export const longestHeaders = 8 * 1024

const headerBytes = (request: Http.IncomingMessage): number =>
  request.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0)

const count = (request: Http.IncomingMessage, name: string): number =>
  request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length

const isOneOf = (value: string | ReadonlyArray<string> | undefined, allowed: string): boolean =>
  value === undefined || value === allowed

/**
 * Headers of prefetch requests, which the user never sees. Each browser has its own. A navigation has none of
 * them.
 */
const ahead = ["sec-purpose", "purpose", "x-moz", "x-purpose"]

/**
 * Why a request is not a navigation to the listener's own address, or undefined if it is one. It rejects
 * requests from pages of other sites and from hosts with a rebound name.
 */
export const refusal = (
  request: Http.IncomingMessage,
  listener: { readonly host: string; readonly origin: string }
): Refusal | undefined => {
  const { headers, method, url = "" } = request
  if (url.length > longestTarget) {
    return 414
  }
  if (headerBytes(request) > longestHeaders) {
    return 431
  }
  // The absolute form is for proxies
  if (!url.startsWith("/") || count(request, "host") !== 1) {
    return 400
  }
  if (headers.host !== listener.host) {
    return 421
  }
  if (method !== "GET") {
    return 405
  }
  if (ahead.some((name) => headers[name] !== undefined)) {
    return 503
  }
  return isOneOf(headers.origin, listener.origin) &&
    isOneOf(headers["sec-fetch-mode"], "navigate") &&
    isOneOf(headers["sec-fetch-dest"], "document") &&
    headers.upgrade === undefined
    ? undefined
    : 403
}

/** The path as sent, without normalization, so that each path has exactly one spelling. */
export const pathOf = (target: string): string => target.split("?", 1)[0] ?? ""

export const digestOf = (text: string): Uint8Array => Crypto.createHash("sha256").update(text).digest()

/** Whether this is a well-formed answer whose state has this digest. The comparison takes constant time. */
export const isAnswer = (target: string, expected: Uint8Array): boolean =>
  Either.match(Callback.parse(target), {
    onLeft: () => false,
    onRight: ({ state }) => Crypto.timingSafeEqual(digestOf(Redacted.value(state)), expected)
  })

/**
 * Whether the request has this cookie exactly once, with a value of this digest. If there are two, one may
 * have been planted.
 */
export const hasCookie = (request: Http.IncomingMessage, name: string, expected: Uint8Array): boolean => {
  const [value, ...others] = BrowserCookie.valuesOf(request.headers.cookie ?? "", name)
  return value !== undefined && others.length === 0 && Crypto.timingSafeEqual(digestOf(value), expected)
}
