/**
 * For the tests of programs that use this library, and of token stores.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export { decodeResponse, operations, UnknownOperation, type Operation } from "./testing/operations.js"
/** @since 0.1.0 */
export * as Fixtures from "./testing/Fixtures.js"
/** @since 0.1.0 */
export * as TestBrowser from "./testing/TestBrowser.js"
/** @since 0.1.0 */
export * as SessionStub from "./testing/SessionStub.js"
/** @since 0.1.0 */
export * as SignIn from "./testing/SignIn.js"
/** @since 0.1.0 */
export * as SpotifyClientStub from "./testing/SpotifyClientStub.js"
/** @since 0.1.0 */
export * as SpotifyEmulator from "./emulator/SpotifyEmulator.js"
/** @since 0.1.0 */
export * as TestSpotify from "./testing/TestSpotify.js"
/** @since 0.1.0 */
export * as TokenStoreContract from "./testing/TokenStoreContract.js"
