/**
 * The library as it was before February 2026: separate operations for each kind of object, by ids.
 */
import type * as Effect from "effect/Effect"
import * as Endpoint from "../call/endpoint.js"
import * as Paging from "../lists/paging.js"
import { Flags } from "../../model/lenient.js"
import type { AlbumId, AudiobookId, EpisodeId, ShowId, TrackId } from "../../model/SpotifyId.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import type { MarketOptions } from "./Options.js"

/**
 * A track, and the time at which it counts as saved.
 *
 * @since 0.1.0
 * @category models
 */
export interface TimestampedId {
  readonly id: TrackId
  /** ISO 8601, UTC, such as `2026-01-31T12:00:00Z`. */
  readonly added_at: string
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedLibrary {
  /**
   * Saves albums. Any number, 20 per request. If a later request fails, `PartialWrite` says what is saved. An
   * empty list sends no request.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `PUT /me/albums`
   * (`save-albums-user`).
   *
   * @deprecated since February 2026: use `library.save`
   */
  readonly saveAlbums: (ids: ReadonlyArray<AlbumId>) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link saveAlbums}. Anything that is not saved is ignored.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `DELETE /me/albums`
   * (`remove-albums-user`).
   *
   * @deprecated since February 2026: use `library.remove`
   */
  readonly removeAlbums: (ids: ReadonlyArray<AlbumId>) => Effect.Effect<void, SpotifyError>
  /**
   * Returns for each id whether it is saved. Any number, 20 per request. An empty list sends no request.
   *
   * Scopes: `user-library-read`. Apps in extended quota mode only. Source: `GET /me/albums/contains`
   * (`check-users-saved-albums`).
   *
   * @deprecated since February 2026: use `library.contains`
   */
  readonly containsAlbums: (
    ids: ReadonlyArray<AlbumId>
  ) => Effect.Effect<ReadonlyMap<AlbumId, boolean>, SpotifyError>
  /**
   * Saves tracks. Any number, 50 per request. If a later request fails, `PartialWrite` says what is saved. An
   * empty list sends no request. With a custom time for each track, the library lists it as if it had been
   * saved then.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `PUT /me/tracks`
   * (`save-tracks-user`).
   *
   * @deprecated since February 2026: use `library.save`
   */
  readonly saveTracks: (
    tracks: ReadonlyArray<TrackId> | ReadonlyArray<TimestampedId>
  ) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link saveTracks}. Anything that is not saved is ignored.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `DELETE /me/tracks`
   * (`remove-tracks-user`).
   *
   * @deprecated since February 2026: use `library.remove`
   */
  readonly removeTracks: (ids: ReadonlyArray<TrackId>) => Effect.Effect<void, SpotifyError>
  /**
   * Returns for each id whether it is saved. Any number, 50 per request. An empty list sends no request.
   *
   * Scopes: `user-library-read`. Apps in extended quota mode only. Source: `GET /me/tracks/contains`
   * (`check-users-saved-tracks`).
   *
   * @deprecated since February 2026: use `library.contains`
   */
  readonly containsTracks: (
    ids: ReadonlyArray<TrackId>
  ) => Effect.Effect<ReadonlyMap<TrackId, boolean>, SpotifyError>
  /**
   * Saves episodes. Any number, 50 per request. If a later request fails, `PartialWrite` says what is saved. An
   * empty list sends no request.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `PUT /me/episodes`
   * (`save-episodes-user`).
   *
   * @deprecated since February 2026: use `library.save`
   */
  readonly saveEpisodes: (ids: ReadonlyArray<EpisodeId>) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link saveEpisodes}. Anything that is not saved is ignored.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `DELETE /me/episodes`
   * (`remove-episodes-user`).
   *
   * @deprecated since February 2026: use `library.remove`
   */
  readonly removeEpisodes: (ids: ReadonlyArray<EpisodeId>) => Effect.Effect<void, SpotifyError>
  /**
   * Returns for each id whether it is saved. Any number, 50 per request. An empty list sends no request.
   *
   * Scopes: `user-library-read`. Apps in extended quota mode only. Source: `GET /me/episodes/contains`
   * (`check-users-saved-episodes`).
   *
   * @deprecated since February 2026: use `library.contains`
   */
  readonly containsEpisodes: (
    ids: ReadonlyArray<EpisodeId>
  ) => Effect.Effect<ReadonlyMap<EpisodeId, boolean>, SpotifyError>
  /**
   * Saves podcasts. Any number, 50 per request. If a later request fails, `PartialWrite` says what is saved. An
   * empty list sends no request.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `PUT /me/shows`
   * (`save-shows-user`).
   *
   * @deprecated since February 2026: use `library.save`
   */
  readonly saveShows: (ids: ReadonlyArray<ShowId>) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link saveShows}. Anything that is not saved is ignored.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `DELETE /me/shows`
   * (`remove-shows-user`).
   *
   * @deprecated since February 2026: use `library.remove`
   */
  readonly removeShows: (
    ids: ReadonlyArray<ShowId>,
    options?: MarketOptions
  ) => Effect.Effect<void, SpotifyError>
  /**
   * Returns for each id whether it is saved. Any number, 50 per request. An empty list sends no request.
   *
   * Scopes: `user-library-read`. Apps in extended quota mode only. Source: `GET /me/shows/contains`
   * (`check-users-saved-shows`).
   *
   * @deprecated since February 2026: use `library.contains`
   */
  readonly containsShows: (
    ids: ReadonlyArray<ShowId>
  ) => Effect.Effect<ReadonlyMap<ShowId, boolean>, SpotifyError>
  /**
   * Saves audiobooks. Any number, 50 per request. If a later request fails, `PartialWrite` says what is saved.
   * An empty list sends no request.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `PUT /me/audiobooks`
   * (`save-audiobooks-user`).
   *
   * @deprecated since February 2026: use `library.save`
   */
  readonly saveAudiobooks: (ids: ReadonlyArray<AudiobookId>) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link saveAudiobooks}. Anything that is not saved is ignored.
   *
   * Scopes: `user-library-modify`. Apps in extended quota mode only. Source: `DELETE /me/audiobooks`
   * (`remove-audiobooks-user`).
   *
   * @deprecated since February 2026: use `library.remove`
   */
  readonly removeAudiobooks: (ids: ReadonlyArray<AudiobookId>) => Effect.Effect<void, SpotifyError>
  /**
   * Returns for each id whether it is saved. Any number, 50 per request. An empty list sends no request.
   *
   * Scopes: `user-library-read`. Apps in extended quota mode only. Source: `GET /me/audiobooks/contains`
   * (`check-users-saved-audiobooks`).
   *
   * @deprecated since February 2026: use `library.contains`
   */
  readonly containsAudiobooks: (
    ids: ReadonlyArray<AudiobookId>
  ) => Effect.Effect<ReadonlyMap<AudiobookId, boolean>, SpotifyError>
}

const writing = (kind: string) =>
  ({
    group: "library",
    path: `/me/${kind}`,
    scopes: ["user-library-modify"],
    availability: "extended"
  }) as const

/** Spotify's documentation also mentions the body, but it requires the query, which takes precedence. */
const family = <Id extends string>(kind: string, name: string, query: ReadonlyArray<string> = ["ids"]) => {
  const write = writing(kind)
  return {
    save: Endpoint.discard<ByIds.Ids<Id>>({
      ...write,
      operationId: `save-${kind}-user`,
      name: `save${name}`,
      method: "PUT",
      query: ["ids"],
      replacement: "library.save"
    }),
    remove: Endpoint.discard<ByIds.Ids<Id> & MarketOptions>({
      ...write,
      operationId: `remove-${kind}-user`,
      name: `remove${name}`,
      method: "DELETE",
      query,
      replacement: "library.remove"
    }),
    contains: Endpoint.json(Flags)<ByIds.Ids<Id>>({
      ...write,
      operationId: `check-users-saved-${kind}`,
      name: `contains${name}`,
      method: "GET",
      path: `${write.path}/contains`,
      query: ["ids"],
      scopes: ["user-library-read"],
      replacement: "library.contains"
    })
  }
}

const albums = family<AlbumId>("albums", "Albums")
const audiobooks = family<AudiobookId>("audiobooks", "Audiobooks")
const episodes = family<EpisodeId>("episodes", "Episodes")
const shows = family<ShowId>("shows", "Shows", ["ids", "market"])
const tracks = family<TrackId>("tracks", "Tracks")

/** Here the query is no longer documented. */
const saveTracks = Endpoint.discard<{
  readonly ids?: ReadonlyArray<TrackId>
  readonly timestamped_ids?: ReadonlyArray<TimestampedId>
}>({
  ...writing("tracks"),
  operationId: "save-tracks-user",
  name: "saveTracks",
  method: "PUT",
  replacement: "library.save",
  body: { type: "json", members: ["ids", "timestamped_ids"] }
})

/** @internal */
export const endpoints: ReadonlyArray<Endpoint.Endpoint<never, unknown>> = [
  albums,
  audiobooks,
  episodes,
  shows,
  { ...tracks, save: saveTracks }
].flatMap(({ contains, remove, save }) => [save, remove, contains])

/** The most ids of one request. */
const sizeOfAlbums = 20
const size = 50

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

const areTimestamped = (
  entries: ReadonlyArray<TrackId> | ReadonlyArray<TimestampedId>
): entries is ReadonlyArray<TimestampedId> => typeof entries[0] === "object"

/** @internal */
export const make = (execute: Endpoint.Execute): DeprecatedLibrary => {
  const saveTimestamped = (entries: ReadonlyArray<TimestampedId>): Effect.Effect<void, SpotifyError> => {
    const byId = new Map(entries.map((entry) => [entry.id, entry]))
    return Paging.checked(
      entries.every(({ added_at }) => instant.test(added_at))
        ? undefined
        : Endpoint.invalid(saveTracks, "added_at", "is not a time such as 2026-01-31T12:00:00Z"),
      ByIds.each(saveTracks, "ids", [...byId.keys()], size, (chunk) =>
        execute(saveTracks, { timestamped_ids: chunk.flatMap((id) => byId.get(id) ?? []) })
      )
    )
  }
  return {
    saveAlbums: ByIds.write(execute, albums.save, sizeOfAlbums),
    removeAlbums: ByIds.write(execute, albums.remove, sizeOfAlbums),
    containsAlbums: ByIds.contains(execute, albums.contains, sizeOfAlbums),
    saveTracks: (entries) =>
      areTimestamped(entries)
        ? saveTimestamped(entries)
        : ByIds.each(saveTracks, "ids", entries, size, (ids) => execute(saveTracks, { ids })),
    removeTracks: ByIds.write(execute, tracks.remove, size),
    containsTracks: ByIds.contains(execute, tracks.contains, size),
    saveEpisodes: ByIds.write(execute, episodes.save, size),
    removeEpisodes: ByIds.write(execute, episodes.remove, size),
    containsEpisodes: ByIds.contains(execute, episodes.contains, size),
    saveShows: ByIds.write(execute, shows.save, size),
    removeShows: ByIds.write(execute, shows.remove, size),
    containsShows: ByIds.contains(execute, shows.contains, size),
    saveAudiobooks: ByIds.write(execute, audiobooks.save, size),
    removeAudiobooks: ByIds.write(execute, audiobooks.remove, size),
    containsAudiobooks: ByIds.contains(execute, audiobooks.contains, size)
  }
}
