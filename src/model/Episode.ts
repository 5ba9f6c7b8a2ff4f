/**
 * Episodes of podcasts.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { expected, model, nullish, object, patchy, repaired } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, Image } from "./Common.js"
import { SimplifiedShow } from "./Show.js"
import { fields, repairs } from "./SimplifiedEpisode.js"

const Episode_ = object({ ...fields, show: expected(SimplifiedShow) })

/**
 * An episode with its podcast.
 *
 * @since 0.1.0
 * @category models
 */
export interface Episode extends Schema.Schema.Type<typeof Episode_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Episode: Model<Episode> = model(Episode_, {
  ...repairs,
  type: "episode"
})

/** The same for lists that can contain other kinds, distinguished by `type`. @internal */
export const EpisodeAmongOthers: Schema.Schema<Episode> = repaired(Episode_, repairs)

const UnavailableEpisode_ = object({
  external_urls: patchy(ExternalUrls),
  href: nullish(Schema.String),
  id: patchy(Schema.String),
  images: Schema.Array(Image),
  /** Distinguishes it from an existing episode. */
  name: Schema.Null,
  type: patchy(Schema.String),
  uri: patchy(Schema.String)
})

/**
 * What remains of a saved episode that was removed. Nearly every member may be null.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnavailableEpisode extends Schema.Schema.Type<typeof UnavailableEpisode_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UnavailableEpisode: Model<UnavailableEpisode> = model(UnavailableEpisode_, {
  lists: ["images"],
  fallbacks: { name: null }
})
