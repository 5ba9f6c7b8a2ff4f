/**
 * Spotify's recommendations. Closed to new apps since November 2024.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Endpoint from "../call/endpoint.js"
import { listed } from "../../model/lenient.js"
import * as Paging from "../lists/paging.js"
import { Recommendations as Answer } from "../../model/Recommendation.js"
import type { ArtistId, TrackId } from "../../model/SpotifyId.js"
import type { InvalidParameter, SpotifyError } from "../SpotifyError.js"
import type { MarketOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * Attributes for selecting tracks. `key` is 0 (C) to 11, `mode` 0 or 1, `popularity` 0 to 100, `tempo` in beats
 * per minute, `loudness` in decibels, `duration_ms` in milliseconds; the others are 0 to 1.
 *
 * @since 0.1.0
 * @category models
 */
export type Tunable = (typeof tunables)[number]

/**
 * A minimum, a maximum and a target for each attribute.
 *
 * @since 0.1.0
 * @category models
 */
export type Tuning = {
  readonly [Name in `${(typeof bounds)[number]}_${Tunable}`]?: number | undefined
}

/**
 * One to five seeds in total.
 *
 * @since 0.1.0
 * @category models
 */
export interface Seeds {
  readonly seed_artists?: ReadonlyArray<ArtistId> | undefined
  /** One of {@link RecommendationsApi.genreSeeds}. */
  readonly seed_genres?: ReadonlyArray<string> | undefined
  readonly seed_tracks?: ReadonlyArray<TrackId> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends Seeds, Tuning, MarketOptions {
  /** The number of tracks, 1 to 100. @default 20 */
  readonly limit?: number | undefined
}

/**
 * Operations closed to new apps since November 2024.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecommendationsApi {
  /**
   * Recommended tracks for the seeds. There may be fewer than requested.
   *
   * Scopes: none. Only apps that had extended access then. Source: `GET /recommendations`
   * (`get-recommendations`). The document calls every kind of seed required; any one of them is enough.
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly get: (options: Options) => Effect.Effect<Answer, SpotifyError>
  /**
   * The genres that can be used as seeds.
   *
   * Scopes: none. Only apps that had extended access then. Source:
   * `GET /recommendations/available-genre-seeds` (`get-recommendation-genres`).
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly genreSeeds: Effect.Effect<ReadonlyArray<string>, SpotifyError>
}

const bounds = ["min", "max", "target"] as const

const tunables = [
  "acousticness",
  "danceability",
  "duration_ms",
  "energy",
  "instrumentalness",
  "key",
  "liveness",
  "loudness",
  "mode",
  "popularity",
  "speechiness",
  "tempo",
  "time_signature",
  "valence"
] as const

const seeds = ["seed_artists", "seed_genres", "seed_tracks"] as const

const get = Endpoint.json(Answer)<Options>({
  operationId: "get-recommendations",
  group: "recommendations",
  name: "get",
  method: "GET",
  path: "/recommendations",
  query: [
    "limit",
    "market",
    ...seeds,
    ...tunables.flatMap((tunable) => bounds.map((bound) => `${bound}_${tunable}`))
  ],
  availability: "closed"
})

const genreSeeds = Endpoint.json(listed("genres", Schema.String))<object>({
  operationId: "get-recommendation-genres",
  group: "recommendations",
  name: "genreSeeds",
  method: "GET",
  path: "/recommendations/available-genre-seeds",
  availability: "closed"
})

/** @internal */
export const endpoints = [get, genreSeeds]

const invalid = (options: Options): InvalidParameter | undefined => {
  const count = seeds.reduce((sum, name) => sum + (options[name]?.length ?? 0), 0)
  return count < 1 || count > 5
    ? Endpoint.invalid(get, "seed_artists", `and the other seeds are ${count} in all, not 1 to 5`)
    : Paging.invalidNumber(get, { limit: options.limit }, 1, 100)
}

/** An empty list of seeds counts as absent, since Spotify refuses it. */
const withoutEmpty = (options: Options): Options => ({
  ...options,
  ...Object.fromEntries(seeds.filter((name) => options[name]?.length === 0).map((name) => [name, undefined]))
})

/** @internal */
export const make = (execute: Endpoint.Execute): RecommendationsApi => ({
  get: (options) => Paging.checked(invalid(options), execute(get, withoutEmpty(options))),
  genreSeeds: Effect.map(execute(genreSeeds, {}), ({ genres }) => genres)
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<RecommendationsApi, never, WebApi.WebApi> = WebApi.group(make)
