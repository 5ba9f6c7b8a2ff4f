/**
 * One layer for each common kind of program on Node: those of `Spotify` over `NodeTransport`, and one for
 * command-line programs.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import * as Scope from "../accounts/Scope.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import * as Spotify from "../programs/Spotify.js"
import type { LoginError } from "../session/LoginService.js"
import type { SessionError } from "../session/Session.js"
import * as SessionService from "../session/SessionService.js"
import * as TokenStore from "../store/TokenStore.js"
import * as FileTokenStore from "./FileTokenStore.js"
import * as Loopback from "./Loopback.js"
import * as NodeTransport from "./NodeTransport.js"
import * as UserState from "./userState.js"

/**
 * See `Spotify.layerClientCredentials`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClientCredentials: typeof Spotify.layerClientCredentials = (parts) =>
  Spotify.layerClientCredentials({ ...parts, http: parts?.http ?? NodeTransport.layer() })

/**
 * See `Spotify.layerAuthorizationCode`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAuthorizationCode: typeof Spotify.layerAuthorizationCode = (parts) =>
  Spotify.layerAuthorizationCode({ ...parts, http: parts?.http ?? NodeTransport.layer() })

/**
 * See `Spotify.layerWebServer`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWebServer: typeof Spotify.layerWebServer = (options) =>
  Spotify.layerWebServer({ ...options, http: options?.http ?? NodeTransport.layer() })

/**
 * The options of a command-line program: its parts, and how its user logs in.
 *
 * @since 0.1.0
 * @category models
 */
export interface CommandLineOptions<
  EHttp = never,
  EConfig = never,
  EStore = never,
  RHttp = never,
  RConfig = never,
  RStore = never
>
  extends
    Omit<Spotify.Parts<EHttp, EConfig, EStore, RHttp, RConfig, RStore>, "store">,
    Omit<Loopback.Options, "redirectUri"> {
  /**
   * The name of the program. The user's session is in a directory of this name. Letters, digits, `.`, `_` and
   * `-`.
   */
  readonly name: string
  /**
   * @default files in the directory of `SPOTIFY_SESSION_DIRECTORY`, else in the user's state directory:
   * `$XDG_STATE_HOME` or `~/.local/state`, and `~/Library/Application Support` on macOS. On Windows, which
   * `FileTokenStore` does not support, `TokenStore.layerMemory`: use `DesktopSpotify` of `effect-spotify/sqlite`
   */
  readonly store?: Layer.Layer<TokenStore.TokenStore, EStore, RStore> | undefined
  /** Whether to ask the user to log in when there is no session. @default true */
  readonly signIn?: boolean | undefined
  /** The options of the session. */
  readonly session?: Omit<SessionService.Options, "sessions"> | undefined
}

const userStore = (name: string): Layer.Layer<TokenStore.TokenStore, ConfigError> => {
  const directory = UserState.directoryOf(name)
  return process.platform === "win32"
    ? Layer.provideMerge(TokenStore.layerMemory, Layer.effectDiscard(directory))
    : FileTokenStore.layerConfig({ directory })
}

/** Logs in if there is no session, or if the session lacks a scope that the program needs. */
const signedIn = Effect.fnUntraced(function* (options: Loopback.Options) {
  const sessions = yield* SessionService.SessionService
  const config = yield* SpotifyConfig
  const granted = yield* sessions.session.pipe(
    Effect.map((session) =>
      session._tag === "Active" || session._tag === "ExpiresSoon"
        ? Option.some(session.scopes)
        : Option.none<ReadonlyArray<Scope.Scope>>()
    ),
    // Only a new login can replace a corrupt record
    Effect.catchTag("TokenStoreCorrupt", () => Effect.succeedNone)
  )
  if (Option.isNone(granted) || Scope.missing(options.scopes ?? config.scopes, granted.value).length > 0) {
    yield* Loopback.login(options)
  }
})

/**
 * The layer of a command-line program. If there is no session, the user logs in with a browser on this
 * machine, by PKCE, and stays signed in. The app needs a redirect URI such as `http://127.0.0.1/callback`:
 * see `Loopback`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyClient } from "effect-spotify"
 * import { NodeSpotify } from "effect-spotify/node"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const program = SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile).pipe(
 *   Effect.flatMap((me) => Console.log(me.display_name)),
 *   Effect.provide(NodeSpotify.layerCommandLine({ name: "my-tool", scopes: ["user-read-private"] }))
 * )
 * ```
 */
export const layerCommandLine = <
  EHttp = never,
  EConfig = never,
  EStore = never,
  RHttp = never,
  RConfig = never,
  RStore = never
>(
  options: CommandLineOptions<EHttp, EConfig, EStore, RHttp, RConfig, RStore>
): Layer.Layer<
  Spotify.UserServices,
  | LoginError
  | SessionError
  | Loopback.LoopbackServerError
  | ClientMisconfigured
  | ConfigError
  | EHttp
  | EConfig
  | EStore,
  RHttp | RConfig | RStore
> => {
  const { client, config, http = NodeTransport.layer(), name, session, signIn, store, ...login } = options
  const files: Layer.Layer<TokenStore.TokenStore, EStore | ConfigError, RStore> = store ?? userStore(name)
  const services = Spotify.layerPkce({ client, config, http, store: files, session })
  return signIn === false ? services : Layer.provideMerge(Layer.effectDiscard(signedIn(login)), services)
}
