/**
 * Chapters of audiobooks without their audiobook.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import {
  expected,
  forgiving,
  model,
  nullish,
  object,
  OpenLiteral,
  optional,
  patchy,
  text
} from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, fallbacks, Image, ReleaseDatePrecision, Restrictions, ResumePoint } from "./Common.js"
import type { ChapterId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

/** @internal */
export const fields = {
  /**
   * An MP3 of 30 seconds.
   *
   * @deprecated by Spotify, without a replacement
   */
  audio_preview_url: nullish(Schema.String),
  /**
   * Countries (ISO 3166-1 alpha-2). Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  available_markets: patchy(Schema.Array(Schema.String)),
  /** Starts at 0. */
  chapter_number: patchy(Schema.Number),
  /** Plain text. */
  description: patchy(Schema.String),
  /** In milliseconds. */
  duration_ms: expected(Schema.Number),
  explicit: patchy(Schema.Boolean),
  external_urls: ExternalUrls,
  href: nullish(Schema.String),
  /** The description with its markup. */
  html_description: patchy(Schema.String),
  id: text<ChapterId>(),
  images: Schema.Array(Image),
  /** Absent unless a market is known. */
  is_playable: patchy(Schema.Boolean),
  /** ISO 639-1. */
  languages: Schema.Array(Schema.String),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, according to `release_date_precision`. `0000` has been seen. */
  release_date: optional(forgiving(Schema.String)),
  release_date_precision: patchy(ReleaseDatePrecision),
  restrictions: patchy(Restrictions),
  /** How far the user has listened. Needs the scope `user-read-playback-position`. */
  resume_point: patchy(ResumePoint),
  /** `chapter` in answers, `episode` in Spotify's documentation. */
  type: OpenLiteral("chapter", "episode"),
  /** Begins with `spotify:episode:`. */
  uri: text<SpotifyUri>()
}

/** @internal */
export const repairs = {
  lists: ["images", "languages"],
  fallbacks: { ...fallbacks, type: "chapter" },
  kind: "episode"
}

const SimplifiedChapter_ = object(fields)

/**
 * A chapter without its audiobook.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedChapter extends Schema.Schema.Type<typeof SimplifiedChapter_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedChapter: Model<SimplifiedChapter> = model(SimplifiedChapter_, repairs)
