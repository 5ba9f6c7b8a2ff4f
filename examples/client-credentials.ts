/**
 * Client credentials: the app's own token, no user. For server jobs on the catalogue.
 *
 *     npx tsx examples/client-credentials.ts
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

const program = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const [found] = yield* Stream.runCollect(Stream.take(spotify.search.artists("a"), 1))
  if (found === undefined) {
    return yield* Console.log("Nothing found")
  }
  const artist = yield* spotify.artists.get(found.id)
  yield* Console.log(`${artist.name} has made`)
  // Pages are fetched as the stream is consumed
  yield* spotify.artists
    .albums(artist.id)
    .pipe(Stream.runForEach((album) => Console.log(`  ${album.release_date} ${album.name}`)))
}).pipe(
  Effect.catchTags({
    NotFound: (error) => Console.error(error.message),
    RateLimited: (error) => Console.error(error.message)
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
