import { hash } from "../catalogue/base62.js"
import type * as Model from "../catalogue/model.js"

export type Repeat = "off" | "track" | "context"

export interface Play {
  readonly uri: string
  readonly contextUri: string | undefined
  readonly playedAt: number
}

/** What a player is playing, or has paused. */
export interface Playback {
  readonly contextUri: string | undefined
  /** The URIs of the context, or the given ones, in their original order. */
  readonly uris: ReadonlyArray<string>
  /** Indices into `uris`, in playing order. */
  readonly order: ReadonlyArray<number>
  /** The index in `order` that is playing, or at which the queue took over. */
  readonly at: number
  /** The URI that is playing, from the order or from the queue. */
  readonly uri: string
  readonly isPlaying: boolean
  /** The position in the item at the time `since`. */
  readonly position: number
  readonly since: number
  /** How long the item was listened to before `since`. */
  readonly listened: number
}

/** A user's player. It is immutable: a command makes a new one. */
export interface Player {
  readonly devices: ReadonlyArray<Model.Device>
  /** An index into `devices`. */
  readonly active: number | undefined
  readonly shuffle: boolean
  readonly repeat: Repeat
  readonly queue: ReadonlyArray<string>
  readonly playback: Playback | undefined
  /** Newest first. */
  readonly history: ReadonlyArray<Play>
  /** When a command last changed it. */
  readonly changedAt: number
  /** The state before that, for answers that lag behind. */
  readonly before: Player | undefined
}

export const idle = (devices: ReadonlyArray<Model.Device>): Player => ({
  devices,
  active: undefined,
  shuffle: false,
  repeat: "off",
  queue: [],
  playback: undefined,
  history: [],
  changedAt: 0,
  before: undefined
})

/** The duration of an item. */
export type DurationOf = (uri: string) => number

const remembered = 50

/** A play counts after this long, as it does for royalties. */
const countsFrom = 30_000

export const progress = (playback: Playback, now: number, durationOf: DurationOf): number =>
  Math.min(
    playback.isPlaying ? playback.position + (now - playback.since) : playback.position,
    durationOf(playback.uri)
  )

const listenedTo = (playback: Playback, now: number): number =>
  playback.listened + (playback.isPlaying ? now - playback.since : 0)

/** The history including the item that stops now, if it is a track and was played long enough. */
const remember = (player: Player, playback: Playback, now: number): ReadonlyArray<Play> =>
  playback.uri.startsWith("spotify:track:") && listenedTo(playback, now) >= countsFrom
    ? [
        { uri: playback.uri, contextUri: playback.contextUri, playedAt: now },
        ...player.history.slice(0, remembered - 1)
      ]
    : player.history

/** The order in which `count` items play: shuffled by the seed with `first` in front, or unchanged. */
export const orderOf = (
  count: number,
  first: number,
  shuffle: boolean,
  seed: string
): ReadonlyArray<number> => {
  const places = Array.from({ length: count }, (_, place) => place)
  return shuffle
    ? [
        ...places.slice(first, first + 1),
        ...places
          .filter((place) => place !== first)
          .sort((left, right) => hash(`${seed}/${left}`) - hash(`${seed}/${right}`))
      ]
    : places
}

const uriAt = (playback: Playback, at: number): string | undefined => playback.uris[playback.order[at] ?? -1]

/** The next or previous index in the order; undefined past an end that does not repeat. */
const neighbour = (player: Player, playback: Playback, by: 1 | -1): number | undefined => {
  const at = playback.at + by
  const count = playback.order.length
  return at >= 0 && at < count
    ? at
    : player.repeat === "context" && count > 0
      ? (at + count) % count
      : undefined
}

const begin = (
  player: Player,
  playback: Playback,
  now: number,
  item: Pick<Playback, "at" | "uri">,
  isPlaying = true
): Player => ({
  ...player,
  history: remember(player, playback, now),
  playback: { ...playback, ...item, isPlaying, position: 0, since: now, listened: 0 }
})

/** Skips to the next item. Undefined if there is none. */
export const next = (player: Player, now: number): Player | undefined => {
  const { playback, queue } = player
  if (playback === undefined) {
    return undefined
  }
  const [queued, ...rest] = queue
  if (queued !== undefined) {
    return begin({ ...player, queue: rest }, playback, now, { at: playback.at, uri: queued })
  }
  const at = neighbour(player, playback, 1)
  const uri = at === undefined ? undefined : uriAt(playback, at)
  return at === undefined || uri === undefined ? undefined : begin(player, playback, now, { at, uri })
}

export const previous = (player: Player, now: number): Player | undefined => {
  const { playback } = player
  const at = playback === undefined ? undefined : neighbour(player, playback, -1)
  const uri = playback === undefined || at === undefined ? undefined : uriAt(playback, at)
  return playback === undefined || at === undefined || uri === undefined
    ? undefined
    : begin(player, playback, now, { at, uri })
}

/** At the end of everything it returns to the first item and pauses. */
const rest = (player: Player, playback: Playback, now: number): Player =>
  begin(player, playback, now, { at: 0, uri: uriAt(playback, 0) ?? playback.uri }, false)

const ended = (player: Player, playback: Playback, now: number): Player =>
  player.repeat === "track"
    ? begin(player, playback, now, { at: playback.at, uri: playback.uri })
    : (next(player, now) ?? rest(player, playback, now))

/** Brings the player up to date: moves past the items that have ended since the last update. */
export const advance = (player: Player, now: number, durationOf: DurationOf): Player => {
  let current = player
  for (;;) {
    const { playback } = current
    if (playback === undefined || !playback.isPlaying) {
      return current
    }
    // At least one second, so that catching up after months of silence ends
    const left = Math.max(1000, durationOf(playback.uri)) - playback.position
    if (now - playback.since < left) {
      return current
    }
    current = ended(current, playback, playback.since + left)
  }
}

/** The coming items, the queue first. */
export const upcoming = (player: Player, count: number): ReadonlyArray<string> => {
  const { playback, queue } = player
  if (playback === undefined) {
    return queue.slice(0, count)
  }
  const after = playback.order.slice(playback.at + 1)
  const again = player.repeat === "context" ? playback.order : []
  return [...queue, ...[...after, ...again].flatMap((place) => playback.uris[place] ?? [])].slice(0, count)
}

export const canGo = (player: Player, by: 1 | -1): boolean =>
  player.playback !== undefined &&
  ((by === 1 && player.queue.length > 0) || neighbour(player, player.playback, by) !== undefined)

/** Starts a list of URIs at one of its indices. */
export const start = (
  player: Player,
  now: number,
  options: {
    readonly contextUri: string | undefined
    readonly uris: ReadonlyArray<string>
    /** Undefined for the first item, or a random one if shuffle is on. */
    readonly place: number | undefined
    readonly position: number
  }
): Player => {
  const { contextUri, uris } = options
  const seed = `${contextUri ?? uris.length}/${now}`
  const first = options.place ?? (player.shuffle ? hash(seed) % Math.max(1, uris.length) : 0)
  const order = orderOf(uris.length, first, player.shuffle, seed)
  const at = order.indexOf(first)
  return {
    ...player,
    history: player.playback === undefined ? player.history : remember(player, player.playback, now),
    playback: {
      contextUri,
      uris,
      order,
      at,
      uri: uris[first] ?? "",
      isPlaying: true,
      position: options.position,
      since: now,
      listened: 0
    }
  }
}

/** The same playback from another position of the item, playing or paused. */
export const move = (
  player: Player,
  now: number,
  durationOf: DurationOf,
  change: { readonly position?: number; readonly isPlaying?: boolean }
): Player => {
  const { playback } = player
  return playback === undefined
    ? player
    : {
        ...player,
        playback: {
          ...playback,
          listened: listenedTo(playback, now),
          position: change.position ?? progress(playback, now, durationOf),
          isPlaying: change.isPlaying ?? playback.isPlaying,
          since: now
        }
      }
}

/** Shuffles the order or restores it, without interrupting the current item. */
export const setShuffle = (player: Player, now: number, shuffle: boolean): Player => {
  const { playback } = player
  if (playback === undefined || shuffle === player.shuffle) {
    return { ...player, shuffle }
  }
  const place = playback.order[playback.at] ?? 0
  const order = orderOf(playback.uris.length, place, shuffle, `${playback.contextUri ?? ""}/${now}`)
  return { ...player, shuffle, playback: { ...playback, order, at: order.indexOf(place) } }
}
