/**
 * Albums without their tracks.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { forgiving, model, nullish, object, OpenLiteral, optional, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, fallbacks, Image, ReleaseDatePrecision, Restrictions } from "./Common.js"
import { SimplifiedArtist } from "./SimplifiedArtist.js"
import type { AlbumId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

/** @internal */
export const fields = {
  /** As Spotify sends it: `ep` and upper case also occur. */
  album_type: patchy(OpenLiteral("album", "single", "compilation")),
  /**
   * The artist's role on it; only in lists of an artist's albums. Absent for apps in development mode since
   * February 2026.
   *
   * @deprecated by Spotify; compare `artists` instead
   */
  album_group: patchy(OpenLiteral("album", "single", "compilation", "appears_on")),
  artists: Schema.Array(SimplifiedArtist),
  /**
   * Countries (ISO 3166-1 alpha-2). Absent if the request has a market, and for apps in development mode since
   * February 2026.
   *
   * @deprecated by Spotify; pass `market` and read `is_playable`
   */
  available_markets: patchy(Schema.Array(Schema.String)),
  external_urls: ExternalUrls,
  href: nullish(Schema.String),
  id: text<AlbumId>(),
  /** The cover, widest first. */
  images: Schema.Array(Image),
  /** Only if the request has a market. */
  is_playable: patchy(Schema.Boolean),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, according to `release_date_precision`. `0000` has been seen. */
  release_date: optional(forgiving(Schema.String)),
  release_date_precision: patchy(ReleaseDatePrecision),
  restrictions: patchy(Restrictions),
  total_tracks: patchy(Schema.Number),
  type: Schema.Literal("album"),
  uri: text<SpotifyUri>()
}

/** @internal */
export const repairs = { lists: ["artists", "images"], fallbacks, kind: "album", type: "album" }

const SimplifiedAlbum_ = object(fields)

/**
 * An album without its tracks.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedAlbum extends Schema.Schema.Type<typeof SimplifiedAlbum_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedAlbum: Model<SimplifiedAlbum> = model(SimplifiedAlbum_, repairs)
