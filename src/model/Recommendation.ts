/**
 * Spotify's recommendations.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, nullish, object, OpenLiteral, patchy } from "./lenient.js"
import type { Model } from "./Model.js"
import { Track } from "./Track.js"

const RecommendationSeed_ = object({
  /** The number of tracks left after the `min_` and `max_` bounds. */
  afterFilteringSize: patchy(Schema.Number),
  /** The number of tracks left in the market. */
  afterRelinkingSize: patchy(Schema.Number),
  /** Null for a genre. */
  href: nullish(Schema.String),
  /** As it was passed. */
  id: Schema.String,
  /** The number of tracks found for the seed. */
  initialPoolSize: patchy(Schema.Number),
  /** In upper case in some answers. */
  type: patchy(OpenLiteral("artist", "track", "genre", "ARTIST", "TRACK", "GENRE"))
})

/**
 * The result of one seed.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecommendationSeed extends Schema.Schema.Type<typeof RecommendationSeed_> {}

const Recommendations_ = object({
  seeds: Schema.Array(RecommendationSeed_ as Schema.Schema<RecommendationSeed>),
  tracks: Schema.Array(Track)
})

/**
 * Recommended tracks, and the result of each seed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Recommendations extends Schema.Schema.Type<typeof Recommendations_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Recommendations: Model<Recommendations> = model(Recommendations_, {
  lists: ["seeds", "tracks"]
})
