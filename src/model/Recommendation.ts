/**
 * What Spotify suggests.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, nullish, object, OpenLiteral, patchy } from "./lenient.js"
import type { Model } from "./Model.js"
import { Track } from "./Track.js"

const RecommendationSeed_ = object({
  /** How many were left after the `min_` and `max_` bounds. */
  afterFilteringSize: patchy(Schema.Number),
  /** How many were left in the market. */
  afterRelinkingSize: patchy(Schema.Number),
  /** Null for a genre. */
  href: nullish(Schema.String),
  /** As it was given. */
  id: Schema.String,
  /** How many tracks there were for it. */
  initialPoolSize: patchy(Schema.Number),
  /** In upper case in some answers. */
  type: patchy(OpenLiteral("artist", "track", "genre", "ARTIST", "TRACK", "GENRE"))
})

/**
 * What a seed came to.
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
 * Recommended tracks, and what became of each seed.
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
