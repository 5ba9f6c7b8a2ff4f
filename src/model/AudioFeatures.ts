/**
 * Features that Spotify computed from the sound of a track.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { model, nullish, object, OpenLiteral, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import type { TrackId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"

const AudioFeatures_ = object({
  /** 0 to 1: the confidence that the track is acoustic. */
  acousticness: patchy(Schema.Number),
  analysis_url: nullish(Schema.String),
  /** 0 to 1. */
  danceability: patchy(Schema.Number),
  /** In milliseconds. */
  duration_ms: patchy(Schema.Number),
  /** 0 to 1. */
  energy: patchy(Schema.Number),
  id: text<TrackId>(),
  /** 0 to 1; above 0.5 there are probably no vocals. */
  instrumentalness: patchy(Schema.Number),
  /** 0 is C, 1 is C sharp, up to 11; -1 if there is none. */
  key: patchy(Schema.Number),
  /** 0 to 1; above 0.8 it was probably recorded live. */
  liveness: patchy(Schema.Number),
  /** In decibels, usually -60 to 0. */
  loudness: patchy(Schema.Number),
  /** 1 is major, 0 is minor, -1 is neither. */
  mode: patchy(Schema.Number),
  /** 0 to 1; above 0.66 it is probably only speech. */
  speechiness: patchy(Schema.Number),
  /** In beats per minute. */
  tempo: patchy(Schema.Number),
  /** Beats in a bar, usually 3 to 7; 0 and 1 have been seen. */
  time_signature: patchy(Schema.Number),
  track_href: nullish(Schema.String),
  type: patchy(OpenLiteral("audio_features")),
  uri: text<SpotifyUri>(),
  /** 0 to 1: sad to cheerful. */
  valence: patchy(Schema.Number)
})

/**
 * The features of a track.
 *
 * @since 0.1.0
 * @category models
 */
export interface AudioFeatures extends Schema.Schema.Type<typeof AudioFeatures_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const AudioFeatures: Model<AudioFeatures> = model(AudioFeatures_, {
  kind: "track"
})
