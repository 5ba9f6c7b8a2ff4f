/**
 * The modules that need Node: files, loopback servers, and its own HTTP stack.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export * as Loopback from "./node/Loopback.js"
/** @since 0.1.0 */
export * as FileTokenStore from "./node/FileTokenStore.js"
/** @since 0.1.0 */
export * as NodeKeyRing from "./node/NodeKeyRing.js"
/** @since 0.1.0 */
export * as NodeTransport from "./node/NodeTransport.js"
/** @since 0.1.0 */
export * as NodeLogin from "./node/NodeLogin.js"
/** @since 0.1.0 */
export * as NodeSpotify from "./node/NodeSpotify.js"
