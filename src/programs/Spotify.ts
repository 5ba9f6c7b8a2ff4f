/**
 * One layer for each common kind of program, with everything it needs to call Spotify. Each part has a
 * default and can be replaced by another layer. You can also compose the parts by hand.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import * as SpotifyConfig from "../accounts/SpotifyConfig.js"
import * as SpotifyClient from "../client/SpotifyClient.js"
import * as FetchTransport from "../http/FetchTransport.js"
import * as LoginRoutes from "../login/LoginRoutes.js"
import type { LoginService } from "../session/LoginService.js"
import * as SessionService from "../session/SessionService.js"
import * as TokenStore from "../store/TokenStore.js"

/**
 * The parts of a program.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parts<
  EHttp = never,
  EConfig = never,
  EStore = never,
  RHttp = never,
  RConfig = never,
  RStore = never
> {
  /** The HTTP client. @default FetchTransport.layer, or NodeTransport.layer() with NodeSpotify */
  readonly http?: Layer.Layer<HttpClient.HttpClient, EHttp, RHttp> | undefined
  /** The app's settings. @default SpotifyConfig.layerConfig(), which reads the environment */
  readonly config?: Layer.Layer<SpotifyConfig.SpotifyConfig, EConfig, RConfig> | undefined
  /** The store of the sessions. @default TokenStore.layerMemory, which loses them when the program ends */
  readonly store?: Layer.Layer<TokenStore.TokenStore, EStore, RStore> | undefined
  /** The options of the client. */
  readonly client?: SpotifyClient.Options | undefined
}

/**
 * The services of a program without users.
 *
 * @since 0.1.0
 * @category models
 */
export type AppServices =
  SpotifyClient.SpotifyClient | SessionService.SessionService | SpotifyConfig.SpotifyConfig

/**
 * The services of a program with users.
 *
 * @since 0.1.0
 * @category models
 */
export type UserServices = AppServices | LoginService

/**
 * Makes the layer of a program from its parts and the options of its sessions. The layer has the errors and
 * requirements of the parts.
 *
 * @since 0.1.0
 * @category models
 */
export interface MakeLayer<Services, SessionOptions> {
  <EHttp = never, EConfig = never, EStore = never, RHttp = never, RConfig = never, RStore = never>(
    parts?: Parts<EHttp, EConfig, EStore, RHttp, RConfig, RStore> & {
      /** The options of the session, or of each user's session. */
      readonly session?: SessionOptions | undefined
    }
  ): Layer.Layer<
    Services,
    ClientMisconfigured | ConfigError | EHttp | EConfig | EStore,
    RHttp | RConfig | RStore
  >
}

const compose = <A, E, EHttp, EConfig, EStore, RHttp, RConfig, RStore>(
  session: Layer.Layer<
    A | SessionService.SessionService,
    E,
    SpotifyConfig.SpotifyConfig | TokenStore.TokenStore | HttpClient.HttpClient
  >,
  parts: Parts<EHttp, EConfig, EStore, RHttp, RConfig, RStore>
): Layer.Layer<A | AppServices, E | EHttp | EConfig | EStore | ConfigError, RHttp | RConfig | RStore> => {
  const http: Layer.Layer<HttpClient.HttpClient, EHttp, RHttp> = parts.http ?? FetchTransport.layer
  const store: Layer.Layer<TokenStore.TokenStore, EStore, RStore> = parts.store ?? TokenStore.layerMemory
  const config: Layer.Layer<SpotifyConfig.SpotifyConfig, EConfig | ConfigError, RConfig> =
    parts.config ?? SpotifyConfig.layerConfig()
  return SpotifyClient.layer(parts.client).pipe(
    Layer.provideMerge(session),
    Layer.provideMerge(config),
    Layer.provide([http, store])
  )
}

/**
 * For a program without users. The app's own token reads the catalogue, but nothing under `/me`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Spotify, SpotifyClient, SpotifyId } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 *
 * const program = SpotifyClient.SpotifyClient.use((spotify) =>
 *   spotify.artists.get(SpotifyId.ArtistId.make("4Z8W4fKeB5YxbusRsdQVPb"))
 * ).pipe(Effect.provide(Spotify.layerClientCredentials()))
 * ```
 */
export const layerClientCredentials: MakeLayer<AppServices, SessionService.AppOptions> = (parts = {}) =>
  compose(SessionService.layerClientCredentials(parts.session), parts)

/**
 * For a program that keeps a client secret and brings its own login, or needs none: a job that uses stored
 * sessions, for example. For many users set `session: { sessions: "many" }`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAuthorizationCode: MakeLayer<UserServices, SessionService.Options> = (parts = {}) =>
  compose(SessionService.layerAuthorizationCode(parts.session), parts)

/**
 * For a program that cannot keep a client secret and brings its own login. For a command-line program use
 * `NodeSpotify.layerCommandLine`, for a browser app `BrowserSpotify.layer`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPkce: MakeLayer<UserServices, SessionService.Options> = (parts = {}) =>
  compose(SessionService.layerPkce(parts.session), parts)

/**
 * For a web server with many users: their sessions and the login routes. Add the routes to the app with
 * `LoginRoutes.withRoutes`, or with `LoginRoutes.toWebLogin` for handlers without Effect. The cookie secrets
 * come from `SPOTIFY_COOKIE_SECRETS` unless they are given.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { LoginRoutes, Spotify, SpotifyRuntime } from "effect-spotify"
 *
 * const spotify = SpotifyRuntime.make(Spotify.layerWebServer({ scopes: ["user-read-private"] }))
 * const login = LoginRoutes.toWebLogin(spotify)
 * ```
 */
export const layerWebServer = <
  R = never,
  EHttp = never,
  EConfig = never,
  EStore = never,
  RHttp = never,
  RConfig = never,
  RStore = never
>(
  options: Parts<EHttp, EConfig, EStore, RHttp, RConfig, RStore> &
    Omit<LoginRoutes.Options<R>, "secrets"> & {
      readonly secrets?: LoginRoutes.Options["secrets"] | undefined
      /** The options of the sessions. */
      readonly session?: Omit<SessionService.Options, "sessions"> | undefined
    } = {}
): Layer.Layer<
  UserServices | LoginRoutes.LoginRoutes,
  LoginRoutes.LoginRoutesMisconfigured | ClientMisconfigured | ConfigError | EHttp | EConfig | EStore,
  Exclude<R, UserServices> | RHttp | RConfig | RStore
> => {
  const { client, config, http, secrets, session, store, ...login } = options
  const routes = Layer.unwrapEffect(
    Effect.map(secrets === undefined ? LoginRoutes.secrets : Effect.succeed(secrets), (known) =>
      LoginRoutes.layer<R>({ ...login, secrets: known })
    )
  )
  return Layer.provideMerge(
    routes,
    layerAuthorizationCode({ client, config, http, store, session: { ...session, sessions: "many" } })
  )
}
