/**
 * Podcasts.
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
import { Copyright, ExternalUrls, fallbacks, Image } from "./Common.js"
import { SimplifiedEpisode } from "./SimplifiedEpisode.js"
import { EmbeddedPage } from "./Page.js"
import type { ShowId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const fields = {
  /**
   * Countries (ISO 3166-1 alpha-2). Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  available_markets: patchy(Schema.Array(Schema.String)),
  copyrights: Schema.Array(Copyright),
  /** Plain text. */
  description: patchy(Schema.String),
  explicit: patchy(Schema.Boolean),
  external_urls: ExternalUrls,
  href: nullish(Schema.String),
  /** The description with its markup. */
  html_description: patchy(Schema.String),
  id: text<ShowId>(),
  images: Schema.Array(Image),
  is_externally_hosted: patchy(Schema.Boolean),
  /** ISO 639-1. */
  languages: Schema.Array(Schema.String),
  media_type: patchy(OpenLiteral("audio", "video", "mixed")),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  /**
   * Null if Spotify sends something other than text. Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  publisher: optional(forgiving(Schema.String)),
  total_episodes: patchy(Schema.Number),
  type: Schema.Literal("show"),
  uri: text<SpotifyUri>()
}

const repairs = { lists: ["copyrights", "images", "languages"], fallbacks, kind: "show", type: "show" }

const SimplifiedShow_ = object(fields)

/**
 * A podcast without its episodes.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedShow extends Schema.Schema.Type<typeof SimplifiedShow_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedShow: Model<SimplifiedShow> = model(SimplifiedShow_, repairs)

const Show_ = object({
  ...fields,
  /** The first page. */
  episodes: expected(EmbeddedPage(SimplifiedEpisode))
})

/**
 * A podcast with the first page of its episodes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Show extends Schema.Schema.Type<typeof Show_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Show: Model<Show> = model(Show_, repairs)
