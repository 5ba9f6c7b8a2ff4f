import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"
import type * as Http from "node:http"
import * as Callback from "../../accounts/callback.js"
import * as BrowserCookie from "../../login/browserCookie.js"
import type { Refusal } from "./resultPage.js"

/** Spotify's codes are some hundred characters long. */
export const longestTarget = 8 * 1024

/** Cookies of other programs at this address come along, since cookies know no ports. */
export const longestHeaders = 8 * 1024

const headerBytes = (request: Http.IncomingMessage): number =>
  request.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0)

const count = (request: Http.IncomingMessage, name: string): number =>
  request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length

const isOneOf = (value: string | ReadonlyArray<string> | undefined, allowed: string): boolean =>
  value === undefined || value === allowed

/** Browsers name a request that nobody may look at, each in its own way; a navigation has none of these. */
const ahead = ["sec-purpose", "purpose", "x-moz", "x-purpose"]

/**
 * Why a request is not a browser's address bar at the listener's own name, if it is not. A page of another
 * site gets no further than this, nor does a name that was rebound to this machine.
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

/** The path as it was sent: no two spellings are the same path here. */
export const pathOf = (target: string): string => target.split("?", 1)[0] ?? ""

export const digestOf = (text: string): Uint8Array => Crypto.createHash("sha256").update(text).digest()

/** Whether this is a well-formed answer with the state of this digest. The time it takes does not tell how much of it was right. */
export const isAnswer = (target: string, expected: Uint8Array): boolean =>
  Either.match(Callback.parse(target), {
    onLeft: () => false,
    onRight: ({ state }) => Crypto.timingSafeEqual(digestOf(Redacted.value(state)), expected)
  })

/** Whether the request has this cookie once, with the value of this digest. Of two nobody knows which is planted. */
export const hasCookie = (request: Http.IncomingMessage, name: string, expected: Uint8Array): boolean => {
  const [value, ...others] = BrowserCookie.valuesOf(request.headers.cookie ?? "", name)
  return value !== undefined && others.length === 0 && Crypto.timingSafeEqual(digestOf(value), expected)
}
