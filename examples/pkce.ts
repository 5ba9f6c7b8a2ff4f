/**
 * Authorization code with PKCE: a user logs in and the program has no secret. For command lines, desktops
 * and phones.
 *
 *     npx tsx examples/pkce.ts
 *
 * Against the emulator, or with SPOTIFY_CLIENT_ID and SPOTIFY_REDIRECT_URI set against Spotify.
 */
import { NodeRuntime, NodeTerminal } from "@effect/platform-node"
import * as Terminal from "@effect/platform/Terminal"
import { LoginService, SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeTransport } from "effect-spotify/node"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** Takes the user through the browser and gives the address it was sent back to. */
class Browser extends Context.Tag("pkce/Browser")<
  Browser,
  { readonly open: (url: string) => Effect.Effect<string> }
>() {}

const program = Effect.gen(function* () {
  const login = yield* LoginService.LoginService
  const browser = yield* Browser
  const { state, url } = yield* login.begin({ scopes: ["user-top-read", "user-read-private"] })
  yield* login.complete(yield* browser.open(url), { state })

  const spotify = yield* SpotifyClient.SpotifyClient
  const me = yield* spotify.me.profile
  yield* Console.log(`The favourites of ${me.display_name ?? me.id}:`)
  yield* spotify.me.topTracks({ time_range: "short_term" }).pipe(
    Stream.take(5),
    Stream.runForEach((track) => Console.log(`  ${track.name}`))
  )
}).pipe(
  Effect.catchTags({
    AuthorizationDenied: (error) => Console.error(error.message),
    AuthorizationResponseInvalid: (error) => Console.error(error.message),
    ReauthorizationRequired: (error) => Console.error(error.message)
  })
)

const EmulatorLayer = Layer.effect(
  Browser,
  Effect.map(SpotifyEmulator.SpotifyEmulator, (emulator) => ({
    open: (url) => Effect.orDie(emulator.visit(url))
  }))
).pipe(Layer.provideMerge(SpotifyEmulator.layer({ app: "public" })))

const SpotifyLayer = Layer.effect(
  Browser,
  Effect.map(Terminal.Terminal, (terminal) => ({
    open: (url) =>
      Effect.zipRight(
        Console.log(`Open this address, agree, and paste the one your browser ends at:\n\n${url}\n`),
        Effect.orDie(terminal.readLine)
      )
  }))
).pipe(
  Layer.provide(NodeTerminal.layer),
  Layer.merge(SpotifyConfig.layerConfig()),
  Layer.merge(NodeTransport.layer())
)

const MainLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerPkce()),
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge(
    Layer.unwrapEffect(
      Effect.map(Config.option(Config.nonEmptyString("SPOTIFY_CLIENT_ID")), (clientId) =>
        Option.isSome(clientId) ? SpotifyLayer : EmulatorLayer
      )
    )
  )
)

program.pipe(Effect.provide(MainLayer), NodeRuntime.runMain)
