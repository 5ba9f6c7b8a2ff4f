/**
 * An `HttpClient` for Node that does less than others: undici's dispatcher with kept connections, without a
 * span, a promise or a web stream per request. It needs the peer dependency `undici`.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Undici from "undici"
import * as DispatchClient from "./transport/dispatchClient.js"

/**
 * How connections are made and kept. Every default is what most programs want.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The most connections to one host; further requests wait for one in their order. @default 64
   */
  readonly connections?: number | undefined
  /** How long making a connection may take, its TLS handshake included. @default 10 seconds */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** How long the answer may take to begin once the request was sent. @default 30 seconds */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /**
   * How long the answer may pause. A long body that nobody reads is given up after the same time.
   * @default 30 seconds
   */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /**
   * How long an idle connection is kept, where the server does not say. @default 10 seconds
   */
  readonly keepAlive?: Duration.DurationInput | undefined
}

const agent = (options: Options) => {
  const millis = (input: Duration.DurationInput | undefined, otherwise: Duration.DurationInput) =>
    Duration.toMillis(input ?? otherwise)
  const bodyTimeout = millis(options.bodyTimeout, "30 seconds")
  return {
    bodyTimeout,
    dispatcher: new Undici.Agent({
      connections: options.connections ?? 64,
      connect: { timeout: millis(options.connectTimeout, "10 seconds") },
      headersTimeout: millis(options.headersTimeout, "30 seconds"),
      bodyTimeout,
      keepAliveTimeout: millis(options.keepAlive, "10 seconds"),
      pipelining: 1
    })
  }
}

/**
 * The client by itself. When the scope closes, all its connections do, and requests that are under way fail.
 *
 * - Redirects are answers like any other: none is followed.
 * - It asks for gzip or Brotli and undoes both. The header `content-encoding` stays as it was.
 * - It makes no span and sends no trace headers, since the callers of this package make their own spans.
 * - Interrupting a request closes its connection; a request that waits for one is never sent.
 * - A failure before a request could have been written says so, which makes it safe to repeat: see
 *   `sent` of `ServiceUnavailable`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => agent(options)),
      ({ dispatcher }) => Effect.promise(() => dispatcher.destroy())
    ),
    ({ bodyTimeout, dispatcher }) => DispatchClient.make(dispatcher, bodyTimeout)
  )

/**
 * The transport to use on Node. One layer has its own connections.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
 * import { NodeTransport } from "effect-spotify/node"
 * import * as Layer from "effect/Layer"
 *
 * const MainLayer = SpotifyClient.layer().pipe(
 *   Layer.provide(SessionService.layerClientCredentials()),
 *   Layer.provide([TokenStore.layerMemory, SpotifyConfig.layerConfig(), NodeTransport.layer()])
 * )
 * ```
 */
export const layer = (options?: Options): Layer.Layer<HttpClient.HttpClient> =>
  Layer.scoped(HttpClient.HttpClient, make(options))
