/**
 * Where a web app sends its user after a login: a path of its own, whatever the address bar asked for.
 *
 * @since 0.1.0
 */

/** What a browser drops or turns into a slash before it looks at an address. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const rewritten = /[\u0000-\u0020\u007f\\]/

/** `//host` is another site, and some servers decode a path before they send it on. */
const foreign = /^\/(?:\/|%2f|%5c)/i

/** Stands for the app's own origin, and can be nobody's. */
const base = "https://app.invalid"

const maxLength = 2048

/**
 * The path if it leads nowhere but into the app itself, else the fallback: RFC 9700, section 4.11 forbids
 * open redirectors.
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
  // Dot segments may have brought two slashes to the front
  return url.origin !== base || foreign.test(url.pathname)
    ? fallback
    : `${url.pathname}${url.search}${url.hash}`
}
