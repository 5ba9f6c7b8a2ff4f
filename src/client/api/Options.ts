/**
 * Parameters and results that many operations share; parameters by Spotify's own names.
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
   * A country (ISO 3166-1 alpha-2); what is not available there is left out. With a user's session the
   * user's own country wins. @default the configured market
   */
  readonly market?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PageOptions {
  /** How many entries the page holds at most. @default Spotify's own, mostly 20 */
  readonly limit?: number | undefined
  /** How many entries to pass over. @default 0 */
  readonly offset?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions {
  /** Where to begin, for a stream that goes on where an earlier one ended. @default 0 */
  readonly offset?: number | undefined
  /**
   * How many entries each request asks for; less, where the app may not ask for that many. @default as many
   * as the app may ask for
   */
  readonly limit?: number | undefined
  /**
   * How many pages may be under way at once once a second one is wanted. They come in their order. Faster,
   * but what was asked for and is not taken counts against the rate limit all the same. Lists that go on
   * by a cursor cannot do it. @default 0, each page is asked for when it is wanted
   */
  readonly prefetch?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ManyOptions {
  /** How many requests may be under way at once. @default 8 */
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
 * What was found by ids: as long as the list of ids and in its order, none for an id that does not exist.
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
