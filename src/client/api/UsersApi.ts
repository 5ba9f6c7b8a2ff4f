/**
 * Other users.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import * as Paging from "../lists/paging.js"
import { type Page, RawPage } from "../../model/Page.js"
import { Playlist, SimplifiedPlaylist } from "../../model/Playlist.js"
import { PublicUser } from "../../model/User.js"
import type { SpotifyError } from "../SpotifyError.js"
import type { PageOptions, StreamOptions } from "./Options.js"
import * as Details from "./playlistDetails.js"
import type { CreatedPlaylist } from "./PlaylistsApi.js"
import * as WebApi from "../WebApi.js"

/**
 * Operations closed to apps in development mode since February 2026. A user's id may be any text.
 *
 * @since 0.1.0
 * @category models
 */
export interface UsersApi {
  /**
   * The public profile of a user.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /users/{user_id}` (`get-users-profile`).
   *
   * @deprecated since February 2026: `me.profile` gives the current user's own
   */
  readonly get: (user_id: string) => Effect.Effect<PublicUser, SpotifyError>
  /**
   * The playlists of a user, fetched on demand.
   *
   * Scopes: none for public ones; `playlist-read-private` and `playlist-read-collaborative` add the current
   * user's others. Apps in extended quota mode only. Source: `GET /users/{user_id}/playlists`
   * (`get-list-users-playlists`).
   *
   * @deprecated since February 2026: `playlists.mine` gives the current user's own
   */
  readonly playlists: (
    user_id: string,
    options?: StreamOptions
  ) => Stream.Stream<SimplifiedPlaylist, SpotifyError>
  /**
   * One page of {@link playlists}; `limit` 1 to 50, by default 20; `offset` up to 100,000.
   *
   * @deprecated since February 2026: `playlists.minePage` gives the current user's own
   */
  readonly playlistsPage: (
    user_id: string,
    options?: PageOptions
  ) => Effect.Effect<Page<SimplifiedPlaylist>, SpotifyError>
  /**
   * Creates an empty playlist for a user, who must be the current one.
   *
   * Scopes: `playlist-modify-public` or `playlist-modify-private`. Apps in extended quota mode only. Source:
   * `POST /users/{user_id}/playlists` (`create-playlist-for-user`).
   *
   * @deprecated since February 2026: use `playlists.create`
   */
  readonly createPlaylist: (
    user_id: string,
    options: Details.CreateOptions
  ) => Effect.Effect<CreatedPlaylist, SpotifyError>
}

interface OfUser {
  readonly user_id: string
}

const extended = { group: "users", availability: "extended" } as const

const get = Endpoint.json(PublicUser)<OfUser>({
  ...extended,
  operationId: "get-users-profile",
  name: "get",
  method: "GET",
  path: "/users/{user_id}",
  replacement: "me.profile"
})

const playlists = Endpoint.json(RawPage(SimplifiedPlaylist))<OfUser & PageOptions>({
  ...extended,
  operationId: "get-list-users-playlists",
  name: "playlists",
  method: "GET",
  path: "/users/{user_id}/playlists",
  query: ["limit", "offset"],
  paging: "offset",
  replacement: "playlists.mine"
})

const createPlaylist = Endpoint.written(Playlist)<OfUser & Details.CreateOptions>({
  ...extended,
  operationId: "create-playlist-for-user",
  name: "createPlaylist",
  method: "POST",
  path: "/users/{user_id}/playlists",
  body: Details.body,
  scopes: [Details.modify],
  replacement: "playlists.create"
})

/** @internal */
export const endpoints = [get, playlists, createPlaylist]

/** @internal */
export const make = (execute: Endpoint.Execute): UsersApi => ({
  get: (user_id) => execute(get, { user_id }),
  playlists: (user_id, options) => Paging.byOffset(execute, playlists, { ...options, user_id }, 50),
  playlistsPage: (user_id, options) => Paging.page(execute, playlists, { ...options, user_id }),
  createPlaylist: (user_id, options) =>
    Paging.checked(Details.invalid(createPlaylist, options), execute(createPlaylist, { ...options, user_id }))
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<UsersApi, never, WebApi.WebApi> = WebApi.group(make)
