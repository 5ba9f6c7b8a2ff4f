/**
 * Playlists and their entries.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type * as Endpoint from "../call/endpoint.js"
import * as ByIds from "../lists/byIds.js"
import * as Paging from "../lists/paging.js"
import { callOf } from "../call/request.js"
import type { Image } from "../../model/Common.js"
import { type Page, present } from "../../model/Page.js"
import type { Playlist, PlaylistItem, SimplifiedPlaylist } from "../../model/Playlist.js"
import type { PlaylistId } from "../../model/SpotifyId.js"
import type { SpotifyUri } from "../../model/SpotifyUri.js"
import type { SpotifyError } from "../SpotifyError.js"
import type {
  MarketOptions,
  MarketPageOptions,
  MarketStreamOptions,
  PageOptions,
  StreamOptions,
  Uris
} from "./Options.js"
import {
  type CreateOptions,
  type Details,
  invalid as invalidDetails,
  invalidCover
} from "./playlistDetails.js"
import * as Operations from "./playlistEndpoints.js"
import { invalidPlayable } from "./uris.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 */
export type { CreateOptions, Details } from "./playlistDetails.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface AddOptions {
  /** The position of the first new entry, from 0. @default at the end */
  readonly position?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ReorderOptions {
  /** The first entry to move, from 0. */
  readonly range_start: number
  /** The target: before the entry that is now at this position. */
  readonly insert_before: number
  /** The number of entries to move. @default 1 */
  readonly range_length?: number | undefined
  /** The snapshot that these positions refer to. @default the newest */
  readonly snapshot_id?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RemoveOptions {
  /** The snapshot to remove them from. @default the newest */
  readonly snapshot_id?: string | undefined
}

/**
 * Spotify's answer for a new playlist. Any member may be absent, since the answers are sometimes incomplete,
 * but the playlist exists. Without its `id`, find it by its name at the start of `playlists.mine` instead of
 * creating another.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreatedPlaylist extends Partial<Playlist> {}

/**
 * Spotify's filter `fields` is not supported, since the types would have members that it leaves out. Use
 * `client.execute` with your own schema instead.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlaylistsApi extends DeprecatedPlaylists {
  /**
   * A playlist with the first page of its entries. Apps in development mode get entries only if the user owns
   * the playlist or collaborates on it.
   *
   * Scopes: none for public ones, `playlist-read-private` for private ones. Available to every app. Source:
   * `GET /playlists/{playlist_id}` (`get-playlist`).
   */
  readonly get: (id: PlaylistId, options?: MarketOptions) => Effect.Effect<Playlist, SpotifyError>
  /**
   * The entries of a playlist, in order, fetched on demand. Fails with `Forbidden` for apps in development mode
   * unless the user owns the playlist or collaborates on it.
   *
   * Scopes: `playlist-read-private`; `playlist-read-collaborative` for those of others. Available to every
   * app. Source: `GET /playlists/{playlist_id}/items` (`get-playlists-items`).
   */
  readonly items: (id: PlaylistId, options?: MarketStreamOptions) => Stream.Stream<PlaylistItem, SpotifyError>
  /** One page of {@link items}; `limit` 1 to 50, by default 20. */
  readonly itemsPage: (
    id: PlaylistId,
    options?: MarketPageOptions
  ) => Effect.Effect<Page<PlaylistItem>, SpotifyError>
  /**
   * The playlists that the current user owns or follows, fetched on demand.
   *
   * Scopes: `playlist-read-private`; `playlist-read-collaborative` adds collaborative ones. Available to
   * every app. Source: `GET /me/playlists` (`get-a-list-of-current-users-playlists`).
   */
  readonly mine: (options?: StreamOptions) => Stream.Stream<SimplifiedPlaylist, SpotifyError>
  /** One page of {@link mine}; `limit` 1 to 50, by default 20; `offset` up to 100,000. */
  readonly minePage: (options?: PageOptions) => Effect.Effect<Page<SimplifiedPlaylist>, SpotifyError>
  /**
   * Creates an empty playlist for the current user. Members that Spotify's answer lacks are absent, even the
   * `id`: see {@link CreatedPlaylist}.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Available to every app. Source:
   * `POST /me/playlists` (`create-playlist`).
   */
  readonly create: (options: CreateOptions) => Effect.Effect<CreatedPlaylist, SpotifyError>
  /**
   * Changes the given details and keeps the others. Without any details it sends no request.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Available to every app. Source:
   * `PUT /playlists/{playlist_id}` (`change-playlist-details`).
   */
  readonly changeDetails: (id: PlaylistId, details: Details) => Effect.Effect<void, SpotifyError>
  /**
   * Adds tracks and episodes in order and returns the playlist's new snapshot id; none if Spotify does not send
   * it, or if the list is empty and no request was sent. Any number, in sequential requests of 100. If a later
   * request fails, `PartialWrite` says how many are in and what to send next. A local file cannot be added.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Available to every app. Source:
   * `POST /playlists/{playlist_id}/items` (`add-items-to-playlist`).
   */
  readonly add: (
    id: PlaylistId,
    uris: Uris,
    options?: AddOptions
  ) => Effect.Effect<Option.Option<string>, SpotifyError>
  /**
   * Replaces all entries and returns the playlist's new snapshot id; undefined if Spotify does not send it. An
   * empty list clears the playlist. The first request replaces with up to 100 entries, and the next ones add
   * 100 each. If a later request fails, the playlist has the earlier entries, and `PartialWrite` says what to
   * `add`.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Available to every app. Source:
   * `PUT /playlists/{playlist_id}/items` (`reorder-or-replace-playlists-items`).
   */
  readonly replace: (id: PlaylistId, uris: Uris) => Effect.Effect<string | undefined, SpotifyError>
  /**
   * Moves entries and returns the playlist's new snapshot id; undefined if Spotify does not send it.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Available to every app. Source:
   * `PUT /playlists/{playlist_id}/items` (`reorder-or-replace-playlists-items`).
   */
  readonly reorder: (
    id: PlaylistId,
    options: ReorderOptions
  ) => Effect.Effect<string | undefined, SpotifyError>
  /**
   * Removes every entry with one of these URIs and returns the playlist's new snapshot id; none if Spotify does
   * not send it, or if the list is empty and no request was sent. Any number, 100 per request, each based on
   * the previous request's snapshot. For a relinked track pass the URI in `linked_from`.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Available to every app. Source:
   * `DELETE /playlists/{playlist_id}/items` (`remove-items-playlist`).
   */
  readonly remove: (
    id: PlaylistId,
    uris: Uris,
    options?: RemoveOptions
  ) => Effect.Effect<Option.Option<string>, SpotifyError>
  /**
   * The cover in all its sizes. The addresses expire in less than a day.
   *
   * Scopes: none. Available to every app. Source: `GET /playlists/{playlist_id}/images`
   * (`get-playlist-cover`).
   */
  readonly cover: (id: PlaylistId) => Effect.Effect<ReadonlyArray<Image>, SpotifyError>
  /**
   * Sets the cover: the bytes of a JPEG, at most 192 KiB. It may take a while until {@link cover} shows it, and
   * uploads have a separate rate limit.
   *
   * Scopes: `ugc-image-upload`, and `playlist-modify-public` or `playlist-modify-private`. Available to
   * every app. Source: `PUT /playlists/{playlist_id}/images` (`upload-custom-playlist-cover`).
   */
  readonly uploadCover: (id: PlaylistId, image: Uint8Array) => Effect.Effect<void, SpotifyError>
}

/**
 * The visibility of a followed playlist.
 *
 * @since 0.1.0
 * @category models
 */
export interface FollowOptions {
  /** Whether it is shown on the user's profile. @default true */
  readonly public?: boolean | undefined
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedPlaylists {
  /**
   * Like `items`.
   *
   * Scopes: `playlist-read-private`. Apps in extended quota mode only. Source:
   * `GET /playlists/{playlist_id}/tracks` (`get-playlists-tracks`).
   *
   * @deprecated since February 2026: use `items`
   */
  readonly tracks: (
    id: PlaylistId,
    options?: MarketStreamOptions
  ) => Stream.Stream<PlaylistItem, SpotifyError>
  /**
   * One page of {@link tracks}; `limit` 1 to 50, by default 20.
   *
   * @deprecated since February 2026: use `itemsPage`
   */
  readonly tracksPage: (
    id: PlaylistId,
    options?: MarketPageOptions
  ) => Effect.Effect<Page<PlaylistItem>, SpotifyError>
  /**
   * Like `add`.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Apps in extended quota mode only. Source:
   * `POST /playlists/{playlist_id}/tracks` (`add-tracks-to-playlist`).
   *
   * @deprecated since February 2026: use `add`
   */
  readonly addTracks: (
    id: PlaylistId,
    uris: Uris,
    options?: AddOptions
  ) => Effect.Effect<Option.Option<string>, SpotifyError>
  /**
   * Like `replace`.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Apps in extended quota mode only. Source:
   * `PUT /playlists/{playlist_id}/tracks` (`reorder-or-replace-playlists-tracks`).
   *
   * @deprecated since February 2026: use `replace`
   */
  readonly replaceTracks: (id: PlaylistId, uris: Uris) => Effect.Effect<string | undefined, SpotifyError>
  /**
   * Like `reorder`.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Apps in extended quota mode only. Source:
   * `PUT /playlists/{playlist_id}/tracks` (`reorder-or-replace-playlists-tracks`).
   *
   * @deprecated since February 2026: use `reorder`
   */
  readonly reorderTracks: (
    id: PlaylistId,
    options: ReorderOptions
  ) => Effect.Effect<string | undefined, SpotifyError>
  /**
   * Like `remove`.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Apps in extended quota mode only. Source:
   * `DELETE /playlists/{playlist_id}/tracks` (`remove-tracks-playlist`).
   *
   * @deprecated since February 2026: use `remove`
   */
  readonly removeTracks: (
    id: PlaylistId,
    uris: Uris,
    options?: RemoveOptions
  ) => Effect.Effect<Option.Option<string>, SpotifyError>
  /**
   * Adds a playlist to the current user's library.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Apps in extended quota mode only. Source:
   * `PUT /playlists/{playlist_id}/followers` (`follow-playlist`).
   *
   * @deprecated since February 2026: use `library.save`
   */
  readonly follow: (id: PlaylistId, options?: FollowOptions) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link follow}. For the user's own playlist it has the effect of deleting it.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Apps in extended quota mode only. Source:
   * `DELETE /playlists/{playlist_id}/followers` (`unfollow-playlist`).
   *
   * @deprecated since February 2026: use `library.remove`
   */
  readonly unfollow: (id: PlaylistId) => Effect.Effect<void, SpotifyError>
  /**
   * Whether the current user follows the playlist.
   *
   * Scopes: none. Apps in extended quota mode only. Source:
   * `GET /playlists/{playlist_id}/followers/contains` (`check-if-user-follows-playlist`).
   *
   * @deprecated since February 2026: use `library.contains`
   */
  readonly follows: (id: PlaylistId) => Effect.Effect<boolean, SpotifyError>
}

/** @internal */
export const endpoints = Operations.all

/** The most entries of one request. */
const chunkSize = 100

const additional_types = ["track", "episode"] as const

/** The destination of the entries. */
const after = (position: number | undefined, count: number): number | undefined =>
  position === undefined ? undefined : position + count

/** The same operations under both paths. */
interface Entries<W> {
  readonly items: typeof Operations.items
  readonly add: typeof Operations.add
  readonly replace: typeof Operations.replace
  readonly reorder: typeof Operations.reorder
  readonly remove: Endpoint.Endpoint<W, { readonly snapshot_id?: string }>
  /** The parameters of `remove`, which have different names. */
  readonly removal: (
    playlist_id: PlaylistId,
    entries: ReadonlyArray<{ readonly uri: SpotifyUri }>,
    snapshot_id: string | undefined
  ) => W
}

const entries = <W>(
  execute: Endpoint.Execute,
  operations: Entries<W>
): Pick<PlaylistsApi, "items" | "itemsPage" | "add" | "replace" | "reorder" | "remove"> => {
  const append = (
    playlist_id: PlaylistId,
    uris: ReadonlyArray<SpotifyUri>,
    position: number | undefined
  ): Effect.Effect<string | undefined, SpotifyError> =>
    Effect.map(execute(operations.add, { playlist_id, uris, position }), ({ snapshot_id }) => snapshot_id)

  return {
    items: (playlist_id, options) =>
      Paging.byOffset(execute, operations.items, { ...options, playlist_id, additional_types }, 50),
    itemsPage: (playlist_id, options) =>
      Paging.page(execute, operations.items, { ...options, playlist_id, additional_types }),
    add: (playlist_id, uris, options) =>
      Paging.checked(
        invalidPlayable(operations.add, "uris", uris) ??
          Paging.invalidNumber(operations.add, { position: options?.position }),
        Effect.map(
          Paging.writeInChunks<SpotifyUri, string | undefined>(
            operations.add,
            uris,
            chunkSize,
            undefined,
            (chunk, _, start) => append(playlist_id, chunk, after(options?.position, start)),
            (completed, snapshot_id) => ({ snapshot_id, position: after(options?.position, completed) })
          ),
          Option.fromNullable
        )
      ),
    replace: (playlist_id, uris) => {
      const first = (chunk: ReadonlyArray<SpotifyUri>) =>
        Effect.map(
          execute(operations.replace, { playlist_id, uris: chunk }),
          ({ snapshot_id }) => snapshot_id
        )
      return Paging.checked(
        invalidPlayable(operations.replace, "uris", uris),
        uris.length === 0
          ? first([])
          : Paging.writeInChunks<SpotifyUri, string | undefined>(
              operations.replace,
              uris,
              chunkSize,
              undefined,
              (chunk, _, start) => (start === 0 ? first(chunk) : append(playlist_id, chunk, undefined)),
              (_, snapshot_id) => ({
                snapshot_id,
                // Retrying the operation itself would discard the written entries
                resumeWith: callOf(operations.add).operation
              })
            )
      )
    },
    reorder: (playlist_id, options) =>
      Paging.checked(
        Paging.invalidNumber(operations.reorder, {
          range_start: options.range_start,
          insert_before: options.insert_before
        }) ?? Paging.invalidNumber(operations.reorder, { range_length: options.range_length }, 1),
        Effect.map(execute(operations.reorder, { ...options, playlist_id }), ({ snapshot_id }) => snapshot_id)
      ),
    remove: (playlist_id, uris, options) =>
      Paging.checked(
        invalidPlayable(operations.remove, "uris", uris),
        Effect.map(
          Paging.writeInChunks(
            operations.remove,
            [...new Set(uris)],
            chunkSize,
            options?.snapshot_id,
            (chunk, snapshot_id) =>
              Effect.map(
                execute(
                  operations.remove,
                  operations.removal(
                    playlist_id,
                    chunk.map((uri) => ({ uri })),
                    snapshot_id
                  )
                ),
                (answer): string | undefined => answer.snapshot_id
              ),
            (_, snapshot_id) => ({ snapshot_id })
          ),
          (snapshot_id) => (uris.length === 0 ? Option.none() : Option.fromNullable(snapshot_id))
        )
      )
  }
}

const itemsPath: Entries<Parameters<NonNullable<(typeof Operations.remove)["~P"]>>[0]> = {
  ...Operations,
  removal: (playlist_id, items, snapshot_id) => ({ playlist_id, items, snapshot_id })
}

const tracksPath: Entries<Parameters<NonNullable<(typeof Operations.removeTracks)["~P"]>>[0]> = {
  items: Operations.tracks,
  add: Operations.addTracks,
  replace: Operations.replaceTracks,
  reorder: Operations.reorderTracks,
  remove: Operations.removeTracks,
  removal: (playlist_id, tracks, snapshot_id) => ({ playlist_id, tracks, snapshot_id })
}

/** @internal */
export const make = (execute: Endpoint.Execute): PlaylistsApi => {
  const before = entries(execute, tracksPath)
  return {
    ...entries(execute, itemsPath),
    get: (playlist_id, options) => execute(Operations.get, { ...options, playlist_id, additional_types }),
    mine: (options) => Paging.byOffset(execute, Operations.mine, { ...options }, 50),
    minePage: (options) => Paging.page(execute, Operations.mine, { ...options }),
    create: (options) =>
      Paging.checked(invalidDetails(Operations.create, options), execute(Operations.create, options)),
    changeDetails: (playlist_id, details) =>
      Object.values(details).every((value) => value === undefined)
        ? Effect.void
        : Paging.checked(
            invalidDetails(Operations.changeDetails, details),
            execute(Operations.changeDetails, { ...details, playlist_id })
          ),
    cover: (playlist_id) => Effect.map(execute(Operations.cover, { playlist_id }), present),
    uploadCover: (playlist_id, image) =>
      Paging.checked(
        invalidCover(Operations.uploadCover, image),
        execute(Operations.uploadCover, { playlist_id, image })
      ),
    tracks: before.items,
    tracksPage: before.itemsPage,
    addTracks: before.add,
    replaceTracks: before.replace,
    reorderTracks: before.reorder,
    removeTracks: before.remove,
    follow: (playlist_id, options) => execute(Operations.follow, { ...options, playlist_id }),
    unfollow: (playlist_id) => execute(Operations.unfollow, { playlist_id }),
    follows: (playlist_id) =>
      execute(Operations.follows, { playlist_id }).pipe(
        Effect.flatMap((answers) => ByIds.byPlace(Operations.follows, [playlist_id], answers)),
        Effect.map((found) => found.get(playlist_id) === true)
      )
  }
}

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<PlaylistsApi, never, WebApi.WebApi> = WebApi.group(make)
