import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Album, Artist, Track } from "./catalogue/model.js"

/** The music of a catalogue. */
export interface Music {
  readonly artists: ReadonlyArray<Artist>
  readonly albums: ReadonlyArray<Album>
  readonly tracks: ReadonlyArray<Track>
}

const Id = Schema.String.pipe(Schema.pattern(/^[0-9A-Za-z]{22}$/))

const optional = Schema.optional

const Named = Schema.Struct({ id: Id, name: Schema.String })

const Artist = Schema.Struct({
  type: Schema.Literal("artist"),
  id: Id,
  name: Schema.String,
  genres: optional(Schema.Array(Schema.String)),
  popularity: optional(Schema.Number),
  followers: optional(Schema.Struct({ total: Schema.NullOr(Schema.Number) }))
})

const Track = Schema.Struct({
  type: Schema.Literal("track"),
  id: Id,
  name: Schema.String,
  artists: Schema.Array(Named),
  album: optional(Schema.Unknown),
  disc_number: optional(Schema.Number),
  track_number: optional(Schema.Number),
  duration_ms: optional(Schema.Number),
  explicit: optional(Schema.Boolean),
  popularity: optional(Schema.Number),
  external_ids: optional(Schema.Struct({ isrc: optional(Schema.String) }))
})

const Album = Schema.Struct({
  type: Schema.Literal("album"),
  id: Id,
  name: Schema.String,
  album_type: optional(Schema.String),
  artists: Schema.Array(Named),
  release_date: optional(Schema.String),
  label: optional(Schema.String),
  popularity: optional(Schema.Number),
  external_ids: optional(Schema.Struct({ upc: optional(Schema.String) })),
  tracks: optional(Schema.Struct({ items: Schema.Array(Schema.Unknown) }))
})

const asArtist = Schema.decodeUnknownOption(Artist)
const asTrack = Schema.decodeUnknownOption(Track)
const asAlbum = Schema.decodeUnknownOption(Album)

const albumTypes = ["album", "single", "compilation"] as const

/**
 * Collects the artists, albums and tracks anywhere in the answers. A full object takes precedence over a
 * simplified one. An album gets the tracks that were seen of it.
 */
export const read = (answers: ReadonlyArray<unknown>): Music => {
  const artists = new Map<string, Artist>()
  const albums = new Map<string, Album>()
  const tracks = new Map<string, Track>()

  const addArtist = ({ followers, genres, id, name, popularity }: typeof Artist.Type) => {
    const before = artists.get(id)
    artists.set(id, {
      id,
      name,
      genres: genres ?? before?.genres ?? [],
      popularity: popularity ?? before?.popularity ?? 50,
      followers: followers?.total ?? before?.followers ?? 0
    })
  }

  const addNamed = (named: ReadonlyArray<typeof Named.Type>): ReadonlyArray<string> =>
    named.map(({ id, name }) => {
      addArtist({ type: "artist", id, name })
      return id
    })

  const addAlbum = (album: typeof Album.Type) => {
    const before = albums.get(album.id)
    const releaseDate = album.release_date ?? before?.releaseDate ?? "2020-01-01"
    albums.set(album.id, {
      id: album.id,
      name: album.name,
      albumType: albumTypes.find((type) => type === album.album_type?.toLowerCase()) ?? "album",
      artistIds: addNamed(album.artists),
      trackIds: before?.trackIds ?? [],
      releaseDate,
      releaseDatePrecision: releaseDate.length === 4 ? "year" : releaseDate.length === 7 ? "month" : "day",
      label: album.label ?? before?.label ?? "",
      popularity: album.popularity ?? before?.popularity ?? 50,
      upc: album.external_ids?.upc ?? before?.upc ?? ""
    })
    for (const item of album.tracks?.items ?? []) {
      Option.map(asTrack(item), (track) => addTrack(track, album.id))
    }
  }

  const addTrack = (track: typeof Track.Type, albumId: string) => {
    const before = tracks.get(track.id)
    tracks.set(track.id, {
      id: track.id,
      name: track.name,
      albumId,
      artistIds: addNamed(track.artists),
      discNumber: track.disc_number ?? 1,
      trackNumber: track.track_number ?? 1,
      durationMs: Math.max(0, track.duration_ms ?? before?.durationMs ?? 0),
      explicit: track.explicit ?? false,
      popularity: track.popularity ?? before?.popularity ?? 50,
      isrc: track.external_ids?.isrc ?? before?.isrc ?? ""
    })
    const album = albums.get(albumId)
    if (album !== undefined && !album.trackIds.includes(track.id)) {
      albums.set(albumId, { ...album, trackIds: [...album.trackIds, track.id] })
    }
  }

  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) {
      return
    }
    const [artist, album, track] = [asArtist(value), asAlbum(value), asTrack(value)]
    if (Option.isSome(artist)) {
      addArtist(artist.value)
    } else if (Option.isSome(album)) {
      addAlbum(album.value)
    } else if (Option.isSome(track)) {
      // A track without an album belongs to an album that is also visited, or it cannot be placed
      Option.map(asAlbum(track.value.album), (of) => {
        addAlbum(of)
        addTrack(track.value, of.id)
      })
    } else {
      Object.values(value).forEach(visit)
    }
  }

  answers.forEach(visit)
  return { artists: [...artists.values()], albums: [...albums.values()], tracks: [...tracks.values()] }
}
