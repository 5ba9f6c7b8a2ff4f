/**
 * Sessions in Redis, through the client that your program has already.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as RedisTokenStore from "./store/RedisTokenStore.js"
