/**
 * What only Node has: files, loopback servers, and its own HTTP stack.
 *
 * @since 0.1.0
 */
export {}
