/**
 * The permissions that a user can grant.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"

const documented = [
  "ugc-image-upload",
  "user-read-playback-state",
  "user-modify-playback-state",
  "user-read-currently-playing",
  "app-remote-control",
  "streaming",
  "playlist-read-private",
  "playlist-read-collaborative",
  "playlist-modify-private",
  "playlist-modify-public",
  "user-follow-modify",
  "user-follow-read",
  "user-read-playback-position",
  "user-top-read",
  "user-read-recently-played",
  "user-library-modify",
  "user-library-read",
  "user-read-email",
  "user-read-private"
] as const

/**
 * A scope that Spotify's documentation lists for every app.
 *
 * @since 0.1.0
 * @category models
 */
export type DocumentedScope = (typeof documented)[number]

/**
 * A scope: a documented one or any other text, since partners have their own scopes and Spotify adds scopes
 * without notice.
 *
 * @since 0.1.0
 * @category models
 */
export type Scope = DocumentedScope | (string & {})

/**
 * Every documented scope, in the order of Spotify's "Scopes" page.
 *
 * @since 0.1.0
 * @category constants
 */
export const all: ReadonlyArray<DocumentedScope> = documented

/**
 * Reads the space-separated form of RFC 6749, section 3.3. Keeps the order and drops duplicates.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import { Scope } from "effect-spotify"
 *
 * console.log(Scope.parse("user-top-read streaming")) // [ "user-top-read", "streaming" ]
 * ```
 */
export const parse = (text: string): ReadonlyArray<Scope> => [
  ...new Set(text.split(" ").filter((scope) => scope !== ""))
]

/**
 * Writes scopes in the space-separated form of RFC 6749, section 3.3.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (scopes: Iterable<Scope>): string => [...new Set(scopes)].join(" ")

/**
 * The wanted scopes that were not granted.
 *
 * @since 0.1.0
 * @category combinators
 */
export const missing: {
  (granted: Iterable<Scope>): (wanted: Iterable<Scope>) => ReadonlyArray<Scope>
  (wanted: Iterable<Scope>, granted: Iterable<Scope>): ReadonlyArray<Scope>
} = dual(2, (wanted: Iterable<Scope>, granted: Iterable<Scope>): ReadonlyArray<Scope> => {
  const have = new Set(granted)
  return [...new Set(wanted)].filter((scope) => !have.has(scope))
})
