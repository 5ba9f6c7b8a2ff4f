import { assert, describe, it } from "@effect/vitest"
import { SpotifyId } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Fake from "./support/fakeSpotify.js"
import {
  artistId,
  errorBody,
  getArtist,
  inTurn,
  ok,
  status,
  token,
  withClient
} from "./support/numberedClient.js"

const playlistId = SpotifyId.PlaylistId.make("37i9dQZF1DXcBWIGoYBM5M")

const revoked = status(401, errorBody(401, "The access token expired"))

describe("SpotifyClient, a hostile or broken Web API", () => {
  it.effect("F22: a redirect to another host is an error, and nothing goes there", () =>
    Effect.forEach([301, 302, 303, 307, 308], (code) =>
      withClient(() =>
        Effect.sync(
          () => new Response(null, { status: code, headers: { location: "https://evil.example/" } })
        )
      )((spotify, seen) =>
        Effect.gen(function* () {
          yield* Effect.flip(getArtist(spotify))
          assert.deepStrictEqual([...new Set(seen.map(({ url }) => url.host))], ["api.spotify.com"])
        })
      )
    )
  )

  it.effect("F22: a list whose next page is said to be at another host is read on at Spotify's", () =>
    withClient((request) =>
      Effect.sync(() => {
        const offset = Number(request.url.searchParams.get("offset") ?? 0)
        return Fake.json({
          href: "https://evil.example/",
          items: Array.from({ length: 2 }, (_, i) => ({
            id: `${offset + i}`.padStart(22, "a"),
            name: "Album",
            type: "album",
            uri: `spotify:album:${`${offset + i}`.padStart(22, "a")}`,
            album_type: "album",
            artists: [],
            external_urls: {},
            href: "",
            images: [],
            release_date: "2020",
            release_date_precision: "year",
            total_tracks: 1
          })),
          limit: 2,
          next: offset === 0 ? "https://evil.example/v1/artists/x/albums?offset=2" : null,
          offset,
          previous: null,
          total: 4
        })
      })
    )((spotify, seen) =>
      Effect.gen(function* () {
        const albums = yield* Stream.runCollect(spotify.artists.albums(artistId))
        assert.strictEqual(albums.length, 4)
        assert.deepStrictEqual([...new Set(seen.map(({ url }) => url.host))], ["api.spotify.com"])
      })
    )
  )

  it.effect("G3: every body can be sent again, and is, to the byte, after a 401", () =>
    withClient(inTurn(revoked, status(202)))((spotify, seen) =>
      Effect.gen(function* () {
        yield* spotify.playlists.uploadCover(playlistId, new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]))
        assert.strictEqual(seen.length, 2)
        assert.strictEqual(seen[1]?.body, seen[0]?.body)
        assert.strictEqual(seen[0]?.body, "/9j/4AECAw==")
      })
    )
  )

  it.effect("G3: a second 401 for it is typed, and it is not sent a third time", () =>
    withClient(() => Effect.sync(revoked))((spotify, seen) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          spotify.playlists.uploadCover(playlistId, new Uint8Array([0xff, 0xd8, 0xff]))
        )
        assert.strictEqual(error._tag, "Unauthorized")
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("H6: a token that ends on the way is renewed, and the call sent once more", () =>
    withClient(inTurn(revoked, ok))((spotify, seen) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* getArtist(spotify)).name, "Artist")
        assert.deepStrictEqual(
          seen.map(({ headers }) => headers["authorization"]),
          [`Bearer ${token}`, `Bearer ${token}-1`]
        )
      })
    )
  )
})
