import { idOf } from "./base62.js"
import type { Added, Category, Device, Library, Playlist, User } from "./model.js"
import * as Music from "./music.js"
import * as Spoken from "./spoken.js"

/** Newest first, one day apart: the order in which Spotify lists saved items. */
const saved = (uris: ReadonlyArray<string>): ReadonlyArray<Added> =>
  uris.map((uri, index) => ({
    uri,
    addedAt: `2026-${String(10 - Math.floor(index / 28)).padStart(2, "0")}-${String(28 - (index % 28)).padStart(2, "0")}T08:30:00Z`
  }))

const uris = (type: string, items: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> =>
  items.map((item) => `spotify:${type}:${item.id}`)

/** Every `step`-th item, so that a library spans many albums. */
const some = <A>(items: ReadonlyArray<A>, step: number, count: number): ReadonlyArray<A> =>
  items.filter((_, index) => index % step === 0).slice(0, count)

export const users: ReadonlyArray<User> = [
  {
    id: "premium-listener",
    displayName: "Ines Åkerholm",
    email: "ines@example.com",
    country: "SE",
    product: "premium",
    accountId: idOf("account:premium-listener"),
    followers: 12
  },
  {
    id: "free-listener",
    displayName: "Jun 静",
    email: "jun@example.com",
    country: "US",
    product: "free",
    accountId: idOf("account:free-listener"),
    followers: 0
  }
]

const premium = "premium-listener"
const free = "free-listener"
const spotify = "spotify"

const playlistOf = (
  ownerId: string,
  name: string,
  items: ReadonlyArray<string>,
  visibility: "public" | "private" | "collaborative"
): Playlist => ({
  id: idOf(`playlist:${ownerId}/${name}`),
  ownerId,
  name,
  description: ownerId === spotify ? "Chosen by an editor" : `${name}, put together by the emulator`,
  public: visibility === "public",
  collaborative: visibility === "collaborative",
  items: saved(items)
})

export const playlists: ReadonlyArray<Playlist> = [
  playlistOf(premium, "Harbor Walks", uris("track", some(Music.tracks, 7, 24)), "public"),
  playlistOf(
    premium,
    "Not for Guests",
    [
      ...uris("track", some(Music.tracks, 13, 8)),
      ...uris("episode", Spoken.episodes.slice(0, 1)),
      ...uris("track", some(Music.tracks, 17, 3))
    ],
    "private"
  ),
  playlistOf(premium, "Kitchen Committee", uris("track", some(Music.tracks, 11, 12)), "collaborative"),
  // Typical leftovers of a playlist: a local file, and a track that has since been removed
  playlistOf(
    premium,
    "Attic Boxes",
    [
      ...uris("track", Music.tracks.slice(3, 5)),
      "spotify:local:Aunt+Gerda:Cassettes:Side+B%2C+rain:187",
      ...uris("track", [{ id: idOf("track:taken down") }]),
      ...uris("track", Music.tracks.slice(8, 10))
    ],
    "private"
  ),
  playlistOf(free, "静かな朝", uris("track", some(Music.tracks, 5, 6)), "public"),
  playlistOf(spotify, "Quiet Mix", uris("track", some(Music.tracks, 6, 20)), "public"),
  playlistOf(spotify, "New Tides Friday", uris("track", some(Music.tracks, 19, 10)), "public")
]

const editorial = playlists.filter((playlist) => playlist.ownerId === spotify).map(({ id }) => id)

export const featuredIds: ReadonlyArray<string> = editorial

export const categories: ReadonlyArray<Category> = [
  { id: "party", name: "Party", playlistIds: [] },
  { id: idOf("category:Quiet"), name: "Quiet", playlistIds: editorial.slice(0, 1) },
  { id: idOf("category:New"), name: "New", playlistIds: editorial }
]

/** The last device of the Premium user has no id: Spotify shows such speakers, but no app can use them. */
export const devices: ReadonlyArray<Device> = [
  {
    userId: premium,
    id: idOf("device:laptop"),
    name: "Laptop",
    type: "Computer",
    volume: 65,
    restricted: false
  },
  { userId: premium, id: idOf("device:tv"), name: "Old TV", type: "TV", volume: null, restricted: false },
  { userId: premium, id: null, name: "Kitchen Speaker", type: "Speaker", volume: 30, restricted: true },
  {
    userId: free,
    id: idOf("device:phone"),
    name: "Phone",
    type: "Smartphone",
    volume: 100,
    restricted: false
  }
]

const owned = (userId: string) => playlists.filter((playlist) => playlist.ownerId === userId)

export const libraries: ReadonlyArray<Library> = [
  {
    userId: premium,
    saved: [
      ...saved(uris("track", some(Music.tracks, 3, 60))),
      ...saved(uris("album", some(Music.albums, 2, 8))),
      ...saved(uris("show", Spoken.shows)),
      ...saved(uris("episode", Spoken.episodes.slice(0, 4))),
      ...saved(uris("audiobook", Spoken.audiobooks)),
      ...saved(uris("artist", Music.artists.slice(0, 5))),
      ...saved(uris("playlist", owned(premium)))
    ],
    topArtistIds: Music.artists.map((artist) => artist.id),
    topTrackIds: some(Music.tracks, 4, 40).map((track) => track.id)
  },
  {
    userId: free,
    saved: [
      ...saved(uris("track", some(Music.tracks, 9, 5))),
      ...saved(uris("album", some(Music.albums, 6, 2))),
      ...saved(uris("artist", Music.artists.slice(4, 6))),
      ...saved(uris("playlist", owned(free)))
    ],
    topArtistIds: Music.artists.slice(3).map((artist) => artist.id),
    topTrackIds: some(Music.tracks, 10, 12).map((track) => track.id)
  }
]
