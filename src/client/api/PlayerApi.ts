/**
 * The user's player: what is playing, on which device, and the commands.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import * as Paging from "../lists/paging.js"
import type { CursorPage } from "../../model/Page.js"
import type { CurrentlyPlaying, Device, PlaybackState, PlayHistory, Queue } from "../../model/Playback.js"
import * as Change from "../../model/PlaybackChange.js"
import type { SpotifyUri } from "../../model/SpotifyUri.js"
import type { InvalidParameter, SpotifyError } from "../SpotifyError.js"
import type { MarketOptions } from "./Options.js"
import * as Operations from "./playerEndpoints.js"
import { invalidPlayable } from "./uris.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface DeviceOptions {
  /** The device, which may be inactive. @default the active one */
  readonly device_id?: string | undefined
}

/**
 * Where to start in a context: at a position, counted from 0, or at an item.
 *
 * @since 0.1.0
 * @category models
 */
export type Offset =
  | { readonly position: number; readonly uri?: undefined }
  | { readonly uri: SpotifyUri; readonly position?: undefined }

/**
 * An album, artist, playlist or podcast to play.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlayContext {
  readonly context_uri: SpotifyUri
  readonly uris?: undefined
  /** Albums and playlists only. @default the start */
  readonly offset?: Offset | undefined
}

/**
 * Tracks and episodes to play in sequence.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlayUris {
  readonly uris: ReadonlyArray<SpotifyUri>
  readonly context_uri?: undefined
  /** @default the first one */
  readonly offset?: Offset | undefined
}

/**
 * Resumes what was played last.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlayOn {
  readonly context_uri?: undefined
  readonly uris?: undefined
  readonly offset?: undefined
}

/**
 * A context or tracks, never both. Without either, playback resumes.
 *
 * @since 0.1.0
 * @category models
 */
export type PlayOptions = (PlayContext | PlayUris | PlayOn) &
  DeviceOptions & {
    /** The position in the first item, in milliseconds. @default the start */
    readonly position_ms?: number | undefined
  }

/**
 * @since 0.1.0
 * @category models
 */
export interface TransferOptions {
  /** Whether to play there in any case. @default false: the playback state stays the same */
  readonly play?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RecentOptions {
  /** Only items played before this time, in milliseconds since 1970. */
  readonly before?: number | undefined
  /** The number of items per request, 1 to 50. @default 50 */
  readonly limit?: number | undefined
}

/**
 * Items played before or after a time, never both.
 *
 * @since 0.1.0
 * @category models
 */
export type RecentPageOptions = {
  /** 1 to 50. @default 20 */
  readonly limit?: number | undefined
} & (
  | {
      /** Only items played before this time, in milliseconds since 1970. */
      readonly before?: number | undefined
      readonly after?: undefined
    }
  | {
      /** Only items played after this time, in milliseconds since 1970. */
      readonly after?: number | undefined
      readonly before?: undefined
    }
)

/**
 * @since 0.1.0
 * @category models
 */
export interface ChangesOptions extends MarketOptions {
  /**
   * When to read again. The schedule's input is the last reading, so it can slow down while nothing plays. The
   * stream ends when the schedule does. Each reading is a request that counts towards the rate limit.
   *
   * @default every 5 seconds, varied by up to a fifth
   */
  readonly schedule?: Schedule.Schedule<unknown, Option.Option<PlaybackState>> | undefined
}

/**
 * The user's player. Commands need a Premium subscription. They succeed when Spotify has accepted them. The
 * state follows some seconds later, and Spotify does not guarantee their order. A command that Spotify refuses
 * fails with `Forbidden` or `NotFound`; see `PlayerErrorReason`.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlayerApi {
  /**
   * What is playing, where and how; none if no device is active. During advertisements and in private sessions
   * `item` is null.
   *
   * Scopes: `user-read-playback-state`. Available to every app. Source: `GET /me/player`
   * (`get-information-about-the-users-current-playback`).
   */
  readonly state: (options?: MarketOptions) => Effect.Effect<Option.Option<PlaybackState>, SpotifyError>
  /**
   * What is playing, without the device; none if nothing plays, although this is undocumented.
   *
   * Scopes: `user-read-currently-playing`. Available to every app. Source:
   * `GET /me/player/currently-playing` (`get-the-users-currently-playing-track`).
   */
  readonly currentlyPlaying: (
    options?: MarketOptions
  ) => Effect.Effect<Option.Option<CurrentlyPlaying>, SpotifyError>
  /**
   * The available devices. Some that Spotify's apps show may be missing.
   *
   * Scopes: `user-read-playback-state`. Available to every app. Source: `GET /me/player/devices`
   * (`get-a-users-available-devices`).
   */
  readonly devices: Effect.Effect<ReadonlyArray<Device>, SpotifyError>
  /**
   * What is playing and what comes next; none if no device is active.
   *
   * Scopes: `user-read-currently-playing` and `user-read-playback-state`. Available to every app. Source:
   * `GET /me/player/queue` (`get-queue`).
   */
  readonly queue: Effect.Effect<Option.Option<Queue>, SpotifyError>
  /**
   * The tracks that the user played, newest first, fetched on demand. Spotify keeps about the last 50 tracks
   * and no episodes.
   *
   * Scopes: `user-read-recently-played`. Available to every app. Source: `GET /me/player/recently-played`
   * (`get-recently-played`).
   */
  readonly recentlyPlayed: (options?: RecentOptions) => Stream.Stream<PlayHistory, SpotifyError>
  /** One page of {@link recentlyPlayed}; `limit` 1 to 50, by default 20. */
  readonly recentlyPlayedPage: (
    options?: RecentPageOptions
  ) => Effect.Effect<CursorPage<PlayHistory>, SpotifyError>
  /**
   * The changes of the state, which is read repeatedly. Nothing is emitted while the music just continues. The
   * first change is `Started`, unless the player is empty. It fails as {@link state} does. A retry starts over.
   *
   * Scopes: `user-read-playback-state`. Available to every app. Source: `GET /me/player`
   * (`get-information-about-the-users-current-playback`).
   */
  readonly changes: (options?: ChangesOptions) => Stream.Stream<Change.PlaybackChange, SpotifyError>
  /**
   * Transfers playback to another device.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player`
   * (`transfer-a-users-playback`).
   */
  readonly transfer: (device_id: string, options?: TransferOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Plays a context or tracks, or resumes what was played last.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/play`
   * (`start-a-users-playback`).
   */
  readonly play: (options?: PlayOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Pauses playback.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/pause`
   * (`pause-a-users-playback`).
   */
  readonly pause: (options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Skips to the next item. Never retried automatically, since it may have taken effect.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `POST /me/player/next`
   * (`skip-users-playback-to-next-track`).
   */
  readonly next: (options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Skips to the previous item. Never retried automatically, since it may have taken effect.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `POST /me/player/previous`
   * (`skip-users-playback-to-previous-track`).
   */
  readonly previous: (options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Seeks to a position in the item, in milliseconds. A position beyond the end skips to the next item.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/seek`
   * (`seek-to-position-in-currently-playing-track`).
   */
  readonly seek: (position_ms: number, options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Sets the repeat mode: the track, the context, or off.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/repeat`
   * (`set-repeat-mode-on-users-playback`).
   */
  readonly setRepeat: (
    state: "track" | "context" | "off",
    options?: DeviceOptions
  ) => Effect.Effect<void, SpotifyError>
  /**
   * Sets the volume, 0 to 100. Some devices do not support it.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/volume`
   * (`set-volume-for-users-playback`).
   */
  readonly setVolume: (volume_percent: number, options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Turns shuffling on or off.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/shuffle`
   * (`toggle-shuffle-for-users-playback`).
   */
  readonly setShuffle: (state: boolean, options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Adds a track or an episode to the queue. Never retried automatically, since it may have taken effect. Items
   * cannot be removed from the queue.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `POST /me/player/queue`
   * (`add-to-queue`).
   */
  readonly addToQueue: (uri: SpotifyUri, options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
}

/** @internal */
export const endpoints = Operations.all

const additional_types = ["track", "episode"] as const

const invalidPlay = (options: PlayOptions): InvalidParameter | undefined =>
  options.context_uri !== undefined && options.uris !== undefined
    ? Endpoint.invalid(Operations.play, "uris", "cannot be played together with a context")
    : options.uris?.length === 0
      ? Endpoint.invalid(Operations.play, "uris", "names nothing to play")
      : (invalidPlayable(Operations.play, "uris", options.uris ?? []) ??
        Paging.invalidNumber(Operations.play, { position_ms: options.position_ms }) ??
        Paging.invalidNumber(Operations.play, { offset: options.offset?.position }))

/** Cursors are times as text. If a page lacks them, the times of its entries are used. */
const timeOf = (cursor: string | undefined, entry: PlayHistory | undefined): number | undefined => {
  const time = Number(cursor ?? Number.NaN)
  return Number.isInteger(time)
    ? time
    : Option.getOrUndefined(Option.map(DateTime.make(entry?.played_at ?? Number.NaN), DateTime.toEpochMillis))
}

const everyFiveSeconds = Schedule.jittered(Schedule.spaced("5 seconds"))

/** @internal */
export const make = (execute: Endpoint.Execute): PlayerApi => {
  const state = (options?: MarketOptions) => execute(Operations.state, { ...options, additional_types })
  return {
    state,
    currentlyPlaying: (options) => execute(Operations.currentlyPlaying, { ...options, additional_types }),
    devices: Effect.map(execute(Operations.devices, {}), ({ devices }) => devices),
    queue: execute(Operations.queue, {}),
    recentlyPlayed: (options) =>
      Paging.byCursor(execute, Operations.recentlyPlayed, { ...options }, 50, {
        name: "before",
        pageOf: (page) => page,
        nextOf: timeOf
      }),
    recentlyPlayedPage: (options) =>
      Paging.checked(
        options?.after !== undefined && options.before !== undefined
          ? Endpoint.invalid(Operations.recentlyPlayed, "before", "cannot be asked for together with after")
          : Paging.invalidNumber(Operations.recentlyPlayed, {
              after: options?.after,
              before: options?.before
            }),
        Paging.cursorPage(execute, Operations.recentlyPlayed, { ...options }, (page) => page)
      ),
    changes: ({ schedule = everyFiveSeconds, ...options } = {}) =>
      // Reads the clock with each answer instead of using Stream.mapEffect, which adds much to a bundle
      Stream.repeatEffectWithSchedule(
        Effect.zip(state(options), Clock.currentTimeMillis),
        Schedule.mapInput(schedule, ([seen]: readonly [Option.Option<PlaybackState>, number]) => seen)
      ).pipe(
        Stream.mapAccum(Change.nothing, (previous, [seen, now]) => {
          const observation = Change.observe(previous, seen, now)
          return [observation, Change.diff(previous, { state: seen, at: now })]
        }),
        Stream.mapConcat((changes) => changes)
      ),
    transfer: (device_id, options) =>
      Paging.checked(
        device_id === "" ? Endpoint.invalid(Operations.transfer, "device_id", "is empty") : undefined,
        execute(Operations.transfer, { ...options, device_ids: [device_id] })
      ),
    play: (options = {}) => Paging.checked(invalidPlay(options), execute(Operations.play, options)),
    pause: (options) => execute(Operations.pause, { ...options }),
    next: (options) => execute(Operations.next, { ...options }),
    previous: (options) => execute(Operations.previous, { ...options }),
    seek: (position_ms, options) =>
      Paging.checked(
        Paging.invalidNumber(Operations.seek, { position_ms }),
        execute(Operations.seek, { ...options, position_ms })
      ),
    setRepeat: (state, options) => execute(Operations.setRepeat, { ...options, state }),
    setVolume: (volume_percent, options) =>
      Paging.checked(
        Paging.invalidNumber(Operations.setVolume, { volume_percent }, 0, 100),
        execute(Operations.setVolume, { ...options, volume_percent })
      ),
    setShuffle: (state, options) => execute(Operations.setShuffle, { ...options, state }),
    addToQueue: (uri, options) =>
      Paging.checked(
        invalidPlayable(Operations.addToQueue, "uri", [uri]),
        execute(Operations.addToQueue, { ...options, uri })
      )
  }
}

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<PlayerApi, never, WebApi.WebApi> = WebApi.group(make)
