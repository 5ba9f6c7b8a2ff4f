/**
 * Tracks without their album.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { expected, model, nullish, object, OpenLiteral, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, fallbacks, Restrictions } from "./Common.js"
import { SimplifiedArtist } from "./SimplifiedArtist.js"
import type { TrackId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const LinkedTrack_ = object({
  external_urls: patchy(ExternalUrls),
  href: patchy(Schema.String),
  id: patchy(text<TrackId>()),
  type: patchy(OpenLiteral("track")),
  uri: patchy(text<SpotifyUri>())
})

/**
 * The requested track, if Spotify plays another one in its place. To remove a playlist's entry, use this
 * track's URI. Empty or full of nulls in some answers.
 *
 * @since 0.1.0
 * @category models
 */
export interface LinkedTrack extends Schema.Schema.Type<typeof LinkedTrack_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const LinkedTrack: Model<LinkedTrack> = LinkedTrack_

/** @internal */
export const fields = {
  artists: Schema.Array(SimplifiedArtist),
  /**
   * Countries (ISO 3166-1 alpha-2). Absent if the request has a market, and for apps in development mode since
   * February 2026.
   *
   * @deprecated by Spotify; pass `market` and read `is_playable`
   */
  available_markets: patchy(Schema.Array(Schema.String)),
  /** Starts at 1. */
  disc_number: expected(Schema.Number),
  /** In milliseconds. */
  duration_ms: expected(Schema.Number),
  explicit: expected(Schema.Boolean),
  external_urls: ExternalUrls,
  href: nullish(Schema.String),
  id: text<TrackId>(),
  is_local: patchy(Schema.Boolean),
  /** Only if the request has a market. */
  is_playable: patchy(Schema.Boolean),
  /**
   * Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  linked_from: patchy(LinkedTrack),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  /**
   * An MP3 of 30 seconds. For most apps null or absent since November 2024.
   *
   * @deprecated by Spotify, without a replacement
   */
  preview_url: nullish(Schema.String),
  restrictions: patchy(Restrictions),
  /** Its number on the disc, from 1. */
  track_number: patchy(Schema.Number),
  type: Schema.Literal("track"),
  uri: text<SpotifyUri>()
}

/** @internal */
export const repairs = { lists: ["artists"], fallbacks, kind: "track" }

const SimplifiedTrack_ = object(fields)

/**
 * A track without its album.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedTrack extends Schema.Schema.Type<typeof SimplifiedTrack_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedTrack: Model<SimplifiedTrack> = model(SimplifiedTrack_, {
  ...repairs,
  type: "track"
})
