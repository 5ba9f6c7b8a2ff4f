/**
 * Spotify's Web API, with access tokens from the session.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import * as Scopes from "../accounts/Scope.js"
import type { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import type { SessionError } from "../session/Session.js"
import type { SessionService } from "../session/SessionService.js"
import { documented } from "./call/execute.js"
import { type Groups, make as groups } from "./groups.js"
import { MissingScopes, type ScopedGroup } from "./scopedClient.js"
import type { ScopedOperations } from "./scopedOperations.js"
import * as WebApi from "./WebApi.js"

/**
 * The groups of the Web API. Parameters and results have Spotify's names. Lists are streams that fetch pages as
 * needed, and each has a method for a single page.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Groups, WebApi.Calls {}

/**
 * @since 0.1.0
 * @category tags
 */
export class SpotifyClient extends Context.Tag("effect-spotify/SpotifyClient")<SpotifyClient, Service>() {
  /**
   * Runs a function of the service: `SpotifyClient.use((spotify) => …)`.
   *
   * @since 0.1.0
   */
  static readonly use = <A, E, R>(
    f: (service: Service) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | SpotifyClient> => Effect.flatMap(SpotifyClient, f)
}

/**
 * See {@link layer}. Shared requests end with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: WebApi.Options = {}
): Effect.Effect<Service, never, SpotifyConfig | SessionService | HttpClient.HttpClient | Scope> =>
  Effect.map(WebApi.make(options), ({ interpreter, ...calls }) => ({
    ...groups(documented(interpreter).execute),
    ...calls
  }))

/**
 * The client for a session. Build it once, at the edge of the program.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FetchTransport, SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
 * import * as Layer from "effect/Layer"
 *
 * const MainLayer = SpotifyClient.layer().pipe(
 *   Layer.provide(SessionService.layerClientCredentials()),
 *   Layer.provide([TokenStore.layerMemory, SpotifyConfig.layerConfig(), FetchTransport.layer])
 * )
 * ```
 */
export const layer = (
  options?: WebApi.Options
): Layer.Layer<SpotifyClient, never, SpotifyConfig | SessionService | HttpClient.HttpClient> =>
  Layer.scoped(SpotifyClient, make(options))

export {
  /**
   * @since 0.1.0
   * @category models
   */
  type Request,
  /**
   * @since 0.1.0
   * @category models
   */
  type Drift,
  /**
   * @since 0.1.0
   * @category models
   */
  type Options
} from "./WebApi.js"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  MissingScopes,
  /**
   * @since 0.1.0
   * @category combinators
   */
  requiredScopes,
  /**
   * @since 0.1.0
   * @category models
   */
  type MissingScope,
  /**
   * @since 0.1.0
   * @category models
   */
  type Operation,
  /**
   * @since 0.1.0
   * @category models
   */
  type RequiredOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  type ScopedGroup,
  /**
   * @since 0.1.0
   * @category models
   */
  type ScopeOf
} from "./scopedClient.js"

/**
 * The client, with {@link MissingScope} in place of each method whose scopes are not in `S`. A client with more
 * scopes is assignable to one with fewer, and so is the whole client.
 *
 * @since 0.1.0
 * @category models
 * @example
 * ```ts
 * import type { SpotifyClient } from "effect-spotify"
 * import * as Stream from "effect/Stream"
 *
 * const favourites = (spotify: SpotifyClient.Scoped<"user-top-read">) =>
 *   Stream.take(spotify.me.topTracks(), 10)
 * ```
 */
export type Scoped<in S extends string> = {
  readonly [Group in keyof Service]: Group extends keyof ScopedOperations
    ? ScopedGroup<Group, S>
    : Service[Group]
}

/**
 * The client of the selected session, typed by these scopes: a method that needs another one does not compile.
 * The scopes are checked once, here. If the granted scopes are unknown, as with the app's own session or a
 * token without its scopes, nothing is checked and Spotify decides at each call.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { SpotifyClient } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function* () {
 *   const spotify = yield* SpotifyClient.withScopes("user-top-read", "user-library-read")
 *   // spotify.player.pause() would not compile: Type 'MissingScope<"user-modify-playback-state">' has no
 *   // call signatures
 *   return yield* Stream.runCollect(spotify.me.topTracks())
 * })
 * ```
 */
export const withScopes: {
  <const S extends Scopes.DocumentedScope = never>(
    ...scopes: ReadonlyArray<S>
  ): Effect.Effect<Scoped<S>, MissingScopes | SessionError, SpotifyClient>
  // A separate signature with the documented scopes lets editors complete them
  <const S extends Scopes.Scope>(
    ...scopes: ReadonlyArray<S>
  ): Effect.Effect<Scoped<S>, MissingScopes | SessionError, SpotifyClient>
} = <S extends Scopes.Scope>(
  ...scopes: ReadonlyArray<S>
): Effect.Effect<Scoped<S>, MissingScopes | SessionError, SpotifyClient> =>
  Effect.flatMap(SpotifyClient, (client) =>
    Effect.flatMap(client.grantedScopes, (known) => {
      const granted = Option.getOrElse(known, () => scopes)
      const missing = Scopes.missing(scopes, granted)
      return missing.length === 0
        ? // The same client: its type has fewer methods, as the compiler sees only once S is known
          Effect.succeed(client as Scoped<S>)
        : Effect.fail(new MissingScopes({ missing, granted }))
    })
  )
