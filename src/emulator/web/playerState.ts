import type * as Model from "../catalogue/model.js"
import type { Playlist, State } from "../state.js"
import type { Call } from "./call.js"
import { idOfUri } from "./itemObjects.js"
import { isLocal } from "./localTrack.js"
import type { Player } from "./playback.js"
import * as Playback from "./playback.js"
import { isHidden } from "./playlistObjects.js"

const durationOf =
  (state: State): Playback.DurationOf =>
  (uri) => {
    const id = idOfUri(uri)
    const item = state.index.tracks.get(id) ?? state.index.episodes.get(id) ?? state.index.chapters.get(id)
    return item?.durationMs ?? 0
  }

const devicesOf = (state: State, userId: string): ReadonlyArray<Model.Device> => {
  const own = (state.catalogue.devices ?? []).filter((device) => device.userId === userId)
  return own.length > 0
    ? own
    : [{ userId, id: `${userId}-phone`, name: "Phone", type: "Smartphone", volume: 100, restricted: false }]
}

/** Brings the user's player up to date and stores it. */
export const current = (call: Call, userId: string): Player => {
  const known = call.state.players.get(userId) ?? Playback.idle(devicesOf(call.state, userId))
  const player = Playback.advance(known, call.now, durationOf(call.state))
  call.state.players.set(userId, player)
  return player
}

/**
 * The player as answers show it: with the habit `playbackLag`, for some time the state before the last
 * command.
 */
export const told = (call: Call, userId: string): Player => {
  const player = current(call, userId)
  return player.before !== undefined && call.now < player.changedAt + call.habits.playbackLag
    ? Playback.advance(player.before, call.now, durationOf(call.state))
    : player
}

/** Stores the player after a command. */
export const keep = (call: Call, userId: string, before: Player, after: Player): void => {
  call.state.players.set(userId, {
    ...after,
    changedAt: call.now,
    before: call.habits.playbackLag > 0 ? { ...before, before: undefined } : undefined
  })
}

export const durations = (call: Call): Playback.DurationOf => durationOf(call.state)

/** Whether it can be played by itself, without a context. */
export const isPlayable = (state: State, uri: string): boolean => {
  const [scheme, type, id = "", ...rest] = uri.split(":")
  return (
    scheme === "spotify" &&
    rest.length === 0 &&
    ((type === "track" && state.index.tracks.has(id)) ||
      (type === "episode" && (state.index.episodes.has(id) || state.index.chapters.has(id))))
  )
}

const uris = (type: string, ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.map((id) => `spotify:${type}:${id}`)

const playlistUris = (playlist: Playlist): ReadonlyArray<string> =>
  playlist.items.map(({ uri }) => uri).filter((uri) => !isLocal(uri))

/** An artist's top tracks, which also play when the artist is the context. */
export const topTracks = (state: State, artistId: string): ReadonlyArray<Model.Track> =>
  state.catalogue.tracks
    .filter((track) => track.artistIds.includes(artistId))
    .sort((left, right) => right.popularity - left.popularity)
    .slice(0, 10)

/** The items of a context, or undefined if the user has no such context. */
export const contextItems = (
  state: State,
  userId: string,
  contextUri: string
): ReadonlyArray<string> | undefined => {
  const [, type, id = "", rest] = contextUri.split(":")
  switch (type) {
    case "album": {
      const album = state.index.albums.get(id)
      return album === undefined ? undefined : uris("track", album.trackIds)
    }
    case "artist":
      return state.index.artists.has(id)
        ? uris(
            "track",
            topTracks(state, id).map((track) => track.id)
          )
        : undefined
    case "playlist": {
      const playlist = state.playlists.get(id)
      const isClosed =
        playlist === undefined ||
        isHidden(state, playlist) ||
        (!playlist.public && !playlist.collaborative && playlist.ownerId !== userId)
      return isClosed ? undefined : playlistUris(playlist).filter((uri) => isPlayable(state, uri))
    }
    case "show": {
      const show = state.index.shows.get(id)
      const book = state.index.audiobooks.get(id)
      return show !== undefined
        ? uris("episode", show.episodeIds)
        : book === undefined
          ? undefined
          : uris("episode", book.chapterIds)
    }
    case "user":
      return id === userId && rest === "collection"
        ? (state.libraries.get(userId)?.saved ?? [])
            .map(({ uri }) => uri)
            .filter((uri) => uri.startsWith("spotify:track:"))
        : undefined
    default:
      return undefined
  }
}
