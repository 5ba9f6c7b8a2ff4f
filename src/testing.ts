/**
 * For the tests of programs that use this library, and of token stores.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export * as SpotifyClientStub from "./testing/SpotifyClientStub.js"
/** @since 0.1.0 */
export * as TokenStoreContract from "./testing/TokenStoreContract.js"
