/**
 * Podcasts and their episodes.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../call/endpoint.js"
import { listedByPlace } from "../../model/lenient.js"
import * as GetMany from "../lists/getMany.js"
import * as Paging from "../lists/paging.js"
import { type Page, RawPage } from "../../model/Page.js"
import { Show, SimplifiedShow } from "../../model/Show.js"
import { SimplifiedEpisode } from "../../model/SimplifiedEpisode.js"
import type { ShowId } from "../../model/SpotifyId.js"
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
export interface ShowsApi extends DeprecatedShows {
  /**
   * A podcast with the first page of its episodes. Without a user's session, `market` is required.
   *
   * Scopes: none; `user-read-playback-position` adds the episodes' `resume_point`. Available to every app. Source: `GET /shows/{id}`
   * (`get-a-show`).
   */
  readonly get: (id: ShowId, options?: MarketOptions) => Effect.Effect<Show, SpotifyError>
  /**
   * Podcasts in the order of their ids, none for an id that no podcast has. Works for every app: 50 per request
   * if the app may, otherwise one per request, with up to {@link MarketManyOptions.concurrency} concurrent
   * requests. Any other failure fails the whole call. They lack the page of episodes that {@link get} returns.
   *
   * Scopes: none. Available to every app.
   * Source: `GET /shows` (`get-multiple-shows`) and `GET /shows/{id}`.
   */
  readonly getMany: (
    ids: ReadonlyArray<ShowId>,
    options?: MarketManyOptions
  ) => Effect.Effect<Found<SimplifiedShow>, SpotifyError>
  /**
   * The episodes of a podcast, the newest first, fetched on demand. Without a user's session, `market` is
   * required.
   *
   * Scopes: none; `user-read-playback-position` adds `resume_point`. Available to every app. Source:
   * `GET /shows/{id}/episodes` (`get-a-shows-episodes`).
   */
  readonly episodes: (
    id: ShowId,
    options?: MarketStreamOptions
  ) => Stream.Stream<SimplifiedEpisode, SpotifyError>
  /** One page of {@link episodes}; `limit` 1 to 50, by default 20. */
  readonly episodesPage: (
    id: ShowId,
    options?: MarketPageOptions
  ) => Effect.Effect<Page<SimplifiedEpisode>, SpotifyError>
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedShows {
  /**
   * Podcasts in the order of their ids, none for an id that no podcast has in the market. Any number, 50 per
   * request. An empty list sends no request.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /shows`
   * (`get-multiple-shows`).
   *
   * @deprecated since February 2026: use `get` or `getMany`
   */
  readonly getSeveral: (
    ids: ReadonlyArray<ShowId>,
    options?: MarketOptions
  ) => Effect.Effect<Found<SimplifiedShow>, SpotifyError>
}

const get = Endpoint.json(Show)<{ readonly id: ShowId } & MarketOptions>({
  operationId: "get-a-show",
  group: "shows",
  name: "get",
  method: "GET",
  path: "/shows/{id}",
  query: ["market"]
})

const episodes = Endpoint.json(RawPage(SimplifiedEpisode))<{ readonly id: ShowId } & MarketPageOptions>({
  operationId: "get-a-shows-episodes",
  group: "shows",
  name: "episodes",
  method: "GET",
  path: "/shows/{id}/episodes",
  query: ["market", "limit", "offset"],
  paging: "offset"
})

const getSeveral = Endpoint.json(listedByPlace("shows", SimplifiedShow))<ByIds.Ids<ShowId> & MarketOptions>({
  operationId: "get-multiple-shows",
  group: "shows",
  name: "getSeveral",
  method: "GET",
  path: "/shows",
  query: ["ids", "market"],
  availability: "extended",
  replacement: "shows.getMany"
})

const many = GetMany.kind({
  single: get,
  batch: getSeveral,
  size: 50,
  itemsOf: ({ shows }) => shows,
  itemOf: ({ episodes: _, ...show }): SimplifiedShow => show
})

/** @internal */
export const endpoints = [get, episodes, getSeveral]

/** @internal */
export const make = (execute: Endpoint.Execute): ShowsApi => ({
  get: (id, options) => execute(get, { ...options, id }),
  getMany: GetMany.getMany(execute, many),
  episodes: (id, options) => Paging.byOffset(execute, episodes, { ...options, id }, 50),
  episodesPage: (id, options) => Paging.page(execute, episodes, { ...options, id }),
  getSeveral: ByIds.several(execute, getSeveral, 50, ({ shows }) => shows)
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<ShowsApi, never, WebApi.WebApi> = WebApi.group(make)
