/**
 * Artists and their albums.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import { listed, listedByPlace } from "../../model/lenient.js"
import * as GetMany from "../lists/getMany.js"
import * as Paging from "../lists/paging.js"
import { Artist } from "../../model/Artist.js"
import { type Page, present, RawPage } from "../../model/Page.js"
import { SimplifiedAlbum } from "../../model/SimplifiedAlbum.js"
import type { ArtistId } from "../../model/SpotifyId.js"
import { Track } from "../../model/Track.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import type { Found, ManyOptions, MarketOptions, PageOptions, StreamOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * The artist's role on an album.
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
  /** Only albums of these groups. @default all */
  readonly include_groups?: ReadonlyArray<AlbumGroup> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface AlbumsStreamOptions extends AlbumsOptions, StreamOptions {}

/**
 * @since 0.1.0
 * @category models
 */
export interface AlbumsPageOptions extends AlbumsOptions, PageOptions {}

/**
 * @since 0.1.0
 * @category models
 */
export interface ArtistsApi extends DeprecatedArtists {
  /**
   * An artist.
   *
   * Scopes: none. Available to every app. Source: `GET /artists/{id}` (`get-an-artist`).
   */
  readonly get: (id: ArtistId) => Effect.Effect<Artist, SpotifyError>
  /**
   * Artists in the order of their ids, none for an id that no artist has. Works for every app: 50 per request
   * if the app may, otherwise one per request, with up to {@link ManyOptions.concurrency} concurrent requests.
   * Any other failure fails the whole call.
   *
   * Scopes: none. Available to every app.
   * Source: `GET /artists` (`get-multiple-artists`) and `GET /artists/{id}`.
   */
  readonly getMany: (
    ids: ReadonlyArray<ArtistId>,
    options?: ManyOptions
  ) => Effect.Effect<Found<Artist>, SpotifyError>
  /**
   * The albums of an artist, fetched on demand, 10 at a time, or 50 if the app may.
   *
   * Scopes: none. Available to every app. Source: `GET /artists/{id}/albums` (`get-an-artists-albums`).
   */
  readonly albums: (
    id: ArtistId,
    options?: AlbumsStreamOptions
  ) => Stream.Stream<SimplifiedAlbum, SpotifyError>
  /**
   * One page of {@link albums}; `limit` 1 to 10, by default 5. Apps in extended quota mode may request 50;
   * their default is 20.
   */
  readonly albumsPage: (
    id: ArtistId,
    options?: AlbumsPageOptions
  ) => Effect.Effect<Page<SimplifiedAlbum>, SpotifyError>
}

/**
 * Operations closed to apps in development mode since February 2026, or to new apps since November 2024.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedArtists {
  /**
   * Artists in the order of their ids, none for an id that no artist has. Any number, 50 per request. An empty
   * list sends no request.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /artists` (`get-multiple-artists`).
   *
   * @deprecated since February 2026: use `get` or `getMany`
   */
  readonly getSeveral: (ids: ReadonlyArray<ArtistId>) => Effect.Effect<Found<Artist>, SpotifyError>
  /**
   * Up to ten of an artist's most popular tracks in the market.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /artists/{id}/top-tracks`
   * (`get-an-artists-top-tracks`).
   *
   * @deprecated since February 2026, without a replacement: `search.tracks` with `artist:` comes close
   */
  readonly topTracks: (
    id: ArtistId,
    options?: MarketOptions
  ) => Effect.Effect<ReadonlyArray<Track>, SpotifyError>
  /**
   * Up to twenty artists with a similar audience.
   *
   * Scopes: none. Only apps that had extended access then. Source: `GET /artists/{id}/related-artists`
   * (`get-an-artists-related-artists`).
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly relatedArtists: (id: ArtistId) => Effect.Effect<ReadonlyArray<Artist>, SpotifyError>
}

const get = Endpoint.json(Artist)<{ readonly id: ArtistId }>({
  operationId: "get-an-artist",
  group: "artists",
  name: "get",
  method: "GET",
  path: "/artists/{id}"
})

const albums = Endpoint.json(RawPage(SimplifiedAlbum))<{ readonly id: ArtistId } & AlbumsPageOptions>({
  operationId: "get-an-artists-albums",
  group: "artists",
  name: "albums",
  method: "GET",
  path: "/artists/{id}/albums",
  query: ["include_groups", "market", "limit", "offset"],
  paging: "offset",
  maxLimit: { development: 10, extended: 50 }
})

const getSeveral = Endpoint.json(listedByPlace("artists", Artist))<ByIds.Ids<ArtistId>>({
  operationId: "get-multiple-artists",
  group: "artists",
  name: "getSeveral",
  method: "GET",
  path: "/artists",
  query: ["ids"],
  availability: "extended",
  replacement: "artists.getMany"
})

const topTracks = Endpoint.json(listed("tracks", Track))<{ readonly id: ArtistId } & MarketOptions>({
  operationId: "get-an-artists-top-tracks",
  group: "artists",
  name: "topTracks",
  method: "GET",
  path: "/artists/{id}/top-tracks",
  query: ["market"],
  availability: "extended",
  replacement: "search.tracks"
})

const relatedArtists = Endpoint.json(listed("artists", Artist))<{ readonly id: ArtistId }>({
  operationId: "get-an-artists-related-artists",
  group: "artists",
  name: "relatedArtists",
  method: "GET",
  path: "/artists/{id}/related-artists",
  availability: "closed"
})

const many = GetMany.kind({
  single: get,
  batch: getSeveral,
  size: 50,
  itemsOf: ({ artists }) => artists,
  itemOf: identity
})

/** @internal */
export const endpoints = [get, albums, getSeveral, topTracks, relatedArtists]

/** An empty list of groups means every group. */
const withGroups = <O extends AlbumsOptions>(options: O | undefined): O | undefined =>
  options?.include_groups?.length === 0 ? { ...options, include_groups: undefined } : options

/** @internal */
export const make = (execute: Endpoint.Execute): ArtistsApi => ({
  get: GetMany.get(execute, many),
  getMany: GetMany.getMany(execute, many),
  albums: (id, options) => Paging.byOffset(execute, albums, { ...withGroups(options), id }, 10),
  albumsPage: (id, options) => Paging.page(execute, albums, { ...withGroups(options), id }),
  getSeveral: ByIds.several(execute, getSeveral, 50, ({ artists }) => artists),
  topTracks: (id, options) =>
    Effect.map(execute(topTracks, { ...options, id }), ({ tracks }) => present(tracks)),
  relatedArtists: (id) => Effect.map(execute(relatedArtists, { id }), ({ artists }) => present(artists))
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<ArtistsApi, never, WebApi.WebApi> = WebApi.group(make)
