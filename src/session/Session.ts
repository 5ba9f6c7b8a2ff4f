/**
 * The state of a user's authorization, or the app's own, over time.
 *
 * @since 0.1.0
 */
import * as Brand from "effect/Brand"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import type * as Option from "effect/Option"
import type {
  ClientMisconfigured,
  NotAuthenticated,
  ReauthorizationRequired,
  TokenEndpointUnavailable,
  TokenResponseInvalid
} from "../accounts/AuthError.js"
import type * as Scope from "../accounts/Scope.js"
import type { TokenStoreCorrupt, TokenStoreUnavailable } from "../store/TokenStore.js"

/**
 * Identifies one session of a program: any text of 1 to 256 bytes, such as a user's id or a random id from a
 * cookie. Programs with a single user never need it.
 *
 * @since 0.1.0
 * @category models
 */
export type SessionKey = string & Brand.Brand<"effect-spotify/SessionKey">

const bytes = (text: string) => new TextEncoder().encode(text).length

/**
 * Checks a key. Throws for a key that is empty or over 256 bytes; for keys from outside use
 * `SessionKey.either` or `SessionKey.option`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const SessionKey: Brand.Brand.Constructor<SessionKey> = Brand.refined<SessionKey>(
  (key) => key.length > 0 && key.length <= 256 && bytes(key) <= 256,
  () => Brand.error("A session key is 1 to 256 bytes of text: use a user's id, or a random one")
)

/**
 * The key of a program that has one session.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultKey: SessionKey = Brand.nominal<SessionKey>()("default")

/**
 * The state of a session.
 *
 * - `Active`: an access token is available or can be fetched
 * - `ExpiresSoon`: as `Active`, but the six months of the user's authorization end within 30 days; ask the
 *   user to log in again soon
 * - `Rejected`: Spotify withdrew the authorization; only a new login helps
 * - `SignedOut`: there is no session
 *
 * @since 0.1.0
 * @category models
 */
export type Session = Data.TaggedEnum<{
  Active: Authorized
  ExpiresSoon: Authorized & { readonly reauthorizeBy: Option.Some<DateTime.Utc> }
  Rejected: {
    readonly key: SessionKey
    readonly reason: ReauthorizationRequired["reason"]
    readonly rejectedAt: DateTime.Utc
  }
  SignedOut: { readonly key: SessionKey }
}>

/**
 * What is known about a working session.
 *
 * @since 0.1.0
 * @category models
 */
export interface Authorized {
  readonly key: SessionKey
  /** The scopes that the user granted; empty for the app's own session. */
  readonly scopes: ReadonlyArray<Scope.Scope>
  /** When the current access token expires, if known. It is refreshed before that. */
  readonly accessTokenExpiresAt: Option.Option<DateTime.Utc>
  /** When the user logged in. Refreshes do not change it. Absent for the app's own session. */
  readonly authorizedAt: Option.Option<DateTime.Utc>
  /** Six months after `authorizedAt`, when Spotify ends the authorization. */
  readonly reauthorizeBy: Option.Option<DateTime.Utc>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const Session: Data.TaggedEnum.Constructor<Session> = Data.taggedEnum<Session>()

/**
 * When Spotify ends an authorization given at this time: six calendar months later. Refreshes do not extend
 * it.
 *
 * Source: Spotify's "Refreshing tokens" page, 2026-06-18.
 *
 * @since 0.1.0
 * @category combinators
 */
export const reauthorizeBy = (authorizedAt: DateTime.Utc): DateTime.Utc =>
  DateTime.add(authorizedAt, { months: 6 })

/**
 * The errors of a session when a call needs its token.
 *
 * @since 0.1.0
 * @category errors
 */
export type SessionError =
  | NotAuthenticated
  | ReauthorizationRequired
  | ClientMisconfigured
  | TokenEndpointUnavailable
  | TokenResponseInvalid
  | TokenStoreUnavailable
  | TokenStoreCorrupt
