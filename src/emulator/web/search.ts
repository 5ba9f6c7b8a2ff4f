import * as Effect from "effect/Effect"
import type { State } from "../state.js"
import { refuse } from "./apiError.js"
import type { Answer, Call, Route } from "./call.js"
import { isExtended, json } from "./call.js"
import * as Music from "./musicObjects.js"
import * as Page from "./page.js"
import * as Playlists from "./playlistObjects.js"
import type { Shape } from "./shape.js"
import * as Shapes from "./shape.js"
import * as Spoken from "./spokenObjects.js"

const fields = ["artist", "album", "track", "year", "genre", "isrc", "upc"] as const

type Field = (typeof fields)[number]

interface Query {
  readonly words: ReadonlyArray<string>
  readonly filters: ReadonlyArray<readonly [field: Field, words: ReadonlyArray<string>]>
}

const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .toLowerCase()
    .split(/[\s"]+/)
    .filter((word) => word !== "")

/** A filter extends to the next one, or to its closing quote: `quay artist:"lumen harbor" year:2019`. */
const parse = (text: string): Query => {
  const pattern = new RegExp(`\\b(${fields.join("|")}): ?("[^"]*"|.*?(?= (?:${fields.join("|")}):|$))`, "gi")
  const filters: Array<readonly [Field, ReadonlyArray<string>]> = []
  // Collapsing spaces first keeps the pattern from rescanning long runs of them
  const rest = text.replace(/\s+/g, " ").replace(pattern, (_, name: string, value: string) => {
    const field = fields.find((field) => field === name.toLowerCase())
    if (field !== undefined) {
      filters.push([field, wordsOf(value)])
    }
    return " "
  })
  return { words: wordsOf(rest), filters }
}

/** The searchable texts of a thing: one for free words, and one per filter. */
interface Searchable {
  readonly text: string
  readonly fields: Partial<Record<Field, string>>
}

const inYears = (date: string, wanted: string): boolean => {
  const [from = "", to = from] = wanted.split("-")
  const year = date.slice(0, 4)
  return year >= from && year <= to
}

const matches = (query: Query, thing: Searchable): boolean => {
  const text = thing.text.toLowerCase()
  return (
    query.words.every((word) => text.includes(word)) &&
    query.filters.every(([field, words]) => {
      const value = thing.fields[field]?.toLowerCase()
      return (
        value !== undefined &&
        (field === "year" ? inYears(value, words.join("")) : words.every((word) => value.includes(word)))
      )
    })
  )
}

interface Kind<A> {
  readonly key: string
  readonly all: (state: State) => ReadonlyArray<A>
  readonly searchable: (thing: A, state: State) => Searchable
  readonly render: (shape: Shape, thing: A) => unknown
  /** Whether the app may not see this result. */
  readonly isHidden?: (thing: A, state: State) => boolean
}

/** Searches one kind of thing and returns a page. The kind's type stays inside. */
type Search = (
  call: Call,
  query: Query,
  options: { readonly text: string; readonly window: Page.Window }
) => {
  readonly key: string
  readonly page: Page.Page
}

const kind =
  <A>(kind: Kind<A>): Search =>
  (call, query, { text, window }) => {
    const shape = Shapes.of(call)
    const type = kind.key.slice(0, -1)
    const isHidden = (thing: A) => kind.isHidden?.(thing, call.state) ?? false
    return {
      key: kind.key,
      page: Page.make({
        apiUrl: shape.apiUrl,
        path: "/search",
        // Spotify's links say `query`, although its documentation says `q`
        query: { query: text, type, ...Page.repeated(call, "market", "include_external") },
        window,
        all: kind
          .all(call.state)
          .filter((thing) => matches(query, kind.searchable(thing, call.state)))
          .filter((thing) => call.habits.nullsInSearch || !isHidden(thing)),
        render: (thing) => (isHidden(thing) ? null : kind.render(shape, thing))
      })
    }
  }

const namesOf = (state: State, ids: ReadonlyArray<string>): string =>
  Shapes.known(state.index.artists, ids)
    .map((artist) => artist.name)
    .join(" ")

const kinds: Readonly<Record<string, Search>> = {
  artist: kind({
    key: "artists",
    all: (state) => state.catalogue.artists,
    searchable: (artist) => ({
      text: artist.name,
      fields: { artist: artist.name, genre: artist.genres.join(" ") }
    }),
    render: Music.artist
  }),
  album: kind({
    key: "albums",
    all: (state) => state.catalogue.albums,
    searchable: (album, state) => {
      const artist = namesOf(state, album.artistIds)
      return {
        text: `${album.name} ${artist}`,
        fields: { artist, album: album.name, year: album.releaseDate, upc: album.upc }
      }
    },
    render: Music.simpleAlbum
  }),
  track: kind({
    key: "tracks",
    all: (state) => state.catalogue.tracks,
    searchable: (track, state) => {
      const artist = namesOf(state, track.artistIds)
      const album = state.index.albums.get(track.albumId)
      return {
        text: `${track.name} ${artist} ${album?.name ?? ""}`,
        fields: {
          artist,
          album: album?.name ?? "",
          track: track.name,
          year: album?.releaseDate ?? "",
          isrc: track.isrc
        }
      }
    },
    render: Music.track
  }),
  playlist: kind({
    key: "playlists",
    all: (state) => [...state.playlists.values()].filter((playlist) => playlist.public),
    searchable: (playlist) => ({ text: `${playlist.name} ${playlist.description}`, fields: {} }),
    render: Playlists.simplePlaylist,
    isHidden: (playlist, state) => Playlists.isHidden(state, playlist)
  }),
  show: kind({
    key: "shows",
    all: (state) => state.catalogue.shows,
    searchable: (show) => ({ text: `${show.name} ${show.publisher} ${show.description}`, fields: {} }),
    render: Spoken.simpleShow
  }),
  episode: kind({
    key: "episodes",
    all: (state) => state.catalogue.episodes,
    searchable: (episode) => ({ text: `${episode.name} ${episode.description}`, fields: {} }),
    render: Spoken.simpleEpisode
  }),
  audiobook: kind({
    key: "audiobooks",
    all: (state) => state.catalogue.audiobooks,
    searchable: (book) => ({ text: `${book.name} ${book.authors.join(" ")}`, fields: {} }),
    render: Spoken.simpleAudiobook
  })
}

const reach = 1000

const search = (call: Call): Answer =>
  Effect.gen(function* () {
    const text = call.query.get("q") ?? call.query.get("query") ?? ""
    const types = [...new Set((call.query.get("type") ?? "").split(",").filter((type) => type !== ""))]
    if (text.trim() === "") {
      return yield* refuse(400, "No search query")
    }
    if (types.length === 0) {
      return yield* refuse(400, "Missing parameter type")
    }
    const window = yield* Page.window(call, {
      ...(isExtended(call) ? Page.usual : { max: 10, fallback: 5 }),
      maxOffset: reach
    })
    if (window.offset + window.limit > reach) {
      return yield* refuse(400, "Invalid offset")
    }
    const pages: Record<string, unknown> = {}
    for (const type of types) {
      const find = Object.hasOwn(kinds, type) ? kinds[type] : undefined
      if (find === undefined) {
        return yield* refuse(400, `Bad search type field ${type}`)
      }
      const { key, page } = find(call, parse(text), { text, window })
      pages[key] = call.habits.nullSearchPage && page.total === 0 ? { ...page, items: null } : page
    }
    return json(pages)
  })

export const routes: ReadonlyArray<Route> = [
  { method: "GET", path: "/search", cache: "catalogue", handle: search }
]
