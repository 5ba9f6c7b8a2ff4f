/**
 * What only a browser has: its storage and its address bar.
 *
 * @since 0.1.0
 */
export {}
