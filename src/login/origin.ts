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

/** A picture, a script, a `fetch` or a frame of another site: whatever it wants, no user asked for it. */
export const isForeignResource = (headers: Headers): boolean =>
  headers["sec-fetch-site"] === "cross-site" &&
  ((headers["sec-fetch-mode"] ?? "navigate") !== "navigate" ||
    (headers["sec-fetch-dest"] ?? "document") !== "document")

/**
 * Whether another site, or another host of this one, may have sent the browser here. A person who typed the
 * address or took a bookmark is `none`; who says nothing is an old browser, or none.
 */
export const isForeignLink = (headers: Headers): boolean => {
  const site = headers["sec-fetch-site"]
  return site !== undefined && site !== "same-origin" && site !== "none"
}

/** The names under which browsers, and scripts such as Turbo's, tell that nobody asked for the page yet. */
const speculation = ["sec-purpose", "purpose", "x-purpose", "x-sec-purpose", "x-moz"]

/** Those of frameworks, whatever their value. */
const preloads = ["next-router-prefetch", "x-middleware-prefetch"]

/** Whether a browser only guesses that somebody will want this: a prefetch, a prerender or a preview. */
export const isSpeculative = (headers: Headers): boolean =>
  speculation.some((name) => /prefetch|prerender|preview/i.test(headers[name] ?? "")) ||
  preloads.some((name) => headers[name] !== undefined)

/** Whether a person looks at what comes back. */
export const isNavigation = (headers: Headers): boolean =>
  headers["sec-fetch-mode"] === undefined
    ? (headers["accept"] ?? "").includes("text/html")
    : headers["sec-fetch-mode"] === "navigate"

/** The first of a header's values, which the proxy nearest to the browser wrote. */
const first = (value: string | undefined) => value?.split(",", 1)[0]?.trim()

/** A parameter of the first element of `Forwarded` (RFC 7239, section 4). */
const forwarded = (headers: Headers, name: "host" | "proto") =>
  first(headers["forwarded"])
    ?.split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.toLowerCase().startsWith(`${name}=`))
    ?.slice(name.length + 1)
    .replaceAll('"', "")

const isAddress = (hostname: string) =>
  hostname === "localhost" || hostname.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(hostname)

/**
 * Whether the browser sees the app under another host than this, whose cookies it then keeps apart; ports
 * share them. What proxies say of it is believed: a lie sends nobody anywhere but here. An address where this
 * is a name is what a proxy asks for that hides the host. An https page is not led to clear text.
 */
export const isOtherHost = ({ headers, originalUrl }: HttpServerRequest.HttpServerRequest, here: URL) => {
  const source = URL.canParse(originalUrl) ? new URL(originalUrl) : undefined
  const scheme = forwarded(headers, "proto") ?? first(headers["x-forwarded-proto"]) ?? source?.protocol
  const host =
    forwarded(headers, "host") ??
    first(headers["x-forwarded-host"]) ??
    headers["host"] ??
    headers[":authority"] ??
    source?.host
  const seen = `http://${host ?? ""}/`
  if (!URL.canParse(seen)) {
    return false
  }
  const { hostname } = new URL(seen)
  return (
    hostname !== here.hostname &&
    (isAddress(here.hostname) || !isAddress(hostname)) &&
    (here.protocol === "https:" || scheme?.startsWith("https") !== true)
  )
}
