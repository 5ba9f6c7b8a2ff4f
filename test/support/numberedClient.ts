import { SessionService, SpotifyClient, SpotifyConfig, SpotifyId } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Fake from "./fakeSpotify.js"

export const token = "canary-credential"

export const artistId = SpotifyId.ArtistId.make("4Z8W4fKeB5YxbusRsdQVPb")

export const artist = {
  id: artistId,
  name: "Artist",
  type: "artist",
  uri: `spotify:artist:${artistId}`,
  external_urls: {}
}

/** A client over a fake Spotify; tokens are numbered, so that a renewal can be seen. */
export const withClient =
  (handler: Fake.Handler, options: SpotifyClient.Options = {}, config: Partial<SpotifyConfig.Options> = {}) =>
  <A, E>(
    program: (spotify: SpotifyClient.Service, seen: Array<Fake.Seen>) => Effect.Effect<A, E>
  ): Effect.Effect<A, E> =>
    Effect.gen(function* () {
      const seen: Array<Fake.Seen> = []
      const spotify = yield* Effect.provide(
        SpotifyClient.make(options),
        Layer.mergeAll(
          Fake.layer((request) => {
            seen.push(request)
            return handler(request)
          }),
          Layer.orDie(SpotifyConfig.layer({ clientId: "client", ...config })),
          numberedTokens
        )
      )
      return yield* program(spotify, seen)
    }).pipe(Effect.scoped)

export const numberedTokens = Layer.effect(
  SessionService.SessionService,
  Effect.sync((): SessionService.Service => {
    let renewals = 0
    const current = () => Redacted.make(renewals === 0 ? token : `${token}-${renewals}`)
    return {
      accessToken: Effect.sync(current),
      scopes: Effect.succeedNone,
      authorizationId: Effect.succeedSome("authorization"),
      renew: (refused) =>
        Effect.sync(() => {
          if (Redacted.value(refused) === Redacted.value(current())) {
            renewals += 1
          }
          return current()
        }),
      refresh: Effect.sync(current),
      session: Effect.die("not used"),
      signOut: Effect.void,
      events: Stream.empty
    }
  })
)

export const always =
  (response: () => Response): Fake.Handler =>
  () =>
    Effect.sync(response)

/** Answers in turn; the last one stays. */
export const inTurn = (...responses: ReadonlyArray<() => Response>): Fake.Handler => {
  let next = 0
  return () =>
    Effect.sync(() => (responses[Math.min(next++, responses.length - 1)] ?? (() => new Response()))())
}

export const ok = () => Fake.json(artist)

export const status =
  (code: number, body?: unknown, headers: Record<string, string> = {}) =>
  () =>
    typeof body === "string"
      ? new Response(body, { status: code, headers })
      : body === undefined
        ? new Response(null, { status: code, headers })
        : Fake.json(body, { status: code, headers })

export const errorBody = (code: number, message: string, reason?: string) => ({
  error: { status: code, message, ...(reason === undefined ? {} : { reason }) }
})

export const getArtist = (spotify: SpotifyClient.Service) => spotify.artists.get(artistId)
