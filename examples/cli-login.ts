/**
 * The login of a command line: it opens the browser, waits at 127.0.0.1 for Spotify's answer, and goes on in
 * the terminal.
 *
 *     npx tsx examples/cli-login.ts
 *
 * Without any variable set it starts the emulator on 127.0.0.1, and a scripted person takes the browser's
 * part. With SPOTIFY_CLIENT_ID and SPOTIFY_REDIRECT_URI (http://127.0.0.1:8888/callback, say, as it is
 * registered in the dashboard) it opens your browser and goes to Spotify.
 */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { Loopback, NodeTransport } from "effect-spotify/node"
import { TestBrowser } from "effect-spotify/testing"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { createServer } from "node:http"

/** How the address of the login gets into a browser. */
class Opener extends Context.Tag("cli-login/Opener")<
  Opener,
  (url: string) => Effect.Effect<unknown, Loopback.BrowserNotOpened>
>() {}

const program = Effect.gen(function* () {
  yield* Console.log("Opening your browser …")
  const session = yield* Loopback.login({
    scopes: ["user-read-private", "user-top-read"],
    openBrowser: yield* Opener
  })
  const spotify = yield* SpotifyClient.SpotifyClient
  const me = yield* spotify.me.profile
  yield* Console.log(`Signed in as ${me.display_name ?? me.id} (${session._tag})`)
}).pipe(
  // What the user can do something about; whatever else happens is shown in full
  Effect.catchTags({
    AuthorizationDenied: (error) => Console.error(error.message),
    LoopbackServerError: (error) => Console.error(error.message)
  })
)

/** The emulator, and a person who sees the consent page and presses "Allow". */
const EmulatorLayer = Layer.effect(
  Opener,
  Effect.map(
    TestBrowser.make,
    (browser) => (url: string) =>
      browser.open(url).pipe(
        Effect.flatMap((consent) => browser.submit(consent, { _user: "free-listener", _decision: "allow" })),
        Effect.orDie
      )
  )
).pipe(
  Layer.provideMerge(
    SpotifyEmulator.layerServer({
      app: "public",
      consent: "form",
      // Without a port: any free one is taken
      config: { redirectUri: "http://127.0.0.1/callback" }
    })
  ),
  Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 }))
)

const SpotifyLayer = Layer.succeed(Opener, Loopback.openBrowser).pipe(
  Layer.merge(SpotifyConfig.layerConfig())
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
  ),
  Layer.provide(NodeTransport.layer())
)

program.pipe(Effect.provide(MainLayer), NodeRuntime.runMain)
