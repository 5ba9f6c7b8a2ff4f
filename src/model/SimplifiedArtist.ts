/**
 * Artists as other objects name them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, nullish, object, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, fallbacks } from "./Common.js"
import type { ArtistId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const SimplifiedArtist_ = object({
  external_urls: ExternalUrls,
  /** The address of the full artist in the Web API. */
  href: nullish(Schema.String),
  id: text<ArtistId>(),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  type: Schema.Literal("artist"),
  uri: text<SpotifyUri>()
})

/**
 * An artist as albums and tracks name them: name, id and links.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedArtist extends Schema.Schema.Type<typeof SimplifiedArtist_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedArtist: Model<SimplifiedArtist> = model(SimplifiedArtist_, {
  fallbacks,
  kind: "artist",
  type: "artist"
})
