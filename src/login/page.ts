import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { type Problem, texts } from "./problem.js"
import * as StaticPage from "./staticPage.js"

const security = {
  "cache-control": "no-store",
  "content-security-policy": StaticPage.contentSecurityPolicy,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Every answer of the routes is for this browser alone, now, and as what it says it is. */
export const secured = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeaders(response, security)

/** Problems that a new sign-in does not mend. */
const final: ReadonlySet<Problem> = new Set<Problem>(["Misconfigured", "WrongMethod", "NotFound"])

/** What a person did or wanted, and nothing that broke. */
const chosen: ReadonlySet<Problem> = new Set<Problem>(["Denied", "Expired", "AlreadyUsed", "SignedIn"])

/** A page without script, made of nothing but what this program knows by itself. */
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

/** For a browser that only guesses: it keeps nothing, and asks again when somebody wants the page. */
export const notNow = secured(HttpServerResponse.empty({ status: 503 }))

/** Sends the browser on with GET, whatever it came with. */
export const redirect = (location: string): HttpServerResponse.HttpServerResponse =>
  secured(HttpServerResponse.redirect(location, { status: 303 }))
