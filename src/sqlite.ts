/**
 * Sessions in a SQLite file of one machine. Needs `@effect/sql`, and Node 22.13 or later, Bun or Deno.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as SqliteTokenStore from "./node/SqliteTokenStore.js"

/**
 * @since 0.1.0
 */
export * as DesktopSpotify from "./node/DesktopSpotify.js"
