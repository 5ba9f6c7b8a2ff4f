import * as Local from "./localTrack.js"
import * as Music from "./musicObjects.js"
import type { Json, Shape } from "./shape.js"
import { undocumented } from "./shape.js"
import * as Spoken from "./spokenObjects.js"

/** The last part of a URI. */
export const idOfUri = (uri: string): string => uri.split(":")[2] ?? ""

/** The item of a playlist entry; null if the catalogue no longer has it. */
export const entryItem = (shape: Shape, uri: string): Json | null => {
  if (Local.isLocal(uri)) {
    return Local.localTrack(shape, uri)
  }
  const id = idOfUri(uri)
  const track = uri.startsWith("spotify:track:") ? shape.index.tracks.get(id) : undefined
  const episode = uri.startsWith("spotify:episode:") ? shape.index.episodes.get(id) : undefined
  return track !== undefined
    ? { ...Music.track(shape, track), ...undocumented(shape, { episode: false, track: true }) }
    : episode !== undefined
      ? {
          ...(shape.episodes ? Spoken.episode(shape, episode) : Spoken.episodeAsTrack(shape, episode)),
          ...undocumented(shape, { episode: true, track: false })
        }
      : null
}

/** The item that is playing. Audiobook chapters play as episodes of shows. */
export const playedItem = (shape: Shape, uri: string): Json | null => {
  const id = idOfUri(uri)
  const chapter = shape.index.chapters.get(id)
  if (uri.startsWith("spotify:episode:") && chapter !== undefined) {
    const { audiobook, ...members } = Spoken.chapter(shape, chapter)
    return { ...members, type: "episode", is_externally_hosted: false, show: audiobook }
  }
  const item = entryItem(shape, uri)
  if (item === null) {
    return null
  }
  const { episode: _episode, track: _track, ...members } = item
  return members
}
