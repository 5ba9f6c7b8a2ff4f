/**
 * The three flows of Spotify's Authorization guide, then calls to the Web API with their tokens, over real
 * HTTP. Without any variable set it starts the emulator on 127.0.0.1 and needs neither a Spotify account nor
 * a network. With SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET and SPOTIFY_REDIRECT_URI it goes to Spotify.
 *
 *     npm run quickstart
 */
import { NodeHttpServer, NodeRuntime, NodeTerminal } from "@effect/platform-node"
import * as Terminal from "@effect/platform/Terminal"
import {
  FetchTransport,
  LoginService,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { createServer } from "node:http"

/** What a person does: open the URL in a browser, agree, and come back to the redirect URI. */
class Person extends Context.Tag("quickstart/Person")<
  Person,
  {
    readonly logIn: (url: string) => Effect.Effect<string>
    /** What to search for. */
    readonly taste: string
  }
>() {}

const headline = (text: string) => Console.log(`\n\u001b[1m${text}\u001b[0m`)
const detail = (label: string, value: unknown) => Console.log(`   ${label.padEnd(22)} ${value}`)

/** Flow 1, the app's own token: the catalogue. */
const catalogue = Effect.gen(function* () {
  yield* headline("1  Client credentials: a server job without a user")
  const spotify = yield* SpotifyClient.SpotifyClient
  const { taste } = yield* Person
  const tracks = yield* Stream.runCollect(Stream.take(spotify.search.tracks(taste), 3))
  for (const track of tracks) {
    yield* detail("search", `${track.name} — ${track.artists.map((artist) => artist.name).join(", ")}`)
  }
  const artist = [...tracks][0]?.artists[0]
  if (artist?.id != null) {
    const albums = yield* Stream.runCollect(spotify.artists.albums(artist.id))
    yield* detail(`albums of ${artist.name}`, `${albums.length}, all pages of them as one stream`)
  }
})

/** Both user flows are the same program; only the layer below it differs. */
const library = Effect.gen(function* () {
  const login = yield* LoginService.LoginService
  const person = yield* Person
  const { state, url } = yield* login.begin()
  yield* detail("authorize URL", `${url.slice(0, 60)}…`)
  const session = yield* login.complete(yield* person.logIn(url), { state })
  yield* detail("session", session._tag)

  const spotify = yield* SpotifyClient.SpotifyClient
  const me = yield* spotify.me.profile
  yield* detail("signed in as", me.display_name ?? me.id)
  const saved = yield* Stream.runCollect(Stream.take(spotify.library.savedTracks(), 3))
  for (const { track } of saved) {
    yield* detail("saved track", track.name)
  }

  const sessions = yield* SessionService.SessionService
  yield* sessions.refresh
  yield* detail("refreshed", "with the stored refresh token")
  yield* detail("still signed in as", (yield* spotify.me.profile).display_name)
})

const guide = Effect.gen(function* () {
  yield* catalogue.pipe(
    Effect.provide(SpotifyClient.layer().pipe(Layer.provideMerge(SessionService.layerClientCredentials())))
  )

  yield* headline("2  Authorization code: a server that keeps a secret")
  yield* library.pipe(
    Effect.provide(SpotifyClient.layer().pipe(Layer.provideMerge(SessionService.layerAuthorizationCode())))
  )

  yield* headline("3  Authorization code with PKCE: an app without a secret")
  yield* library.pipe(
    Effect.provide(SpotifyClient.layer().pipe(Layer.provideMerge(SessionService.layerPkce())))
  )

  yield* headline("Done. Swap a layer and the same program runs against Spotify: see README.md")
})

/** The emulator on a free port of this machine, and a person who always agrees. */
const EmulatorLayer = Layer.effect(
  Person,
  Effect.map(SpotifyEmulator.SpotifyEmulator, (emulator) => ({
    taste: [...emulator.catalogue.artists][0]?.name ?? "",
    logIn: (url) =>
      Effect.tryPromise(() => fetch(url, { redirect: "manual" })).pipe(
        Effect.flatMap((response) => Effect.fromNullable(response.headers.get("location"))),
        Effect.orDie
      )
  }))
).pipe(
  Layer.provideMerge(SpotifyEmulator.layerServer()),
  Layer.provide(NodeHttpServer.layer(() => createServer(), { host: "127.0.0.1", port: 0 }))
)

/** Spotify itself, and whoever sits at this terminal. */
const SpotifyLayer = Layer.effect(
  Person,
  Effect.map(Terminal.Terminal, (terminal) => ({
    taste: "Kraftwerk",
    logIn: (url) =>
      Console.log(
        `\n   Open this address, agree, and paste the one your browser ends at:\n\n   ${url}\n`
      ).pipe(Effect.zipRight(Effect.orDie(terminal.readLine)))
  }))
).pipe(Layer.provide(NodeTerminal.layer), Layer.merge(SpotifyConfig.layerConfig()))

const MainLayer = Layer.unwrapEffect(
  Effect.map(Config.option(Config.nonEmptyString("SPOTIFY_CLIENT_ID")), (clientId) =>
    Option.isSome(clientId) ? SpotifyLayer : EmulatorLayer
  )
)

guide.pipe(Effect.provide([MainLayer, TokenStore.layerMemory, FetchTransport.layer]), NodeRuntime.runMain)
