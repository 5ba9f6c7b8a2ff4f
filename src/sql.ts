/**
 * Sessions in a SQL database. Needs `@effect/sql` and the driver of your database.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as D1TokenStore from "./store/D1TokenStore.js"

/**
 * @since 0.1.0
 */
export * as SqlTokenStore from "./store/SqlTokenStore.js"
