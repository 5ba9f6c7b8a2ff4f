/**
 * Search.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import { doubtOf } from "../lists/pageDoubt.js"
import * as Paging from "../lists/paging.js"
import type { Artist } from "../../model/Artist.js"
import type { SimplifiedAudiobook } from "../../model/Audiobook.js"
import { fromRaw, type Page, type RawPage } from "../../model/Page.js"
import type { SimplifiedPlaylist } from "../../model/Playlist.js"
import { RawSearchResult, type SearchResult, type SearchType } from "../../model/SearchResult.js"
import type { SimplifiedShow } from "../../model/Show.js"
import type { SimplifiedAlbum } from "../../model/SimplifiedAlbum.js"
import type { SimplifiedEpisode } from "../../model/SimplifiedEpisode.js"
import type { Track } from "../../model/Track.js"
import type { InvalidParameter, SpotifyError } from "../SpotifyError.js"
import type { MarketOptions, PageOptions, StreamOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface ExternalOptions {
  /** `audio` marks externally hosted audio as playable. */
  readonly include_external?: "audio" | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SearchOptions<T extends SearchType> extends MarketOptions, PageOptions, ExternalOptions {
  /** The types to search for. The result has a page of each. */
  readonly types: ReadonlyArray<T>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SearchStreamOptions extends MarketOptions, StreamOptions, ExternalOptions {}

/**
 * Search: a function that returns one page of each type, and a stream for each type.
 *
 * The streams request 10 entries at a time, or 50 if the app may, and end at the thousandth entry, which is
 * Spotify's limit. A query may contain filters such as `artist:`, `album:`, `year:2001-2005`, `genre:`, `isrc:`
 * and `tag:new`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchApi {
  /**
   * One page of each of the types; `limit` 1 to 10, by default 5. Apps in extended quota mode may request 50;
   * their default is 20. `total` is an estimate.
   *
   * Scopes: none. Available to every app. Source: `GET /search` (`search`).
   */
  <T extends SearchType>(
    query: string,
    options: SearchOptions<T>
  ): Effect.Effect<SearchResult<T>, SpotifyError>
  /** Albums, best match first, fetched on demand. */
  readonly albums: (
    query: string,
    options?: SearchStreamOptions
  ) => Stream.Stream<SimplifiedAlbum, SpotifyError>
  /** Artists, best match first, fetched on demand. */
  readonly artists: (query: string, options?: SearchStreamOptions) => Stream.Stream<Artist, SpotifyError>
  /** Audiobooks, best match first, fetched on demand. Only in some markets. */
  readonly audiobooks: (
    query: string,
    options?: SearchStreamOptions
  ) => Stream.Stream<SimplifiedAudiobook, SpotifyError>
  /**
   * Episodes, best match first, fetched on demand. Without a market, here or in the configuration, Spotify may
   * send null for all of them, and the stream is empty.
   */
  readonly episodes: (
    query: string,
    options?: SearchStreamOptions
  ) => Stream.Stream<SimplifiedEpisode, SpotifyError>
  /** Playlists, best match first, fetched on demand. Spotify's own are hidden from most apps. */
  readonly playlists: (
    query: string,
    options?: SearchStreamOptions
  ) => Stream.Stream<SimplifiedPlaylist, SpotifyError>
  /** Podcasts, best match first, fetched on demand. */
  readonly shows: (
    query: string,
    options?: SearchStreamOptions
  ) => Stream.Stream<SimplifiedShow, SpotifyError>
  /** Tracks, best match first, fetched on demand. */
  readonly tracks: (query: string, options?: SearchStreamOptions) => Stream.Stream<Track, SpotifyError>
}

interface Params extends MarketOptions, PageOptions, ExternalOptions {
  readonly q: string
  readonly type: ReadonlyArray<SearchType>
}

const search = Endpoint.json(RawSearchResult)<Params>({
  operationId: "search",
  group: "search",
  name: "search",
  method: "GET",
  path: "/search",
  query: ["q", "type", "market", "limit", "offset", "include_external"],
  paging: "offset",
  maxLimit: { development: 10, extended: 50 }
})

/** @internal */
export const endpoints = [search]

/** The largest sum of offset and limit. */
const end = 1000

/** Requests that Spotify answers with 400. A stream stops before them. */
const beyond = ({ limit = 1, offset = 0 }: Params): InvalidParameter | undefined =>
  offset + limit > end
    ? Endpoint.invalid(search, "offset", `and limit together are above ${end}, where every search ends`)
    : undefined

const invalid = ({ q, type }: Params): InvalidParameter | undefined =>
  q.trim() === ""
    ? Endpoint.invalid(search, "q", "is empty")
    : type.length === 0
      ? Endpoint.invalid(search, "types", "names nothing to look for")
      : undefined

/** Spotify sometimes leaves out a page that has no results. */
const noPage: Page<never> = { items: [], limit: 0, offset: 0, next: null, previous: null, total: 0 }

const pagesOf = <T extends SearchType>(
  { types, ...asked }: SearchOptions<T>,
  answer: RawSearchResult
): SearchResult<T> =>
  // Each key is `<type>s` with the page of that type, which a record type cannot express
  Object.fromEntries(
    types.map((type) => {
      const page: RawPage<unknown> | undefined = answer[`${type}s`]
      return [`${type}s`, page === undefined ? noPage : fromRaw(page, asked)]
    })
  ) as SearchResult<T>

/** @internal */
export const make = (execute: Endpoint.Execute): SearchApi => {
  const page = <T extends SearchType>(
    q: string,
    options: SearchOptions<T>
  ): Effect.Effect<SearchResult<T>, SpotifyError> => {
    const { types, ...rest } = options
    const params: Params = { ...rest, q, type: types }
    const place = { offset: rest.offset ?? 0, limit: rest.limit, known: undefined, estimated: true }
    const found = (answer: RawSearchResult) => types.flatMap((type) => answer[`${type}s`] ?? [])
    return Paging.checked(
      invalid(params) ?? Paging.invalidPage(search, params) ?? beyond(params),
      Paging.believed(search, execute(search, params), (answer) =>
        found(answer)
          .map((page) => doubtOf(page, place))
          .find((doubt) => doubt !== undefined)
      ).pipe(
        Effect.tap((answer) =>
          Effect.forEach(found(answer), (page) => Paging.hintAtNulls(search, page.items), { discard: true })
        ),
        Effect.map((answer) => pagesOf(options, answer))
      )
    )
  }
  const stream =
    <A>(type: SearchType, pageOf: (answer: RawSearchResult) => RawPage<A> | undefined) =>
    (q: string, options?: SearchStreamOptions): Stream.Stream<A, SpotifyError> => {
      const params: Params = { ...options, q, type: [type] }
      const problem = invalid(params)
      return problem !== undefined
        ? Stream.fail(problem)
        : Paging.byOffsetWithin(execute, search, params, 10, { pageOf, end })
    }
  return Object.assign(page, {
    albums: stream("album", ({ albums }) => albums),
    artists: stream("artist", ({ artists }) => artists),
    audiobooks: stream("audiobook", ({ audiobooks }) => audiobooks),
    episodes: stream("episode", ({ episodes }) => episodes),
    playlists: stream("playlist", ({ playlists }) => playlists),
    shows: stream("show", ({ shows }) => shows),
    tracks: stream("track", ({ tracks }) => tracks)
  })
}

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<SearchApi, never, WebApi.WebApi> = WebApi.group(make)
