/**
 * Checks Spotify's rules for redirect URIs before the browser is sent anywhere. A URI that breaks them leads
 * to an error page at Spotify, which the program never sees.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"

const loopback = new Set(["127.0.0.1", "[::1]"])

const withLoopbackHost = (url: URL): string => {
  const copy = new URL(url)
  copy.hostname = "127.0.0.1"
  return copy.toString()
}

/** A reversed domain name, which only its owner uses as a scheme. */
const reverseDomain = /^(?:[a-z]{2,63}|xn--[a-z0-9-]+)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+:$/

/** Schemes of that form that Android or a widely used app handles. */
const taken = /^(?:vnd|android)\.|^google\.(?:navigation|streetview):/

/**
 * Whether the host has the form that a URL parser gives it, apart from letter case, a default port and
 * Unicode.
 */
const isPlainHost = (redirectUri: string, url: URL): boolean => {
  const written = /^https?:\/\/([^/?#]*)/i.exec(redirectUri)?.[1]?.toLowerCase() ?? ""
  return (
    written === url.host ||
    written === `${url.hostname}:${url.protocol === "https:" ? 443 : 80}` ||
    (/[^\0-\x7f]/.test(written) && url.hostname.includes("xn--") && !/\p{Cf}/u.test(written))
  )
}

/** The host of an address without a scheme: a domain, an IP address, or any name with a port. */
const host = /^(?:[\w-]+(?:\.[\w-]+)+|localhost|\[[0-9a-f:]+\]|[\w.-]+(?=:\d))(?::\d+)?$/i

const misspelt = (url: URL): string =>
  `the redirect URI is misspelt, which a browser would overlook but Spotify does not; register and use ${url.href}`

/**
 * The address that was probably meant by one without a scheme. A URL parser would read the host of
 * `example.com:8080/callback` as a scheme.
 */
const withScheme = (text: string): string | undefined => {
  const address = text.startsWith("//") ? text.slice(2) : text
  if (!host.test(/^[^/?#]*/.exec(address)?.[0] ?? "") || !URL.canParse(`http://${address}`)) {
    return undefined
  }
  const url = new URL(`http://${address}`)
  return url.hostname === "localhost"
    ? withLoopbackHost(url)
    : `${loopback.has(url.hostname) ? "http" : "https"}://${address}`
}

/**
 * Accepts a redirect URI that Spotify accepts, and says how to correct any other. It allows `https`, `http`
 * only with a loopback IP literal (never the name `localhost`), or the app's own scheme, which is a reversed
 * domain name of its author. Fragments are not allowed.
 *
 * Source: Spotify's "Redirect URIs" page; in force for every app since 2025-11-27. RFC 8252, section 7.1 for
 * schemes: a browser handles some schemes itself, and any program can claim a single word.
 *
 * @since 0.1.0
 * @category validation
 * @example
 * ```ts
 * import { RedirectUri } from "effect-spotify"
 * import * as Either from "effect/Either"
 *
 * console.log(Either.isRight(RedirectUri.validate("http://127.0.0.1:8888/callback"))) // true
 * console.log(Either.isLeft(RedirectUri.validate("http://localhost:8888/callback"))) // true
 * ```
 */
export const validate = (redirectUri: string): Either.Either<string, string> => {
  const meant = withScheme(redirectUri)
  if (meant !== undefined) {
    return Either.left(
      `the redirect URI has no scheme (https://, or http:// on a loopback address); register and use ${meant}`
    )
  }
  if (redirectUri !== redirectUri.trim() || !URL.canParse(redirectUri)) {
    return Either.left(
      "the redirect URI is not an absolute URL; use the exact text registered in Spotify's dashboard, such as http://127.0.0.1:8888/callback"
    )
  }
  if (/[,;\s]https?:\/\//i.test(redirectUri)) {
    return Either.left("there is more than one redirect URI; give the one that this program is reached at")
  }
  const url = new URL(redirectUri)
  if (/^https?:/i.test(redirectUri) && !/^https?:\/\/[^/\\\s][^\\\s]*$/i.test(redirectUri)) {
    return Either.left(misspelt(url))
  }
  const hasUser = url.username !== "" || url.password !== ""
  if (!hasUser && /^https?:/i.test(redirectUri) && !isPlainHost(redirectUri, url)) {
    return Either.left(misspelt(url))
  }
  // Spotify accepts a loopback address only in its full form
  if (loopback.has(url.hostname) && !redirectUri.toLowerCase().startsWith(`${url.protocol}//${url.host}`)) {
    return Either.left(`the redirect URI is not written as Spotify compares it; register and use ${url.href}`)
  }
  if (/[,;]$/.test(redirectUri)) {
    return Either.left(
      `the redirect URI ends in ${redirectUri.slice(-1)}; register and use ${redirectUri.slice(0, -1)}`
    )
  }
  if (redirectUri.includes("#")) {
    return Either.left("the redirect URI has a fragment (#…); register and use it without one")
  }
  if (hasUser) {
    return Either.left("the redirect URI has a user name or password; register and use it without them")
  }
  const isLocalhost = url.hostname === "localhost" || url.hostname === "localhost."
  if (url.protocol === "https:" && !isLocalhost) {
    return Either.right(redirectUri)
  }
  if (isLocalhost && (url.protocol === "http:" || url.protocol === "https:")) {
    return Either.left(
      `Spotify refuses the host name localhost; register and use ${withLoopbackHost(url)} instead`
    )
  }
  if (url.protocol === "http:") {
    return loopback.has(url.hostname)
      ? Either.right(redirectUri)
      : Either.left(
          "Spotify refuses plain http except on a loopback address; use https, or http://127.0.0.1:PORT or http://[::1]:PORT for a program on this machine"
        )
  }
  return reverseDomain.test(url.protocol) && !taken.test(url.protocol)
    ? Either.right(redirectUri)
    : Either.left(
        `the scheme ${url.protocol} is not one of this app alone; use https, or a domain name of yours backwards, such as com.example.app:/callback`
      )
}
