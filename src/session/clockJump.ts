/**
 * The largest difference between two machines' clocks that is accepted. A time further in the future is
 * wrong. It equals the longest wait that is accepted from Spotify.
 */
const tolerance = 15 * 60 * 1000

/** If the clock is earlier than this, it was set back and cannot judge a token obtained then. */
export const judgedFrom = (obtainedAt: number): number => obtainedAt - tolerance

/** Whether a "not before" time is plausible by this clock. */
export const plausible = (notBefore: number, now: number): boolean => notBefore <= now + 2 * tolerance
