/**
 * The modules that need a browser: its storage and its address bar.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as BrowserLogin from "./browser/BrowserLogin.js"

/**
 * @since 0.1.0
 */
export * as BrowserTokenStore from "./browser/BrowserTokenStore.js"

/**
 * @since 0.1.0
 */
export * as BrowserSpotify from "./browser/BrowserSpotify.js"
