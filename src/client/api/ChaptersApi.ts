/**
 * Chapters of audiobooks. Spotify has them in some markets only.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Endpoint from "../call/endpoint.js"
import * as GetMany from "../lists/getMany.js"
import { listedByPlace } from "../../model/lenient.js"
import { Chapter } from "../../model/Chapter.js"
import type { ChapterId } from "../../model/SpotifyId.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import type { Found, MarketManyOptions, MarketOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface ChaptersApi extends DeprecatedChapters {
  /**
   * A chapter with its audiobook. Without a user's session, `market` is required.
   *
   * Scopes: none. Available to every app. Source: `GET /chapters/{id}`
   * (`get-a-chapter`).
   */
  readonly get: (id: ChapterId, options?: MarketOptions) => Effect.Effect<Chapter, SpotifyError>
  /**
   * Chapters in the order of their ids, none for an id that no chapter has. Works for every app: 50 per request
   * if the app may, otherwise one per request, with up to {@link MarketManyOptions.concurrency} concurrent
   * requests. Any other failure fails the whole call.
   *
   * Scopes: none. Available to every app.
   * Source: `GET /chapters` (`get-several-chapters`) and `GET /chapters/{id}`.
   */
  readonly getMany: (
    ids: ReadonlyArray<ChapterId>,
    options?: MarketManyOptions
  ) => Effect.Effect<Found<Chapter>, SpotifyError>
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedChapters {
  /**
   * Chapters in the order of their ids, none for an id that no chapter has in the market. Any number, 50 per
   * request. An empty list sends no request.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /chapters`
   * (`get-several-chapters`).
   *
   * @deprecated since February 2026: use `get` or `getMany`
   */
  readonly getSeveral: (
    ids: ReadonlyArray<ChapterId>,
    options?: MarketOptions
  ) => Effect.Effect<Found<Chapter>, SpotifyError>
}

const get = Endpoint.json(Chapter)<{ readonly id: ChapterId } & MarketOptions>({
  operationId: "get-a-chapter",
  group: "chapters",
  name: "get",
  method: "GET",
  path: "/chapters/{id}",
  query: ["market"]
})

const getSeveral = Endpoint.json(listedByPlace("chapters", Chapter))<ByIds.Ids<ChapterId> & MarketOptions>({
  operationId: "get-several-chapters",
  group: "chapters",
  name: "getSeveral",
  method: "GET",
  path: "/chapters",
  query: ["ids", "market"],
  availability: "extended",
  replacement: "chapters.getMany"
})

const many = GetMany.kind({
  single: get,
  batch: getSeveral,
  size: 50,
  itemsOf: ({ chapters }) => chapters,
  itemOf: identity
})

/** @internal */
export const endpoints = [get, getSeveral]

/** @internal */
export const make = (execute: Endpoint.Execute): ChaptersApi => ({
  get: GetMany.get(execute, many),
  getMany: GetMany.getMany(execute, many),
  getSeveral: ByIds.several(execute, getSeveral, 50, ({ chapters }) => chapters)
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<ChaptersApi, never, WebApi.WebApi> = WebApi.group(make)
