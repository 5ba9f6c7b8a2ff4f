/**
 * The layer of a desktop program: its user logs in with the browser of the machine, and the session is sealed
 * with a key from the system's keychain, in a SQLite file. Nothing of it needs a POSIX file system.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "node:path"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import type * as Spotify from "../programs/Spotify.js"
import type { LoginError } from "../session/LoginService.js"
import type { SessionError } from "../session/Session.js"
import type { KeyRingError } from "../store/KeyRing.js"
import type { TokenStore } from "../store/TokenStore.js"
import type { LoopbackServerError } from "./Loopback.js"
import * as NodeKeyRing from "./NodeKeyRing.js"
import * as NodeSpotify from "./NodeSpotify.js"
import * as SqliteTokenStore from "./SqliteTokenStore.js"
import * as UserState from "./userState.js"

/**
 * The options of a desktop program: those of a command-line program, and how its key is kept.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<EHttp = never, EConfig = never, RHttp = never, RConfig = never> extends Omit<
  NodeSpotify.CommandLineOptions<EHttp, EConfig, never, RHttp, RConfig, never>,
  "store"
> {
  /** How the keychain is used. By default `service` is the name of the program. */
  readonly keychain?: Omit<NodeKeyRing.KeychainOptions, "keyFile"> | undefined
}

/**
 * Why the sealed sessions cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export type StoreError =
  SqliteTokenStore.SqliteTokenStoreError | NodeKeyRing.NodeKeyRingError | KeyRingError | ConfigError

const storeOf = (name: string, keychain: Options["keychain"]): Layer.Layer<TokenStore, StoreError> =>
  Layer.unwrapEffect(
    Effect.map(UserState.directoryOf(name), (directory) =>
      NodeKeyRing.layerKeychain({
        service: name,
        ...keychain,
        keyFile: Path.join(directory, "key.json")
      }).pipe(Layer.provide(SqliteTokenStore.layer({ file: Path.join(directory, "sessions.sqlite") })))
    )
  )

/**
 * The layer of a desktop program. It is `NodeSpotify.layerCommandLine` with another store.
 *
 * The session and the key's name are in the directory of `SPOTIFY_SESSION_DIRECTORY`, else in the user's state
 * directory: `%LOCALAPPDATA%` on Windows, `~/Library/Application Support` on macOS, `$XDG_STATE_HOME` or
 * `~/.local/state` elsewhere. It needs the package `@napi-rs/keyring`, and a runtime with SQLite: Node 22.13 or
 * later. The parts were tested on Linux, and neither on Windows nor on macOS.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyClient } from "effect-spotify"
 * import { DesktopSpotify } from "effect-spotify/sqlite"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const program = SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile).pipe(
 *   Effect.flatMap((me) => Console.log(me.display_name)),
 *   Effect.provide(DesktopSpotify.layer({ name: "my-player", scopes: ["user-read-private"] }))
 * )
 * ```
 */
export const layer = <EHttp = never, EConfig = never, RHttp = never, RConfig = never>({
  keychain,
  ...options
}: Options<EHttp, EConfig, RHttp, RConfig>): Layer.Layer<
  Spotify.UserServices,
  StoreError | LoginError | SessionError | LoopbackServerError | ClientMisconfigured | EHttp | EConfig,
  RHttp | RConfig
> => NodeSpotify.layerCommandLine({ ...options, store: storeOf(options.name, keychain) })
