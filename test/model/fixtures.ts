/** Invented answers, whole as the documentation has them; tests take from them or add to them. */

export const id = (index: number): string => `4${String(index).padStart(21, "0")}`

const urls = (kind: string, index: number) => ({ spotify: `https://open.spotify.com/${kind}/${id(index)}` })

const named = (kind: string, index: number, name: string) => ({
  external_urls: urls(kind, index),
  href: `https://api.spotify.com/v1/${kind}s/${id(index)}`,
  id: id(index),
  name,
  type: kind,
  uri: `spotify:${kind}:${id(index)}`
})

export const image = { url: "https://i.scdn.co/image/0", height: 640, width: 640 }

export const artist = (index: number) => named("artist", index, `Artist ${index}`)

export const album = (index: number) => ({
  ...named("album", index, `Album ${index}`),
  album_type: "album",
  artists: [artist(1)],
  images: [image],
  release_date: "1999-05",
  release_date_precision: "month",
  total_tracks: 2
})

export const simplifiedTrack = (index: number) => ({
  ...named("track", index, `Track ${index}`),
  artists: [artist(1)],
  disc_number: 1,
  duration_ms: 201_000,
  explicit: false,
  is_local: false,
  preview_url: null,
  track_number: index
})

export const track = (index: number) => ({ ...simplifiedTrack(index), album: album(1) })

export const localTrack = {
  album: {
    album_type: null,
    artists: [],
    available_markets: [],
    external_urls: {},
    href: null,
    id: null,
    images: [],
    name: "Demos",
    release_date: null,
    release_date_precision: null,
    type: "album",
    uri: null
  },
  artists: [{ external_urls: {}, href: null, id: null, name: "Nobody", type: "artist", uri: null }],
  available_markets: [],
  disc_number: 0,
  duration_ms: 125_000,
  explicit: false,
  external_ids: {},
  external_urls: {},
  href: null,
  id: null,
  is_local: true,
  name: "Take 4",
  popularity: 0,
  preview_url: null,
  track_number: 0,
  type: "track",
  uri: "spotify:local:Nobody:Demos:Take+4:125"
}

export const show = {
  ...named("show", 1, "A podcast"),
  copyrights: [],
  description: "Talk",
  explicit: false,
  html_description: "<p>Talk</p>",
  images: [image],
  is_externally_hosted: false,
  languages: ["en"],
  media_type: "audio",
  total_episodes: 3
}

export const simplifiedEpisode = (index: number) => ({
  ...named("episode", index, `Episode ${index}`),
  audio_preview_url: null,
  description: "More talk",
  duration_ms: 1_800_000,
  explicit: false,
  html_description: "<p>More talk</p>",
  images: [image],
  is_externally_hosted: false,
  is_playable: true,
  languages: ["en"],
  release_date: "2024-01-31",
  release_date_precision: "day"
})

export const episode = (index: number) => ({ ...simplifiedEpisode(index), show })

export const chapter = (index: number) => ({
  ...named("chapter", index, `Chapter ${index}`),
  audio_preview_url: null,
  chapter_number: index,
  description: "In which it begins",
  duration_ms: 600_000,
  explicit: false,
  html_description: "In which it begins",
  images: [image],
  languages: ["en"],
  release_date: "0000",
  release_date_precision: "year"
})

export const audiobook = {
  ...named("audiobook", 1, "A book"),
  authors: [{ name: "An author" }],
  copyrights: [],
  description: "A story",
  edition: "Unabridged",
  explicit: false,
  html_description: "A story",
  images: [image],
  languages: ["en"],
  media_type: "audio",
  narrators: [{ name: "A voice" }],
  total_chapters: 1,
  uri: `spotify:show:${id(1)}`
}

export const user = {
  display_name: "Somebody",
  external_urls: { spotify: "https://open.spotify.com/user/some%20body" },
  href: "https://api.spotify.com/v1/users/some%20body",
  id: "some body",
  type: "user",
  uri: "spotify:user:some%20body"
}

export const entry = (item: unknown) => ({
  added_at: "2025-02-03T04:05:06Z",
  added_by: user,
  is_local: false,
  item
})

export const page = <A>(items: ReadonlyArray<A>, rest: object = {}) => ({
  href: "https://api.spotify.com/v1/x",
  items,
  limit: 20,
  next: null,
  offset: 0,
  previous: null,
  total: items.length,
  ...rest
})

export const simplifiedPlaylist = (index: number) => ({
  ...named("playlist", index, `Playlist ${index}`),
  collaborative: false,
  description: null,
  images: [image],
  owner: user,
  public: true,
  snapshot_id: "AAAA",
  items: { href: "https://api.spotify.com/v1/x", total: 4 }
})

export const playlist = (items: ReadonlyArray<unknown>) => ({ ...simplifiedPlaylist(1), items: page(items) })

/** Without one of its members. */
export const without = <A extends object, K extends keyof A>(
  value: A,
  ...names: ReadonlyArray<K>
): Omit<A, K> =>
  Object.fromEntries(
    Object.entries(value).filter(([name]) => !(names as ReadonlyArray<string>).includes(name))
  ) as Omit<A, K>

export const device = {
  id: "d1",
  is_active: true,
  is_private_session: false,
  is_restricted: false,
  name: "Kitchen",
  supports_volume: true,
  type: "Speaker",
  volume_percent: 60
}

export const playbackState = (item: unknown) => ({
  actions: { disallows: { resuming: true } },
  context: {
    external_urls: urls("album", 1),
    href: null,
    type: "album",
    uri: `spotify:album:${id(1)}`
  },
  currently_playing_type: "track",
  device,
  is_playing: true,
  item,
  progress_ms: 10_000,
  repeat_state: "off",
  shuffle_state: false,
  smart_shuffle: false,
  timestamp: 1_790_000_000_000
})
