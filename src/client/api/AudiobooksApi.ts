/**
 * Audiobooks and their chapters. Spotify has them in some markets only.
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
import { Audiobook } from "../../model/Audiobook.js"
import { type Page, RawPage } from "../../model/Page.js"
import { SimplifiedChapter } from "../../model/SimplifiedChapter.js"
import type { AudiobookId } from "../../model/SpotifyId.js"
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
export interface AudiobooksApi extends DeprecatedAudiobooks {
  /**
   * An audiobook with the first page of its chapters. Without a user's session, `market` is required.
   *
   * Scopes: none. Available to every app. Source: `GET /audiobooks/{id}`
   * (`get-an-audiobook`).
   */
  readonly get: (id: AudiobookId, options?: MarketOptions) => Effect.Effect<Audiobook, SpotifyError>
  /**
   * Audiobooks in the order of their ids, none for an id that no audiobook has. Works for every app: 50 per
   * request if the app may, otherwise one per request, with up to {@link MarketManyOptions.concurrency}
   * concurrent requests. Any other failure fails the whole call.
   *
   * Scopes: none. Available to every app.
   * Source: `GET /audiobooks` (`get-multiple-audiobooks`) and `GET /audiobooks/{id}`.
   */
  readonly getMany: (
    ids: ReadonlyArray<AudiobookId>,
    options?: MarketManyOptions
  ) => Effect.Effect<Found<Audiobook>, SpotifyError>
  /**
   * The chapters of an audiobook, in order, fetched on demand. Without a user's session, `market` is required.
   *
   * Scopes: none. Available to every app. Source:
   * `GET /audiobooks/{id}/chapters` (`get-audiobook-chapters`).
   */
  readonly chapters: (
    id: AudiobookId,
    options?: MarketStreamOptions
  ) => Stream.Stream<SimplifiedChapter, SpotifyError>
  /** One page of {@link chapters}; `limit` 1 to 50, by default 20. */
  readonly chaptersPage: (
    id: AudiobookId,
    options?: MarketPageOptions
  ) => Effect.Effect<Page<SimplifiedChapter>, SpotifyError>
}

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedAudiobooks {
  /**
   * Audiobooks in the order of their ids, none for an id that no audiobook has in the market. Any number, 50
   * per request. An empty list sends no request.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /audiobooks`
   * (`get-multiple-audiobooks`).
   *
   * @deprecated since February 2026: use `get` or `getMany`
   */
  readonly getSeveral: (
    ids: ReadonlyArray<AudiobookId>,
    options?: MarketOptions
  ) => Effect.Effect<Found<Audiobook>, SpotifyError>
}

const get = Endpoint.json(Audiobook)<{ readonly id: AudiobookId } & MarketOptions>({
  operationId: "get-an-audiobook",
  group: "audiobooks",
  name: "get",
  method: "GET",
  path: "/audiobooks/{id}",
  query: ["market"]
})

const chapters = Endpoint.json(RawPage(SimplifiedChapter))<{ readonly id: AudiobookId } & MarketPageOptions>({
  operationId: "get-audiobook-chapters",
  group: "audiobooks",
  name: "chapters",
  method: "GET",
  path: "/audiobooks/{id}/chapters",
  query: ["market", "limit", "offset"],
  paging: "offset"
})

const getSeveral = Endpoint.json(listedByPlace("audiobooks", Audiobook))<
  ByIds.Ids<AudiobookId> & MarketOptions
>({
  operationId: "get-multiple-audiobooks",
  group: "audiobooks",
  name: "getSeveral",
  method: "GET",
  path: "/audiobooks",
  query: ["ids", "market"],
  availability: "extended",
  replacement: "audiobooks.getMany"
})

const many = GetMany.kind({
  single: get,
  batch: getSeveral,
  size: 50,
  itemsOf: ({ audiobooks }) => audiobooks,
  itemOf: identity
})

/** @internal */
export const endpoints = [get, chapters, getSeveral]

/** @internal */
export const make = (execute: Endpoint.Execute): AudiobooksApi => ({
  get: GetMany.get(execute, many),
  getMany: GetMany.getMany(execute, many),
  chapters: (id, options) => Paging.byOffset(execute, chapters, { ...options, id }, 50),
  chaptersPage: (id, options) => Paging.page(execute, chapters, { ...options, id }),
  getSeveral: ByIds.several(execute, getSeveral, 50, ({ audiobooks }) => audiobooks)
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<AudiobooksApi, never, WebApi.WebApi> = WebApi.group(make)
