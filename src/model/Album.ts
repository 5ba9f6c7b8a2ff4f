/**
 * Albums.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { expected, model, object, patchy } from "./lenient.js"
import type { Model } from "./Model.js"
import { Copyright, ExternalIds } from "./Common.js"
import { EmbeddedPage } from "./Page.js"
import { fields, repairs } from "./SimplifiedAlbum.js"
import { SimplifiedTrack } from "./SimplifiedTrack.js"

const Album_ = object({
  ...fields,
  copyrights: Schema.Array(Copyright),
  external_ids: patchy(ExternalIds),
  /**
   * Always empty.
   *
   * @deprecated by Spotify, without a replacement
   */
  genres: patchy(Schema.Array(Schema.String)),
  /**
   * The company that released it. Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  label: patchy(Schema.String),
  /**
   * 0 to 100. Absent for apps in development mode since February 2026.
   *
   * @deprecated by Spotify, without a replacement
   */
  popularity: patchy(Schema.Number),
  /** The first page; `albums.tracks` fetches all. */
  tracks: expected(EmbeddedPage(SimplifiedTrack))
})

/**
 * An album with the first page of its tracks.
 *
 * @since 0.1.0
 * @category models
 */
export interface Album extends Schema.Schema.Type<typeof Album_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Album: Model<Album> = model(Album_, {
  ...repairs,
  lists: [...repairs.lists, "copyrights"]
})
