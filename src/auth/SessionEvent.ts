/**
 * What happens to sessions, for logs, metrics, and programs that tell their users.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { ReauthorizationRequired } from "./AuthError.js"
import type * as Scope from "./Scope.js"
import type { SessionKey } from "./Session.js"

/**
 * - `SignedIn`: a login was completed; it replaced whatever was there
 * - `Refreshed`: a new access token was fetched and stored
 * - `RefreshNotStored`: a new token was fetched and the store has not taken it yet; it is served from memory
 *   and written as soon as the store is back, but a crash before that may cost the session
 * - `Rejected`: Spotify took the authorization back; the user must log in again
 * - `SignedOut`: the session was forgotten
 *
 * @since 0.1.0
 * @category models
 */
export type SessionEvent = Data.TaggedEnum<{
  SignedIn: { readonly key: SessionKey; readonly scopes: ReadonlyArray<Scope.Scope> }
  Refreshed: { readonly key: SessionKey }
  RefreshNotStored: { readonly key: SessionKey }
  Rejected: { readonly key: SessionKey; readonly reason: ReauthorizationRequired["reason"] }
  SignedOut: { readonly key: SessionKey }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const SessionEvent: Data.TaggedEnum.Constructor<SessionEvent> = Data.taggedEnum<SessionEvent>()
