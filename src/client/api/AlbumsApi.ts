/**
 * Albums and their tracks.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import { listedByPlace } from "../../model/lenient.js"
import * as GetMany from "../lists/getMany.js"
import * as Paging from "../lists/paging.js"
import { Album } from "../../model/Album.js"
import { type Page, RawPage } from "../../model/Page.js"
import { SimplifiedTrack } from "../../model/SimplifiedTrack.js"
import type { AlbumId } from "../../model/SpotifyId.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import type {
  Found,
  MarketManyOptions,
  MarketOptions,
  MarketPageOptions,
  MarketStreamOptions
} from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface AlbumsApi extends DeprecatedAlbums {
  /**
   * An album with the first page of its tracks.
   *
   * Scopes: none. Available to every app. Source: `GET /albums/{id}` (`get-an-album`).
   */
  readonly get: (id: AlbumId, options?: MarketOptions) => Effect.Effect<Album, SpotifyError>
  /**
   * Albums in the order of their ids, none for an id that no album has. Works for every app: 20 per request if
   * the app may, otherwise one per request, with up to {@link MarketManyOptions.concurrency} concurrent
   * requests. Any other failure fails the whole call.
   *
   * Scopes: none. Available to every app.
   * Source: `GET /albums` (`get-multiple-albums`) and `GET /albums/{id}`.
   */
  readonly getMany: (
    ids: ReadonlyArray<AlbumId>,
    options?: MarketManyOptions
  ) => Effect.Effect<Found<Album>, SpotifyError>
  /**
   * The tracks of an album, in order, fetched on demand.
   *
   * Scopes: none. Available to every app. Source: `GET /albums/{id}/tracks` (`get-an-albums-tracks`).
   */
  readonly tracks: (
    id: AlbumId,
    options?: MarketStreamOptions
  ) => Stream.Stream<SimplifiedTrack, SpotifyError>
  /** One page of {@link tracks}; `limit` 1 to 50, by default 20. */
  readonly tracksPage: (
    id: AlbumId,
    options?: MarketPageOptions
  ) => Effect.Effect<Page<SimplifiedTrack>, SpotifyError>
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedAlbums {
  /**
   * Albums in the order of their ids, none for an id that no album has in the market. Any number, 20 per
   * request. An empty list sends no request.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /albums` (`get-multiple-albums`).
   *
   * @deprecated since February 2026: use `get` or `getMany`
   */
  readonly getSeveral: (
    ids: ReadonlyArray<AlbumId>,
    options?: MarketOptions
  ) => Effect.Effect<Found<Album>, SpotifyError>
}

const get = Endpoint.json(Album)<{ readonly id: AlbumId } & MarketOptions>({
  operationId: "get-an-album",
  group: "albums",
  name: "get",
  method: "GET",
  path: "/albums/{id}",
  query: ["market"]
})

const tracks = Endpoint.json(RawPage(SimplifiedTrack))<{ readonly id: AlbumId } & MarketPageOptions>({
  operationId: "get-an-albums-tracks",
  group: "albums",
  name: "tracks",
  method: "GET",
  path: "/albums/{id}/tracks",
  query: ["market", "limit", "offset"],
  paging: "offset"
})

const getSeveral = Endpoint.json(listedByPlace("albums", Album))<ByIds.Ids<AlbumId> & MarketOptions>({
  operationId: "get-multiple-albums",
  group: "albums",
  name: "getSeveral",
  method: "GET",
  path: "/albums",
  query: ["ids", "market"],
  availability: "extended",
  replacement: "albums.getMany"
})

const many = GetMany.kind({
  single: get,
  batch: getSeveral,
  size: 20,
  itemsOf: ({ albums }) => albums,
  itemOf: identity
})

/** @internal */
export const endpoints = [get, tracks, getSeveral]

/** @internal */
export const make = (execute: Endpoint.Execute): AlbumsApi => ({
  get: GetMany.get(execute, many),
  getMany: GetMany.getMany(execute, many),
  tracks: (id, options) => Paging.byOffset(execute, tracks, { ...options, id }, 50),
  tracksPage: (id, options) => Paging.page(execute, tracks, { ...options, id }),
  getSeveral: ByIds.several(execute, getSeveral, 20, ({ albums }) => albums)
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<AlbumsApi, never, WebApi.WebApi> = WebApi.group(make)
