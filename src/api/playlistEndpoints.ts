/**
 * The operations behind {@link "./Playlists.js"}.
 *
 * @internal
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../internal/endpoint.js"
import { Image } from "../model/Common.js"
import { RawPage } from "../model/Page.js"
import { Playlist, PlaylistItem, SimplifiedPlaylist } from "../model/Playlist.js"
import type { PlaylistId } from "../model/SpotifyId.js"
import type { SpotifyUri } from "../model/SpotifyUri.js"
import type { MarketOptions, PageOptions } from "./Options.js"
import { body, type CreateOptions, type Details, modify } from "./playlistDetails.js"

/** @internal */
export interface OfPlaylist {
  readonly playlist_id: PlaylistId
}

/** Without it episodes come in the shape of tracks. @internal */
export interface Types {
  readonly additional_types: ReadonlyArray<"track" | "episode">
}

const Snapshot = Schema.Struct({ snapshot_id: Schema.String })

/** @internal */
export const get = Endpoint.json(Playlist)<OfPlaylist & Types & MarketOptions>({
  operationId: "get-playlist",
  group: "playlists",
  name: "get",
  method: "GET",
  path: "/playlists/{playlist_id}",
  query: ["market", "additional_types"]
})

/** @internal */
export const items = Endpoint.json(RawPage(PlaylistItem))<OfPlaylist & Types & MarketOptions & PageOptions>({
  operationId: "get-playlists-items",
  group: "playlists",
  name: "items",
  method: "GET",
  path: "/playlists/{playlist_id}/items",
  query: ["market", "limit", "offset", "additional_types"],
  scopes: ["playlist-read-private"],
  scopesForPrivate: true,
  paging: "offset"
})

/** @internal */
export const mine = Endpoint.json(RawPage(SimplifiedPlaylist))<PageOptions>({
  operationId: "get-a-list-of-current-users-playlists",
  group: "playlists",
  name: "mine",
  method: "GET",
  path: "/me/playlists",
  query: ["limit", "offset"],
  scopes: ["playlist-read-private"],
  scopesForPrivate: true,
  paging: "offset"
})

/** @internal */
export const create = Endpoint.json(Playlist)<CreateOptions>({
  operationId: "create-playlist",
  group: "playlists",
  name: "create",
  method: "POST",
  path: "/me/playlists",
  body,
  scopes: [modify]
})

/** @internal */
export const changeDetails = Endpoint.discard<OfPlaylist & Details>({
  operationId: "change-playlist-details",
  group: "playlists",
  name: "changeDetails",
  method: "PUT",
  path: "/playlists/{playlist_id}",
  body,
  scopes: [modify]
})

/** @internal */
export const add = Endpoint.json(Snapshot)<
  OfPlaylist & { readonly uris: ReadonlyArray<SpotifyUri>; readonly position?: number | undefined }
>({
  operationId: "add-items-to-playlist",
  group: "playlists",
  name: "add",
  method: "POST",
  path: "/playlists/{playlist_id}/items",
  body: { type: "json", members: ["uris", "position"] },
  scopes: [modify]
})

/** @internal */
export const replace = Endpoint.json(Snapshot)<OfPlaylist & { readonly uris: ReadonlyArray<SpotifyUri> }>({
  operationId: "reorder-or-replace-playlists-items",
  group: "playlists",
  name: "replace",
  method: "PUT",
  path: "/playlists/{playlist_id}/items",
  body: { type: "json", members: ["uris"] },
  scopes: [modify]
})

/** @internal */
export const reorder = Endpoint.json(Snapshot)<
  OfPlaylist & {
    readonly range_start: number
    readonly insert_before: number
    readonly range_length?: number | undefined
    readonly snapshot_id?: string | undefined
  }
>({
  operationId: "reorder-or-replace-playlists-items",
  group: "playlists",
  name: "reorder",
  method: "PUT",
  path: "/playlists/{playlist_id}/items",
  body: { type: "json", members: ["range_start", "insert_before", "range_length", "snapshot_id"] },
  scopes: [modify],
  // A second time moves other entries
  idempotency: "command"
})

/** @internal */
export const remove = Endpoint.json(Snapshot)<
  OfPlaylist & {
    readonly items: ReadonlyArray<{ readonly uri: SpotifyUri }>
    readonly snapshot_id?: string | undefined
  }
>({
  operationId: "remove-items-playlist",
  group: "playlists",
  name: "remove",
  method: "DELETE",
  path: "/playlists/{playlist_id}/items",
  body: { type: "json", members: ["items", "snapshot_id"] },
  scopes: [modify]
})

/** @internal */
export const cover = Endpoint.json(Schema.Array(Image))<OfPlaylist>({
  operationId: "get-playlist-cover",
  group: "playlists",
  name: "cover",
  method: "GET",
  path: "/playlists/{playlist_id}/images"
})

/** @internal */
export const uploadCover = Endpoint.discard<OfPlaylist & { readonly image: Uint8Array }>({
  operationId: "upload-custom-playlist-cover",
  group: "playlists",
  name: "uploadCover",
  method: "PUT",
  path: "/playlists/{playlist_id}/images",
  body: { type: "jpeg", member: "image" },
  scopes: ["ugc-image-upload", modify]
})

/** The same under the path that it had before February 2026. */
const before = <P, A>(
  endpoint: Endpoint.Endpoint<P, A>,
  operationId: string,
  name: string
): Endpoint.Endpoint<P, A> => ({
  ...endpoint,
  operationId,
  name,
  path: "/playlists/{playlist_id}/tracks",
  availability: "extended",
  replacement: `playlists.${endpoint.name}`
})

/** @internal */
export const tracks = before(items, "get-playlists-tracks", "tracks")

/** @internal */
export const addTracks = before(add, "add-tracks-to-playlist", "addTracks")

/** @internal */
export const replaceTracks = before(replace, "reorder-or-replace-playlists-tracks", "replaceTracks")

/** @internal */
export const reorderTracks = before(reorder, "reorder-or-replace-playlists-tracks", "reorderTracks")

/** @internal */
export const removeTracks = Endpoint.json(Snapshot)<
  OfPlaylist & {
    readonly tracks: ReadonlyArray<{ readonly uri: SpotifyUri }>
    readonly snapshot_id?: string | undefined
  }
>({
  operationId: "remove-tracks-playlist",
  group: "playlists",
  name: "removeTracks",
  method: "DELETE",
  path: "/playlists/{playlist_id}/tracks",
  body: { type: "json", members: ["tracks", "snapshot_id"] },
  scopes: [modify],
  availability: "extended",
  replacement: "playlists.remove"
})

const followers = {
  group: "playlists",
  path: "/playlists/{playlist_id}/followers",
  availability: "extended"
} as const

/** @internal */
export const follow = Endpoint.discard<OfPlaylist & { readonly public?: boolean | undefined }>({
  ...followers,
  operationId: "follow-playlist",
  name: "follow",
  method: "PUT",
  body: { type: "json", members: ["public"] },
  scopes: [modify],
  replacement: "library.save"
})

/** @internal */
export const unfollow = Endpoint.discard<OfPlaylist>({
  ...followers,
  operationId: "unfollow-playlist",
  name: "unfollow",
  method: "DELETE",
  scopes: [modify],
  replacement: "library.remove"
})

/** Its `ids` could only name the current user, whom it answers for anyway. @internal */
export const follows = Endpoint.json(Schema.Array(Schema.Boolean))<OfPlaylist>({
  ...followers,
  operationId: "check-if-user-follows-playlist",
  name: "follows",
  method: "GET",
  path: "/playlists/{playlist_id}/followers/contains",
  replacement: "library.contains"
})

/** @internal */
export const all = [
  get,
  items,
  mine,
  create,
  changeDetails,
  add,
  replace,
  reorder,
  remove,
  cover,
  uploadCover,
  tracks,
  addTracks,
  replaceTracks,
  reorderTracks,
  removeTracks,
  follow,
  unfollow,
  follows
]
