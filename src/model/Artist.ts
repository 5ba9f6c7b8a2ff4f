/**
 * Artists.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, nullish, object, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, fallbacks, Followers, Image } from "./Common.js"
import type { ArtistId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const Artist_ = object({
  external_urls: ExternalUrls,
  /**
   * Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  followers: patchy(Followers),
  /**
   * Often empty, and absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  genres: patchy(Schema.Array(Schema.String)),
  href: nullish(Schema.String),
  id: text<ArtistId>(),
  /** Widest first; empty if there are none. */
  images: Schema.Array(Image),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  /**
   * 0 to 100. Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  popularity: patchy(Schema.Number),
  type: Schema.Literal("artist"),
  uri: text<SpotifyUri>()
})

/**
 * An artist.
 *
 * @since 0.1.0
 * @category models
 */
export interface Artist extends Schema.Schema.Type<typeof Artist_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Artist: Model<Artist> = model(Artist_, {
  lists: ["images"],
  fallbacks,
  kind: "artist",
  type: "artist"
})
