import * as Encoding from "effect/Encoding"
import type { Playlist, PlaylistEntry } from "../state.js"
import * as Music from "./musicObjects.js"
import * as Page from "./page.js"
import type { Json, Shape } from "./shape.js"
import { identity } from "./shape.js"
import * as Spoken from "./spokenObjects.js"
import * as Users from "./userObjects.js"

export const snapshotId = (playlist: Playlist): string =>
  Encoding.encodeBase64(`${String(playlist.revision).padStart(8, "0")},${playlist.id}`)

/** Apps with the extended API get what Spotify renamed in 2026 under both names, others under the new one. */
const renamed = (shape: Shape, before: string, after: string, value: unknown): Json =>
  shape.extended ? { [before]: value, [after]: value } : { [after]: value }

const content = (shape: Shape, uri: string): Json | null => {
  const [, type, id = ""] = uri.split(":")
  const track = type === "track" ? shape.index.tracks.get(id) : undefined
  const episode = type === "episode" ? shape.index.episodes.get(id) : undefined
  return track !== undefined
    ? { ...Music.track(shape, track), episode: false, track: true }
    : episode !== undefined
      ? { ...Spoken.episode(shape, episode), episode: true, track: false }
      : null
}

const entry = (shape: Shape, entry: PlaylistEntry): Json => ({
  added_at: entry.addedAt,
  added_by: Users.reference(shape, entry.addedBy),
  is_local: false,
  primary_color: null,
  video_thumbnail: { url: null },
  ...renamed(shape, "track", "item", content(shape, entry.uri))
})

/** Which of the two names of the entries' address a page is at. */
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
    all: playlist.items,
    render: (item) => entry(shape, item)
  })

const base = (shape: Shape, playlist: Playlist): Json => ({
  ...identity(shape, "playlist", playlist.id),
  collaborative: playlist.collaborative,
  description: playlist.description,
  images: playlist.images,
  name: playlist.name,
  owner: Users.owner(shape, playlist.ownerId),
  primary_color: null,
  public: playlist.public,
  snapshot_id: snapshotId(playlist)
})

export const simplePlaylist = (shape: Shape, playlist: Playlist): Json => {
  const link = (segment: Segment) => ({
    href: `${shape.apiUrl}/playlists/${playlist.id}/${segment}`,
    total: playlist.items.length
  })
  return {
    ...base(shape, playlist),
    ...(shape.extended ? { tracks: link("tracks") } : {}),
    items: link("items")
  }
}

/** With `mine` false an app in development mode gets no entries. */
export const playlist = (shape: Shape, playlist: Playlist, mine: boolean): Json => {
  const page = items(shape, playlist, { offset: 0, limit: 100 }, { segment: "items", query: {} })
  return {
    ...base(shape, playlist),
    followers: { href: null, total: 0 },
    ...(shape.extended || mine ? renamed(shape, "tracks", "items", page) : {})
  }
}
