import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

type Headers = HttpServerRequest.HttpServerRequest["headers"]

/**
 * Whether a page of the app itself sent this. Browsers say so in `Sec-Fetch-Site`, which no page can forge;
 * older ones name the page's origin. Whoever says nothing is no browser that holds the user's cookies.
 *
 * Source: W3C Fetch Metadata; RFC 6454, section 7.
 */
export const isOwnPage = (headers: Headers, origin: string): boolean => {
  const site = headers["sec-fetch-site"]
  return site === undefined ? headers["origin"] === origin : site === "same-origin"
}

/** A picture, a script or a `fetch` of another site: whatever it wants, no user asked for it. */
export const isForeignResource = (headers: Headers): boolean =>
  headers["sec-fetch-site"] === "cross-site" && (headers["sec-fetch-mode"] ?? "navigate") !== "navigate"

/** Whether a person looks at what comes back. */
export const isNavigation = (headers: Headers): boolean =>
  headers["sec-fetch-mode"] === undefined
    ? (headers["accept"] ?? "").includes("text/html")
    : headers["sec-fetch-mode"] === "navigate"
