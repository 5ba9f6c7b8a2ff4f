/**
 * A fast `HttpClient` for Node: undici's dispatcher with persistent connections, without a span, a promise or
 * a web stream per request. It needs the peer dependency `undici`. Under Bun, which has no dispatcher, it is
 * `FetchTransport`.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Undici from "undici"
import * as FetchTransport from "../http/FetchTransport.js"
import * as DispatchClient from "./transport/dispatchClient.js"

/**
 * How connections are made and kept. The defaults suit most programs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The most connections to one host. Further requests wait in order. @default 64 */
  readonly connections?: number | undefined
  /** How long connecting may take, including the TLS handshake. @default 10 seconds */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /** How long to wait for the response headers once the request was sent. @default 30 seconds */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /**
   * The longest pause within the response body. A long body that nobody reads is also given up after this
   * time. @default 30 seconds
   */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /** How long to keep an idle connection if the server does not say. @default 10 seconds */
  readonly keepAlive?: Duration.DurationInput | undefined
}

/**
 * Loaded only when a transport is made, so that `effect-spotify/node` can be imported without this peer
 * dependency. Its version may also require a newer Node than this package.
 */
const undici = Effect.promise(() =>
  // A handler right at the import tells bundlers that undici may be missing
  import("undici").catch((error: unknown) => {
    throw new Error(
      `NodeTransport needs undici, which could not be loaded (${error instanceof Error ? error.message : String(error)}): npm install undici@7, or use another HttpClient`
    )
  })
)

const agent = ({ Agent }: typeof Undici, options: Options) => {
  const millis = (input: Duration.DurationInput | undefined, otherwise: Duration.DurationInput) =>
    Duration.toMillis(input ?? otherwise)
  const bodyTimeout = millis(options.bodyTimeout, "30 seconds")
  return {
    bodyTimeout,
    dispatcher: new Agent({
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
 * The client without a layer. When the scope closes, all its connections close and requests in progress fail.
 *
 * - A redirect is returned like any other answer. None is followed.
 * - It accepts gzip and Brotli and decompresses both. The `content-encoding` header is left unchanged.
 * - It makes no span and sends no trace headers. This package makes its spans at a higher level.
 * - Interrupting a request closes its connection. A request that still waits for a connection is never sent.
 * - A failure that came before the request could have been written is marked, so that it is safe to retry.
 *   See `sent` of `ServiceUnavailable`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.gen(function* () {
    const loaded = yield* undici
    // Bun replaces undici with its own module, which has no dispatcher
    if (typeof loaded.Agent.prototype.dispatch !== "function") {
      return yield* FetchTransport.make
    }
    const { bodyTimeout, dispatcher } = yield* Effect.acquireRelease(
      Effect.sync(() => agent(loaded, options)),
      ({ dispatcher }) => Effect.promise(() => dispatcher.destroy())
    )
    return DispatchClient.make(dispatcher, bodyTimeout)
  })

/**
 * The transport to use on Node. Each layer has its own connections.
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
