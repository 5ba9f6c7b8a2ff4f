/**
 * Albums and their tracks.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../internal/endpoint.js"
import * as Paging from "../internal/paging.js"
import { Album } from "../model/Album.js"
import { type Page, RawPage } from "../model/Page.js"
import { SimplifiedTrack } from "../model/SimplifiedTrack.js"
import type { AlbumId } from "../model/SpotifyId.js"
import type { SpotifyError } from "../SpotifyError.js"
import type { MarketOptions, PageOptions, StreamOptions } from "./Options.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Albums {
  /**
   * An album with the first page of its tracks.
   *
   * Scopes: none. Available to every app. Source: `GET /albums/{id}` (`get-an-album`).
   */
  readonly get: (id: AlbumId, options?: MarketOptions) => Effect.Effect<Album, SpotifyError>
  /**
   * The tracks of an album, in order, fetched as they are taken.
   *
   * Scopes: none. Available to every app. Source: `GET /albums/{id}/tracks` (`get-an-albums-tracks`).
   */
  readonly tracks: (
    id: AlbumId,
    options?: MarketOptions & StreamOptions
  ) => Stream.Stream<SimplifiedTrack, SpotifyError>
  /** One page of {@link tracks}; `limit` 1 to 50, by default 20. */
  readonly tracksPage: (
    id: AlbumId,
    options?: MarketOptions & PageOptions
  ) => Effect.Effect<Page<SimplifiedTrack>, SpotifyError>
}

const get = Endpoint.json(Album)<{ readonly id: AlbumId } & MarketOptions>({
  operationId: "get-an-album",
  group: "albums",
  name: "get",
  method: "GET",
  path: "/albums/{id}",
  query: ["market"]
})

const tracks = Endpoint.json(RawPage(SimplifiedTrack))<
  { readonly id: AlbumId } & MarketOptions & PageOptions
>({
  operationId: "get-an-albums-tracks",
  group: "albums",
  name: "tracks",
  method: "GET",
  path: "/albums/{id}/tracks",
  query: ["market", "limit", "offset"],
  paging: "offset"
})

/** @internal */
export const endpoints = [get, tracks]

/** @internal */
export const make = (execute: Endpoint.Execute): Albums => ({
  get: (id, options) => execute(get, { ...options, id }),
  tracks: (id, options) => Paging.byOffset(execute, tracks, { ...options, id }, 50),
  tracksPage: (id, options) => Paging.page(execute, tracks, { ...options, id })
})
