/**
 * The current user's library.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type * as Endpoint from "../call/endpoint.js"
import * as Paging from "../lists/paging.js"
import type { SimplifiedAudiobook } from "../../model/Audiobook.js"
import type { Page } from "../../model/Page.js"
import type { SavedAlbum, SavedEpisode, SavedShow, SavedTrack } from "../../model/Saved.js"
import type { SpotifyUri } from "../../model/SpotifyUri.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import * as Operations from "./libraryEndpoints.js"
import type { MarketPageOptions, MarketStreamOptions, PageOptions, StreamOptions, Uris } from "./Options.js"
import * as SavedById from "./savedById.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 */
export type { DeprecatedLibrary, TimestampedId } from "./savedById.js"

/**
 * The items that a user has saved, newest first.
 *
 * @since 0.1.0
 * @category models
 */
export interface LibraryApi extends SavedById.DeprecatedLibrary {
  /**
   * Saved albums, fetched on demand.
   *
   * Scopes: `user-library-read`. Available to every app. Source: `GET /me/albums`
   * (`get-users-saved-albums`).
   */
  readonly savedAlbums: (options?: MarketStreamOptions) => Stream.Stream<SavedAlbum, SpotifyError>
  /** One page of {@link savedAlbums}; `limit` 1 to 50, by default 20. */
  readonly savedAlbumsPage: (options?: MarketPageOptions) => Effect.Effect<Page<SavedAlbum>, SpotifyError>
  /**
   * Saved tracks, fetched on demand.
   *
   * Scopes: `user-library-read`. Available to every app. Source: `GET /me/tracks`
   * (`get-users-saved-tracks`).
   */
  readonly savedTracks: (options?: MarketStreamOptions) => Stream.Stream<SavedTrack, SpotifyError>
  /** One page of {@link savedTracks}; `limit` 1 to 50, by default 20. */
  readonly savedTracksPage: (options?: MarketPageOptions) => Effect.Effect<Page<SavedTrack>, SpotifyError>
  /**
   * Saved episodes, fetched on demand.
   *
   * Scopes: `user-library-read`; `user-read-playback-position` adds `resume_point`. Available to every app.
   * Source: `GET /me/episodes` (`get-users-saved-episodes`).
   */
  readonly savedEpisodes: (options?: MarketStreamOptions) => Stream.Stream<SavedEpisode, SpotifyError>
  /** One page of {@link savedEpisodes}; `limit` 1 to 50, by default 20. */
  readonly savedEpisodesPage: (options?: MarketPageOptions) => Effect.Effect<Page<SavedEpisode>, SpotifyError>
  /**
   * Saved podcasts, fetched on demand.
   *
   * Scopes: `user-library-read`. Available to every app. Source: `GET /me/shows` (`get-users-saved-shows`).
   */
  readonly savedShows: (options?: StreamOptions) => Stream.Stream<SavedShow, SpotifyError>
  /** One page of {@link savedShows}; `limit` 1 to 50, by default 20. */
  readonly savedShowsPage: (options?: PageOptions) => Effect.Effect<Page<SavedShow>, SpotifyError>
  /**
   * Saved audiobooks, fetched on demand. Spotify does not say when they were saved.
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
   * number, 40 per request. If a later request fails, `PartialWrite` says what has taken effect. An empty list
   * sends no request.
   *
   * Scopes, by what the URIs name: `user-library-modify`; `user-follow-modify` for artists and users;
   * `playlist-modify-public` for playlists. Available to every app. Source: `PUT /me/library`
   * (`save-library-items`).
   */
  readonly save: (uris: Uris) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link save}, with the same scopes. Anything that is not saved is ignored.
   *
   * Available to every app. Source: `DELETE /me/library` (`remove-library-items`).
   */
  readonly remove: (uris: Uris) => Effect.Effect<void, SpotifyError>
  /**
   * Returns for each URI whether it is saved or followed. Any number, 40 per request. An empty list sends no
   * request.
   *
   * Scopes, by what the URIs name: `user-library-read`; `user-follow-read` for artists and users;
   * `playlist-read-private` for playlists. Available to every app. Source: `GET /me/library/contains`
   * (`check-library-contains`).
   */
  readonly contains: (uris: Uris) => Effect.Effect<ReadonlyMap<SpotifyUri, boolean>, SpotifyError>
}

/** @internal */
export const endpoints = [...Operations.all, ...SavedById.endpoints]

/** The most URIs of one request. */
const chunkSize = 40

/** @internal */
export const make = (execute: Endpoint.Execute): LibraryApi => {
  const write =
    (endpoint: Endpoint.Endpoint<Operations.Uris, void>) =>
    (uris: ReadonlyArray<SpotifyUri>): Effect.Effect<void, SpotifyError> =>
      ByIds.each(endpoint, "uris", uris, chunkSize, (chunk) => execute(endpoint, { uris: chunk }))
  return {
    ...SavedById.make(execute),
    savedAlbums: (options) => Paging.byOffset(execute, Operations.savedAlbums, { ...options }, 50),
    savedAlbumsPage: (options) => Paging.page(execute, Operations.savedAlbums, { ...options }),
    savedTracks: (options) => Paging.byOffset(execute, Operations.savedTracks, { ...options }, 50),
    savedTracksPage: (options) => Paging.page(execute, Operations.savedTracks, { ...options }),
    savedEpisodes: (options) => Paging.byOffset(execute, Operations.savedEpisodes, { ...options }, 50),
    savedEpisodesPage: (options) => Paging.page(execute, Operations.savedEpisodes, { ...options }),
    savedShows: (options) => Paging.byOffset(execute, Operations.savedShows, { ...options }, 50),
    savedShowsPage: (options) => Paging.page(execute, Operations.savedShows, { ...options }),
    savedAudiobooks: (options) => Paging.byOffset(execute, Operations.savedAudiobooks, { ...options }, 50),
    savedAudiobooksPage: (options) => Paging.page(execute, Operations.savedAudiobooks, { ...options }),
    save: write(Operations.save),
    remove: write(Operations.remove),
    contains: (uris) =>
      ByIds.askWhether(Operations.contains, "uris", uris, chunkSize, (chunk) =>
        execute(Operations.contains, { uris: chunk })
      )
  }
}

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<LibraryApi, never, WebApi.WebApi> = WebApi.group(make)
