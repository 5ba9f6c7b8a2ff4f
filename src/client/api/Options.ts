/**
 * Parameters and results that many operations share. Parameters have Spotify's names.
 *
 * @since 0.1.0
 */
import type * as Option from "effect/Option"
import type { SpotifyUri } from "../../model/SpotifyUri.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface MarketOptions {
  /**
   * A country (ISO 3166-1 alpha-2). Content that is not available there is left out. With a user's session the
   * user's country takes precedence.
   * @default the configured market
   */
  readonly market?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PageOptions {
  /** The most entries of the page. @default Spotify's own, usually 20 */
  readonly limit?: number | undefined
  /** The number of entries to skip. @default 0 */
  readonly offset?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions {
  /** The first offset, to continue where an earlier stream ended. @default 0 */
  readonly offset?: number | undefined
  /**
   * The number of entries per request, or the most that the app may request if that is less.
   * @default as many as the app may request
   */
  readonly limit?: number | undefined
  /**
   * The most entries to emit. No page is larger, so `max: 10` requests 10 entries where `Stream.take(10)` requests
   * a whole page. Lists with a cursor do not support it: set their `limit`.
   * @default all
   */
  readonly max?: number | undefined
  /**
   * The number of pages to fetch concurrently once a second one is needed. They are emitted in order. This is
   * faster, but unused pages also count towards the rate limit. Lists with a cursor do not support it.
   * @default 0, each page is fetched when it is needed
   */
  readonly prefetch?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ManyOptions {
  /** The number of concurrent requests. @default 8 */
  readonly concurrency?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface MarketPageOptions extends MarketOptions, PageOptions {}

/**
 * @since 0.1.0
 * @category models
 */
export interface MarketStreamOptions extends MarketOptions, StreamOptions {}

/**
 * @since 0.1.0
 * @category models
 */
export interface MarketManyOptions extends MarketOptions, ManyOptions {}

/**
 * The results of a read by ids, in the order of the ids, none for an id that does not exist.
 *
 * @since 0.1.0
 * @category models
 */
export type Found<A> = ReadonlyArray<Option.Option<A>>

/**
 * @since 0.1.0
 * @category models
 */
export type Uris = ReadonlyArray<SpotifyUri>
