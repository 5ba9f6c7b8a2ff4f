// Not a test that runs: packed.test.ts compiles it against the packed tarball, under both ways of resolving modules. Written as a user of the package would write.
import { Session, SessionService, SpotifyClient } from "effect-spotify"
import * as Track from "effect-spotify/Track"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

export const layer: Layer.Layer<SessionService.SessionService> = SessionService.layerAccessToken(
  Redacted.make("token")
)

export const program = Effect.gen(function* () {
  const sessions = yield* SessionService.SessionService
  const token = yield* sessions.accessToken
  return Redacted.value(token).length
}).pipe(SessionService.withSession(Session.SessionKey("ada")), Effect.provide(layer))

// What remains to be done with it is only to handle the errors.
export const length: Effect.Effect<number, Effect.Effect.Error<typeof program>> = program

// Nothing here says a type: the declarations of the consumer must find a name for each that is inferred.
export const calls = {
  topTracks: Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.me.topTracksPage()),
  groups: Effect.map(SpotifyClient.SpotifyClient, (spotify) => ({ ...spotify })),
  search: Effect.map(SpotifyClient.SpotifyClient, (spotify) => spotify.search.tracks("x")),
  playback: Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.player.state()),
  albums: Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.albums.getMany([])),
  schema: Track.Track
}

export const models = {
  tomorrows: Track.Track.extend({ heard_at: Schema.optional(Schema.Date) }),
  short: Track.Track.pick("id", "name", "artists").annotations({ identifier: "ShortTrack" }),
  own: Schema.Struct({ ...Track.Track.fields, note: Schema.String })
}
