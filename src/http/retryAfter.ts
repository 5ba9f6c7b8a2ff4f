import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/**
 * Reads `Retry-After`: seconds, as Spotify sends it, or an HTTP date (RFC 9110, section 10.2.3). The wait is
 * clamped to between 0 and `max` milliseconds. Any other value gives none.
 */
export const parse = (header: string | undefined, now: number, max: number): Option.Option<DateTime.Utc> => {
  const text = header?.trim() ?? ""
  const wait = /^\d+(\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : httpDate.test(text)
      ? Date.parse(text) - now
      : Number.NaN
  return Number.isNaN(wait)
    ? Option.none()
    : Option.some(DateTime.unsafeMake(now + Math.ceil(Math.min(Math.max(wait, 0), max))))
}
