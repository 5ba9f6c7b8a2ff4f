/**
 * Spotify's rules for redirect URIs, checked before the browser is sent anywhere: a URI that breaks them
 * ends on an error page of Spotify's that no program ever sees.
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

/**
 * Accepts a redirect URI that Spotify accepts, and says how to mend any other: `https`, `http` only with
 * a loopback IP literal (never the name `localhost`), or an app's own scheme; no fragment.
 *
 * Source: Spotify's "Redirect URIs" page; in force for every app since 2025-11-27.
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
  if (redirectUri !== redirectUri.trim() || !URL.canParse(redirectUri)) {
    return Either.left(
      "the redirect URI is not an absolute URL; use the exact text registered in Spotify's dashboard, such as http://127.0.0.1:8888/callback"
    )
  }
  const url = new URL(redirectUri)
  if (redirectUri.includes("#")) {
    return Either.left("the redirect URI has a fragment (#…); register and use it without one")
  }
  if (url.username !== "" || url.password !== "") {
    return Either.left("the redirect URI has a user name or password; register and use it without them")
  }
  if (url.protocol === "https:" && url.hostname !== "localhost") {
    return Either.right(redirectUri)
  }
  if (url.hostname === "localhost" && (url.protocol === "http:" || url.protocol === "https:")) {
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
  return ["javascript:", "data:", "file:", "blob:", "about:", "ftp:", "ws:", "wss:"].includes(url.protocol)
    ? Either.left(`the scheme ${url.protocol} cannot receive a redirect; use https or an app's own scheme`)
    : Either.right(redirectUri)
}
