import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { type Problem, texts } from "./problem.js"
import * as StaticPage from "./staticPage.js"

const security = {
  "cache-control": "no-store",
  "content-security-policy": StaticPage.contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** No response of the routes may be cached, leak its URL as a referrer, or be sniffed as another type. */
export const secured = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeaders(response, security)

/** Problems that a new sign-in does not solve. */
const final: ReadonlySet<Problem> = new Set<Problem>(["Misconfigured", "WrongMethod", "NotFound"])

/** Results of what the user did, not errors. */
const chosen: ReadonlySet<Problem> = new Set<Problem>(["Denied", "Expired", "AlreadyUsed", "SignedIn"])

/** A page without scripts and without any data from the request. */
export const problem = (kind: Problem, loginPath: string): HttpServerResponse.HttpServerResponse => {
  const { status, text, title } = texts[kind]
  const html = StaticPage.html({
    tone: chosen.has(kind) ? "neutral" : "bad",
    title,
    text,
    link: final.has(kind) ? undefined : { path: loginPath, label: "Sign in again" }
  })
  return secured(HttpServerResponse.text(html, { status, contentType: "text/html; charset=utf-8" }))
}

/**
 * The response to a speculative request. The browser discards it and asks again when the user opens the page.
 */
export const notNow = secured(HttpServerResponse.empty({ status: 503 }))

/** Redirects the browser with GET, whatever the method of its request. */
export const redirect = (location: string): HttpServerResponse.HttpServerResponse =>
  secured(HttpServerResponse.redirect(location, { status: 303 }))
