/**
 * Items in users' libraries.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { object, patchy } from "./lenient.js"
import type { Model } from "./Model.js"
import { Album } from "./Album.js"
import { Episode, UnavailableEpisode } from "./Episode.js"
import { SimplifiedShow } from "./Show.js"
import { Track } from "./Track.js"

/** ISO 8601, UTC. */
const added_at = patchy(Schema.String)

const SavedAlbum_ = object({ added_at, album: Album })

/**
 * An album in the library, with the time it was saved (`added_at`, ISO 8601).
 *
 * @since 0.1.0
 * @category models
 */
export interface SavedAlbum extends Schema.Schema.Type<typeof SavedAlbum_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SavedAlbum: Model<SavedAlbum> = SavedAlbum_

const SavedTrack_ = object({ added_at, track: Track })

/**
 * A track in the library, with the time it was saved (`added_at`, ISO 8601).
 *
 * @since 0.1.0
 * @category models
 */
export interface SavedTrack extends Schema.Schema.Type<typeof SavedTrack_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SavedTrack: Model<SavedTrack> = SavedTrack_

const SavedEpisode_ = object({
  added_at,
  /** An episode that was removed has null for its `name`. */
  episode: Schema.Union(UnavailableEpisode, Episode)
})

/**
 * An episode in the library, with the time it was saved (`added_at`, ISO 8601).
 *
 * @since 0.1.0
 * @category models
 */
export interface SavedEpisode extends Schema.Schema.Type<typeof SavedEpisode_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SavedEpisode: Model<SavedEpisode> = SavedEpisode_

const SavedShow_ = object({ added_at, show: SimplifiedShow })

/**
 * A podcast in the library, with the time it was saved (`added_at`, ISO 8601).
 *
 * @since 0.1.0
 * @category models
 */
export interface SavedShow extends Schema.Schema.Type<typeof SavedShow_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SavedShow: Model<SavedShow> = SavedShow_
