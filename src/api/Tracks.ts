/**
 * Tracks.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Endpoint from "../internal/endpoint.js"
import type { TrackId } from "../model/SpotifyId.js"
import { Track } from "../model/Track.js"
import type { SpotifyError } from "../SpotifyError.js"
import type { MarketOptions } from "./Options.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Tracks {
  /**
   * A track with its album.
   *
   * Scopes: none. Available to every app. Source: `GET /tracks/{id}` (`get-track`).
   */
  readonly get: (id: TrackId, options?: MarketOptions) => Effect.Effect<Track, SpotifyError>
}

const get = Endpoint.json(Track)<{ readonly id: TrackId } & MarketOptions>({
  operationId: "get-track",
  group: "tracks",
  name: "get",
  method: "GET",
  path: "/tracks/{id}",
  query: ["market"]
})

/** @internal */
export const endpoints = [get]

/** @internal */
export const make = (execute: Endpoint.Execute): Tracks => ({
  get: (id, options) => execute(get, { ...options, id })
})
