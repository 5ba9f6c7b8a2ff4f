/**
 * The login of a program on a server or in a container, whose user has the browser on another machine: open
 * the address anywhere, and paste back the one that the browser ends at.
 *
 *     npx tsx examples/headless-login.ts
 *
 * Without any variable set it uses the emulator, and a scripted person pastes a wrong text first. With
 * SPOTIFY_CLIENT_ID and SPOTIFY_REDIRECT_URI (any that is registered) it asks you, and goes to Spotify.
 */
import { NodeRuntime, NodeTerminal } from "@effect/platform-node"
import * as Terminal from "@effect/platform/Terminal"
import { Headless, SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeTransport } from "effect-spotify/node"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"

const program = Effect.gen(function* () {
  yield* Headless.login({ scopes: ["user-read-private", "user-top-read"] })
  const spotify = yield* SpotifyClient.SpotifyClient
  const me = yield* spotify.me.profile
  yield* Console.log(`\nSigned in as ${me.display_name ?? me.id}`)
}).pipe(
  Effect.catchTags({
    AuthorizationDenied: (error) => Console.error(error.message),
    HeadlessLoginError: (error) => Console.error(error.message)
  })
)

/** A person who takes the browser to the address on the screen and types what its address bar says. */
const PersonLayer = Layer.effect(
  Terminal.Terminal,
  Effect.gen(function* () {
    const emulator = yield* SpotifyEmulator.SpotifyEmulator
    const keys = yield* Mailbox.make<Terminal.UserInput>()
    let authorizeUrl = ""
    let prompts = 0

    const paste = (text: string) =>
      keys.offerAll(
        [...text, "\r"].map((input) => ({
          input: Option.some(input),
          key: { name: input === "\r" ? "return" : input, ctrl: false, meta: false, shift: false }
        }))
      )

    const answer = Effect.suspend(() => {
      prompts += 1
      return prompts === 1
        ? paste(authorizeUrl)
        : Effect.flatMap(Effect.orDie(emulator.visit(authorizeUrl)), paste)
    })

    return {
      columns: Effect.succeed(80),
      rows: Effect.succeed(24),
      isTTY: Effect.succeed(true),
      readLine: Effect.fail(new Terminal.QuitException()),
      readInput: Effect.succeed(keys),
      display: (text: string) =>
        Effect.sync(() => {
          process.stdout.write(text)
          authorizeUrl = /https:\/\/\S+\/authorize\?\S+/.exec(text)?.[0] ?? authorizeUrl
        }).pipe(Effect.zipRight(Effect.when(answer, () => text.endsWith(": "))), Effect.asVoid)
    }
  })
)

const EmulatorLayer = PersonLayer.pipe(Layer.provideMerge(SpotifyEmulator.layer({ app: "public" })))

const SpotifyLayer = Layer.mergeAll(NodeTerminal.layer, SpotifyConfig.layerConfig(), NodeTransport.layer())

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
