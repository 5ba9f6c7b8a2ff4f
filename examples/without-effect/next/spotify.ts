// run: by hand, a part of a Next.js app; ../walk.ts runs it against the emulator
import { LoginRoutes, SpotifyRuntime } from "effect-spotify"
import { NodeSpotify } from "effect-spotify/node"

/** Nothing happens before the first request, so that `next build` needs no variable of the app. */
export const spotify = SpotifyRuntime.make(
  NodeSpotify.layerWebServer({ scopes: ["user-read-private"], afterLogin: "/me" })
)

export const login = LoginRoutes.toWebLogin(spotify)
