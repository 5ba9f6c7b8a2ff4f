/**
 * How far the clocks of two machines may be apart, or one be set back, before a time that lies in the future
 * is taken for wrong. Spotify's longest believed wait is as long.
 */
const tolerance = 15 * 60 * 1000

/** From when on a token that was obtained then can be judged by this clock: before it the clock was set back. */
export const judgedFrom = (obtainedAt: number): number => obtainedAt - tolerance

/** Whether a time before which nothing shall be done can have been set by a clock that agrees with this one. */
export const plausible = (notBefore: number, now: number): boolean => notBefore <= now + 2 * tolerance
