/**
 * Everything an artist has made, by year. The albums come as a stream, page by page, and each album's tracks
 * are fetched while the next albums are on their way.
 *
 *     npx tsx examples/artist-discography.ts "Lumen Harbor"
 *
 * Against the emulator, or with SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET set against Spotify.
 */
import { NodeRuntime } from "@effect/platform-node"
import { SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { NodeTransport } from "effect-spotify/node"
import * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Order from "effect/Order"
import * as Stream from "effect/Stream"

const name = process.argv[2] ?? "Lumen Harbor"

const minutes = (milliseconds: number) => `${Math.round(milliseconds / 60_000)} min`

const program = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const found = yield* Stream.runHead(spotify.search.artists(name))
  if (Option.isNone(found)) {
    return yield* Console.log(`Nobody is called ${name}`)
  }
  const artist = found.value

  const albums = yield* spotify.artists.albums(artist.id, { include_groups: ["album", "single"] }).pipe(
    // Four albums at a time; the order stays
    Stream.mapEffect(
      (album) =>
        spotify.albums.tracks(album.id).pipe(
          Stream.runFold({ count: 0, length: 0 }, ({ count, length }, track) => ({
            count: count + 1,
            length: length + (track.duration_ms ?? 0)
          })),
          Effect.map((tracks) => ({ album, tracks }))
        ),
      { concurrency: 4 }
    ),
    Stream.runCollect
  )

  yield* Console.log(`${artist.name}: ${albums.length} albums and singles`)
  const byDate = Order.mapInput(
    Order.string,
    ({ album }: Chunk.Chunk.Infer<typeof albums>) => album.release_date ?? ""
  )
  for (const { album, tracks } of Chunk.sort(albums, byDate)) {
    yield* Console.log(
      `  ${album.release_date?.slice(0, 4) ?? "????"}  ${album.name} (${album.album_type}, tracks: ${tracks.count}, ${minutes(tracks.length)})`
    )
  }
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
