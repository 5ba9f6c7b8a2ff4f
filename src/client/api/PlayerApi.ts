/**
 * The user's player: what plays, on which device, and the commands to it.
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

/**
 * @since 0.1.0
 * @category models
 */
export interface DeviceOptions {
  /** Which device, also one that does not play now. @default the active one */
  readonly device_id?: string | undefined
}

/**
 * Where to begin in what is played: at a place, counted from 0, or at something in it.
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
  /** Albums and playlists only. @default the beginning */
  readonly offset?: Offset | undefined
}

/**
 * Tracks and episodes to play, one after the other.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlayUris {
  readonly uris: ReadonlyArray<SpotifyUri>
  readonly context_uri?: undefined
  /** @default the first of them */
  readonly offset?: Offset | undefined
}

/**
 * Going on with what was played last.
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
 * A context or tracks, never both; neither goes on with what was played last.
 *
 * @since 0.1.0
 * @category models
 */
export type PlayOptions = (PlayContext | PlayUris | PlayOn) &
  DeviceOptions & {
    /** Where to begin in the first item, in milliseconds. @default the beginning */
    readonly position_ms?: number | undefined
  }

/**
 * @since 0.1.0
 * @category models
 */
export interface TransferOptions {
  /** Whether to play there in any case. @default false: it goes on as it was */
  readonly play?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RecentOptions {
  /** Only what was played before this time, in milliseconds since 1970. */
  readonly before?: number | undefined
  /** How many a request asks for, 1 to 50. @default 50 */
  readonly limit?: number | undefined
}

/**
 * What was played before a time, or after it, never both.
 *
 * @since 0.1.0
 * @category models
 */
export type RecentPageOptions = {
  /** 1 to 50. @default 20 */
  readonly limit?: number | undefined
} & (
  | {
      /** Only what was played before this time, in milliseconds since 1970. */
      readonly before?: number | undefined
      readonly after?: undefined
    }
  | {
      /** Only what was played after this time, in milliseconds since 1970. */
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
   * When to look again. It is given what was seen, so that it may look less often while nothing plays; the
   * stream ends when it ends. Each look is a request that counts towards the rate limit.
   *
   * @default every 5 seconds, give or take a fifth
   */
  readonly schedule?: Schedule.Schedule<unknown, Option.Option<PlaybackState>> | undefined
}

/**
 * The user's player. Commands need a Premium subscription. They succeed when Spotify has accepted them; the
 * state follows some seconds later, and Spotify does not promise to carry them out in their order. What
 * Spotify refuses fails with `Forbidden` or `NotFound`; see `PlayerErrorReason`.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlayerApi {
  /**
   * What plays, where and how; none if no device is active. During advertisements and in private sessions
   * `item` is null.
   *
   * Scopes: `user-read-playback-state`. Available to every app. Source: `GET /me/player`
   * (`get-information-about-the-users-current-playback`).
   */
  readonly state: (options?: MarketOptions) => Effect.Effect<Option.Option<PlaybackState>, SpotifyError>
  /**
   * What plays, without the device; none if nothing plays, though the document does not say so.
   *
   * Scopes: `user-read-currently-playing`. Available to every app. Source:
   * `GET /me/player/currently-playing` (`get-the-users-currently-playing-track`).
   */
  readonly currentlyPlaying: (
    options?: MarketOptions
  ) => Effect.Effect<Option.Option<CurrentlyPlaying>, SpotifyError>
  /**
   * The devices that could play. Some that Spotify's own apps show may be missing.
   *
   * Scopes: `user-read-playback-state`. Available to every app. Source: `GET /me/player/devices`
   * (`get-a-users-available-devices`).
   */
  readonly devices: Effect.Effect<ReadonlyArray<Device>, SpotifyError>
  /**
   * What plays and what comes next; none if no device is active.
   *
   * Scopes: `user-read-currently-playing` and `user-read-playback-state`. Available to every app. Source:
   * `GET /me/player/queue` (`get-queue`).
   */
  readonly queue: Effect.Effect<Option.Option<Queue>, SpotifyError>
  /**
   * What the user played, the newest first, fetched as it is taken. Spotify keeps about the last 50 tracks,
   * no episodes.
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
   * What changes, from looking at the state again and again; nothing comes while the music just goes on. The
   * first change is `Started`, if anything is there. It fails as {@link state} does; retried, it begins anew.
   *
   * Scopes: `user-read-playback-state`. Available to every app. Source: `GET /me/player`
   * (`get-information-about-the-users-current-playback`).
   */
  readonly changes: (options?: ChangesOptions) => Stream.Stream<Change.PlaybackChange, SpotifyError>
  /**
   * Goes on playing on another device.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player`
   * (`transfer-a-users-playback`).
   */
  readonly transfer: (device_id: string, options?: TransferOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Plays a context or tracks, or goes on with what was played last.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/play`
   * (`start-a-users-playback`).
   */
  readonly play: (options?: PlayOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Stops playing for now.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/pause`
   * (`pause-a-users-playback`).
   */
  readonly pause: (options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Skips to what comes next. Never repeated by itself, since it may have taken effect.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `POST /me/player/next`
   * (`skip-users-playback-to-next-track`).
   */
  readonly next: (options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Skips to what came before. Never repeated by itself, since it may have taken effect.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `POST /me/player/previous`
   * (`skip-users-playback-to-previous-track`).
   */
  readonly previous: (options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Goes to a place in the item, in milliseconds from its beginning; beyond its end the next one plays.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/seek`
   * (`seek-to-position-in-currently-playing-track`).
   */
  readonly seek: (position_ms: number, options?: DeviceOptions) => Effect.Effect<void, SpotifyError>
  /**
   * Repeats the track, the context, or nothing.
   *
   * Scopes: `user-modify-playback-state`. Available to every app. Source: `PUT /me/player/repeat`
   * (`set-repeat-mode-on-users-playback`).
   */
  readonly setRepeat: (
    state: "track" | "context" | "off",
    options?: DeviceOptions
  ) => Effect.Effect<void, SpotifyError>
  /**
   * Sets the volume, 0 to 100. Not every device lets it be set.
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
   * Puts a track or an episode behind what plays now. Never repeated by itself, since it may have taken
   * effect; nothing can be taken out again.
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

/** Cursors are times as text; a page that lacks them has the times of its entries. */
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
      // The time with each answer, and not by Stream.mapEffect, which drags much into a bundle
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
