/** A command line login that waits for its browser, which the test plays. */
import { type LoginService, SessionService, type SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { Loopback } from "effect-spotify/node"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Sockets from "./sockets.js"

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

/** Begins a login in a fiber of its own, and gives what the browser is to be opened with. */
export const open = Effect.fnUntraced(function* (options: Loopback.Options = {}) {
  const opened = yield* Deferred.make<string>()
  const fiber = yield* Effect.forkScoped(
    Loopback.login({ openBrowser: (url) => Deferred.succeed(opened, url), ...options })
  )
  const start = new URL(yield* Effect.raceFirst(Deferred.await(opened), Effect.orDie(Effect.as(fiber, ""))))
  const where: Sockets.Where = { port: Number(start.port), host: start.hostname.replace(/^\[|\]$/g, "") }
  return { fiber, start, where }
})

/** A browser goes to the start of a login: the cookie that it gets, and where it is sent. */
export const enter = Effect.fnUntraced(function* (where: Sockets.Where, { pathname }: URL) {
  const { headers, status } = yield* Sockets.request(where, { target: pathname })
  const url = headers["location"] ?? ""
  const params = new URLSearchParams(url.split("?")[1])
  const emulator = yield* SpotifyEmulator.SpotifyEmulator

  /** Where Spotify sends the browser to, as path and query. */
  const answer = (decision: "allow" | "deny" = "allow") =>
    emulator.visit(url, { decision }).pipe(
      Effect.orDie,
      Effect.map((callback) => new URL(callback)),
      Effect.map(({ pathname, search }) => `${pathname}${search}`)
    )
  return {
    status,
    url,
    where: { ...where, cookie: headers["set-cookie"]?.split(";")[0] },
    state: params.get("state") ?? "",
    redirectUri: params.get("redirect_uri") ?? "",
    answer
  }
})

/** Begins a login whose browser has come to Spotify. */
export const begin = Effect.fnUntraced(function* (options: Loopback.Options = {}) {
  const { fiber, start, where } = yield* open(options)
  const browser = yield* enter(where, start)
  return { ...browser, fiber, start, redirectUri: new URL(browser.redirectUri) }
})
