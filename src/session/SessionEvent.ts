/**
 * Events of sessions, for logs, metrics, and programs that notify their users.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as DateTime from "effect/DateTime"
import type { TokenStoreCorrupt, TokenStoreUnavailable } from "../store/TokenStore.js"
import type { AccountsError, InvalidGrant, ReauthorizationRequired } from "../accounts/AuthError.js"
import type * as Scope from "../accounts/Scope.js"
import type { SessionKey } from "./Session.js"

/**
 * Why a refresh failed although the session continues.
 *
 * @since 0.1.0
 * @category models
 */
export type RefreshError = Exclude<AccountsError, InvalidGrant> | TokenStoreUnavailable | TokenStoreCorrupt

/**
 * - `SignedIn`: a login was completed and replaced any earlier session
 * - `Refreshed`: a new access token was fetched and stored
 * - `RefreshNotStored`: a new token was fetched but not yet stored. It is served from memory and written as
 *   soon as the store is back. A crash before that may lose the session
 * - `RefreshFailed`: no new token could be fetched, for the reason in `error`. The old token is served while
 *   it is valid, so callers may not notice
 * - `ReauthorizationDue`: the six months of the user's authorization end soon, at `by`. Published once 30
 *   days before and once 7 days before, with the next refresh
 * - `Rejected`: Spotify withdrew the authorization; the user must log in again
 * - `ManyRejected`: ten or more sessions were rejected within a minute. So many users rarely revoke at once:
 *   check Spotify's status before you ask them all to log in again, and see `LoginService.restore`
 * - `Restored`: a rejected session was restored from quarantine
 * - `SignedOut`: the session was removed
 *
 * @since 0.1.0
 * @category models
 */
export type SessionEvent = Data.TaggedEnum<{
  SignedIn: { readonly key: SessionKey; readonly scopes: ReadonlyArray<Scope.Scope> }
  Refreshed: { readonly key: SessionKey }
  RefreshNotStored: { readonly key: SessionKey }
  RefreshFailed: { readonly key: SessionKey; readonly error: RefreshError["_tag"] }
  ReauthorizationDue: { readonly key: SessionKey; readonly by: DateTime.Utc; readonly days: 30 | 7 }
  Rejected: { readonly key: SessionKey; readonly reason: ReauthorizationRequired["reason"] }
  ManyRejected: { readonly since: DateTime.Utc }
  Restored: { readonly key: SessionKey }
  SignedOut: { readonly key: SessionKey }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const SessionEvent: Data.TaggedEnum.Constructor<SessionEvent> = Data.taggedEnum<SessionEvent>()
