// run: by hand, it is a part of a web page
import { SpotifyRuntime } from "effect-spotify"
import { BrowserSpotify } from "effect-spotify/browser"
import * as Layer from "effect/Layer"
import type * as ManagedRuntime from "effect/ManagedRuntime"

const {
  VITE_SPOTIFY_ACCOUNTS_URL: accountsUrl,
  VITE_SPOTIFY_API_URL: apiUrl,
  VITE_SPOTIFY_CLIENT_ID: clientId
} = import.meta.env

export const isConfigured = typeof clientId === "string" && clientId !== ""

/** Whether this page talks to the emulator; only for the words on the page. */
export const isEmulated = typeof accountsUrl === "string" && accountsUrl !== ""

/** The services, built when they are first needed and kept as long as the page. */
export const runtime = SpotifyRuntime.make(
  BrowserSpotify.layer({
    clientId: isConfigured ? clientId : "not-configured",
    redirectUri: `${globalThis.location.origin}/callback`,
    scopes: [
      "user-read-playback-state",
      "user-modify-playback-state",
      "user-read-private",
      "playlist-read-private",
      "playlist-read-collaborative"
    ],
    ...(isEmulated ? { accountsUrl, apiUrl } : {})
    // What is wrong here is for who writes the app, and no user can mend it
  }).pipe(Layer.orDie)
)

/** What the components' effects may use. */
export type Services = ManagedRuntime.ManagedRuntime.Context<typeof runtime>
