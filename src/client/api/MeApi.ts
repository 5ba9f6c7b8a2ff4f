/**
 * The current user: profile, favourites, followed artists.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import * as Paging from "../lists/paging.js"
import { Flags, paged } from "../../model/lenient.js"
import { Artist } from "../../model/Artist.js"
import { type CursorPage, type Page, RawCursorPage, RawPage } from "../../model/Page.js"
import type { ArtistId } from "../../model/SpotifyId.js"
import { Track } from "../../model/Track.js"
import { PrivateUser } from "../../model/User.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import type { PageOptions, StreamOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface TopOptions {
  /**
   * The period: about 4 weeks, 6 months or a year.
   * @default "medium_term"
   */
  readonly time_range?: "short_term" | "medium_term" | "long_term" | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface TopStreamOptions extends TopOptions, StreamOptions {}

/**
 * @since 0.1.0
 * @category models
 */
export interface TopPageOptions extends TopOptions, PageOptions {}

/**
 * @since 0.1.0
 * @category models
 */
export interface FollowedOptions {
  /** Start after this artist. */
  readonly after?: ArtistId | undefined
  /** The number of artists per request, 1 to 50. @default 20 for a page, 50 for a stream */
  readonly limit?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface MeApi extends DeprecatedMe {
  /**
   * The user's own profile.
   *
   * Scopes: none; `user-read-private` adds country and subscription, `user-read-email` the address, except
   * for apps in development mode. Available to every app. Source: `GET /me` (`get-current-users-profile`).
   */
  readonly profile: Effect.Effect<PrivateUser, SpotifyError>
  /**
   * The artists that the user listens to most, in descending order, fetched on demand.
   *
   * Scopes: `user-top-read`. Available to every app. Source: `GET /me/top/{type}`
   * (`get-users-top-artists-and-tracks`).
   */
  readonly topArtists: (options?: TopStreamOptions) => Stream.Stream<Artist, SpotifyError>
  /** One page of {@link topArtists}; `limit` 1 to 50, by default 20. */
  readonly topArtistsPage: (options?: TopPageOptions) => Effect.Effect<Page<Artist>, SpotifyError>
  /**
   * The tracks that the user listens to most, in descending order, fetched on demand.
   *
   * Scopes: `user-top-read`. Available to every app. Source: `GET /me/top/{type}`
   * (`get-users-top-artists-and-tracks`).
   */
  readonly topTracks: (options?: TopStreamOptions) => Stream.Stream<Track, SpotifyError>
  /** One page of {@link topTracks}; `limit` 1 to 50, by default 20. */
  readonly topTracksPage: (options?: TopPageOptions) => Effect.Effect<Page<Track>, SpotifyError>
  /**
   * The artists the user follows, fetched on demand.
   *
   * Scopes: `user-follow-read`. Available to every app. Source: `GET /me/following` (`get-followed`).
   */
  readonly followedArtists: (options?: FollowedOptions) => Stream.Stream<Artist, SpotifyError>
  /** One page of {@link followedArtists}; `limit` 1 to 50, by default 20. */
  readonly followedArtistsPage: (options?: FollowedOptions) => Effect.Effect<CursorPage<Artist>, SpotifyError>
}

/**
 * The ids of what can be followed. A user's id is any text without a comma.
 *
 * @since 0.1.0
 * @category models
 */
export interface FollowedIds {
  readonly artist: ArtistId
  readonly user: string
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedMe {
  /**
   * Follows artists or users. Any number, 50 per request. If a later request fails, `PartialWrite` says what
   * has taken effect. An empty list sends no request.
   *
   * Scopes: `user-follow-modify`. Apps in extended quota mode only. Source: `PUT /me/following`
   * (`follow-artists-users`).
   *
   * @deprecated since February 2026: use `library.save`
   */
  readonly follow: <T extends keyof FollowedIds>(
    type: T,
    ids: ReadonlyArray<FollowedIds[T]>
  ) => Effect.Effect<void, SpotifyError>
  /**
   * The opposite of {@link follow}. Users and artists that are not followed are ignored.
   *
   * Scopes: `user-follow-modify`. Apps in extended quota mode only. Source: `DELETE /me/following`
   * (`unfollow-artists-users`).
   *
   * @deprecated since February 2026: use `library.remove`
   */
  readonly unfollow: <T extends keyof FollowedIds>(
    type: T,
    ids: ReadonlyArray<FollowedIds[T]>
  ) => Effect.Effect<void, SpotifyError>
  /**
   * Returns for each id whether the user follows it. Any number, 50 per request. An empty list sends no
   * request.
   *
   * Scopes: `user-follow-read`. Apps in extended quota mode only. Source: `GET /me/following/contains`
   * (`check-current-user-follows`).
   *
   * @deprecated since February 2026: use `library.contains`
   */
  readonly follows: <T extends keyof FollowedIds>(
    type: T,
    ids: ReadonlyArray<FollowedIds[T]>
  ) => Effect.Effect<ReadonlyMap<FollowedIds[T], boolean>, SpotifyError>
}

const profile = Endpoint.json(PrivateUser)<object>({
  operationId: "get-current-users-profile",
  group: "me",
  name: "profile",
  method: "GET",
  path: "/me"
})

const top = {
  operationId: "get-users-top-artists-and-tracks",
  group: "me",
  method: "GET",
  path: "/me/top/{type}",
  query: ["time_range", "limit", "offset"],
  scopes: ["user-top-read"],
  paging: "offset"
} as const

const topArtists = Endpoint.json(RawPage(Artist))<{ readonly type: "artists" } & TopPageOptions>({
  ...top,
  name: "topArtists"
})

const topTracks = Endpoint.json(RawPage(Track))<{ readonly type: "tracks" } & TopPageOptions>({
  ...top,
  name: "topTracks"
})

const followedArtists = Endpoint.json(paged("artists", RawCursorPage(Artist)))<
  { readonly type: "artist" } & FollowedOptions
>({
  operationId: "get-followed",
  group: "me",
  name: "followedArtists",
  method: "GET",
  path: "/me/following",
  query: ["type", "after", "limit"],
  scopes: ["user-follow-read"],
  paging: "cursor"
})

interface Following extends ByIds.Ids<string> {
  readonly type: keyof FollowedIds
}

// A body may also contain the ids, but only the query is required
const following = {
  group: "me",
  path: "/me/following",
  query: ["type", "ids"],
  availability: "extended"
} as const

const follow = Endpoint.discard<Following>({
  ...following,
  operationId: "follow-artists-users",
  name: "follow",
  method: "PUT",
  scopes: ["user-follow-modify"],
  replacement: "library.save"
})

const unfollow = Endpoint.discard<Following>({
  ...following,
  operationId: "unfollow-artists-users",
  name: "unfollow",
  method: "DELETE",
  scopes: ["user-follow-modify"],
  replacement: "library.remove"
})

const follows = Endpoint.json(Flags)<Following>({
  ...following,
  operationId: "check-current-user-follows",
  name: "follows",
  method: "GET",
  path: "/me/following/contains",
  scopes: ["user-follow-read"],
  replacement: "library.contains"
})

/** @internal */
export const endpoints = [profile, topArtists, topTracks, followedArtists, follow, unfollow, follows]

/** The most ids of one request. */
const chunkSize = 50

/** @internal */
export const make = (execute: Endpoint.Execute): MeApi => ({
  profile: execute(profile, {}),
  topArtists: (options) => Paging.byOffset(execute, topArtists, { ...options, type: "artists" }, 50),
  topArtistsPage: (options) => Paging.page(execute, topArtists, { ...options, type: "artists" }),
  topTracks: (options) => Paging.byOffset(execute, topTracks, { ...options, type: "tracks" }, 50),
  topTracksPage: (options) => Paging.page(execute, topTracks, { ...options, type: "tracks" }),
  followedArtists: (options) =>
    Paging.byCursor(execute, followedArtists, { ...options, type: "artist" }, 50, {
      name: "after",
      pageOf: ({ artists }) => artists,
      // A cursor is the id of the last artist, which the page has even without a cursor
      nextOf: (cursor, last) => (cursor as ArtistId | undefined) ?? last?.id
    }),
  followedArtistsPage: (options) =>
    Paging.cursorPage(execute, followedArtists, { ...options, type: "artist" }, ({ artists }) => artists),
  follow: (type, ids) => ByIds.write(execute, follow, chunkSize)(ids, { type }),
  unfollow: (type, ids) => ByIds.write(execute, unfollow, chunkSize)(ids, { type }),
  follows: (type, ids) =>
    ByIds.askWhether(follows, "ids", ids, chunkSize, (chunk) => execute(follows, { type, ids: chunk }))
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<MeApi, never, WebApi.WebApi> = WebApi.group(make)
