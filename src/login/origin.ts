import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

type Headers = HttpServerRequest.HttpServerRequest["headers"]

/**
 * Whether a page of the app itself sent the request. Browsers say so in `Sec-Fetch-Site`, which no page can
 * forge; older browsers send `Origin`. A request with neither header does not come from a browser with the
 * user's cookies.
 *
 * Source: W3C Fetch Metadata; RFC 6454, section 7.
 */
export const isOwnPage = (headers: Headers, origin: string): boolean => {
  const site = headers["sec-fetch-site"]
  return site === undefined ? headers["origin"] === origin : site === "same-origin"
}

/** Whether another site loads this as an image, a script, a `fetch` or a frame, which no user asked for. */
export const isForeignResource = (headers: Headers): boolean =>
  headers["sec-fetch-site"] === "cross-site" &&
  ((headers["sec-fetch-mode"] ?? "navigate") !== "navigate" ||
    (headers["sec-fetch-dest"] ?? "document") !== "document")

/**
 * Whether a link on another site, or on another host of this site, sent the browser here. `none` means a
 * typed URL or a bookmark. Old browsers and other programs send no such header.
 */
export const isForeignLink = (headers: Headers): boolean => {
  const site = headers["sec-fetch-site"]
  return site !== undefined && site !== "same-origin" && site !== "none"
}

/**
 * The headers with which browsers, and scripts such as Turbo, mark a request for a page that nobody has
 * opened yet.
 */
const speculation = ["sec-purpose", "purpose", "x-purpose", "x-sec-purpose", "x-moz"]

/** The headers of frameworks, with any value. */
const preloads = ["next-router-prefetch", "x-middleware-prefetch"]

/** Whether the request is speculative: a prefetch, a prerender or a preview. */
export const isSpeculative = (headers: Headers): boolean =>
  speculation.some((name) => /prefetch|prerender|preview/i.test(headers[name] ?? "")) ||
  preloads.some((name) => headers[name] !== undefined)

/** Whether a person will see the response. */
export const isNavigation = (headers: Headers): boolean =>
  headers["sec-fetch-mode"] === undefined
    ? (headers["accept"] ?? "").includes("text/html")
    : headers["sec-fetch-mode"] === "navigate"

/** The first value of a header, which the proxy nearest to the browser wrote. */
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
 * Whether the browser sees the app under another host, which has its own cookies. Ports share cookies. Proxy
 * headers are trusted, because a forged one can only redirect to this host. If this host is a name, an IP
 * address or `localhost` in the request comes from a proxy that hides the host, and does not count. An https
 * page is never sent to http.
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
