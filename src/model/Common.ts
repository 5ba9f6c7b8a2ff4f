/**
 * Parts that many Spotify objects share.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { nullish, object, OpenLiteral, patchy } from "./lenient.js"
import type { Model } from "./Model.js"

/** What things have that name themselves, where Spotify sends nothing. @internal */
export const fallbacks = { name: "", external_urls: {} }

const Image_ = object({
  url: Schema.String,
  /** In pixels. */
  height: nullish(Schema.Number),
  /** In pixels. */
  width: nullish(Schema.Number)
})

/**
 * A picture. `height` and `width` are in pixels, and null if Spotify does not know them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Image extends Schema.Schema.Type<typeof Image_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Image: Model<Image> = Image_

const ExternalUrls_ = object({ spotify: patchy(Schema.String) })

/**
 * Links into Spotify; empty for local files.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExternalUrls extends Schema.Schema.Type<typeof ExternalUrls_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ExternalUrls: Model<ExternalUrls> = ExternalUrls_

const ExternalIds_ = object({
  /** International Standard Recording Code. */
  isrc: patchy(Schema.String),
  /** International Article Number. */
  ean: patchy(Schema.String),
  /** Universal Product Code. */
  upc: patchy(Schema.String)
})

/**
 * Identifiers of a recording or a release outside Spotify.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExternalIds extends Schema.Schema.Type<typeof ExternalIds_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ExternalIds: Model<ExternalIds> = ExternalIds_

const Restrictions_ = object({
  reason: patchy(OpenLiteral("market", "product", "explicit", "payment_required"))
})

/**
 * Why something cannot be played: because of the market, the subscription, the user's filter of explicit
 * content, or because it must be bought.
 *
 * @since 0.1.0
 * @category models
 */
export interface Restrictions extends Schema.Schema.Type<typeof Restrictions_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Restrictions: Model<Restrictions> = Restrictions_

const Followers_ = object({
  /** Always null; Spotify keeps it for later. */
  href: nullish(Schema.String),
  total: patchy(Schema.Number)
})

/**
 * The number of followers of an artist, a user or a playlist.
 *
 * @since 0.1.0
 * @category models
 */
export interface Followers extends Schema.Schema.Type<typeof Followers_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Followers: Model<Followers> = Followers_

const Copyright_ = object({
  text: patchy(Schema.String),
  /** `C` for the work, `P` for the recording. */
  type: patchy(OpenLiteral("C", "P"))
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Copyright extends Schema.Schema.Type<typeof Copyright_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Copyright: Model<Copyright> = Copyright_

const ResumePoint_ = object({
  fully_played: patchy(Schema.Boolean),
  /** In milliseconds; negative values have been seen. */
  resume_position_ms: patchy(Schema.Number)
})

/**
 * How far the user has listened. Needs the scope `user-read-playback-position`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResumePoint extends Schema.Schema.Type<typeof ResumePoint_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ResumePoint: Model<ResumePoint> = ResumePoint_

/** How exact a date of release is. @internal */
export const ReleaseDatePrecision: Schema.Schema<"year" | "month" | "day" | (string & {})> = OpenLiteral(
  "year",
  "month",
  "day"
)
