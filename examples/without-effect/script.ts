// run: by hand, it needs an app; walk.ts runs it against the emulator
/** A script: prints the albums of the first artist that is found, or says when to try again. */
import { SpotifyError, SpotifyRuntime } from "effect-spotify"
import { NodeSpotify } from "effect-spotify/node"

const spotify = SpotifyRuntime.make(NodeSpotify.layerClientCredentials())

const [wanted = "a"] = process.argv.slice(2)

try {
  for await (const artist of spotify.run((client) => client.search.artists(wanted))) {
    console.log(artist.name)
    for await (const album of spotify.run((client) => client.artists.albums(artist.id))) {
      console.log(`  ${album.release_date} ${album.name}`)
    }
    break
  }
} catch (error) {
  console.error(error instanceof SpotifyError.RateLimited ? `Try again at ${error.retryAt}` : error)
  process.exitCode = 1
} finally {
  await spotify.dispose()
}
