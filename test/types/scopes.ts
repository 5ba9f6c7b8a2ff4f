/**
 * What must and must not compile with `withScopes`. This file is checked by the compiler, never run; how the
 * errors read is tested in scopes.test.ts.
 */
import {
  type MeApi,
  type Scope,
  SpotifyClient,
  type SpotifyError,
  type SpotifyId,
  type SpotifyUri
} from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { OperationOf, ScopedOperations } from "../../src/client/scopedOperations.js"

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare const isTrue: <_ extends true>() => void

declare const playlist: SpotifyId.PlaylistId
declare const cover: Uint8Array
declare const uri: SpotifyUri.SpotifyUri
declare const whole: SpotifyClient.Service

/** Methods with the scope compile, methods without are refused. */
export const oneScope = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.withScopes("user-library-read")
  isTrue<Equal<typeof spotify, SpotifyClient.Scoped<"user-library-read">>>()

  yield* Stream.runDrain(spotify.library.savedTracks({ market: "DE" }))
  yield* spotify.library.savedTracksPage({ limit: 3 })
  // @ts-expect-error -- user-top-read
  spotify.me.topTracks()
  // @ts-expect-error -- the page needs what the list needs
  spotify.me.topTracksPage()
  // @ts-expect-error -- user-follow-read
  spotify.me.followedArtists()

  // @ts-expect-error -- user-read-playback-state, of an effect
  yield* spotify.player.devices
  // @ts-expect-error -- user-modify-playback-state
  spotify.player.pause()

  // What needs no scope stays as it is
  yield* spotify.me.profile
  yield* spotify.playlists.get(playlist)
  isTrue<Equal<typeof spotify.albums, SpotifyClient.Service["albums"]>>()
  isTrue<Equal<typeof spotify.search, SpotifyClient.Service["search"]>>()
  isTrue<Equal<typeof spotify.execute, SpotifyClient.Service["execute"]>>()
  isTrue<Equal<typeof spotify.me.profile, MeApi.MeApi["profile"]>>()
})

/** Of alternatives one is enough; of several needed scopes every one is needed. */
export const alternatives = Effect.gen(function* () {
  const open = yield* SpotifyClient.withScopes("playlist-modify-public")
  const secret = yield* SpotifyClient.withScopes("playlist-modify-private", "ugc-image-upload")
  yield* open.playlists.create({ name: "Mine" })
  yield* secret.playlists.create({ name: "Mine" })
  yield* secret.playlists.uploadCover(playlist, cover)
  // @ts-expect-error -- ugc-image-upload
  open.playlists.uploadCover(playlist, cover)
  // What a URI names decides, so any one will do
  yield* open.library.save([uri])
  // @ts-expect-error -- none of the three
  secret.library.save([uri])

  const none = yield* SpotifyClient.withScopes("user-read-email")
  // @ts-expect-error -- neither public nor private
  none.playlists.create({ name: "Mine" })
})

/** No scopes at all, and scopes that the compiler does not know. */
export const others = Effect.gen(function* () {
  const nothing = yield* SpotifyClient.withScopes()
  // @ts-expect-error -- user-top-read
  nothing.me.topTracks()

  const partner = yield* SpotifyClient.withScopes("user-soa-link")
  // @ts-expect-error -- user-top-read
  partner.me.topTracks()

  const fromConfig = ["user-top-read"] as ReadonlyArray<Scope.Scope>
  const unknown = yield* SpotifyClient.withScopes(...fromConfig)
  yield* Stream.runDrain(unknown.library.savedTracks())
})

const favourites = (spotify: SpotifyClient.Scoped<"user-top-read">) => spotify.me.topTracks()

/** A client with more scopes can be given where fewer are wanted, not the other way round. */
export const asParameter = Effect.gen(function* () {
  void favourites(yield* SpotifyClient.withScopes("user-top-read"))
  void favourites(
    yield* SpotifyClient.withScopes("user-top-read", "ugc-image-upload", "playlist-modify-public")
  )
  void favourites(whole)
  // @ts-expect-error -- user-top-read
  void favourites(yield* SpotifyClient.withScopes("user-library-read"))
})

/** The requirements and the errors are these and no others. */
export const effect: Effect.Effect<
  SpotifyClient.Scoped<"user-top-read">,
  SpotifyClient.MissingScopes | SpotifyError.SessionError,
  SpotifyClient.SpotifyClient
> = SpotifyClient.withScopes("user-top-read")

/** What `requiredScopes` gives is as precise as `withScopes` needs it. */
export const required = Effect.gen(function* () {
  const scopes = SpotifyClient.requiredScopes(["me.topTracks", "library.savedTracksPage", "albums.get"])
  isTrue<Equal<typeof scopes, ReadonlyArray<"user-top-read" | "user-library-read">>>()
  const spotify = yield* SpotifyClient.withScopes(...scopes)
  yield* Stream.runDrain(spotify.me.topArtists())
  // @ts-expect-error -- playlist-read-private
  spotify.playlists.mine()

  const both = SpotifyClient.requiredScopes(["playlists.create"])
  isTrue<Equal<typeof both, ReadonlyArray<"playlist-modify-public" | "playlist-modify-private">>>()
  const secret = SpotifyClient.requiredScopes(["playlists.create", "me.topTracks"], {
    prefer: ["playlist-modify-private"]
  })
  isTrue<Equal<typeof secret, ReadonlyArray<"playlist-modify-private" | "user-top-read">>>()

  // @ts-expect-error -- no such method
  SpotifyClient.requiredScopes(["me.topTrack"])
})

/** Every entry of the table names a method, in its group. */
isTrue<
  Equal<
    {
      [Group in keyof ScopedOperations]: Exclude<
        keyof ScopedOperations[Group],
        OperationOf<keyof SpotifyClient.Service[Group]>
      >
    }[keyof ScopedOperations],
    never
  >
>()
