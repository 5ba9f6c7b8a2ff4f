/**
 * Episodes of podcasts.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Endpoint from "../call/endpoint.js"
import * as GetMany from "../lists/getMany.js"
import { listedByPlace } from "../../model/lenient.js"
import { Episode } from "../../model/Episode.js"
import type { EpisodeId } from "../../model/SpotifyId.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import type { Found, MarketManyOptions, MarketOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface EpisodesApi extends DeprecatedEpisodes {
  /**
   * An episode with its podcast. Without a user's session, `market` is required.
   *
   * Scopes: none; `user-read-playback-position` adds `resume_point`. Available to every app. Source: `GET /episodes/{id}`
   * (`get-an-episode`).
   */
  readonly get: (id: EpisodeId, options?: MarketOptions) => Effect.Effect<Episode, SpotifyError>
  /**
   * Episodes in the order of their ids, none for an id that no episode has. Works for every app: 50 per request
   * if the app may, otherwise one per request, with up to {@link MarketManyOptions.concurrency} concurrent
   * requests. Any other failure fails the whole call.
   *
   * Scopes: none; `user-read-playback-position` adds `resume_point`. Available to every app.
   * Source: `GET /episodes` (`get-multiple-episodes`) and `GET /episodes/{id}`.
   */
  readonly getMany: (
    ids: ReadonlyArray<EpisodeId>,
    options?: MarketManyOptions
  ) => Effect.Effect<Found<Episode>, SpotifyError>
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedEpisodes {
  /**
   * Episodes in the order of their ids, none for an id that no episode has in the market. Any number, 50 per
   * request. An empty list sends no request.
   *
   * Scopes: none; `user-read-playback-position` adds `resume_point`. Apps in extended quota mode only. Source: `GET /episodes`
   * (`get-multiple-episodes`).
   *
   * @deprecated since February 2026: use `get` or `getMany`
   */
  readonly getSeveral: (
    ids: ReadonlyArray<EpisodeId>,
    options?: MarketOptions
  ) => Effect.Effect<Found<Episode>, SpotifyError>
}

const get = Endpoint.json(Episode)<{ readonly id: EpisodeId } & MarketOptions>({
  operationId: "get-an-episode",
  group: "episodes",
  name: "get",
  method: "GET",
  path: "/episodes/{id}",
  query: ["market"]
})

const getSeveral = Endpoint.json(listedByPlace("episodes", Episode))<ByIds.Ids<EpisodeId> & MarketOptions>({
  operationId: "get-multiple-episodes",
  group: "episodes",
  name: "getSeveral",
  method: "GET",
  path: "/episodes",
  query: ["ids", "market"],
  availability: "extended",
  replacement: "episodes.getMany"
})

const many = GetMany.kind({
  single: get,
  batch: getSeveral,
  size: 50,
  itemsOf: ({ episodes }) => episodes,
  itemOf: identity
})

/** @internal */
export const endpoints = [get, getSeveral]

/** @internal */
export const make = (execute: Endpoint.Execute): EpisodesApi => ({
  get: GetMany.get(execute, many),
  getMany: GetMany.getMany(execute, many),
  getSeveral: ByIds.several(execute, getSeveral, 50, ({ episodes }) => episodes)
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<EpisodesApi, never, WebApi.WebApi> = WebApi.group(make)
