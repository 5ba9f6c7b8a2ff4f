/**
 * Tracks.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Endpoint from "../call/endpoint.js"
import * as GetMany from "../lists/getMany.js"
import { listedByPlace } from "../../model/lenient.js"
import { AudioAnalysis } from "../../model/AudioAnalysis.js"
import { AudioFeatures } from "../../model/AudioFeatures.js"
import type { TrackId } from "../../model/SpotifyId.js"
import { Track } from "../../model/Track.js"
import type { SpotifyError } from "../SpotifyError.js"
import * as ByIds from "../lists/byIds.js"
import type { Found, MarketManyOptions, MarketOptions } from "./Options.js"
import * as WebApi from "../WebApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface TracksApi extends DeprecatedTracks {
  /**
   * A track with its album.
   *
   * Scopes: none. Available to every app. Source: `GET /tracks/{id}` (`get-track`).
   */
  readonly get: (id: TrackId, options?: MarketOptions) => Effect.Effect<Track, SpotifyError>
  /**
   * Tracks in the order of their ids, none for an id that no track has. Works for every app: 50 per request if
   * the app may, otherwise one per request, with up to {@link MarketManyOptions.concurrency} concurrent
   * requests. Any other failure fails the whole call.
   *
   * Scopes: none. Available to every app.
   * Source: `GET /tracks` (`get-several-tracks`) and `GET /tracks/{id}`.
   */
  readonly getMany: (
    ids: ReadonlyArray<TrackId>,
    options?: MarketManyOptions
  ) => Effect.Effect<Found<Track>, SpotifyError>
}

/**
 * Operations closed to apps in development mode since February 2026, or to new apps since November 2024.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeprecatedTracks {
  /**
   * Tracks in the order of their ids, none for an id that no track has. Any number, 50 per request. An empty
   * list sends no request. With a market a track may come as another one, see `linked_from`.
   *
   * Scopes: none. Apps in extended quota mode only. Source: `GET /tracks` (`get-several-tracks`).
   *
   * @deprecated since February 2026: use `get` or `getMany`
   */
  readonly getSeveral: (
    ids: ReadonlyArray<TrackId>,
    options?: MarketOptions
  ) => Effect.Effect<Found<Track>, SpotifyError>
  /**
   * The audio features of a track.
   *
   * Scopes: none. Only apps that had extended access then. Source: `GET /audio-features/{id}`
   * (`get-audio-features`).
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly audioFeatures: (id: TrackId) => Effect.Effect<AudioFeatures, SpotifyError>
  /**
   * The audio features of several tracks in the order of their ids, none for tracks without an analysis. Any
   * number, 100 per request. An empty list sends no request.
   *
   * Scopes: none. Only apps that had extended access then. Source: `GET /audio-features`
   * (`get-several-audio-features`).
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly severalAudioFeatures: (
    ids: ReadonlyArray<TrackId>
  ) => Effect.Effect<Found<AudioFeatures>, SpotifyError>
  /**
   * The bars, beats, sections and segments of a track; up to a few megabytes.
   *
   * Scopes: none. Only apps that had extended access then. Source: `GET /audio-analysis/{id}`
   * (`get-audio-analysis`).
   *
   * @deprecated closed since November 2024, without a replacement
   */
  readonly audioAnalysis: (id: TrackId) => Effect.Effect<AudioAnalysis, SpotifyError>
}

const get = Endpoint.json(Track)<{ readonly id: TrackId } & MarketOptions>({
  operationId: "get-track",
  group: "tracks",
  name: "get",
  method: "GET",
  path: "/tracks/{id}",
  query: ["market"]
})

const getSeveral = Endpoint.json(listedByPlace("tracks", Track))<ByIds.Ids<TrackId> & MarketOptions>({
  operationId: "get-several-tracks",
  group: "tracks",
  name: "getSeveral",
  method: "GET",
  path: "/tracks",
  query: ["ids", "market"],
  availability: "extended",
  replacement: "tracks.getMany"
})

const closed = { group: "tracks", method: "GET", availability: "closed" } as const

const audioFeatures = Endpoint.json(AudioFeatures)<{ readonly id: TrackId }>({
  ...closed,
  operationId: "get-audio-features",
  name: "audioFeatures",
  path: "/audio-features/{id}"
})

const severalAudioFeatures = Endpoint.json(listedByPlace("audio_features", AudioFeatures))<
  ByIds.Ids<TrackId>
>({
  ...closed,
  operationId: "get-several-audio-features",
  name: "severalAudioFeatures",
  path: "/audio-features",
  query: ["ids"]
})

const audioAnalysis = Endpoint.json(AudioAnalysis)<{ readonly id: TrackId }>({
  ...closed,
  operationId: "get-audio-analysis",
  name: "audioAnalysis",
  path: "/audio-analysis/{id}"
})

const many = GetMany.kind({
  single: get,
  batch: getSeveral,
  size: 50,
  itemsOf: ({ tracks }) => tracks,
  itemOf: identity
})

/** @internal */
export const endpoints = [get, getSeveral, audioFeatures, severalAudioFeatures, audioAnalysis]

/** @internal */
export const make = (execute: Endpoint.Execute): TracksApi => ({
  get: GetMany.get(execute, many),
  getMany: GetMany.getMany(execute, many),
  getSeveral: ByIds.several(execute, getSeveral, 50, ({ tracks }) => tracks),
  audioFeatures: (id) => execute(audioFeatures, { id }),
  severalAudioFeatures: ByIds.several(
    execute,
    severalAudioFeatures,
    100,
    ({ audio_features }) => audio_features
  ),
  audioAnalysis: (id) => execute(audioAnalysis, { id })
})

/**
 * This group alone, for programs that must be small: see `WebApi`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group: Effect.Effect<TracksApi, never, WebApi.WebApi> = WebApi.group(make)
