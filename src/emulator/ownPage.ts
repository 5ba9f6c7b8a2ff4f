import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import { contentType } from "./requestBody.js"
import type { State } from "./state.js"

/** The name in a `Host` header, in lower case and without the port. */
const nameOf = (host: string): string | undefined =>
  /^(\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase()

const isAddress = (name: string): boolean => /^(\d{1,3}\.){3}\d{1,3}$|^\[.*\]$/.test(name)

/** Whether a name or an address (IPv6 in brackets) always means the local machine. */
export const isLoopback = (name: string): boolean =>
  name === "localhost" || name.endsWith(".localhost") || /^127(\.\d{1,3}){3}$|^\[::1\]$/.test(name)

/** An address in the form used in URLs. */
export const inUrl = (address: string): string => (address.includes(":") ? `[${address}]` : address)

const everyAddress = new Set(["0.0.0.0", "[::]"])

/**
 * Whether the request's host name belongs to the emulator alone. Any site can point a name of its own at this
 * machine (DNS rebinding). The browser then treats the site's page as same-origin with the emulator.
 */
export const isOwnHost = (state: State, host: string): boolean => {
  const name = nameOf(host)
  return (
    name !== undefined &&
    (isLoopback(name) ||
      state.hosts.includes(name) ||
      (isAddress(name) && state.hosts.some((known) => everyAddress.has(known))))
  )
}

/** The content types that a page of any site may send without a preflight. */
const simpleTypes = new Set(["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])

/**
 * Whether a request that changes something comes from one of the emulator's pages or from no page at all. Any
 * web page can send requests to this machine, but its browser then names the page's site.
 */
export const isOwnPage = (state: State, request: HttpServerRequest.HttpServerRequest): boolean => {
  const { host, origin, "sec-fetch-site": site, "user-agent": agent = "" } = request.headers
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return false
  }
  if (origin === undefined) {
    // A browser without these headers is too old to tell
    const isOldBrowser = site === undefined && agent.startsWith("Mozilla/")
    return !isOldBrowser || request.method === "GET" || !simpleTypes.has(contentType(request))
  }
  if (origin === state.accountsUrl || origin === new URL(state.apiUrl).origin) {
    return true
  }
  const page = URL.canParse(origin) ? new URL(origin) : undefined
  return page !== undefined && page.host === host && isOwnHost(state, page.host)
}
