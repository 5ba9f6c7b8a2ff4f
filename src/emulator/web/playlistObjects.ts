import * as Encoding from "effect/Encoding"
import * as Either from "effect/Either"
import type { Playlist, PlaylistEntry, State } from "../state.js"
import { entryItem } from "./itemObjects.js"
import { isLocal } from "./localTrack.js"
import * as Page from "./page.js"
import type { Json, Shape } from "./shape.js"
import { identity, undocumented } from "./shape.js"
import * as Users from "./userObjects.js"

export const snapshotId = (playlist: Playlist): string =>
  Encoding.encodeBase64(`${String(playlist.revision).padStart(8, "0")},${playlist.id}`)

/** Whether it is the id of the current version of the playlist or of an earlier one. */
export const isSnapshot = (playlist: Playlist, id: string): boolean => {
  const [revision = "", playlistId] = Either.getOrElse(Encoding.decodeBase64String(id), () => "").split(",")
  return playlistId === playlist.id && Number(revision) >= 1 && Number(revision) <= playlist.revision
}

/** Spotify's own playlists are closed to the same apps as featured playlists. */
export const isHidden = (state: State, playlist: Playlist): boolean =>
  playlist.ownerId === "spotify" && !state.behaviour.closedOperations

export const followers = (state: State, playlist: Playlist): number => {
  const uri = `spotify:playlist:${playlist.id}`
  return [...state.libraries.values()].filter(({ saved }) => saved.some((entry) => entry.uri === uri)).length
}

/**
 * Apps with the extended API get members that Spotify renamed in 2026 under both names, other apps only under
 * the new one.
 */
const renamed = (shape: Shape, before: string, after: string, value: unknown): Json =>
  shape.extended && shape.habits.bothSpellings ? { [before]: value, [after]: value } : { [after]: value }

const entry = (shape: Shape, entry: PlaylistEntry): Json => ({
  added_at: entry.addedAt,
  added_by: Users.reference(shape, entry.addedBy),
  is_local: isLocal(entry.uri),
  ...undocumented(shape, { primary_color: null, video_thumbnail: { url: null } }),
  ...renamed(shape, "track", "item", entryItem(shape, entry.uri))
})

/** Which of the two path names of a playlist's entries a page uses. */
export type Segment = "items" | "tracks"

export const items = (
  shape: Shape,
  playlist: Playlist,
  window: Page.Window,
  options: { readonly segment: Segment; readonly query: Readonly<Record<string, string>> }
): Page.Page =>
  Page.make({
    apiUrl: shape.apiUrl,
    path: `/playlists/${playlist.id}/${options.segment}`,
    query: options.query,
    window,
    all: shape.habits.nullPlaylistItems
      ? playlist.items
      : playlist.items.filter(({ uri }) => entryItem(shape, uri) !== null),
    render: (item) => entry(shape, item)
  })

const base = (shape: Shape, playlist: Playlist): Json => ({
  ...identity(shape, "playlist", playlist.id),
  collaborative: playlist.collaborative,
  description: playlist.description,
  images: shape.habits.nullPlaylistImages && playlist.images.length === 0 ? null : playlist.images,
  name: playlist.name,
  owner: Users.owner(shape, playlist.ownerId),
  ...undocumented(shape, { primary_color: null }),
  public: playlist.public,
  snapshot_id: snapshotId(playlist)
})

export const simplePlaylist = (shape: Shape, playlist: Playlist): Json => {
  const link = (segment: Segment) => ({
    href: `${shape.apiUrl}/playlists/${playlist.id}/${segment}`,
    total: shape.habits.nullPlaylistTotals ? null : playlist.items.length
  })
  return {
    ...base(shape, playlist),
    ...(shape.extended && shape.habits.bothSpellings ? { tracks: link("tracks") } : {}),
    items: link("items")
  }
}

/** An app in development mode gets the entries only if `mine` is true. */
export const playlist = (
  shape: Shape,
  playlist: Playlist,
  options: {
    readonly mine: boolean
    readonly followers: number
    readonly query?: Readonly<Record<string, string>>
  }
): Json => {
  const window = { offset: 0, limit: 100 }
  const page = () => items(shape, playlist, window, { segment: "items", query: options.query ?? {} })
  return {
    ...base(shape, playlist),
    ...undocumented(shape, { followers: { href: null, total: options.followers } }),
    ...(shape.extended || options.mine ? renamed(shape, "tracks", "items", page()) : {})
  }
}
