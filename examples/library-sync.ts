/**
 * Makes the user's saved tracks equal to a playlist: saves what is only in the playlist, and removes what is
 * only in the library. Prints what it would do, and does it only where it may: against the emulator, or with
 * APPLY=true.
 *
 *     npx tsx examples/library-sync.ts ["name of a playlist"]
 *
 * Against the emulator, or with SPOTIFY_CLIENT_ID and SPOTIFY_REDIRECT_URI set against Spotify.
 */
import { NodeRuntime, NodeTerminal } from "@effect/platform-node"
import * as Terminal from "@effect/platform/Terminal"
import {
  LoginService,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  type SpotifyUri,
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
import * as Stream from "effect/Stream"

const playlistName = process.argv[2]

/** Takes the user through the browser and gives the address it was sent back to. */
class Browser extends Context.Tag("library-sync/Browser")<
  Browser,
  { readonly open: (url: string) => Effect.Effect<string> }
>() {}

/** Whether the library may be changed. */
class Apply extends Context.Tag("library-sync/Apply")<Apply, boolean>() {}

type Spotify = SpotifyClient.Scoped<"user-library-read" | "user-library-modify" | "playlist-read-private">

/** The tracks of a playlist by URI. Local files and episodes cannot be saved as tracks. */
const tracksOf = (spotify: Spotify, playlist: Parameters<Spotify["playlists"]["items"]>[0]) =>
  spotify.playlists.items(playlist).pipe(
    Stream.filterMap(({ item }) =>
      item?.type === "track" && item.id !== null
        ? Option.some<readonly [SpotifyUri.SpotifyUri, string]>([item.uri, item.name])
        : Option.none()
    ),
    Stream.runCollect,
    Effect.map((tracks) => new Map(tracks))
  )

const savedTracks = (spotify: Spotify) =>
  spotify.library.savedTracks().pipe(
    Stream.map(({ track }) => [track.uri, track.name] as const),
    Stream.runCollect,
    Effect.map((tracks) => new Map(tracks))
  )

const list = (
  title: string,
  uris: ReadonlyArray<SpotifyUri.SpotifyUri>,
  names: ReadonlyMap<string, string>
) =>
  Effect.gen(function* () {
    yield* Console.log(`${title}: ${uris.length}`)
    for (const uri of uris.slice(0, 5)) {
      yield* Console.log(`  ${names.get(uri) ?? uri}`)
    }
    if (uris.length > 5) {
      yield* Console.log(`  … and ${uris.length - 5} more`)
    }
  })

const program = Effect.gen(function* () {
  const login = yield* LoginService.LoginService
  const browser = yield* Browser
  const scopes = SpotifyClient.requiredScopes(
    [
      "library.savedTracks",
      "library.contains",
      "library.save",
      "library.remove",
      "playlists.mine",
      "playlists.items"
    ],
    // These three take artists and playlists as well; here they only get tracks
    { prefer: ["user-library-read", "user-library-modify"] }
  )
  const { state, url } = yield* login.begin({ scopes })
  yield* login.complete(yield* browser.open(url), { state })

  const spotify = yield* SpotifyClient.withScopes(...scopes)
  const me = yield* spotify.me.profile
  const playlist = yield* spotify.playlists.mine().pipe(
    Stream.filter(({ name, owner }) =>
      playlistName === undefined ? owner?.id === me.id : name === playlistName
    ),
    Stream.runHead
  )
  if (Option.isNone(playlist)) {
    return yield* Console.log("There is no such playlist")
  }

  const wanted = yield* tracksOf(spotify, playlist.value.id)
  const saved = yield* savedTracks(spotify)
  const isSaved = yield* spotify.library.contains([...wanted.keys()])
  const toSave = [...wanted.keys()].filter((uri) => isSaved.get(uri) !== true)
  const toRemove = [...saved.keys()].filter((uri) => !wanted.has(uri))
  yield* Console.log(`${playlist.value.name}: ${wanted.size} tracks; in the library: ${saved.size}`)
  yield* list("To save", toSave, wanted)
  yield* list("To remove", toRemove, saved)

  if (!(yield* Apply)) {
    return yield* Console.log("Nothing was changed. Set APPLY=true to do it")
  }
  yield* spotify.library.remove(toRemove)
  // It may have been another edition of a wanted track, which counted as saved until now
  const left = yield* spotify.library.contains([...wanted.keys()])
  yield* spotify.library.save([...wanted.keys()].filter((uri) => left.get(uri) !== true))
  const now = yield* savedTracks(spotify)
  yield* Console.log(`In the library now: ${now.size}`)
}).pipe(
  Effect.catchTags({
    AuthorizationDenied: (error) => Console.error(error.message),
    AuthorizationResponseInvalid: (error) => Console.error(error.message),
    MissingScopes: (error) => Console.error(error.message),
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

const ApplyLayer = Layer.effect(
  Apply,
  Effect.flatMap(Config.option(Config.nonEmptyString("SPOTIFY_CLIENT_ID")), (clientId) =>
    Config.withDefault(Config.boolean("APPLY"), Option.isNone(clientId))
  )
)

program.pipe(Effect.provide([MainLayer, ApplyLayer]), NodeRuntime.runMain)
