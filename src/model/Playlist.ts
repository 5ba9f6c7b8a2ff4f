/**
 * Playlists and their entries.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { expected, model, nullish, object, optional, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls, fallbacks, Followers, Image } from "./Common.js"
import { type Episode, EpisodeAmongOthers } from "./Episode.js"
import { EmbeddedPage } from "./Page.js"
import type { PlaylistId } from "./SpotifyId.js"
import type { SpotifyUri } from "./SpotifyUri.js"
import { LocalTrack, type Track, TrackAmongOthers } from "./Track.js"
import { UserReference } from "./User.js"

const UnknownItem_ = object({
  id: patchy(Schema.String),
  name: patchy(Schema.String),
  /** Spotify's name for its type; empty if Spotify sends none. */
  original_type: Schema.String,
  /** Makes a comparison of `type` with `"track"` or `"episode"` rule it out. */
  type: Schema.Literal("unknown"),
  uri: patchy(text<SpotifyUri>())
})

/**
 * An entry that is neither a known track nor a known episode, such as a chapter of an audiobook.
 *
 * @since 0.1.0
 * @category models
 */
export interface UnknownItem extends Schema.Schema.Type<typeof UnknownItem_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const UnknownItem: Model<UnknownItem> = model(UnknownItem_, {
  renamed: { original_type: "type" },
  defaults: { original_type: "" },
  constants: { type: "unknown" }
})

/**
 * What a playlist can contain. `type` distinguishes tracks from episodes. A track whose `id` is null is local.
 *
 * @since 0.1.0
 * @category models
 */
export type Playable = Track | Episode | LocalTrack | UnknownItem

/**
 * @since 0.1.0
 * @category schemas
 */
export const Playable: Schema.Schema<Playable> = Schema.Union(
  TrackAmongOthers,
  EpisodeAmongOthers,
  LocalTrack,
  UnknownItem
)

const PlaylistItem_ = object({
  /** ISO 8601. Null on very old entries, and in 1970 on some. */
  added_at: nullish(Schema.String),
  /** Null on very old entries. The `id` of a deleted user is empty. */
  added_by: nullish(UserReference),
  is_local: patchy(Schema.Boolean),
  /** Null if it was removed from Spotify or is hidden. Older answers call it `track`. */
  item: Schema.NullOr(Playable)
})

/**
 * An entry of a playlist.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlaylistItem extends Schema.Schema.Type<typeof PlaylistItem_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const PlaylistItem: Model<PlaylistItem> = model(PlaylistItem_, {
  renamed: { item: "track" },
  defaults: { item: null }
})

const fields = {
  /** Whether other users may change it. */
  collaborative: expected(Schema.Boolean),
  /** Null or empty if there is none. May contain HTML entities. */
  description: nullish(Schema.String),
  external_urls: ExternalUrls,
  /** No longer documented, but usually sent. */
  followers: patchy(Followers),
  href: nullish(Schema.String),
  id: text<PlaylistId>(),
  /** The cover; its addresses expire in less than a day. Empty if there is none. */
  images: Schema.Array(Image),
  /** Empty if Spotify sends none. */
  name: Schema.String,
  owner: patchy(UserReference),
  /** Whether it is shown on the owner's profile. Null if Spotify does not say. */
  public: nullish(Schema.Boolean),
  /** The version. It changes with every change to the entries. */
  snapshot_id: patchy(Schema.String),
  type: Schema.Literal("playlist"),
  uri: text<SpotifyUri>()
}

const repairs = {
  lists: ["images"],
  renamed: { items: "tracks" },
  fallbacks,
  kind: "playlist",
  type: "playlist"
}

const SimplifiedPlaylist_ = object({
  ...fields,
  /** The number of entries. Older answers call it `tracks`. */
  items: patchy(object({ href: nullish(Schema.String), total: patchy(Schema.Number) }))
})

/**
 * A playlist without its entries.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimplifiedPlaylist extends Schema.Schema.Type<typeof SimplifiedPlaylist_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const SimplifiedPlaylist: Model<SimplifiedPlaylist> = model(SimplifiedPlaylist_, repairs)

const Playlist_ = object({
  ...fields,
  /**
   * The first page; `playlists.items` fetches all. Absent for apps in development mode unless the user owns the
   * playlist or collaborates on it. Older answers call it `tracks`.
   */
  items: optional(Schema.NullOr(EmbeddedPage(PlaylistItem)))
})

/**
 * A playlist with the first page of its entries.
 *
 * @since 0.1.0
 * @category models
 */
export interface Playlist extends Schema.Schema.Type<typeof Playlist_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Playlist: Model<Playlist> = model(Playlist_, repairs)
