/**
 * What happens to sessions, for logs, metrics, and programs that tell their users.
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
 * Why no new token could be had although the session goes on.
 *
 * @since 0.1.0
 * @category models
 */
export type RefreshError = Exclude<AccountsError, InvalidGrant> | TokenStoreUnavailable | TokenStoreCorrupt

/**
 * - `SignedIn`: a login was completed; it replaced whatever was there
 * - `Refreshed`: a new access token was fetched and stored
 * - `RefreshNotStored`: a new token was fetched and the store has not taken it yet; it is served from memory
 *   and written as soon as the store is back, but a crash before that may cost the session
 * - `RefreshFailed`: no new token could be had, for the reason that `error` names. The old one is served
 *   while it is good, so callers may not notice
 * - `ReauthorizationDue`: the six months of the user's authorization end soon, at `by`; given once at 30
 *   days before it and once at 7, with the first refresh after that
 * - `Rejected`: Spotify took the authorization back; the user must log in again
 * - `ManyRejected`: ten sessions or more were rejected within a minute. Users do not act in step: look at
 *   Spotify's status before you ask them all to log in again, and see `LoginService.restore`
 * - `Restored`: a rejected session was brought back from its quarantine
 * - `SignedOut`: the session was forgotten
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
