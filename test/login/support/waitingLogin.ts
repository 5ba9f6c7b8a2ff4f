/** A command line login that waits for its browser, which the test plays. */
import { type LoginService, SessionService, type SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { Loopback } from "effect-spotify/node"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** The emulator in this process, and an app whose redirect URI has no port. */
export const layer = (
  redirectUri: string | undefined = "http://127.0.0.1/callback",
  config: SpotifyEmulator.Options["config"] = { redirectUri }
): Layer.Layer<
  | LoginService.LoginService
  | SessionService.SessionService
  | SpotifyConfig.SpotifyConfig
  | SpotifyEmulator.SpotifyEmulator
> =>
  SessionService.layerPkce().pipe(
    Layer.provide(TokenStore.layerMemory),
    Layer.provideMerge(SpotifyEmulator.layer({ app: "public", config })),
    Layer.orDie
  )

/** Begins a login in a fiber of its own, and gives what the browser was opened with. */
export const begin = Effect.fnUntraced(function* (options: Loopback.Options = {}) {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const opened = yield* Deferred.make<string>()
  const fiber = yield* Effect.forkScoped(
    Loopback.login({ openBrowser: (url) => Deferred.succeed(opened, url), ...options })
  )
  const url = yield* Effect.raceFirst(Deferred.await(opened), Effect.orDie(Effect.as(fiber, "")))
  const params = new URL(url).searchParams
  const redirectUri = new URL(params.get("redirect_uri") ?? "")
  const where = { port: Number(redirectUri.port), host: redirectUri.hostname.replace(/^\[|\]$/g, "") }
  const state = params.get("state") ?? ""

  /** Where Spotify sends the browser to, as path and query. */
  const answer = (decision: "allow" | "deny" = "allow") =>
    emulator.visit(url, { decision }).pipe(
      Effect.orDie,
      Effect.map((callback) => new URL(callback)),
      Effect.map(({ pathname, search }) => `${pathname}${search}`)
    )

  return { fiber, url, redirectUri, where, state, answer }
})
