import type * as Model from "../catalogue/model.js"
import { coverOf } from "../state.js"
import * as Page from "./page.js"
import type { Json, Shape } from "./shape.js"
import { availability, extendedOnly, identity, isIn, known, undocumented } from "./shape.js"

export const simpleArtist = (shape: Shape, artist: Model.Artist): Json => ({
  ...identity(shape, "artist", artist.id),
  name: artist.name
})

export const artist = (shape: Shape, artist: Model.Artist): Json => ({
  ...simpleArtist(shape, artist),
  genres: artist.genres,
  images: coverOf(artist.id),
  ...extendedOnly(shape, {
    followers: { href: null, total: artist.followers },
    popularity: artist.popularity
  })
})

const artistsOf = (shape: Shape, ids: ReadonlyArray<string>): ReadonlyArray<Json> =>
  known(shape.index.artists, ids).map((artist) => simpleArtist(shape, artist))

const albumAvailability = (shape: Shape, album: Model.Album): Json => {
  const { is_playable, ...documented } = availability(shape, album)
  return { ...documented, ...(is_playable === undefined ? {} : undocumented(shape, { is_playable })) }
}

export const simpleAlbum = (shape: Shape, album: Model.Album): Json => ({
  ...identity(shape, "album", album.id),
  ...albumAvailability(shape, album),
  album_type: shape.habits.upperCaseAlbumType ? album.albumType.toUpperCase() : album.albumType,
  artists: artistsOf(shape, album.artistIds),
  images: coverOf(album.id),
  name: album.name,
  release_date: album.releaseDate,
  release_date_precision: album.releaseDatePrecision,
  total_tracks: album.trackIds.length
})

/**
 * Track relinking: Spotify replaces a track that is not available with the same recording from another album.
 */
const standIn = (shape: Shape, track: Model.Track): Model.Track => {
  const other = isIn(shape.market, track) ? undefined : shape.index.tracks.get(track.relinkedTo ?? "")
  return other !== undefined && isIn(shape.market, other) ? other : track
}

const linkedFrom = (shape: Shape, asked: Model.Track, given: Model.Track): Json =>
  given.id !== asked.id
    ? extendedOnly(shape, { linked_from: identity(shape, "track", asked.id) })
    : shape.habits.emptyLinkedFrom
      ? extendedOnly(shape, { linked_from: {} })
      : {}

const trackMembers = (shape: Shape, track: Model.Track): Json => ({
  ...identity(shape, "track", track.id),
  ...availability(shape, track),
  artists: artistsOf(shape, track.artistIds),
  disc_number: track.discNumber,
  duration_ms: track.durationMs,
  explicit: track.explicit,
  is_local: false,
  name: track.name,
  preview_url: null,
  track_number: track.trackNumber
})

export const simpleTrack = (shape: Shape, asked: Model.Track): Json => {
  const given = standIn(shape, asked)
  return { ...trackMembers(shape, given), ...linkedFrom(shape, asked, given) }
}

export const track = (shape: Shape, asked: Model.Track): Json => {
  const track = standIn(shape, asked)
  const album = shape.index.albums.get(track.albumId)
  return {
    ...trackMembers(shape, track),
    ...linkedFrom(shape, asked, track),
    album: album === undefined ? null : simpleAlbum(shape, album),
    external_ids: { isrc: track.isrc },
    ...extendedOnly(shape, { popularity: track.popularity })
  }
}

export const albumTracks = (shape: Shape, album: Model.Album, window: Page.Window): Page.Page =>
  Page.make({
    apiUrl: shape.apiUrl,
    path: `/albums/${album.id}/tracks`,
    query: shape.asked === undefined ? {} : { market: shape.asked },
    window,
    all: known(shape.index.tracks, album.trackIds),
    render: (track) => simpleTrack(shape, track)
  })

export const album = (shape: Shape, album: Model.Album): Json => ({
  ...simpleAlbum(shape, album),
  copyrights: [
    { text: `${album.releaseDate.slice(0, 4)} ${album.label}`, type: "C" },
    { text: `${album.releaseDate.slice(0, 4)} ${album.label}`, type: "P" }
  ],
  external_ids: { upc: album.upc },
  genres: [],
  ...extendedOnly(shape, { label: album.label, popularity: album.popularity }),
  tracks: albumTracks(shape, album, { offset: 0, limit: 50 })
})
