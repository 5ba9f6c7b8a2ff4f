import * as Effect from "effect/Effect"
import type { Playlist } from "../state.js"
import type { ApiError } from "./apiError.js"
import { notFound, refuse } from "./apiError.js"
import type { Call } from "./call.js"
import { account, requireScopes, resource } from "./call.js"
import { isHidden } from "./playlistObjects.js"

/** Whether the caller owns the playlist or is a collaborator. */
export const isMine = (call: Call, playlist: Playlist): boolean =>
  call.grant !== undefined && (playlist.ownerId === call.grant.userId || playlist.collaborative)

export const modifyScope = (playlist: { readonly public: boolean }): string =>
  playlist.public ? "playlist-modify-public" : "playlist-modify-private"

/** The playlist in the path, for reading. */
export const readable = (call: Call): Effect.Effect<Playlist, ApiError> =>
  Effect.gen(function* () {
    const playlist = yield* resource(call, call.state.playlists)
    if (isHidden(call.state, playlist)) {
      return yield* notFound
    }
    if (playlist.public) {
      return playlist
    }
    if (!isMine(call, playlist)) {
      return yield* notFound
    }
    yield* requireScopes(call, [
      playlist.ownerId === call.grant?.userId ? "playlist-read-private" : "playlist-read-collaborative"
    ])
    return playlist
  })

/** The playlist in the path, for changing its entries. */
export const changeable = (call: Call): Effect.Effect<Playlist, ApiError> =>
  Effect.gen(function* () {
    yield* account(call)
    const playlist = yield* resource(call, call.state.playlists)
    yield* requireScopes(call, [modifyScope(playlist)])
    return isMine(call, playlist)
      ? playlist
      : yield* refuse(403, "You cannot add tracks to a playlist you don't own.")
  })

/** The playlist in the path, for changes that only its owner may make. */
export const owned = (call: Call): Effect.Effect<Playlist, ApiError> =>
  Effect.gen(function* () {
    const { user } = yield* account(call)
    const playlist = yield* resource(call, call.state.playlists)
    yield* requireScopes(call, [modifyScope(playlist)])
    return playlist.ownerId === user.id
      ? playlist
      : yield* refuse(403, "You cannot change a playlist you don't own.")
  })
