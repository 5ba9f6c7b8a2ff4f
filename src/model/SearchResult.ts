/**
 * The results of a search.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import { object, optional } from "./lenient.js"
import type { Model } from "./Model.js"
import { Artist } from "./Artist.js"
import { SimplifiedAudiobook } from "./Audiobook.js"
import { type Page, RawPage } from "./Page.js"
import { SimplifiedPlaylist } from "./Playlist.js"
import { SimplifiedShow } from "./Show.js"
import { SimplifiedAlbum } from "./SimplifiedAlbum.js"
import { SimplifiedEpisode } from "./SimplifiedEpisode.js"
import { Track } from "./Track.js"

/**
 * The types that can be searched for.
 *
 * @since 0.1.0
 * @category models
 */
export type SearchType = "album" | "artist" | "audiobook" | "episode" | "playlist" | "show" | "track"

/**
 * The page of each type.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchPages {
  readonly albums: Page<SimplifiedAlbum>
  readonly artists: Page<Artist>
  readonly audiobooks: Page<SimplifiedAudiobook>
  readonly episodes: Page<SimplifiedEpisode>
  readonly playlists: Page<SimplifiedPlaylist>
  readonly shows: Page<SimplifiedShow>
  readonly tracks: Page<Track>
}

/**
 * The pages of the requested types.
 *
 * @since 0.1.0
 * @category models
 */
export type SearchResult<T extends SearchType> = Pick<SearchPages, `${T}s`>

const RawSearchResult_ = object({
  albums: optional(RawPage(SimplifiedAlbum)),
  artists: optional(RawPage(Artist)),
  audiobooks: optional(RawPage(SimplifiedAudiobook)),
  episodes: optional(RawPage(SimplifiedEpisode)),
  playlists: optional(RawPage(SimplifiedPlaylist)),
  shows: optional(RawPage(SimplifiedShow)),
  tracks: optional(RawPage(Track))
})

/** @internal */
export interface RawSearchResult extends Schema.Schema.Type<typeof RawSearchResult_> {}

/** @internal */
export const RawSearchResult: Model<RawSearchResult> = RawSearchResult_
