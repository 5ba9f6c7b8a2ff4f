import type { Json, Shape } from "./shape.js"
import { extendedOnly, undocumented } from "./shape.js"

const text = (part: string | undefined): string => {
  try {
    return decodeURIComponent((part ?? "").replaceAll("+", " "))
  } catch {
    return part ?? ""
  }
}

export const isLocal = (uri: string): boolean => uri.startsWith("spotify:local:")

/** A local file in a playlist. Spotify knows only what is in its URI, and has no id for it. */
export const localTrack = (shape: Shape, uri: string): Json => {
  const [, , artist, album, title, seconds] = uri.split(":")
  const duration = Number(seconds ?? 0) * 1000
  const nameless = { external_urls: {}, href: null, id: null, uri: null }
  return {
    album: {
      ...nameless,
      album_type: null,
      artists: [],
      images: [],
      name: text(album),
      release_date: null,
      release_date_precision: null,
      type: "album",
      ...extendedOnly(shape, { available_markets: [] })
    },
    artists: [{ ...nameless, name: text(artist), type: "artist" }],
    disc_number: 0,
    duration_ms: shape.habits.localDurationObject ? { totalMilliseconds: duration } : duration,
    ...undocumented(shape, { episode: false, track: true }),
    explicit: false,
    external_ids: {},
    external_urls: {},
    href: null,
    id: null,
    is_local: true,
    name: text(title),
    preview_url: null,
    track_number: 0,
    type: "track",
    uri,
    ...extendedOnly(shape, { available_markets: [], popularity: 0 })
  }
}
