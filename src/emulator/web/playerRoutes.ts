import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Model from "../catalogue/model.js"
import type { ApiError } from "./apiError.js"
import { refuse } from "./apiError.js"
import type { Answer, Call, Route } from "./call.js"
import { account, empty, json } from "./call.js"
import { idOfUri, playedItem } from "./itemObjects.js"
import * as Page from "./page.js"
import type { Play, Player } from "./playback.js"
import * as Playback from "./playback.js"
import * as PlayerState from "./playerState.js"
import type { Json, Shape } from "./shape.js"
import * as Shapes from "./shape.js"

const device =
  (player: Player) =>
  (device: Model.Device, place: number): Json => ({
    id: device.id,
    is_active: place === player.active,
    is_private_session: false,
    is_restricted: device.restricted,
    name: device.name,
    supports_volume: device.volume !== null,
    type: device.type,
    volume_percent: device.volume
  })

const devices = (call: Call): Answer =>
  Effect.map(account(call), ({ user }) => {
    const player = PlayerState.told(call, user.id)
    return json({ devices: player.devices.map(device(player)) })
  })

const context = (shape: Shape, uri: string | undefined): Json | null => {
  if (uri === undefined) {
    return null
  }
  const [, type = "", id = ""] = uri.split(":")
  return type === "user"
    ? {
        external_urls: { spotify: "https://open.spotify.com/collection/tracks" },
        href: `${shape.apiUrl}/me/tracks`,
        type: "collection",
        uri
      }
    : {
        external_urls: { spotify: `https://open.spotify.com/${type}/${id}` },
        href: `${shape.apiUrl}/${type}s/${id}`,
        type,
        uri
      }
}

/** The actions that the player does not allow, by Spotify's names. */
const disallows = (player: Player): Json => {
  const { playback } = player
  return {
    ...(playback === undefined
      ? { pausing: true, seeking: true }
      : playback.isPlaying
        ? { resuming: true }
        : { pausing: true }),
    ...(Playback.canGo(player, 1) ? {} : { skipping_next: true }),
    ...(Playback.canGo(player, -1) ? {} : { skipping_prev: true })
  }
}

/** The common members of the two calls that return the current playback. */
const playing = (call: Call, player: Player): Json => {
  const shape = Shapes.of(call)
  const { playback } = player
  const isEpisode = playback?.uri.startsWith("spotify:episode:") ?? false
  const isShown = playback !== undefined && (!isEpisode || shape.episodes)
  return {
    actions: call.habits.nestedDisallows ? { disallows: disallows(player) } : disallows(player),
    context: context(shape, playback?.contextUri),
    currently_playing_type: playback === undefined ? "unknown" : isEpisode ? "episode" : "track",
    is_playing: playback?.isPlaying ?? false,
    item: isShown ? playedItem(shape, playback.uri) : null,
    progress_ms:
      playback === undefined ? null : Playback.progress(playback, call.now, PlayerState.durations(call)),
    timestamp: playback?.since ?? player.changedAt
  }
}

const state = (call: Call): Answer =>
  Effect.map(account(call), ({ user }) => {
    const player = PlayerState.told(call, user.id)
    const active = player.devices[player.active ?? -1]
    return active === undefined
      ? empty(204)
      : json({
          ...playing(call, player),
          device: device(player)(active, player.active ?? -1),
          repeat_state: player.repeat,
          shuffle_state: player.shuffle,
          ...Shapes.undocumented(Shapes.of(call), { smart_shuffle: false })
        })
  })

const currentlyPlaying = (call: Call): Answer =>
  Effect.map(account(call), ({ user }) => {
    const player = PlayerState.told(call, user.id)
    return player.active === undefined || player.playback === undefined
      ? empty(204)
      : json(playing(call, player))
  })

const listed = 20

const queue = (call: Call): Answer =>
  Effect.map(account(call), ({ user }) => {
    const player = PlayerState.told(call, user.id)
    const shape = Shapes.of(call)
    const isOn = player.active !== undefined && player.playback !== undefined
    return json({
      currently_playing: isOn ? playedItem({ ...shape, episodes: true }, player.playback.uri) : null,
      queue: Playback.upcoming(player, listed).flatMap(
        (uri) => playedItem({ ...shape, episodes: true }, uri) ?? []
      )
    })
  })

const noMoment: number | undefined = undefined

const millis = (call: Call, name: string): Effect.Effect<number | undefined, ApiError> => {
  const text = call.query.get(name)
  return text === null
    ? Effect.succeed(noMoment)
    : /^\d{1,15}$/.test(text)
      ? Effect.succeed(Number(text))
      : Effect.fail(refuse(400, `Invalid ${name}`))
}

const play = (shape: Shape, { contextUri, playedAt, uri }: Play): Json => ({
  context: context(shape, contextUri),
  played_at: DateTime.formatIso(DateTime.unsafeMake(playedAt)),
  track: playedItem(shape, uri)
})

const recentlyPlayed = (call: Call): Answer =>
  Effect.gen(function* () {
    const { user } = yield* account(call)
    const [after, before] = [yield* millis(call, "after"), yield* millis(call, "before")]
    if (after !== undefined && before !== undefined) {
      return yield* refuse(400, "Only one of after and before may be given")
    }
    const limit = yield* Page.limit(call, Page.usual)
    const shape = Shapes.of(call)
    const history = PlayerState.current(call, user.id).history.filter(({ uri }) =>
      shape.index.tracks.has(idOfUri(uri))
    )
    const older = history.filter(({ playedAt }) => before === undefined || playedAt < before)
    const newer = history.filter(({ playedAt }) => after === undefined || playedAt > after)
    const all = after === undefined ? older : newer
    // A page after a cursor has the entries closest to it, but still the newest first
    const page = after === undefined ? all.slice(0, limit) : all.slice(-limit)
    const [newest, oldest] = [page[0], page.at(-1)]
    const link = (cursor: Readonly<Record<string, string>>) =>
      `${shape.apiUrl}/me/player/recently-played?${new URLSearchParams({ ...cursor, limit: String(limit) })}`
    const cursors =
      newest === undefined || oldest === undefined
        ? null
        : { after: String(newest.playedAt), before: String(oldest.playedAt) }
    const isLast = cursors === null || all.length <= limit
    return json({
      href: link(Page.repeated(call, "after", "before")),
      limit,
      next: isLast ? null : link(after === undefined ? { before: cursors.before } : { after: cursors.after }),
      cursors,
      items: page.map((item) => play(shape, item))
    })
  })

export const routes: ReadonlyArray<Route> = [
  { method: "GET", path: "/me/player", scopes: ["user-read-playback-state"], handle: state },
  { method: "GET", path: "/me/player/devices", scopes: ["user-read-playback-state"], handle: devices },
  {
    method: "GET",
    path: "/me/player/currently-playing",
    scopes: ["user-read-currently-playing"],
    handle: currentlyPlaying
  },
  {
    method: "GET",
    path: "/me/player/queue",
    scopes: ["user-read-currently-playing", "user-read-playback-state"],
    handle: queue
  },
  {
    method: "GET",
    path: "/me/player/recently-played",
    scopes: ["user-read-recently-played"],
    handle: recentlyPlayed
  }
]
