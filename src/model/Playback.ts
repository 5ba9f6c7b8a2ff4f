/**
 * What is playing, where, and what comes next.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { expected, model, nullish, object, OpenLiteral, patchy, text } from "./lenient.js"
import type { Model } from "./Model.js"
import { ExternalUrls } from "./Common.js"
import { Playable } from "./Playlist.js"
import type { SpotifyUri } from "./SpotifyUri.js"
import { Track } from "./Track.js"

const Device_ = object({
  /** Null for a device that accepts no commands. It can change, so read it again instead of storing it. */
  id: nullish(Schema.String),
  is_active: patchy(Schema.Boolean),
  is_private_session: patchy(Schema.Boolean),
  /** Whether the device refuses commands of the Web API. */
  is_restricted: patchy(Schema.Boolean),
  name: patchy(Schema.String),
  /** Whether the volume can be set. */
  supports_volume: patchy(Schema.Boolean),
  /** Upper and lower case vary, as Spotify sends it. */
  type: patchy(
    OpenLiteral(
      "Computer",
      "Smartphone",
      "Tablet",
      "Speaker",
      "TV",
      "AVR",
      "STB",
      "AudioDongle",
      "GameConsole",
      "CastVideo",
      "CastAudio",
      "Automobile",
      "Smartwatch",
      "Unknown"
    )
  ),
  /** 0 to 100; null if the device does not report it. */
  volume_percent: nullish(Schema.Number)
})

/**
 * A device that plays music.
 *
 * @since 0.1.0
 * @category models
 */
export interface Device extends Schema.Schema.Type<typeof Device_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Device: Model<Device> = Device_

const Context_ = object({
  external_urls: patchy(ExternalUrls),
  href: nullish(Schema.String),
  /** `collection` is the user's saved tracks, `collectionyourepisodes` the saved episodes. */
  type: patchy(OpenLiteral("artist", "playlist", "album", "show", "collection", "collectionyourepisodes")),
  uri: patchy(text<SpotifyUri>())
})

/**
 * What an item is played from: an album, a playlist, an artist, a podcast or the user's collection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context extends Schema.Schema.Type<typeof Context_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Context: Model<Context> = Context_

const Disallows_ = object({
  interrupting_playback: patchy(Schema.Boolean),
  pausing: patchy(Schema.Boolean),
  resuming: patchy(Schema.Boolean),
  seeking: patchy(Schema.Boolean),
  skipping_next: patchy(Schema.Boolean),
  skipping_prev: patchy(Schema.Boolean),
  toggling_repeat_context: patchy(Schema.Boolean),
  toggling_repeat_track: patchy(Schema.Boolean),
  toggling_shuffle: patchy(Schema.Boolean),
  transferring_playback: patchy(Schema.Boolean)
})

/**
 * Actions that are not allowed now. Spotify sends only those that are true.
 *
 * @since 0.1.0
 * @category models
 */
export interface Disallows extends Schema.Schema.Type<typeof Disallows_> {}

const Actions_ = object({
  /** Spotify documents these members one level up, but its answers have them here. */
  disallows: patchy(Disallows_ as Schema.Schema<Disallows>)
})

/**
 * The actions that the player allows now.
 *
 * @since 0.1.0
 * @category models
 */
export interface Actions extends Schema.Schema.Type<typeof Actions_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Actions: Model<Actions> = Actions_

const playing = {
  actions: patchy(Actions),
  /** Null if the item is played without a context, and in private sessions. */
  context: nullish(Context),
  currently_playing_type: patchy(OpenLiteral("track", "episode", "ad", "unknown")),
  is_playing: expected(Schema.Boolean),
  /**
   * Null during advertisements, in private sessions, and if Spotify does not know it. Chapters of audiobooks
   * come as episodes.
   */
  item: Schema.NullOr(Playable),
  /** The position in milliseconds. */
  progress_ms: nullish(Schema.Number),
  /** When the state last changed, in milliseconds since 1970. */
  timestamp: patchy(Schema.Number)
}

const CurrentlyPlaying_ = object(playing)

/**
 * What is playing now.
 *
 * @since 0.1.0
 * @category models
 */
export interface CurrentlyPlaying extends Schema.Schema.Type<typeof CurrentlyPlaying_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CurrentlyPlaying: Model<CurrentlyPlaying> = model(CurrentlyPlaying_, {
  defaults: { item: null }
})

const PlaybackState_ = object({
  ...playing,
  device: patchy(Device),
  repeat_state: patchy(OpenLiteral("off", "track", "context")),
  shuffle_state: patchy(Schema.Boolean),
  /** Undocumented: whether Spotify mixes suggestions in. */
  smart_shuffle: patchy(Schema.Boolean)
})

/**
 * What is playing now, on which device and in which mode.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlaybackState extends Schema.Schema.Type<typeof PlaybackState_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const PlaybackState: Model<PlaybackState> = model(PlaybackState_, {
  defaults: { item: null }
})

const Queue_ = object({
  /** Null if nothing is playing. */
  currently_playing: Schema.NullOr(Playable),
  /** What comes next. Spotify adds items of the current context. */
  queue: Schema.Array(Playable)
})

/**
 * What is playing now and what comes next.
 *
 * @since 0.1.0
 * @category models
 */
export interface Queue extends Schema.Schema.Type<typeof Queue_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const Queue: Model<Queue> = model(Queue_, {
  lists: ["queue"],
  defaults: { currently_playing: null }
})

const PlayHistory_ = object({
  context: nullish(Context),
  /** When the track ended, ISO 8601 with milliseconds. */
  played_at: expected(Schema.String),
  track: Track
})

/**
 * A track that was played, and when.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlayHistory extends Schema.Schema.Type<typeof PlayHistory_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const PlayHistory: Model<PlayHistory> = PlayHistory_
