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

/**
 * @since 0.1.0
 * @category models
 */
export interface ChaptersApi extends DeprecatedChapters {
  /**
   * A chapter with its audiobook. Without a user's session a market is needed.
   *
   * Scopes: none. Available to every app. Source: `GET /chapters/{id}`
   * (`get-a-chapter`).
   */
  readonly get: (id: ChapterId, options?: MarketOptions) => Effect.Effect<Chapter, SpotifyError>
  /**
   * Chapters in the order of their ids, none for an id that no chapter has, the same for every app:
   * 50 to a request if the app may, and one to a request if not, {@link MarketManyOptions.concurrency}
   * requests at once. Any other failure of one is the failure of all.
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
 * What apps in development mode cannot call since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedChapters {
  /**
   * Chapters in the order of their ids, none for an id that no chapter has in the market. Any number, 50 to a
   * request; nothing is asked for an empty list.
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
