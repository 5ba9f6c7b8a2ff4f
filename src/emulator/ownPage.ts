import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type { State } from "./state.js"

const isAddress = (host: string): boolean => host === "localhost" || /^(\d+\.){3}\d+$|^\[.*\]$/.test(host)

/**
 * Whether a request that changes something is from one of the emulator's pages, or from no page at all. Any
 * web page can send requests to this machine, but a browser then says which page it was. A host name that
 * is not the emulator's own counts as another page: it may have been made to point here.
 */
export const isOwnPage = (state: State, request: HttpServerRequest.HttpServerRequest): boolean => {
  const site = request.headers["sec-fetch-site"]
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return false
  }
  const { origin } = request.headers
  if (origin === undefined || origin === state.accountsUrl || origin === new URL(state.apiUrl).origin) {
    return true
  }
  const page = URL.canParse(origin) ? new URL(origin) : undefined
  return page !== undefined && page.host === request.headers["host"] && isAddress(page.hostname)
}
