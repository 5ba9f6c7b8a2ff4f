/**
 * The operations behind {@link "./PlayerApi.js"}.
 */
import * as Endpoint from "../call/endpoint.js"
import { listed } from "../../model/lenient.js"
import { RawCursorPage } from "../../model/Page.js"
import { CurrentlyPlaying, Device, PlaybackState, PlayHistory, Queue } from "../../model/Playback.js"
import type { SpotifyUri } from "../../model/SpotifyUri.js"
import type { MarketOptions } from "./Options.js"

/** @internal */
export interface OnDevice {
  readonly device_id?: string | undefined
}

/** Without this, episodes come as null. @internal */
export interface Types {
  readonly additional_types: ReadonlyArray<"track" | "episode">
}

const read = { group: "player", method: "GET", scopes: ["user-read-playback-state"] } as const

/** A second call changes nothing more. */
const set = { group: "player", method: "PUT", scopes: ["user-modify-playback-state"] } as const

/** A second call acts again. */
const command = { group: "player", method: "POST", scopes: ["user-modify-playback-state"] } as const

/** @internal */
export const state = Endpoint.jsonOrNone(PlaybackState)<MarketOptions & Types>({
  ...read,
  operationId: "get-information-about-the-users-current-playback",
  name: "state",
  path: "/me/player",
  query: ["market", "additional_types"]
})

/** @internal */
export const currentlyPlaying = Endpoint.jsonOrNone(CurrentlyPlaying)<MarketOptions & Types>({
  ...read,
  operationId: "get-the-users-currently-playing-track",
  name: "currentlyPlaying",
  path: "/me/player/currently-playing",
  query: ["market", "additional_types"],
  scopes: ["user-read-currently-playing"]
})

/** @internal */
export const devices = Endpoint.json(listed("devices", Device))<object>({
  ...read,
  operationId: "get-a-users-available-devices",
  name: "devices",
  path: "/me/player/devices"
})

/** @internal */
export const queue = Endpoint.jsonOrNone(Queue)<object>({
  ...read,
  operationId: "get-queue",
  name: "queue",
  path: "/me/player/queue",
  scopes: ["user-read-currently-playing", "user-read-playback-state"]
})

/** @internal */
export const recentlyPlayed = Endpoint.json(RawCursorPage(PlayHistory))<{
  readonly limit?: number | undefined
  readonly after?: number | undefined
  readonly before?: number | undefined
}>({
  ...read,
  operationId: "get-recently-played",
  name: "recentlyPlayed",
  path: "/me/player/recently-played",
  query: ["limit", "after", "before"],
  scopes: ["user-read-recently-played"],
  paging: "cursor"
})

/** @internal */
export const transfer = Endpoint.discard<{
  readonly device_ids: readonly [string]
  readonly play?: boolean | undefined
}>({
  ...set,
  operationId: "transfer-a-users-playback",
  name: "transfer",
  path: "/me/player",
  body: { type: "json", members: ["device_ids", "play"] }
})

/** @internal */
export const play = Endpoint.discard<
  OnDevice & {
    readonly context_uri?: SpotifyUri | undefined
    readonly uris?: ReadonlyArray<SpotifyUri> | undefined
    readonly offset?: object | undefined
    readonly position_ms?: number | undefined
  }
>({
  ...set,
  operationId: "start-a-users-playback",
  name: "play",
  path: "/me/player/play",
  query: ["device_id"],
  body: { type: "json", members: ["context_uri", "uris", "offset", "position_ms"] }
})

/** @internal */
export const pause = Endpoint.discard<OnDevice>({
  ...set,
  operationId: "pause-a-users-playback",
  name: "pause",
  path: "/me/player/pause",
  query: ["device_id"]
})

/** @internal */
export const seek = Endpoint.discard<OnDevice & { readonly position_ms: number }>({
  ...set,
  operationId: "seek-to-position-in-currently-playing-track",
  name: "seek",
  path: "/me/player/seek",
  query: ["position_ms", "device_id"]
})

/** @internal */
export const setRepeat = Endpoint.discard<OnDevice & { readonly state: "track" | "context" | "off" }>({
  ...set,
  operationId: "set-repeat-mode-on-users-playback",
  name: "setRepeat",
  path: "/me/player/repeat",
  query: ["state", "device_id"]
})

/** @internal */
export const setVolume = Endpoint.discard<OnDevice & { readonly volume_percent: number }>({
  ...set,
  operationId: "set-volume-for-users-playback",
  name: "setVolume",
  path: "/me/player/volume",
  query: ["volume_percent", "device_id"]
})

/** @internal */
export const setShuffle = Endpoint.discard<OnDevice & { readonly state: boolean }>({
  ...set,
  operationId: "toggle-shuffle-for-users-playback",
  name: "setShuffle",
  path: "/me/player/shuffle",
  query: ["state", "device_id"]
})

/** @internal */
export const next = Endpoint.discard<OnDevice>({
  ...command,
  operationId: "skip-users-playback-to-next-track",
  name: "next",
  path: "/me/player/next",
  query: ["device_id"]
})

/** @internal */
export const previous = Endpoint.discard<OnDevice>({
  ...command,
  operationId: "skip-users-playback-to-previous-track",
  name: "previous",
  path: "/me/player/previous",
  query: ["device_id"]
})

/** @internal */
export const addToQueue = Endpoint.discard<OnDevice & { readonly uri: SpotifyUri }>({
  ...command,
  operationId: "add-to-queue",
  name: "addToQueue",
  path: "/me/player/queue",
  query: ["uri", "device_id"]
})

/** @internal */
export const all = [
  state,
  currentlyPlaying,
  devices,
  queue,
  recentlyPlayed,
  transfer,
  play,
  pause,
  seek,
  setRepeat,
  setVolume,
  setShuffle,
  next,
  previous,
  addToQueue
]
