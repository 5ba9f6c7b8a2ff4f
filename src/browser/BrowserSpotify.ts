/**
 * One layer for a web page without a server of its own.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Layer from "effect/Layer"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import * as SpotifyConfig from "../accounts/SpotifyConfig.js"
import * as Spotify from "../programs/Spotify.js"
import type * as SessionService from "../session/SessionService.js"
import * as BrowserLogin from "./BrowserLogin.js"
import * as BrowserTokenStore from "./BrowserTokenStore.js"

/**
 * The app, the redirect URI of the login, and the parts to replace. There is no secret, since a page cannot
 * keep one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<EHttp = never, EStore = never, RHttp = never, RStore = never>
  extends
    Omit<SpotifyConfig.Options, "clientSecret" | "redirectUri">,
    BrowserLogin.Options,
    Omit<Spotify.Parts<EHttp, never, EStore, RHttp, never, RStore>, "config" | "store"> {
  /** @default BrowserTokenStore.layer() */
  readonly store?: Spotify.Parts<never, never, EStore, never, never, RStore>["store"]
  /** The options of the session. */
  readonly session?: Omit<SessionService.Options, "sessions"> | undefined
}

/**
 * The layer of a web page. The user logs in by redirect or in a popup, by PKCE, and all tabs share the
 * session.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { SpotifyRuntime } from "effect-spotify"
 * import { BrowserLogin, BrowserSpotify } from "effect-spotify/browser"
 * import * as Effect from "effect/Effect"
 *
 * const spotify = SpotifyRuntime.make(
 *   BrowserSpotify.layer({
 *     clientId: "0123456789abcdef0123456789abcdef",
 *     redirectUri: "http://127.0.0.1:5173/callback",
 *     scopes: ["user-read-playback-state"]
 *   })
 * )
 *
 * // When the app starts
 * await spotify.run(() => Effect.flatMap(BrowserLogin.BrowserLogin, (login) => login.handleRedirect))
 * ```
 */
export const layer = <EHttp = never, EStore = never, RHttp = never, RStore = never>(
  options: Options<EHttp, EStore, RHttp, RStore>
): Layer.Layer<
  Spotify.UserServices | BrowserLogin.BrowserLogin,
  ClientMisconfigured | ConfigError | EHttp | EStore,
  RHttp | RStore
> => {
  const { client, http, session, store, ...page } = options
  return Layer.provideMerge(
    BrowserLogin.layer(page),
    Spotify.layerPkce({
      client,
      http,
      session,
      config: SpotifyConfig.layer(page),
      store: store ?? BrowserTokenStore.layer()
    })
  )
}
