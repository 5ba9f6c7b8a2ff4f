/**
 * Writes the user's playlists with all their entries into a JSON file, and draws a progress bar meanwhile.
 *
 *     npx tsx examples/playlist-backup.ts [folder]
 *
 * Against the emulator, or with SPOTIFY_CLIENT_ID and SPOTIFY_REDIRECT_URI set against Spotify.
 */
import { NodeContext, NodeRuntime, NodeTerminal } from "@effect/platform-node"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
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
import * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { tmpdir } from "node:os"

/** Takes the user through the browser and gives the address it was sent back to. */
class Browser extends Context.Tag("playlist-backup/Browser")<
  Browser,
  { readonly open: (url: string) => Effect.Effect<string> }
>() {}

/** What is worth keeping of an entry. Null stands for one that Spotify no longer has. */
const entry = ({ added_at, item }: Playlist.PlaylistItem) =>
  item && { added_at, uri: item.uri, name: item.name }

const bar = (done: number, total: number) => {
  const filled = total === 0 ? 30 : Math.floor((30 * Math.min(done, total)) / total)
  return `[${"#".repeat(filled)}${".".repeat(30 - filled)}] ${done}/${total}`
}

const program = Effect.gen(function* () {
  const login = yield* LoginService.LoginService
  const browser = yield* Browser
  const scopes = SpotifyClient.requiredScopes(["playlists.mine", "playlists.items"])
  const { state, url } = yield* login.begin({ scopes })
  yield* login.complete(yield* browser.open(url), { state })

  const spotify = yield* SpotifyClient.withScopes(...scopes)
  const terminal = yield* Terminal.Terminal
  const playlists = Chunk.toReadonlyArray(yield* Stream.runCollect(spotify.playlists.mine()))
  const total = playlists.reduce((sum, { items }) => sum + (items?.total ?? 0), 0)

  let done = 0
  const progress = Effect.suspend(() => terminal.display(`\r${bar(done, total)}`))
  const backup = yield* Effect.forEach(playlists, (playlist) =>
    spotify.playlists.items(playlist.id).pipe(
      Stream.tap(() => {
        done += 1
        return progress
      }),
      Stream.map(entry),
      Stream.runCollect,
      Effect.map((entries) => ({ name: playlist.name, uri: playlist.uri, entries: [...entries] })),
      // Apps in development mode get the entries of the user's own playlists only
      Effect.catchTag("Forbidden", () =>
        Effect.succeed({ name: playlist.name, uri: playlist.uri, entries: null })
      )
    )
  )
  yield* terminal.display("\n")

  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = process.argv[2] ?? path.join(tmpdir(), "effect-spotify")
  const file = path.join(folder, "playlists.json")
  yield* fs.makeDirectory(folder, { recursive: true })
  yield* fs.writeFileString(file, JSON.stringify(backup, undefined, 2))
  yield* Effect.forEach(backup, ({ entries, name }) =>
    Console.log(`  ${name}: ${entries === null ? "not yours, entries unknown" : `${entries.length} entries`}`)
  )
  yield* Console.log(`Written to ${file}`)
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

program.pipe(Effect.provide([MainLayer, NodeContext.layer]), NodeRuntime.runMain)
