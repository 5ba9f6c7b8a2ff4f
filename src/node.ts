/**
 * What only Node has: files, loopback servers, and its own HTTP stack.
 *
 * @since 0.1.0
 */

/** @since 0.1.0 */
export * as Loopback from "./login/Loopback.js"
/** @since 0.1.0 */
export * as FileTokenStore from "./stores/FileTokenStore.js"
/** @since 0.1.0 */
export * as NodeTransport from "./transport/NodeTransport.js"
