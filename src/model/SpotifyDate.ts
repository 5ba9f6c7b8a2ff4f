/**
 * Spotify's times and dates as `DateTime`, for programs that compute with them. The models keep Spotify's text.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const isNotEpoch = (time: DateTime.Utc) => time.epochMillis !== 0

/**
 * The time in a member such as `added_at` or `played_at`. None if it is absent, null or not a time. None also
 * for the first second of 1970, which Spotify sends for entries older than its records.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import { type Saved, SpotifyDate } from "effect-spotify"
 * import * as DateTime from "effect/DateTime"
 * import * as Option from "effect/Option"
 *
 * const isOfThisYear = (saved: Saved.SavedTrack, now: DateTime.Utc) =>
 *   Option.exists(SpotifyDate.time(saved.added_at), DateTime.greaterThan(DateTime.startOf(now, "year")))
 * ```
 */
export const time = (text: string | null | undefined): Option.Option<DateTime.Utc> => {
  const found = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?$/i.exec(
    text ?? ""
  )
  return found === null
    ? Option.none()
    : // Without a zone, the text would be read in this machine's zone
      Option.filter(DateTime.make(`${found[1]}${found[2] ?? "Z"}`), isNotEpoch)
}

/**
 * When something was released, as precisely as is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReleaseDate {
  /** The beginning of the year, month or day, UTC. `DateTime.endOf(date, precision)` is its end. */
  readonly date: DateTime.Utc
  readonly precision: "year" | "month" | "day"
}

const precisions = ["year", "month", "day"] as const

/**
 * When an album, an episode or a chapter was released, only as precise as both members say. None if there is no
 * date, and for the year 0000, which Spotify sends if it knows none.
 *
 * @since 0.1.0
 * @category conversions
 * @example
 * ```ts
 * import { type SimplifiedAlbum, SpotifyDate } from "effect-spotify"
 * import * as DateTime from "effect/DateTime"
 * import * as Option from "effect/Option"
 *
 * const yearOf = (album: SimplifiedAlbum.SimplifiedAlbum) =>
 *   Option.map(SpotifyDate.release(album), ({ date }) => date.pipe(DateTime.getPartUtc("year")))
 * ```
 */
export const release = (of: {
  readonly release_date?: string | null
  readonly release_date_precision?: string | null
}): Option.Option<ReleaseDate> => {
  const text = of.release_date ?? ""
  const written = ["0000".length, "0000-00".length, "0000-00-00".length].indexOf(text.length)
  const said = precisions.findIndex((known) => known === of.release_date_precision)
  const precision = precisions[said === -1 ? written : Math.min(said, written)]
  return precision === undefined || !/^(?!0000)\d{4}(?:-\d{2}){0,2}$/.test(text)
    ? Option.none()
    : DateTime.make(text).pipe(
        // The 31st of February would be in March
        Option.filter((date) => DateTime.formatIsoDateUtc(date).startsWith(text)),
        Option.map((date) => ({ date: DateTime.startOf(date, precision), precision }))
      )
}
