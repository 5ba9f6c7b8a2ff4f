/**
 * One layer for the tests of a program: the emulator, a signed-in user, and the client.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Layer from "effect/Layer"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import type * as SpotifyClient from "../client/SpotifyClient.js"
import * as SpotifyEmulator from "../emulator/SpotifyEmulator.js"
import * as Spotify from "../programs/Spotify.js"
import type { LoginError } from "../session/LoginService.js"
import type * as SessionService from "../session/SessionService.js"
import * as SignIn from "./SignIn.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly emulator?: SpotifyEmulator.Options | undefined
  /**
   * Who is signed in, and with which scopes; `false` signs nobody in. @default "premium-listener" with all
   * scopes
   */
  readonly signIn?: SignIn.Options | false | undefined
  /** The options of the client. */
  readonly client?: SpotifyClient.Options | undefined
  /** The options of the sessions. */
  readonly session?: SessionService.Options | undefined
}

/**
 * Runs Spotify's emulator in the process, without sockets. It follows a `TestClock`, and `SpotifyEmulator`
 * injects faults. Each built layer has its own state.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyClient } from "effect-spotify"
 * import { TestSpotify } from "effect-spotify/testing"
 * import * as Effect from "effect/Effect"
 *
 * const test = SpotifyClient.SpotifyClient.use((spotify) => spotify.me.profile).pipe(
 *   Effect.provide(TestSpotify.layer({ signIn: { user: "free-listener" } }))
 * )
 * ```
 */
export const layer = (
  options: Options = {}
): Layer.Layer<
  Spotify.UserServices | SpotifyEmulator.SpotifyEmulator,
  LoginError | SpotifyEmulator.LoginPageError | ClientMisconfigured | ConfigError
> => {
  const { client, session, signIn } = options
  const emulator = SpotifyEmulator.layer(options.emulator)
  const parts = { client, session, http: emulator, config: emulator }
  const services = Layer.merge(
    options.emulator?.app === "public" ? Spotify.layerPkce(parts) : Spotify.layerAuthorizationCode(parts),
    emulator
  )
  return signIn === false
    ? services
    : Layer.provideMerge(Layer.effectDiscard(SignIn.signIn(signIn)), services)
}
