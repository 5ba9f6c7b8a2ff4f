/**
 * What plays now, where, what comes next, and then what changes, for a while.
 *
 *     npx tsx examples/now-playing.ts [how many times to look]
 *
 * Against the emulator, or with SPOTIFY_CLIENT_ID and SPOTIFY_REDIRECT_URI set against Spotify.
 */
import { NodeRuntime, NodeTerminal } from "@effect/platform-node"
import * as Terminal from "@effect/platform/Terminal"
import {
  LoginService,
  type Playlist,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  TokenStore
} from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeTransport } from "effect-spotify/node"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"

const looks = Number(process.argv[2] ?? 3)

/** Takes the user through the browser and gives the address it was sent back to. */
class Browser extends Context.Tag("now-playing/Browser")<
  Browser,
  { readonly open: (url: string) => Effect.Effect<string> }
>() {}

/** Nothing is named during advertisements and in private sessions. */
const title = (item: Playlist.Playable | null) => {
  switch (item?.type) {
    case "track":
      return `${item.name} by ${item.artists.map((artist) => artist.name).join(", ")}`
    case "episode":
      return `${item.name}, an episode`
    default:
      return item?.name ?? "something that Spotify does not name"
  }
}

const clock = (milliseconds: number) =>
  `${Math.floor(milliseconds / 60_000)}:${String(Math.floor(milliseconds / 1000) % 60).padStart(2, "0")}`

type Spotify = SpotifyClient.Scoped<"user-read-playback-state" | "user-read-currently-playing">

const showState = (spotify: Spotify) =>
  Effect.gen(function* () {
    const state = yield* spotify.player.state()
    if (Option.isNone(state)) {
      return yield* Console.log("No device is active")
    }
    const { device, is_playing, item, progress_ms } = state.value
    yield* Console.log(`${is_playing ? "Playing" : "Paused"}: ${title(item)}`)
    yield* Console.log(`  at ${clock(progress_ms ?? 0)} on ${device?.name ?? "a device without a name"}`)
    const queue = yield* spotify.player.queue
    const next = Option.match(queue, { onNone: () => [], onSome: (queue) => queue.queue.slice(0, 3) })
    yield* Effect.forEach(next, (item) => Console.log(`  next: ${title(item)}`))
  })

const program = Effect.gen(function* () {
  const login = yield* LoginService.LoginService
  const browser = yield* Browser
  const scopes = SpotifyClient.requiredScopes([
    "player.state",
    "player.queue",
    "player.changes",
    "player.recentlyPlayed"
  ])
  const { state, url } = yield* login.begin({ scopes })
  yield* login.complete(yield* browser.open(url), { state })

  // Commands need another scope: spotify.player.pause() would not compile here
  const spotify = yield* SpotifyClient.withScopes(...scopes)
  yield* showState(spotify)

  const recent = yield* Stream.runCollect(Stream.take(spotify.player.recentlyPlayed(), 3))
  yield* Console.log(recent.length === 0 ? "Nothing was played lately" : "Played lately")
  yield* Effect.forEach(recent, ({ track }) => Console.log(`  ${title(track)}`))

  yield* Console.log(`What changes during ${looks} looks, a second apart`)
  const changes = spotify.player.changes({
    schedule: Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(looks - 1))
  })
  const count = yield* Stream.runFoldEffect(changes, 0, (count, change) =>
    Effect.as(
      Console.log(change._tag === "Stopped" ? "  Stopped" : `  ${change._tag}: ${title(change.state.item)}`),
      count + 1
    )
  )
  yield* Console.log(count === 0 ? "  nothing" : `  ${count} in all`)
}).pipe(
  Effect.catchTags({
    AuthorizationDenied: (error) => Console.error(error.message),
    AuthorizationResponseInvalid: (error) => Console.error(error.message),
    MissingScopes: (error) => Console.error(error.message),
    // Such as that the user has no Premium subscription
    Forbidden: (error) => Console.error(error.message),
    NotFound: (error) => Console.error(error.message),
    RateLimited: (error) => Console.error(error.message)
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
