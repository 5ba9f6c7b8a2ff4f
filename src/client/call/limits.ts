import type { Endpoint, MaxLimit } from "./endpoint.js"

/** Nearly all lists return at most this many entries at once. */
const usual: MaxLimit = { development: 50, extended: 50 }

/** The most entries that one request of a list may ask for. */
export const limitsOf = ({ maxLimit }: Endpoint<never, unknown>): MaxLimit => maxLimit ?? usual
