/**
 * What changed between two readings of the player.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import type { Context, Device, PlaybackState } from "./Playback.js"
import type { Playable } from "./Playlist.js"

/** The state after the change. */
interface Changed {
  readonly state: PlaybackState
}

/**
 * A device plays or holds an item, and none did before. This is the first change of every stream, unless the
 * player is empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface Started extends Changed {
  readonly _tag: "Started"
}

/**
 * No device plays or holds an item any more.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stopped {
  readonly _tag: "Stopped"
  /** The last known state. */
  readonly previous: PlaybackState
}

/**
 * Playback resumed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Paused extends Changed {
  readonly _tag: "Paused"
}

/**
 * Playback paused.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resumed extends Changed {
  readonly _tag: "Resumed"
}

/**
 * The item changed to another track or episode, or to something that Spotify does not name, such as an
 * advertisement.
 *
 * @since 0.1.0
 * @category models
 */
export interface ItemChanged extends Changed {
  readonly _tag: "ItemChanged"
  readonly item: Playable | null
  readonly previous: Playable | null
}

/**
 * The same item started again after its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface ItemRestarted extends Changed {
  readonly _tag: "ItemRestarted"
  readonly item: Playable | null
}

/**
 * The position in the same item is not the one that elapsed time explains.
 *
 * @since 0.1.0
 * @category models
 */
export interface Seeked extends Changed {
  readonly _tag: "Seeked"
  /** The new position in milliseconds. */
  readonly position_ms: number
}

/**
 * The context changed.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContextChanged extends Changed {
  readonly _tag: "ContextChanged"
  readonly context: Context | null
}

/**
 * The device changed.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeviceChanged extends Changed {
  readonly _tag: "DeviceChanged"
  readonly device: Device | null
}

/**
 * The volume changed on the same device.
 *
 * @since 0.1.0
 * @category models
 */
export interface VolumeChanged extends Changed {
  readonly _tag: "VolumeChanged"
  /** 0 to 100; null if the device no longer reports it. */
  readonly volume_percent: number | null
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ShuffleChanged extends Changed {
  readonly _tag: "ShuffleChanged"
  readonly shuffle_state: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RepeatChanged extends Changed {
  readonly _tag: "RepeatChanged"
  readonly repeat_state: "off" | "track" | "context" | (string & {})
}

/**
 * A change, distinguished by `_tag`.
 *
 * @since 0.1.0
 * @category models
 */
export type PlaybackChange =
  | Started
  | Stopped
  | Paused
  | Resumed
  | ItemChanged
  | ItemRestarted
  | Seeked
  | ContextChanged
  | DeviceChanged
  | VolumeChanged
  | ShuffleChanged
  | RepeatChanged

/**
 * One reading of the player.
 *
 * @since 0.1.0
 * @category models
 */
export interface Observation {
  readonly state: Option.Option<PlaybackState>
  /** The time of the reading, in milliseconds since 1970. */
  readonly at: number
}

/**
 * The value before the first reading.
 *
 * @since 0.1.0
 * @category constants
 */
export const nothing: Observation = { state: Option.none(), at: 0 }

/** The tolerance for positions: answers take time, and Spotify's clock differs from ours. */
const tolerance = 3000

const keyOf = ({ currently_playing_type, item }: PlaybackState): string =>
  item === null ? `no ${currently_playing_type ?? "item"}` : (item.uri ?? item.id ?? item.name ?? "?")

const durationOf = (item: Playable | null): number =>
  (item !== null && "duration_ms" in item ? item.duration_ms : null) ?? Number.POSITIVE_INFINITY

/** A device without an id is identified by its name. */
const deviceOf = ({ device }: PlaybackState) => device?.id ?? device?.name ?? null

/** A state that does not say whether it plays counts as paused. */
const isPlaying = ({ is_playing }: PlaybackState): boolean => is_playing ?? false

const volumeOf = ({ device }: PlaybackState) => device?.volume_percent ?? null

const isNumber = (value: number | null | undefined): value is number => typeof value === "number"

/** The seek within the same item, if there was one. */
const jump = (
  previous: PlaybackState,
  state: PlaybackState,
  elapsed: number
): Seeked | ItemRestarted | undefined => {
  const from = previous.progress_ms
  const position_ms = state.progress_ms
  if (!isNumber(from) || !isNumber(position_ms)) {
    return undefined
  }
  const played = from + elapsed
  // If playback was paused or resumed in between, it ran for some of the time
  const least = isPlaying(previous) && isPlaying(state) ? played : from
  const most = isPlaying(previous) || isPlaying(state) ? played : from
  if (position_ms >= least - tolerance && position_ms <= most + tolerance) {
    return undefined
  }
  const past = played - durationOf(state.item)
  return isPlaying(previous) && past >= -tolerance && position_ms <= Math.max(0, past) + tolerance
    ? { _tag: "ItemRestarted", item: state.item, state }
    : { _tag: "Seeked", position_ms, state }
}

const between = (
  previous: PlaybackState,
  state: PlaybackState,
  elapsed: number
): ReadonlyArray<PlaybackChange> => {
  const changes: Array<PlaybackChange> = []
  const sameDevice = deviceOf(previous) === deviceOf(state)
  if (!sameDevice) {
    changes.push({ _tag: "DeviceChanged", device: state.device ?? null, state })
  }
  if ((previous.context?.uri ?? null) !== (state.context?.uri ?? null)) {
    changes.push({ _tag: "ContextChanged", context: state.context ?? null, state })
  }
  if (keyOf(previous) === keyOf(state)) {
    const found = jump(previous, state, elapsed)
    if (found !== undefined) {
      changes.push(found)
    }
  } else {
    changes.push({ _tag: "ItemChanged", item: state.item, previous: previous.item, state })
  }
  if (isPlaying(previous) !== isPlaying(state)) {
    changes.push({ _tag: isPlaying(state) ? "Resumed" : "Paused", state })
  }
  if (sameDevice && volumeOf(previous) !== volumeOf(state)) {
    changes.push({ _tag: "VolumeChanged", volume_percent: volumeOf(state), state })
  }
  if ((previous.shuffle_state ?? false) !== (state.shuffle_state ?? false)) {
    changes.push({ _tag: "ShuffleChanged", shuffle_state: state.shuffle_state ?? false, state })
  }
  if ((previous.repeat_state ?? "off") !== (state.repeat_state ?? "off")) {
    changes.push({ _tag: "RepeatChanged", repeat_state: state.repeat_state ?? "off", state })
  }
  return changes
}

/**
 * The changes between two readings: none if the music just continued. Changes that were undone in between are
 * not seen.
 *
 * @since 0.1.0
 * @category combinators
 */
export const diff = (previous: Observation, next: Observation): ReadonlyArray<PlaybackChange> => {
  if (Option.isNone(next.state)) {
    return Option.isNone(previous.state) ? [] : [{ _tag: "Stopped", previous: previous.state.value }]
  }
  return Option.isNone(previous.state)
    ? [{ _tag: "Started", state: next.state.value }]
    : between(previous.state.value, next.state.value, Math.max(0, next.at - previous.at))
}

/**
 * Makes a reading of a state, for the next comparison. Spotify sometimes repeats the same progress while music
 * plays. Then the reading keeps the time of the earlier one; otherwise the next reading would look like a seek.
 *
 * @since 0.1.0
 * @category constructors
 */
export const observe = (
  previous: Observation,
  state: Option.Option<PlaybackState>,
  now: number
): Observation => {
  const isStale =
    Option.isSome(previous.state) &&
    Option.isSome(state) &&
    isPlaying(previous.state.value) &&
    isPlaying(state.value) &&
    isNumber(state.value.progress_ms) &&
    keyOf(previous.state.value) === keyOf(state.value) &&
    previous.state.value.progress_ms === state.value.progress_ms
  return { state, at: isStale ? previous.at : now }
}
