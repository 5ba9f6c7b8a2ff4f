/**
 * The operations behind {@link "./PlaylistsApi.js"}.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../call/endpoint.js"
import { Flags, orNull } from "../../model/lenient.js"
import { Image } from "../../model/Common.js"
import { RawPage } from "../../model/Page.js"
import { Playlist, PlaylistItem, SimplifiedPlaylist } from "../../model/Playlist.js"
import type { PlaylistId } from "../../model/SpotifyId.js"
import type { SpotifyUri } from "../../model/SpotifyUri.js"
import type { MarketOptions, MarketPageOptions, PageOptions } from "./Options.js"
import { body, type CreateOptions, type Details, modify } from "./playlistDetails.js"

/** @internal */
export interface OfPlaylist {
  readonly playlist_id: PlaylistId
}

/** Without this, episodes come in the form of tracks. @internal */
export interface Types {
  readonly additional_types: ReadonlyArray<"track" | "episode">
}

const group = "playlists"

const own = { group, path: "/playlists/{playlist_id}" } as const

/** Changes the entries. */
const entries = { group, path: "/playlists/{playlist_id}/items", scopes: [modify] } as const

const pages = {
  group,
  method: "GET",
  scopes: ["playlist-read-private"],
  scopesForPrivate: true,
  paging: "offset"
} as const

const images = { group, path: "/playlists/{playlist_id}/images" } as const

const Snapshot = Schema.Struct({ snapshot_id: Schema.String })

/** @internal */
export const get = Endpoint.json(Playlist)<OfPlaylist & Types & MarketOptions>({
  ...own,
  operationId: "get-playlist",
  name: "get",
  method: "GET",
  query: ["market", "additional_types"]
})

/** @internal */
export const items = Endpoint.json(RawPage(PlaylistItem))<OfPlaylist & Types & MarketPageOptions>({
  ...pages,
  operationId: "get-playlists-items",
  name: "items",
  path: "/playlists/{playlist_id}/items",
  query: ["market", "limit", "offset", "additional_types"]
})

/** @internal */
export const mine = Endpoint.json(RawPage(SimplifiedPlaylist))<PageOptions>({
  ...pages,
  operationId: "get-a-list-of-current-users-playlists",
  name: "mine",
  path: "/me/playlists",
  query: ["limit", "offset"]
})

/** @internal */
export const create = Endpoint.written(Playlist)<CreateOptions>({
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
  ...own,
  operationId: "change-playlist-details",
  name: "changeDetails",
  method: "PUT",
  body,
  scopes: [modify]
})

/** @internal */
export const add = Endpoint.written(Snapshot)<
  OfPlaylist & { readonly uris: ReadonlyArray<SpotifyUri>; readonly position?: number | undefined }
>({
  ...entries,
  operationId: "add-items-to-playlist",
  name: "add",
  method: "POST",
  body: { type: "json", members: ["uris", "position"] }
})

/** @internal */
export const replace = Endpoint.written(Snapshot)<OfPlaylist & { readonly uris: ReadonlyArray<SpotifyUri> }>({
  ...entries,
  operationId: "reorder-or-replace-playlists-items",
  name: "replace",
  method: "PUT",
  body: { type: "json", members: ["uris"] }
})

/** @internal */
export const reorder = Endpoint.written(Snapshot)<
  OfPlaylist & {
    readonly range_start: number
    readonly insert_before: number
    readonly range_length?: number | undefined
    readonly snapshot_id?: string | undefined
  }
>({
  ...entries,
  operationId: "reorder-or-replace-playlists-items",
  name: "reorder",
  method: "PUT",
  body: { type: "json", members: ["range_start", "insert_before", "range_length", "snapshot_id"] },
  // A second call would move other entries
  idempotency: "command"
})

/** @internal */
export const remove = Endpoint.written(Snapshot)<
  OfPlaylist & {
    readonly items: ReadonlyArray<{ readonly uri: SpotifyUri }>
    readonly snapshot_id?: string | undefined
  }
>({
  ...entries,
  operationId: "remove-items-playlist",
  name: "remove",
  method: "DELETE",
  body: { type: "json", members: ["items", "snapshot_id"] }
})

/** @internal */
export const cover = Endpoint.json(orNull(Schema.Array(Image)))<OfPlaylist>({
  ...images,
  operationId: "get-playlist-cover",
  name: "cover",
  method: "GET"
})

/** @internal */
export const uploadCover = Endpoint.discard<OfPlaylist & { readonly image: Uint8Array }>({
  ...images,
  operationId: "upload-custom-playlist-cover",
  name: "uploadCover",
  method: "PUT",
  body: { type: "jpeg", member: "image" },
  scopes: ["ugc-image-upload", modify]
})

const earlier = { path: "/playlists/{playlist_id}/tracks", availability: "extended" } as const

/** The same under the path from before February 2026. */
const before = <P, A>(
  endpoint: Endpoint.Endpoint<P, A>,
  operationId: string,
  name: string
): Endpoint.Endpoint<P, A> => ({
  ...endpoint,
  ...earlier,
  operationId,
  name,
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
export const removeTracks = Endpoint.written(Snapshot)<
  OfPlaylist & {
    readonly tracks: ReadonlyArray<{ readonly uri: SpotifyUri }>
    readonly snapshot_id?: string | undefined
  }
>({
  ...entries,
  ...earlier,
  operationId: "remove-tracks-playlist",
  name: "removeTracks",
  method: "DELETE",
  body: { type: "json", members: ["tracks", "snapshot_id"] },
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

/** The parameter `ids` could only name the current user, which is the default. @internal */
export const follows = Endpoint.json(Flags)<OfPlaylist>({
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
