// Answers of Spotify's, invented, with all members that its documentation lists.

const id = (index: number) => `4${String(index).padStart(21, "0")}`

const urls = (kind: string, index: number) => ({ spotify: `https://open.spotify.com/${kind}/${id(index)}` })

const named = (kind: string, index: number, name: string) => ({
  external_urls: urls(kind, index),
  href: `https://api.spotify.com/v1/${kind}s/${id(index)}`,
  id: id(index),
  name,
  type: kind,
  uri: `spotify:${kind}:${id(index)}`
})

const artist = (index: number) =>
  named("artist", index, index % 4 === 0 ? "Björk Guðmundsdóttir" : "An Artist")

const images = [640, 300, 64].map((size) => ({
  url: `https://i.scdn.co/image/ab67616d0000b273${id(size)}`,
  height: size,
  width: size
}))

const simplifiedAlbum = (index: number) => ({
  ...named("album", index, `Album ${index}`),
  album_type: "album",
  artists: [artist(index)],
  available_markets: ["SE", "DE", "GB", "IS", "NO", "FI", "DK", "PL", "FR", "ES", "IT", "PT", "NL"],
  images,
  release_date: "1999-05-01",
  release_date_precision: "day",
  total_tracks: 12
})

const simplifiedTrack = (index: number) => ({
  ...named("track", index, index % 7 === 0 ? `Jóga – 日本語 ${index}` : `Track ${index}`),
  artists: [artist(index), artist(index + 1)],
  available_markets: ["SE", "DE", "GB", "IS", "NO", "FI", "DK", "PL", "FR", "ES", "IT", "PT", "NL"],
  disc_number: 1,
  duration_ms: 201_000 + index,
  explicit: false,
  is_local: false,
  is_playable: true,
  preview_url: null,
  track_number: index
})

export const track = (index: number) => ({
  ...simplifiedTrack(index),
  album: simplifiedAlbum(index),
  external_ids: { isrc: `ZZEMU${String(index).padStart(7, "0")}` },
  popularity: 50
})

const pageOf = <A>(items: ReadonlyArray<A>, href: string, total: number, offset = 0) => ({
  href,
  items,
  limit: items.length,
  next: offset + items.length < total ? `${href}?offset=${offset + items.length}` : null,
  offset,
  previous: null,
  total
})

const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** 50 tracks and the texts around them: about 60 KB. */
export const album = {
  ...simplifiedAlbum(1),
  copyrights: [{ text: "1999 A Label", type: "C" }],
  external_ids: { upc: "0123456789012" },
  genres: [],
  label: "A Label",
  popularity: 61,
  tracks: pageOf(range(50).map(simplifiedTrack), "https://api.spotify.com/v1/albums/x/tracks", 50)
}

const savedTrack = (index: number) => ({ added_at: "2026-01-01T00:00:00Z", track: track(index) })

/** A page of saved tracks; 60 of them are about 160 KB. */
export const savedTracks = (offset: number, count: number, total: number) =>
  pageOf(
    range(count).map((index) => savedTrack(offset + index)),
    "https://api.spotify.com/v1/me/tracks",
    total,
    offset
  )

export const fullArtist = (artistId: string) => ({
  ...artist(1),
  id: artistId,
  followers: { href: null, total: 100 },
  genres: ["ambient"],
  images,
  popularity: 40
})
