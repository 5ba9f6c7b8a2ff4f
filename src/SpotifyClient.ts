/**
 * Spotify's Web API, with a token from the session.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import * as Albums from "./api/Albums.js"
import * as Artists from "./api/Artists.js"
import * as Library from "./api/Library.js"
import * as Me from "./api/Me.js"
import * as Playlists from "./api/Playlists.js"
import * as Search from "./api/Search.js"
import * as Tracks from "./api/Tracks.js"
import * as Decode from "./internal/decode.js"
import * as Endpoint from "./internal/endpoint.js"
import * as Execute from "./internal/execute.js"
import type { SessionService } from "./SessionService.js"
import type { SpotifyConfig } from "./SpotifyConfig.js"
import type { SpotifyError } from "./SpotifyError.js"

/**
 * The groups of the Web API. Parameters and results have Spotify's own names. Lists are streams that fetch
 * as they are taken; beside each stands a method for a single page.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly albums: Albums.Albums
  readonly artists: Artists.Artists
  readonly library: Library.Library
  readonly me: Me.Me
  readonly playlists: Playlists.Playlists
  readonly search: Search.Search
  readonly tracks: Tracks.Tracks
  /**
   * Any other operation, or a known one with a schema of your own. It has what the methods have: token,
   * renewal, rate limits, errors.
   */
  readonly execute: <A, I>(request: Request<A, I>) => Effect.Effect<A, SpotifyError>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class SpotifyClient extends Context.Tag("effect-spotify/SpotifyClient")<SpotifyClient, Service>() {}

/**
 * A request that no method makes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request<A, I> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Below the Web API's address, with parameters in braces, such as `/browse/categories/{id}`. */
  readonly path: `/${string}`
  /** For the braces of the path; percent-encoded. */
  readonly params?: Record<string, string> | undefined
  /** Lists are joined by commas, undefined members are left out. */
  readonly query?: Record<string, string | number | boolean | ReadonlyArray<string> | undefined> | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  /** What the answer is. */
  readonly schema: Schema.Schema<A, I>
}

/**
 * An answer that deviates from Spotify's documentation, yet decodes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Drift {
  /** Such as `albums.get`. */
  readonly operation: string
  /** Such as `GET /albums/{id}`. */
  readonly route: string
  /** Where in the answer. */
  readonly path: string
  /**
   * A value that an enumeration does not list, null where none is documented, or a member that is not
   * documented.
   */
  readonly kind: "UnknownValue" | "UndocumentedNull" | "UnknownMember"
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long one attempt may take. @default 30 seconds */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * How long a call may wait for Spotify's rate limit in all. A longer `Retry-After`, which can be hours,
   * fails at once with `RateLimited`. @default 30 seconds
   */
  readonly maxRateLimitWait?: Duration.DurationInput | undefined
  /**
   * `lenient` accepts what Spotify sends besides its documentation. `strict` fails with `DecodeError` on
   * it, for a check in CI. @default "lenient"
   */
  readonly decoding?: "lenient" | "strict" | undefined
  /** Told about each deviation. Looking for them costs about as much as decoding. */
  readonly onDrift?: ((drift: Drift) => Effect.Effect<void>) | undefined
}

const custom =
  (interpreter: Execute.Interpreter) =>
  <A, I>({ body, method, params, path, query, schema }: Request<A, I>): Effect.Effect<A, SpotifyError> =>
    interpreter.executeParts(
      Endpoint.json(schema)<never>({ operationId: "", group: "client", name: "execute", method, path }),
      { path: params ?? {}, query: query ?? {}, body }
    )

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Service, never, SpotifyConfig | SessionService | HttpClient.HttpClient> =>
  Effect.map(
    Execute.make({
      timeout: Duration.decode(options.timeout ?? "30 seconds"),
      maxWait: Duration.toMillis(options.maxRateLimitWait ?? "30 seconds"),
      decode: Decode.make({ strict: options.decoding === "strict", onDrift: options.onDrift })
    }),
    (interpreter) => ({
      albums: Albums.make(interpreter.execute),
      artists: Artists.make(interpreter.execute),
      library: Library.make(interpreter.execute),
      me: Me.make(interpreter.execute),
      playlists: Playlists.make(interpreter.execute),
      search: Search.make(interpreter.execute),
      tracks: Tracks.make(interpreter.execute),
      execute: custom(interpreter)
    })
  )

/**
 * The client over a session. Build it once, at the edge of the program.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
 * import * as Layer from "effect/Layer"
 *
 * const MainLayer = SpotifyClient.layer().pipe(
 *   Layer.provide(SessionService.layerClientCredentials()),
 *   Layer.provide([TokenStore.layerMemory, SpotifyConfig.layerConfig(), FetchHttpClient.layer])
 * )
 * ```
 */
export const layer = (
  options?: Options
): Layer.Layer<SpotifyClient, never, SpotifyConfig | SessionService | HttpClient.HttpClient> =>
  Layer.effect(SpotifyClient, make(options))
