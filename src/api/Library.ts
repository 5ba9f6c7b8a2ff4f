/**
 * The current user's library.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../internal/endpoint.js"
import * as Paging from "../internal/paging.js"
import { SimplifiedAudiobook } from "../model/Audiobook.js"
import { type Page, RawPage } from "../model/Page.js"
import { SavedAlbum, SavedEpisode, SavedShow, SavedTrack } from "../model/Saved.js"
import type { SpotifyUri } from "../model/SpotifyUri.js"
import { DecodeError, type InvalidParameter, type SpotifyError } from "../SpotifyError.js"
import type { MarketOptions, PageOptions, StreamOptions } from "./Options.js"

/**
 * What a user has saved. The newest comes first.
 *
 * @since 0.1.0
 * @category models
 */
export interface Library {
  /**
   * Saved albums, fetched as they are taken.
   *
   * Scopes: `user-library-read`. Available to every app. Source: `GET /me/albums`
   * (`get-users-saved-albums`).
   */
  readonly savedAlbums: (options?: MarketOptions & StreamOptions) => Stream.Stream<SavedAlbum, SpotifyError>
  /** One page of {@link savedAlbums}; `limit` 1 to 50, by default 20. */
  readonly savedAlbumsPage: (
    options?: MarketOptions & PageOptions
  ) => Effect.Effect<Page<SavedAlbum>, SpotifyError>
  /**
   * Saved tracks, fetched as they are taken.
   *
   * Scopes: `user-library-read`. Available to every app. Source: `GET /me/tracks`
   * (`get-users-saved-tracks`).
   */
  readonly savedTracks: (options?: MarketOptions & StreamOptions) => Stream.Stream<SavedTrack, SpotifyError>
  /** One page of {@link savedTracks}; `limit` 1 to 50, by default 20. */
  readonly savedTracksPage: (
    options?: MarketOptions & PageOptions
  ) => Effect.Effect<Page<SavedTrack>, SpotifyError>
  /**
   * Saved episodes, fetched as they are taken.
   *
   * Scopes: `user-library-read`; `user-read-playback-position` adds `resume_point`. Available to every app.
   * Source: `GET /me/episodes` (`get-users-saved-episodes`).
   */
  readonly savedEpisodes: (
    options?: MarketOptions & StreamOptions
  ) => Stream.Stream<SavedEpisode, SpotifyError>
  /** One page of {@link savedEpisodes}; `limit` 1 to 50, by default 20. */
  readonly savedEpisodesPage: (
    options?: MarketOptions & PageOptions
  ) => Effect.Effect<Page<SavedEpisode>, SpotifyError>
  /**
   * Saved podcasts, fetched as they are taken.
   *
   * Scopes: `user-library-read`. Available to every app. Source: `GET /me/shows` (`get-users-saved-shows`).
   */
  readonly savedShows: (options?: StreamOptions) => Stream.Stream<SavedShow, SpotifyError>
  /** One page of {@link savedShows}; `limit` 1 to 50, by default 20. */
  readonly savedShowsPage: (options?: PageOptions) => Effect.Effect<Page<SavedShow>, SpotifyError>
  /**
   * Saved audiobooks, fetched as they are taken. Spotify does not tell since when.
   *
   * Scopes: `user-library-read`. Available to every app. Source: `GET /me/audiobooks`
   * (`get-users-saved-audiobooks`).
   */
  readonly savedAudiobooks: (options?: StreamOptions) => Stream.Stream<SimplifiedAudiobook, SpotifyError>
  /** One page of {@link savedAudiobooks}; `limit` 1 to 50, by default 20. */
  readonly savedAudiobooksPage: (
    options?: PageOptions
  ) => Effect.Effect<Page<SimplifiedAudiobook>, SpotifyError>
  /**
   * Saves tracks, albums, episodes, podcasts and audiobooks, and follows artists, users and playlists. Any
   * number, 40 to a request; if one fails, those before it have taken effect. Nothing is asked for an empty
   * list.
   *
   * Scopes, by what the URIs name: `user-library-modify`; `user-follow-modify` for artists and users;
   * `playlist-modify-public` for playlists. Available to every app. Source: `PUT /me/library`
   * (`save-library-items`).
   */
  readonly save: (uris: ReadonlyArray<SpotifyUri>) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link save}, with the same scopes. What is not saved is passed over.
   *
   * Available to every app. Source: `DELETE /me/library` (`remove-library-items`).
   */
  readonly remove: (uris: ReadonlyArray<SpotifyUri>) => Effect.Effect<void, SpotifyError>
  /**
   * Tells for each URI whether it is saved or followed. Any number, 40 to a request; nothing is asked for
   * an empty list.
   *
   * Scopes, by what the URIs name: `user-library-read`; `user-follow-read` for artists and users;
   * `playlist-read-private` for playlists. Available to every app. Source: `GET /me/library/contains`
   * (`check-library-contains`).
   */
  readonly contains: (
    uris: ReadonlyArray<SpotifyUri>
  ) => Effect.Effect<ReadonlyMap<SpotifyUri, boolean>, SpotifyError>
}

const saved = {
  group: "library",
  method: "GET",
  scopes: ["user-library-read"],
  paging: "offset"
} as const

const savedAlbums = Endpoint.json(RawPage(SavedAlbum))<MarketOptions & PageOptions>({
  ...saved,
  operationId: "get-users-saved-albums",
  name: "savedAlbums",
  path: "/me/albums",
  query: ["market", "limit", "offset"]
})

const savedTracks = Endpoint.json(RawPage(SavedTrack))<MarketOptions & PageOptions>({
  ...saved,
  operationId: "get-users-saved-tracks",
  name: "savedTracks",
  path: "/me/tracks",
  query: ["market", "limit", "offset"]
})

const savedEpisodes = Endpoint.json(RawPage(SavedEpisode))<MarketOptions & PageOptions>({
  ...saved,
  operationId: "get-users-saved-episodes",
  name: "savedEpisodes",
  path: "/me/episodes",
  query: ["market", "limit", "offset"]
})

const savedShows = Endpoint.json(RawPage(SavedShow))<PageOptions>({
  ...saved,
  operationId: "get-users-saved-shows",
  name: "savedShows",
  path: "/me/shows",
  query: ["limit", "offset"]
})

const savedAudiobooks = Endpoint.json(RawPage(SimplifiedAudiobook))<PageOptions>({
  ...saved,
  operationId: "get-users-saved-audiobooks",
  name: "savedAudiobooks",
  path: "/me/audiobooks",
  query: ["limit", "offset"]
})

interface Uris {
  readonly uris: ReadonlyArray<SpotifyUri>
}

// A body is refused: the URIs stand in the query
const byUri = { group: "library", path: "/me/library", query: ["uris"] } as const

const modify = [["user-library-modify", "user-follow-modify", "playlist-modify-public"]]

const save = Endpoint.discard<Uris>({
  ...byUri,
  operationId: "save-library-items",
  name: "save",
  method: "PUT",
  scopes: modify
})

const remove = Endpoint.discard<Uris>({
  ...byUri,
  operationId: "remove-library-items",
  name: "remove",
  method: "DELETE",
  scopes: modify
})

const contains = Endpoint.json(Schema.Array(Schema.Boolean))<Uris>({
  ...byUri,
  operationId: "check-library-contains",
  name: "contains",
  method: "GET",
  path: "/me/library/contains",
  scopes: [["user-library-read", "user-follow-read", "playlist-read-private"]]
})

/** @internal */
export const endpoints = [
  savedAlbums,
  savedTracks,
  savedEpisodes,
  savedShows,
  savedAudiobooks,
  save,
  remove,
  contains
]

/** The most URIs of one request. */
const chunkSize = 40

/** Spotify treats repeats inconsistently. */
const distinct = (uris: ReadonlyArray<SpotifyUri>) => [...new Set(uris)]

/** A comma or an empty text would shift the answers of the others. */
const invalid = (
  endpoint: Endpoint.Endpoint<Uris, unknown>,
  uris: ReadonlyArray<SpotifyUri>
): InvalidParameter | undefined =>
  uris.some((uri) => uri === "" || uri.includes(","))
    ? Endpoint.invalid(endpoint, "uris", "holds something that is not a URI")
    : undefined

/** @internal */
export const make = (execute: Endpoint.Execute): Library => {
  const write = (endpoint: Endpoint.Endpoint<Uris, void>) => (uris: ReadonlyArray<SpotifyUri>) =>
    Paging.checked(
      invalid(endpoint, uris),
      Paging.inChunks<SpotifyUri, void>(distinct(uris), chunkSize, undefined, (chunk) =>
        execute(endpoint, { uris: chunk })
      )
    )
  return {
    savedAlbums: (options) => Paging.byOffset(execute, savedAlbums, { ...options }, 50),
    savedAlbumsPage: (options) => Paging.page(execute, savedAlbums, { ...options }),
    savedTracks: (options) => Paging.byOffset(execute, savedTracks, { ...options }, 50),
    savedTracksPage: (options) => Paging.page(execute, savedTracks, { ...options }),
    savedEpisodes: (options) => Paging.byOffset(execute, savedEpisodes, { ...options }, 50),
    savedEpisodesPage: (options) => Paging.page(execute, savedEpisodes, { ...options }),
    savedShows: (options) => Paging.byOffset(execute, savedShows, { ...options }, 50),
    savedShowsPage: (options) => Paging.page(execute, savedShows, { ...options }),
    savedAudiobooks: (options) => Paging.byOffset(execute, savedAudiobooks, { ...options }, 50),
    savedAudiobooksPage: (options) => Paging.page(execute, savedAudiobooks, { ...options }),
    save: write(save),
    remove: write(remove),
    contains: (uris) =>
      Paging.checked(
        invalid(contains, uris),
        Paging.inChunks<SpotifyUri, ReadonlyMap<SpotifyUri, boolean>>(
          distinct(uris),
          chunkSize,
          new Map(),
          (chunk, previous) =>
            Effect.flatMap(execute(contains, { uris: chunk }), (answers) =>
              answers.length === chunk.length
                ? Effect.succeed(
                    new Map([
                      ...previous,
                      ...chunk.map((uri, index) => [uri, answers[index] === true] as const)
                    ])
                  )
                : new DecodeError({
                    operation: "library.contains",
                    route: "GET /me/library/contains",
                    path: "",
                    problem: `${answers.length} answers to ${chunk.length} questions`
                  })
            )
        )
      )
  }
}
