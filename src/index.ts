/**
 * Spotify for Effect. Five parts, arrows only downward: `SpotifyClient` calls the Web API with a token from
 * `SessionService`, which keeps its records in a `TokenStore` and gets its tokens from `Accounts`;
 * `LoginService` begins and completes a user's login.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export * as Accounts from "./auth/Accounts.js"
/** @since 0.1.0 */
export * as AuthError from "./auth/AuthError.js"
/** @since 0.1.0 */
export * as Callback from "./auth/Callback.js"
/** @since 0.1.0 */
export * as Pkce from "./auth/Pkce.js"
/** @since 0.1.0 */
export * as RedirectUri from "./auth/RedirectUri.js"
/** @since 0.1.0 */
export * as Scope from "./auth/Scope.js"
/** @since 0.1.0 */
export * as Session from "./auth/Session.js"
/** @since 0.1.0 */
export * as SessionEvent from "./auth/SessionEvent.js"
/** @since 0.1.0 */
export * as Token from "./auth/Token.js"
/** @since 0.1.0 */
export * as WebCrypto from "./auth/WebCrypto.js"
/** @since 0.1.0 */
export * as LoginService from "./LoginService.js"
/** @since 0.1.0 */
export * as SessionService from "./SessionService.js"
/** @since 0.1.0 */
// export * as SpotifyClient from "./SpotifyClient.js"
/** @since 0.1.0 */
export * as SpotifyConfig from "./SpotifyConfig.js"
/** @since 0.1.0 */
export * as SpotifyError from "./SpotifyError.js"
/** @since 0.1.0 */
export * as TokenStore from "./TokenStore.js"
