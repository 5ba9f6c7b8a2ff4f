/**
 * Audiobooks.
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
import { SimplifiedChapter } from "./SimplifiedChapter.js"
import { Copyright, ExternalUrls, fallbacks, Image } from "./Common.js"
import { EmbeddedPage } from "./Page.js"
import type { AudiobookId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const Named = object({ name: patchy(Schema.String) })

const fields = {
  authors: Schema.Array(Named),
  /**
   * Countries (ISO 3166-1 alpha-2). Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  available_markets: patchy(Schema.Array(Schema.String)),
  copyrights: Schema.Array(Copyright),
  /** Plain text. */
  description: patchy(Schema.String),
  /** For example `Unabridged`. */
  edition: patchy(Schema.String),
  explicit: patchy(Schema.Boolean),
  external_urls: ExternalUrls,
  href: nullish(Schema.String),
  /** The description with its markup. */
  html_description: patchy(Schema.String),
  id: text<AudiobookId>(),
  images: Schema.Array(Image),
  /** Undocumented, but sent. */
  is_externally_hosted: patchy(Schema.Boolean),
  /** ISO 639-1. */
  languages: Schema.Array(Schema.String),
  media_type: patchy(OpenLiteral("audio")),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  narrators: Schema.Array(Named),
  /**
   * Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  publisher: optional(forgiving(Schema.String)),
  total_chapters: patchy(Schema.Number),
  type: OpenLiteral("audiobook"),
  /** Begins with `spotify:show:`. */
  uri: text<SpotifyUri>()
}

const repairs = {
  lists: ["authors", "copyrights", "images", "languages", "narrators"],
  fallbacks: { ...fallbacks, type: "audiobook" },
  kind: "show"
}

const SimplifiedAudiobook_ = object(fields)

/**
 * An audiobook without its chapters.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedAudiobook extends Schema.Schema.Type<typeof SimplifiedAudiobook_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedAudiobook: Model<SimplifiedAudiobook> = model(SimplifiedAudiobook_, repairs)

const Audiobook_ = object({
  ...fields,
  /** The first page. */
  chapters: expected(EmbeddedPage(SimplifiedChapter))
})

/**
 * An audiobook with the first page of its chapters.
 *
 * @since 0.1.0
 * @category models
 */
export interface Audiobook extends Schema.Schema.Type<typeof Audiobook_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Audiobook: Model<Audiobook> = model(Audiobook_, repairs)
