/**
 * Tracks, from Spotify's catalogue and from a user's disk.
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
  repaired,
  text
} from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalIds, ExternalUrls, Image } from "./Common.js"
import { SimplifiedAlbum } from "./SimplifiedAlbum.js"
import { fields, repairs } from "./SimplifiedTrack.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const Track_ = object({
  ...fields,
  /** Absent in answers from before 2018. */
  album: expected(SimplifiedAlbum),
  external_ids: patchy(ExternalIds),
  /**
   * 0 to 100. Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  popularity: patchy(Schema.Number)
})

/**
 * A track with its album.
 *
 * @since 0.1.0
 * @category models
 */
export interface Track extends Schema.Schema.Type<typeof Track_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Track: Model<Track> = model(Track_, { ...repairs, type: "track" })

/** The same for lists that can contain other kinds, distinguished by `type`. @internal */
export const TrackAmongOthers: Schema.Schema<Track> = repaired(Track_, repairs)

const LocalArtist_ = object({
  external_urls: patchy(ExternalUrls),
  href: patchy(Schema.String),
  id: patchy(Schema.String),
  name: patchy(Schema.String),
  type: patchy(OpenLiteral("artist")),
  uri: patchy(Schema.String)
})

const LocalAlbum_ = object({
  album_type: patchy(Schema.String),
  artists: Schema.Array(LocalArtist_),
  available_markets: patchy(Schema.Array(Schema.String)),
  external_urls: patchy(ExternalUrls),
  href: patchy(Schema.String),
  id: patchy(Schema.String),
  images: Schema.Array(Image),
  name: patchy(Schema.String),
  release_date: patchy(Schema.String),
  release_date_precision: patchy(Schema.String),
  type: patchy(OpenLiteral("album")),
  uri: patchy(Schema.String)
})

const LocalTrack_ = object({
  album: patchy(repaired(LocalAlbum_, { lists: ["artists", "images"] })),
  artists: Schema.Array(LocalArtist_),
  available_markets: patchy(Schema.Array(Schema.String)),
  disc_number: patchy(Schema.Number),
  /** In milliseconds; negative values have been seen. */
  duration_ms: optional(forgiving(Schema.Number)),
  explicit: patchy(Schema.Boolean),
  external_ids: patchy(ExternalIds),
  external_urls: patchy(ExternalUrls),
  href: nullish(Schema.String),
  /** Distinguishes a local track from one of the catalogue. */
  id: Schema.Null,
  is_local: Schema.Literal(true),
  is_playable: patchy(Schema.Boolean),
  name: patchy(Schema.String),
  popularity: patchy(Schema.Number),
  preview_url: nullish(Schema.String),
  track_number: patchy(Schema.Number),
  type: Schema.Literal("track"),
  /** `spotify:local:…`, made of artist, album, title and seconds. No operation accepts it. */
  uri: expected(text<SpotifyUri>())
})

/**
 * A file from a user's disk in a playlist. It has no id, and often few other members.
 *
 * @since 0.1.0
 * @category models
 */
export interface LocalTrack extends Schema.Schema.Type<typeof LocalTrack_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const LocalTrack: Model<LocalTrack> = model(LocalTrack_, {
  lists: ["artists"],
  kind: "local"
})
