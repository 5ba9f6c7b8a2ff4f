// run: by hand, it is a part of a web page
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { SessionService, SpotifyClient, SpotifyConfig } from "effect-spotify"
import { BrowserLogin, BrowserTokenStore } from "effect-spotify/browser"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"

const {
  VITE_SPOTIFY_ACCOUNTS_URL: accountsUrl,
  VITE_SPOTIFY_API_URL: apiUrl,
  VITE_SPOTIFY_CLIENT_ID: clientId
} = import.meta.env

export const isConfigured = typeof clientId === "string" && clientId !== ""

/** Whether this page talks to the emulator; only for the words on the page. */
export const isEmulated = typeof accountsUrl === "string" && accountsUrl !== ""

const ConfigLayer = Layer.orDie(
  SpotifyConfig.layer({
    clientId: isConfigured ? clientId : "not-configured",
    scopes: [
      "user-read-playback-state",
      "user-modify-playback-state",
      "user-read-private",
      "playlist-read-private",
      "playlist-read-collaborative"
    ],
    ...(isEmulated ? { accountsUrl, apiUrl } : {})
  })
)

const MainLayer = Layer.mergeAll(
  SpotifyClient.layer(),
  BrowserLogin.layer({ redirectUri: `${globalThis.location.origin}/callback` })
).pipe(
  Layer.provideMerge(SessionService.layerPkce()),
  Layer.provide([BrowserTokenStore.layer(), FetchHttpClient.layer, ConfigLayer])
)

/** What the components' effects may use. */
export type Services = Layer.Layer.Success<typeof MainLayer>

/** The services, built when they are first needed and kept as long as the page. */
export const runtime = ManagedRuntime.make(MainLayer)
