import { between, idOf as seeded } from "./base62.js"
import type { Album, Artist, Track } from "./model.js"

/** The ids in the examples of README.md, so that these run unchanged. */
const documented: Readonly<Record<string, string>> = { "artist:Lumen Harbor": "4Z8W4fKeB5YxbusRsdQVPb" }

const idOf = (seed: string): string => documented[seed] ?? seeded(seed)

interface AlbumPlan {
  readonly name: string
  readonly type?: Album["albumType"]
  readonly released: string
  readonly tracks: number
  /** The name of an artist who plays on every third track. */
  readonly guest?: string
}

interface ArtistPlan {
  readonly name: string
  readonly genres: ReadonlyArray<string>
  readonly albums: ReadonlyArray<AlbumPlan>
}

const plans: ReadonlyArray<ArtistPlan> = [
  {
    name: "Lumen Harbor",
    genres: ["dream pop", "ambient"],
    albums: [
      { name: "Lanterns Under Water", released: "2024-03-15", tracks: 11 },
      { name: "Tidal Script", released: "2022-09-02", tracks: 10 },
      { name: "Lumen", released: "2020-05-29", tracks: 9, guest: "Odalys Brandt" },
      { name: "Harbor Lights, Harbor Nights", released: "2018-10-12", tracks: 12 },
      { name: "Breakwater", released: "2016-02", tracks: 8 },
      { name: "First Buoy", released: "2014", tracks: 7 },
      { name: "Glass Ferry", type: "single", released: "2024-01-19", tracks: 2 },
      { name: "Undertow (Night Version)", type: "single", released: "2023-06-09", tracks: 1 },
      { name: "Signal Flag", type: "single", released: "2021-11-26", tracks: 3 },
      { name: "Quay", type: "single", released: "2019-04-05", tracks: 1 },
      { name: "Salt Letters", type: "single", released: "2017-08-18", tracks: 2 },
      { name: "Ten Years of Light", type: "compilation", released: "2024-11-01", tracks: 16 }
    ]
  },
  {
    name: "The Paper Cartographers",
    genres: ["chamber folk"],
    albums: [
      { name: "Atlas of Small Rooms", released: "2019-09-20", tracks: 64 },
      { name: "Contour Lines", released: "2021-04-30", tracks: 10, guest: "Lumen Harbor" }
    ]
  },
  {
    name: "Odalys Brandt",
    genres: ["singer-songwriter"],
    albums: [
      { name: "Winter Grammar", released: "2023-02-10", tracks: 9, guest: "Lumen Harbor" },
      { name: "A Borrowed Piano", type: "single", released: "2023-01-13", tracks: 2 }
    ]
  },
  {
    name: "Кедровый Шум",
    genres: ["post-rock"],
    albums: [{ name: "Тихая станция", released: "2017-11-03", tracks: 6 }]
  },
  {
    name: "霧の回廊",
    genres: ["city pop", "electronica"],
    albums: [{ name: "夜行バスの窓", released: "2020-07-22", tracks: 8 }]
  },
  {
    name: "Ferrous & Fern",
    genres: ["techno"],
    albums: [
      { name: "Oxide Garden", released: "2015-05", tracks: 10 },
      { name: "Rust Season", type: "single", released: "2022-03-18", tracks: 4 }
    ]
  },
  {
    name: "Ñuble Sur",
    genres: ["cumbia"],
    albums: [{ name: "Madrugada en el Puente", released: "2021-12-10", tracks: 12 }]
  }
]

const first = [
  "Amber",
  "Slow",
  "Paper",
  "Hidden",
  "Northern",
  "Hollow",
  "Silver",
  "Second",
  "Last",
  "Quiet",
  "Open"
]
const second = ["Window", "River", "Station", "Letter", "Orchard", "Signal", "Staircase", "Weather", "Mirror"]

/** The lengths of the two lists have no common factor, so the first 99 titles of an album differ. */
const title = (index: number): string =>
  `${first[index % first.length] ?? ""} ${second[index % second.length] ?? ""}`

export const artistId = (name: string): string => idOf(`artist:${name}`)

const artistOf = (plan: ArtistPlan): Artist => ({
  id: artistId(plan.name),
  name: plan.name,
  genres: plan.genres,
  popularity: between(`popularity:${plan.name}`, 30, 85),
  followers: between(`followers:${plan.name}`, 900, 480_000)
})

const precision = (released: string): Album["releaseDatePrecision"] =>
  released.length === 4 ? "year" : released.length === 7 ? "month" : "day"

const tracksOf = (artist: string, plan: AlbumPlan): ReadonlyArray<Track> =>
  Array.from({ length: plan.tracks }, (_, index) => {
    const seed = `${artist}/${plan.name}/${index}`
    const guests = plan.guest !== undefined && index % 3 === 0 ? [artistId(plan.guest)] : []
    return {
      id: idOf(`track:${seed}`),
      name: index === 0 ? plan.name : title(between(`title:${artist}/${plan.name}`, 0, 98) + index),
      albumId: idOf(`album:${artist}/${plan.name}`),
      artistIds: [artistId(artist), ...guests],
      discNumber: index < 32 ? 1 : 2,
      trackNumber: index < 32 ? index + 1 : index - 31,
      durationMs: between(`duration:${seed}`, 95_000, 410_000),
      explicit: between(`explicit:${seed}`, 0, 9) === 0,
      popularity: between(`popularity:${seed}`, 5, 80),
      isrc: `ZZEMU${String(between(`isrc:${seed}`, 0, 9_999_999)).padStart(7, "0")}`
    }
  })

const albumOf = (artist: string, plan: AlbumPlan): Album => ({
  id: idOf(`album:${artist}/${plan.name}`),
  name: plan.name,
  albumType: plan.type ?? "album",
  artistIds: [artistId(artist)],
  trackIds: tracksOf(artist, plan).map((track) => track.id),
  releaseDate: plan.released,
  releaseDatePrecision: precision(plan.released),
  label: `${artist} Recordings`,
  popularity: between(`popularity:${artist}/${plan.name}`, 10, 75),
  upc: String(between(`upc:${artist}/${plan.name}`, 100_000_000, 999_999_999)).padStart(12, "0")
})

export const artists: ReadonlyArray<Artist> = plans.map(artistOf)

const albumNamed = (artist: string, name: string): string => idOf(`album:${artist}/${name}`)

/** Excludes Japan, so that a request for its market shows what is not available everywhere. */
export const elsewhere = ["AU", "BR", "CA", "CL", "DE", "GB", "IE", "NZ", "SE", "US"]

const notForAll = {
  album: albumNamed("Ferrous & Fern", "Rust Season"),
  track: idOf("track:Ferrous & Fern/Oxide Garden/2"),
  relinked: idOf("track:Lumen Harbor/Glass Ferry/0"),
  standIn: idOf("track:Lumen Harbor/Ten Years of Light/0")
}

export const albums: ReadonlyArray<Album> = plans
  .flatMap((plan) => plan.albums.map((album) => albumOf(plan.name, album)))
  .map((album) => (album.id === notForAll.album ? { ...album, markets: elsewhere } : album))

const withMarkets = (track: Track): Track =>
  track.id === notForAll.relinked
    ? { ...track, markets: elsewhere, relinkedTo: notForAll.standIn }
    : track.id === notForAll.track || track.albumId === notForAll.album
      ? { ...track, markets: elsewhere }
      : track

export const tracks: ReadonlyArray<Track> = plans
  .flatMap((plan) => plan.albums.flatMap((album) => tracksOf(plan.name, album)))
  .map(withMarkets)
