/**
 * The largest difference between two machines' clocks that is believed. A time further in the future is
 * wrong. The longest wait that is accepted from Spotify is as long.
 */
const tolerance = 15 * 60 * 1000

/** From this time on the clock can judge a token obtained then. If it shows less, it was set back. */
export const judgedFrom = (obtainedAt: number): number => obtainedAt - tolerance

/** Whether a "not before" time can come from a clock that agrees with this one. */
export const plausible = (notBefore: number, now: number): boolean => notBefore <= now + 2 * tolerance
