/**
 * Search in its two forms: one page of several types at once, and one type as a stream.
 *
 *     npx tsx examples/search.ts harbor
 *
 * Against the emulator, or with SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET set against Spotify.
 */
import { NodeRuntime } from "@effect/platform-node"
import { SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeTransport } from "effect-spotify/node"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

const query = process.argv[2] ?? "harbor"

const program = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient

  // The result has the pages that `types` names, and no others: result.shows would not compile
  const result = yield* spotify.search(query, { types: ["artist", "album", "playlist"], limit: 3 })
  yield* Console.log(`Artists for "${query}", ${result.artists.total} in all`)
  yield* Effect.forEach(result.artists.items, (artist) => Console.log(`  ${artist.name}`))
  yield* Console.log(`Albums, ${result.albums.total} in all`)
  yield* Effect.forEach(result.albums.items, (album) =>
    Console.log(`  ${album.name} by ${album.artists.map((artist) => artist.name).join(", ")}`)
  )
  yield* Console.log(`Playlists, ${result.playlists.total} in all`)
  yield* Effect.forEach(result.playlists.items, (playlist) => Console.log(`  ${playlist.name}`))

  // A stream asks for the next page when it is needed. Here it ends after 25, in the middle of the third
  yield* Console.log("Tracks, up to 25 of them")
  yield* spotify.search.tracks(query).pipe(
    Stream.take(25),
    Stream.zipWithIndex,
    Stream.runForEach(([track, index]) => Console.log(`  ${String(index + 1).padStart(2)}  ${track.name}`))
  )

  // What cannot work fails before anything is sent
  yield* spotify.search("", { types: ["track"] }).pipe(
    Effect.asVoid,
    Effect.catchTag("InvalidParameter", (error) => Console.log(`An empty query: ${error.message}`))
  )
}).pipe(
  Effect.catchTags({
    RateLimited: (error) => Console.error(error.message),
    ServiceUnavailable: (error) => Console.error(error.message)
  })
)

const SpotifyLayer = Layer.unwrapEffect(
  Effect.map(Config.option(Config.nonEmptyString("SPOTIFY_CLIENT_ID")), (clientId) =>
    Option.isSome(clientId)
      ? Layer.merge(SpotifyConfig.layerConfig(), NodeTransport.layer())
      : SpotifyEmulator.layer()
  )
)

const MainLayer = SpotifyClient.layer().pipe(
  Layer.provide(SessionService.layerClientCredentials()),
  Layer.provide([TokenStore.layerMemory, SpotifyLayer])
)

program.pipe(Effect.provide(MainLayer), NodeRuntime.runMain)
