/**
 * The countries where Spotify is available.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Endpoint from "../call/endpoint.js"
import { listed } from "../../model/lenient.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as WebApi from "../WebApi.js"

/**
 * Operations closed to apps in development mode since February 2026.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarketsApi {
  /**
   * The countries (ISO 3166-1 alpha-2) in which Spotify is available.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /markets` (`get-available-markets`).
   *
   * @deprecated since February 2026, without a replacement
   */
  readonly available: Effect.Effect<ReadonlyArray<string>, SpotifyError>
}

const available = Endpoint.json(listed("markets", Schema.String))<object>({
  operationId: "get-available-markets",
  group: "markets",
  name: "available",
  method: "GET",
  path: "/markets",
  availability: "extended"
})

/** @internal */
export const endpoints = [available]

/** @internal */
export const make = (execute: Endpoint.Execute): MarketsApi => ({
  available: Effect.map(execute(available, {}), ({ markets }) => markets)
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<MarketsApi, never, WebApi.WebApi> = WebApi.group(make)
