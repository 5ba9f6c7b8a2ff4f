/**
 * The content of Spotify's "Browse" tab. Closed to apps in development mode since February 2026, and in part to
 * all new apps since November 2024.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import { object, paged, patchy, repaired } from "../../model/lenient.js"
import * as Paging from "../lists/paging.js"
import { Category, type PlaylistSelection } from "../../model/Category.js"
import { fromRaw, type Page, RawPage } from "../../model/Page.js"
import { SimplifiedPlaylist } from "../../model/Playlist.js"
import { SimplifiedAlbum } from "../../model/SimplifiedAlbum.js"
import type { SpotifyError } from "../SpotifyError.js"
import type { PageOptions, StreamOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface LocaleOptions {
  /** The language of names: ISO 639-1 and a country, such as `es_MX`. @default American English */
  readonly locale?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface LocaleStreamOptions extends LocaleOptions, StreamOptions {}

/**
 * @since 0.1.0
 * @category models
 */
export interface LocalePageOptions extends LocaleOptions, PageOptions {}

/**
 * Operations closed to apps in development mode since February 2026, or to new apps since November 2024.
 *
 * @since 0.1.0
 * @category models
 */
export interface BrowseApi {
  /**
   * The categories of playlists, fetched on demand.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /browse/categories` (`get-categories`).
   *
   * @deprecated since February 2026, without a replacement
   */
  readonly categories: (options?: LocaleStreamOptions) => Stream.Stream<Category, SpotifyError>
  /**
   * One page of {@link categories}; `limit` 1 to 50, by default 20.
   *
   * @deprecated since February 2026, without a replacement
   */
  readonly categoriesPage: (options?: LocalePageOptions) => Effect.Effect<Page<Category>, SpotifyError>
  /**
   * A category. The id may be any text.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /browse/categories/{category_id}`
   * (`get-a-category`).
   *
   * @deprecated since February 2026, without a replacement
   */
  readonly category: (category_id: string, options?: LocaleOptions) => Effect.Effect<Category, SpotifyError>
  /**
   * Recently released albums, fetched on demand.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /browse/new-releases`
   * (`get-new-releases`).
   *
   * @deprecated since February 2026, without a replacement: `search.albums` with `tag:new` comes close
   */
  readonly newReleases: (options?: StreamOptions) => Stream.Stream<SimplifiedAlbum, SpotifyError>
  /**
   * One page of {@link newReleases}; `limit` 1 to 50, by default 20.
   *
   * @deprecated since February 2026, without a replacement: `search.albums` with `tag:new` comes close
   */
  readonly newReleasesPage: (options?: PageOptions) => Effect.Effect<Page<SimplifiedAlbum>, SpotifyError>
  /**
   * A page of featured playlists, with a heading; `limit` 1 to 50, by default 20.
   *
   * Scopes: none. Only apps that had extended access then. Source: `GET /browse/featured-playlists`
   * (`get-featured-playlists`).
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly featuredPlaylists: (options?: LocalePageOptions) => Effect.Effect<PlaylistSelection, SpotifyError>
  /**
   * A page of the playlists of a category, with a heading; `limit` 1 to 50, by default 20.
   *
   * Scopes: none. Only apps that had extended access then. Source:
   * `GET /browse/categories/{category_id}/playlists` (`get-a-categories-playlists`).
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly categoryPlaylists: (
    category_id: string,
    options?: PageOptions
  ) => Effect.Effect<PlaylistSelection, SpotifyError>
}

interface OfCategory {
  readonly category_id: string
}

const extended = { group: "browse", method: "GET", availability: "extended" } as const

const closed = { group: "browse", method: "GET", availability: "closed", paging: "offset" } as const

const categories = Endpoint.json(paged("categories", RawPage(Category)))<LocalePageOptions>({
  ...extended,
  operationId: "get-categories",
  name: "categories",
  path: "/browse/categories",
  query: ["locale", "limit", "offset"],
  paging: "offset"
})

const category = Endpoint.json(Category)<OfCategory & LocaleOptions>({
  ...extended,
  operationId: "get-a-category",
  name: "category",
  path: "/browse/categories/{category_id}",
  query: ["locale"]
})

const newReleases = Endpoint.json(paged("albums", RawPage(SimplifiedAlbum)))<PageOptions>({
  ...extended,
  operationId: "get-new-releases",
  name: "newReleases",
  path: "/browse/new-releases",
  query: ["limit", "offset"],
  paging: "offset",
  replacement: "search.albums"
})

const Selection = repaired(
  object({ message: patchy(Schema.String), playlists: RawPage(SimplifiedPlaylist) }),
  { fallbacks: { playlists: {} } }
)

const featuredPlaylists = Endpoint.json(Selection)<LocalePageOptions>({
  ...closed,
  operationId: "get-featured-playlists",
  name: "featuredPlaylists",
  path: "/browse/featured-playlists",
  query: ["locale", "limit", "offset"]
})

const categoryPlaylists = Endpoint.json(Selection)<OfCategory & PageOptions>({
  ...closed,
  operationId: "get-a-categories-playlists",
  name: "categoryPlaylists",
  path: "/browse/categories/{category_id}/playlists",
  query: ["limit", "offset"]
})

/** @internal */
export const endpoints = [categories, category, newReleases, featuredPlaylists, categoryPlaylists]

const endless = Number.POSITIVE_INFINITY

/** @internal */
export const make = (execute: Endpoint.Execute): BrowseApi => {
  const selection = <P extends PageOptions>(
    endpoint: Endpoint.Endpoint<P, typeof Selection.Type>,
    params: P
  ): Effect.Effect<PlaylistSelection, SpotifyError> =>
    Paging.checked(
      Paging.invalidPage(endpoint, params),
      Effect.map(execute(endpoint, params), (answer) => ({
        ...answer,
        playlists: fromRaw(answer.playlists, params)
      }))
    )
  return {
    categories: (options) =>
      Paging.byOffsetWithin(execute, categories, { ...options }, 50, {
        pageOf: ({ categories }) => categories,
        end: endless
      }),
    categoriesPage: (options) =>
      Paging.pageWithin(execute, categories, { ...options }, ({ categories }) => categories),
    category: (category_id, options) => execute(category, { ...options, category_id }),
    newReleases: (options) =>
      Paging.byOffsetWithin(execute, newReleases, { ...options }, 50, {
        pageOf: ({ albums }) => albums,
        end: endless
      }),
    newReleasesPage: (options) =>
      Paging.pageWithin(execute, newReleases, { ...options }, ({ albums }) => albums),
    featuredPlaylists: (options) => selection(featuredPlaylists, { ...options }),
    categoryPlaylists: (category_id, options) => selection(categoryPlaylists, { ...options, category_id })
  }
}

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<BrowseApi, never, WebApi.WebApi> = WebApi.group(make)
