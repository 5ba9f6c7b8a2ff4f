import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { type Problem, texts } from "./problem.js"

const security = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Every answer of the routes is for this browser alone, now, and as what it says it is. */
export const secured = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeaders(response, security)

const escape = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`)

/** Problems that a new sign-in does not mend. */
const final: ReadonlySet<Problem> = new Set<Problem>(["Misconfigured", "WrongMethod", "NotFound"])

/** A page without script or style, made of nothing but what this program knows by itself. */
export const problem = (kind: Problem, loginPath: string): HttpServerResponse.HttpServerResponse => {
  const { status, text, title } = texts[kind]
  const link = final.has(kind) ? "" : `\n<p><a href="${escape(loginPath)}">Sign in again</a></p>`
  return secured(
    HttpServerResponse.text(
      `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>${link}
</main>
</body>
</html>
`,
      { status, contentType: "text/html; charset=utf-8" }
    )
  )
}

/** Sends the browser on with GET, whatever it came with. */
export const redirect = (location: string): HttpServerResponse.HttpServerResponse =>
  secured(HttpServerResponse.redirect(location, { status: 303 }))
