/**
 * Episodes of podcasts without their podcast.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { expected, forgiving, model, nullish, object, optional, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, fallbacks, Image, ReleaseDatePrecision, Restrictions, ResumePoint } from "./Common.js"
import type { EpisodeId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

/** @internal */
export const fields = {
  /**
   * An MP3 of 30 seconds.
   *
   * @deprecated by Spotify, without a replacement
   */
  audio_preview_url: nullish(Schema.String),
  /** Plain text. */
  description: patchy(Schema.String),
  /** In milliseconds. */
  duration_ms: expected(Schema.Number),
  explicit: patchy(Schema.Boolean),
  external_urls: ExternalUrls,
  href: nullish(Schema.String),
  /** The description with its markup. */
  html_description: patchy(Schema.String),
  id: text<EpisodeId>(),
  images: Schema.Array(Image),
  is_externally_hosted: patchy(Schema.Boolean),
  /** Absent unless a market is known. */
  is_playable: patchy(Schema.Boolean),
  /** @deprecated by Spotify; use `languages` */
  language: patchy(Schema.String),
  /** ISO 639-1. */
  languages: Schema.Array(Schema.String),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, according to `release_date_precision`. */
  release_date: optional(forgiving(Schema.String)),
  release_date_precision: patchy(ReleaseDatePrecision),
  restrictions: patchy(Restrictions),
  /** How far the user has listened. Needs the scope `user-read-playback-position`. */
  resume_point: patchy(ResumePoint),
  type: Schema.Literal("episode"),
  uri: text<SpotifyUri>()
}

/** @internal */
export const repairs = { lists: ["images", "languages"], fallbacks, kind: "episode" }

const SimplifiedEpisode_ = object(fields)

/**
 * An episode without its podcast.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedEpisode extends Schema.Schema.Type<typeof SimplifiedEpisode_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedEpisode: Model<SimplifiedEpisode> = model(SimplifiedEpisode_, {
  ...repairs,
  type: "episode"
})
