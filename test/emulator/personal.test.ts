import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Catalogue, SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import { type Answer, api, type appToken, userToken } from "./support.js"

const { albums, artists, audiobooks, episodes, shows, tracks } = Catalogue.invented

const scenario = (
  name: string,
  effect: () => Effect.Effect<void, unknown, Effect.Effect.Context<typeof appToken>>,
  options?: SpotifyEmulator.Options
) => it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer(options)))

const uris = (type: string, items: ReadonlyArray<{ readonly id: string }>) =>
  items.map(({ id }) => `spotify:${type}:${id}`)

describe("profile", () => {
  scenario("shows what the scopes allow", () =>
    Effect.gen(function* () {
      const all = yield* api(yield* userToken(), "GET", "/me")
      assert.includeMembers(Object.keys(all.body), [
        "account_id",
        "country",
        "display_name",
        "email",
        "explicit_content",
        "external_urls",
        "followers",
        "href",
        "id",
        "images",
        "product",
        "type",
        "uri"
      ])
      const few = yield* api(yield* userToken([], "free-listener"), "GET", "/me")
      assert.strictEqual(few.body.id, "free-listener")
      assert.notProperty(few.body, "email")
      assert.notProperty(few.body, "product")
      const other = yield* api(yield* userToken([]), "GET", "/users/free-listener")
      assert.strictEqual(other.body.display_name, "Jun 静")
      assert.strictEqual((yield* api(yield* userToken([]), "GET", "/users/nobody")).status, 404)
    })
  )
})

describe("favourites and followed artists", () => {
  scenario("come in pages", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const top = yield* api(token, "GET", "/me/top/artists?limit=3")
      assert.strictEqual(top.body.items.length, 3)
      const tops = yield* api(token, "GET", "/me/top/tracks?time_range=short_term")
      const later = yield* api(token, "GET", "/me/top/tracks?time_range=long_term")
      assert.notStrictEqual(tops.body.items[0].id, later.body.items[0].id)
      assert.strictEqual((yield* api(token, "GET", "/me/top/tracks?time_range=ever")).status, 400)
    })
  )

  scenario("are read with a cursor", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const seen: Array<string> = []
      let path: string | null = "/me/following?type=artist&limit=2"
      while (path !== null) {
        const { body }: Answer = yield* api(token, "GET", path)
        assert.strictEqual(body.artists.total, 5)
        seen.push(...body.artists.items.map((artist: { id: string }) => artist.id))
        path = body.artists.next
      }
      assert.strictEqual(new Set(seen).size, 5)
      assert.strictEqual((yield* api(token, "GET", "/me/following?type=user")).status, 400)
    })
  )
})

describe("library", () => {
  scenario("saves, tells and removes by URI", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const wanted = [
        ...uris("track", tracks.slice(1, 3)),
        ...uris("album", albums.slice(1, 2)),
        ...uris("artist", artists.slice(5, 6)),
        "spotify:user:free-listener"
      ]
      const query = `?uris=${wanted.map(encodeURIComponent).join(",")}`
      const contains = Effect.map(api(token, "GET", `/me/library/contains${query}`), ({ body }) => body)
      assert.deepStrictEqual(yield* contains, [false, false, false, false, false])
      const put = yield* api(token, "PUT", `/me/library${query}`)
      assert.deepStrictEqual([put.status, put.text], [200, ""])
      assert.deepStrictEqual(yield* contains, [true, true, true, true, true])
      const saved = yield* api(token, "GET", "/me/tracks?limit=1")
      assert.strictEqual(saved.body.items[0].track.uri, wanted[0])
      assert.strictEqual(saved.body.items[0].added_at, "1970-01-01T00:00:00Z")
      assert.strictEqual((yield* api(token, "GET", "/me/following?type=artist")).body.artists.total, 6)
      yield* api(token, "PUT", `/me/library${query}`)
      assert.strictEqual((yield* api(token, "GET", "/me/tracks")).body.total, saved.body.total)
      assert.strictEqual((yield* api(token, "DELETE", `/me/library${query}`)).status, 200)
      assert.deepStrictEqual(yield* contains, [false, false, false, false, false])
    })
  )

  scenario("wants at most 40 URIs, in the query", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const body = yield* api(token, "PUT", "/me/library", { uris: uris("track", tracks.slice(0, 1)) })
      assert.deepStrictEqual(body.body, { error: { status: 400, message: "Missing required field: uris" } })
      const many = uris("track", tracks.slice(0, 41)).join(",")
      assert.strictEqual((yield* api(token, "PUT", `/me/library?uris=${many}`)).status, 400)
      assert.strictEqual((yield* api(token, "PUT", "/me/library?uris=nonsense")).status, 400)
      assert.strictEqual(
        (yield* api(token, "PUT", "/me/library?uris=spotify:track:0000000000000000000000")).status,
        404
      )
    })
  )

  scenario("has a shelf for each kind", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const first = (shelf: string) =>
        Effect.map(api(token, "GET", `/me/${shelf}?limit=1`), ({ body }) => body.items[0])
      assert.sameMembers(Object.keys(yield* first("tracks")), ["added_at", "track"])
      assert.sameMembers(Object.keys(yield* first("albums")), ["added_at", "album"])
      assert.strictEqual((yield* first("shows")).show.id, shows[0]?.id)
      assert.strictEqual((yield* first("episodes")).episode.id, episodes[0]?.id)
      assert.strictEqual((yield* first("audiobooks")).id, audiobooks[0]?.id)
      const contains = yield* api(token, "GET", `/me/library/contains?uris=spotify:show:${audiobooks[0]?.id}`)
      assert.deepStrictEqual(contains.body, [true])
    })
  )

  scenario("still takes ids from apps with the extended API", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      for (const [shelf, ids] of [
        ["tracks", tracks.slice(1, 3).map(({ id }) => id)],
        ["albums", albums.slice(1, 2).map(({ id }) => id)]
      ] as const) {
        const contains = Effect.map(
          api(token, "GET", `/me/${shelf}/contains?ids=${ids.join(",")}`),
          ({ body }) => body
        )
        assert.strictEqual((yield* api(token, "PUT", `/me/${shelf}?ids=${ids.join(",")}`)).status, 200)
        assert.deepStrictEqual(
          yield* contains,
          ids.map(() => true)
        )
        assert.strictEqual((yield* api(token, "DELETE", `/me/${shelf}`, { ids })).status, 200)
        assert.deepStrictEqual(
          yield* contains,
          ids.map(() => false)
        )
        const array = yield* api(token, "PUT", `/me/${shelf}`, ids)
        assert.deepStrictEqual(array.body, { error: { status: 400, message: "Missing required field: ids" } })
      }
      const timed = { timestamped_ids: [{ id: tracks[1]?.id, added_at: "2020-01-01T00:00:00Z" }] }
      assert.strictEqual((yield* api(token, "PUT", "/me/tracks", timed)).status, 200)
      assert.strictEqual(
        (yield* api(token, "GET", "/me/tracks?limit=1")).body.items[0].added_at,
        "2020-01-01T00:00:00Z"
      )
      const artist = artists[6]?.id ?? ""
      assert.strictEqual((yield* api(token, "PUT", `/me/following?type=artist&ids=${artist}`)).status, 204)
      assert.deepStrictEqual(
        (yield* api(token, "GET", `/me/following/contains?type=artist&ids=${artist}`)).body,
        [true]
      )
      assert.strictEqual(
        (yield* api(token, "DELETE", `/me/following?type=artist`, { ids: [artist] })).status,
        204
      )
    })
  )

  scenario(
    "no longer takes ids in development mode",
    () =>
      Effect.gen(function* () {
        const token = yield* userToken()
        const answer = yield* api(token, "PUT", `/me/tracks?ids=${tracks[0]?.id}`)
        assert.deepStrictEqual(answer.body, { error: { status: 403, message: "Forbidden" } })
        assert.strictEqual((yield* api(token, "GET", "/me/tracks")).status, 200)
      }),
    { quotaMode: "development" }
  )
})
