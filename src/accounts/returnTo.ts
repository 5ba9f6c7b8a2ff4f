/**
 * Restricts the address after a login to a path of the web app itself, whatever the request asked for.
 *
 * @since 0.1.0
 */

/** Characters that a browser drops or turns into a slash before it parses an address. */
// oxlint-disable-next-line no-control-regex -- the pattern looks for control characters
const rewritten = /[\u0000-\u0020\u007f\\]/

/** `//host` is another site, and some servers decode a path before they redirect to it. */
const foreign = /^\/(?:\/|%2f|%5c)/i

/** Stands for the app's own origin. `.invalid` is a reserved domain. */
const base = "https://app.invalid"

const maxLength = 2048

/**
 * The path if it stays within the app, else the fallback. RFC 9700, section 4.11 forbids open redirectors.
 *
 * @since 0.1.0
 * @category combinators
 */
export const path = (wanted: string | null | undefined, fallback = "/"): string => {
  if (
    wanted == null ||
    wanted.length > maxLength ||
    !wanted.startsWith("/") ||
    rewritten.test(wanted) ||
    foreign.test(wanted) ||
    !URL.canParse(wanted, base)
  ) {
    return fallback
  }
  const url = new URL(wanted, base)
  // Resolving dot segments may leave two slashes at the front
  return url.origin !== base || foreign.test(url.pathname)
    ? fallback
    : `${url.pathname}${url.search}${url.hash}`
}
