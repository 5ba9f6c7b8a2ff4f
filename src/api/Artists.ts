/**
 * Artists and their albums.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../internal/endpoint.js"
import * as Paging from "../internal/paging.js"
import { Artist } from "../model/Artist.js"
import { type Page, RawPage } from "../model/Page.js"
import { SimplifiedAlbum } from "../model/SimplifiedAlbum.js"
import type { ArtistId } from "../model/SpotifyId.js"
import type { SpotifyError } from "../SpotifyError.js"
import type { MarketOptions, PageOptions, StreamOptions } from "./Options.js"

/**
 * How an artist is part of an album.
 *
 * @since 0.1.0
 * @category models
 */
export type AlbumGroup = "album" | "single" | "appears_on" | "compilation"

/**
 * @since 0.1.0
 * @category models
 */
export interface AlbumsOptions extends MarketOptions {
  /** Only these. @default all */
  readonly include_groups?: ReadonlyArray<AlbumGroup> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Artists {
  /**
   * An artist.
   *
   * Scopes: none. Available to every app. Source: `GET /artists/{id}` (`get-an-artist`).
   */
  readonly get: (id: ArtistId) => Effect.Effect<Artist, SpotifyError>
  /**
   * The albums of an artist, fetched as they are taken, 10 at a time, which every app may ask for.
   *
   * Scopes: none. Available to every app. Source: `GET /artists/{id}/albums` (`get-an-artists-albums`).
   */
  readonly albums: (
    id: ArtistId,
    options?: AlbumsOptions & StreamOptions
  ) => Stream.Stream<SimplifiedAlbum, SpotifyError>
  /**
   * One page of {@link albums}; `limit` 1 to 10, by default 5. Apps in extended quota mode may ask for 50,
   * and get 20 by default.
   */
  readonly albumsPage: (
    id: ArtistId,
    options?: AlbumsOptions & PageOptions
  ) => Effect.Effect<Page<SimplifiedAlbum>, SpotifyError>
}

const get = Endpoint.json(Artist)<{ readonly id: ArtistId }>({
  operationId: "get-an-artist",
  group: "artists",
  name: "get",
  method: "GET",
  path: "/artists/{id}"
})

const albums = Endpoint.json(RawPage(SimplifiedAlbum))<
  { readonly id: ArtistId } & AlbumsOptions & PageOptions
>({
  operationId: "get-an-artists-albums",
  group: "artists",
  name: "albums",
  method: "GET",
  path: "/artists/{id}/albums",
  query: ["include_groups", "market", "limit", "offset"],
  paging: "offset"
})

/** @internal */
export const endpoints = [get, albums]

/** No group at all means every group, as if none were named. */
const withGroups = <O extends AlbumsOptions>(options: O | undefined): O | undefined =>
  options?.include_groups?.length === 0 ? { ...options, include_groups: undefined } : options

/** @internal */
export const make = (execute: Endpoint.Execute): Artists => ({
  get: (id) => execute(get, { id }),
  albums: (id, options) => Paging.byOffset(execute, albums, { ...withGroups(options), id }, 10),
  albumsPage: (id, options) => Paging.page(execute, albums, { ...withGroups(options), id })
})
