import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Catalogue, SpotifyEmulator } from "effect-spotify/emulator"
import { readFileSync } from "node:fs"
import { assert, describe } from "vitest"
import { api, appToken, send, userToken } from "./support.js"

const { albums, artists, audiobooks, chapters, episodes, playlists, shows, tracks, users } =
  Catalogue.invented

const nth = <A>(items: ReadonlyArray<A>, index: number): A => {
  const item = items[index]
  return item === undefined ? assert.fail(`no item ${index}`) : item
}

const scenario = (
  name: string,
  effect: () => Effect.Effect<void, unknown, Effect.Effect.Context<typeof appToken>>,
  options?: SpotifyEmulator.Options
) => it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer(options)))

const longAlbum = nth(
  albums.filter((album) => album.trackIds.length > 50),
  0
)

const unknownId = "0000000000000000000000"

describe("catalogue", () => {
  it("has what the programs of README.md ask for by its id", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
    const asked = [...readme.matchAll(/\W([A-Z][a-z]+)Id\.make\("(\w{22})"\)/g)].map(
      ([, kind = "", id = ""]) => [`${kind.toLowerCase()}s`, id] as const
    )
    assert.isNotEmpty(asked)
    const lists: Readonly<Record<string, ReadonlyArray<{ readonly id: string }>>> = {
      albums,
      artists,
      audiobooks,
      chapters,
      episodes,
      playlists,
      shows,
      tracks
    }
    for (const [kind, id] of asked) {
      assert.include(lists[kind]?.map((thing) => thing.id) ?? [], id, kind)
    }
  })

  it("is large enough to page, and has no id twice", () => {
    assert.isAtLeast(artists.length, 6)
    assert.isAtLeast(albums.length, 12)
    assert.isTrue(
      artists.some((artist) => albums.filter((album) => album.artistIds.includes(artist.id)).length > 10)
    )
    const all = [albums, artists, audiobooks, chapters, episodes, playlists, shows, tracks].flat()
    assert.strictEqual(new Set(all.map(({ id }) => id)).size, all.length)
    assert.isTrue(all.every(({ id }) => /^[0-9A-Za-z]{22}$/.test(id)))
    assert.deepStrictEqual(
      users.map((user) => user.product),
      ["premium", "free"]
    )
  })
})

describe("single objects", () => {
  scenario("have the members of the extended API", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const album = yield* api(token, "GET", `/albums/${longAlbum.id}`)
      assert.strictEqual(album.status, 200)
      assert.includeMembers(Object.keys(album.body), [
        "album_type",
        "total_tracks",
        "available_markets",
        "external_urls",
        "href",
        "id",
        "images",
        "name",
        "release_date",
        "release_date_precision",
        "type",
        "uri",
        "artists",
        "tracks",
        "copyrights",
        "external_ids",
        "genres",
        "label",
        "popularity"
      ])
      assert.strictEqual(album.body.tracks.items.length, 50)
      const artist = yield* api(token, "GET", `/artists/${nth(artists, 0).id}`)
      assert.includeMembers(Object.keys(artist.body), [
        "external_urls",
        "followers",
        "genres",
        "href",
        "id",
        "images",
        "name",
        "popularity",
        "type",
        "uri"
      ])
      const track = yield* api(token, "GET", `/tracks/${nth(tracks, 0).id}`)
      assert.includeMembers(Object.keys(track.body), [
        "album",
        "artists",
        "available_markets",
        "disc_number",
        "duration_ms",
        "explicit",
        "external_ids",
        "external_urls",
        "href",
        "id",
        "is_local",
        "name",
        "popularity",
        "preview_url",
        "track_number",
        "type",
        "uri"
      ])
      assert.isNull(track.body.preview_url)
      const relinked = yield* api(token, "GET", `/tracks/${nth(tracks, 0).id}?market=SE`)
      assert.isTrue(relinked.body.is_playable)
      assert.notProperty(relinked.body, "available_markets")
    })
  )

  scenario(
    "lack what development mode takes away",
    () =>
      Effect.gen(function* () {
        const token = yield* userToken()
        const keys = (path: string) => Effect.map(api(token, "GET", path), ({ body }) => Object.keys(body))
        const lacks = (given: ReadonlyArray<string>, names: ReadonlyArray<string>) =>
          assert.deepStrictEqual(
            names.filter((name) => given.includes(name)),
            []
          )
        lacks(yield* keys(`/albums/${longAlbum.id}`), [
          "available_markets",
          "label",
          "popularity",
          "album_group"
        ])
        lacks(yield* keys(`/artists/${nth(artists, 0).id}`), ["followers", "popularity"])
        lacks(yield* keys(`/tracks/${nth(tracks, 0).id}`), ["available_markets", "popularity", "linked_from"])
        lacks(yield* keys(`/shows/${nth(shows, 0).id}`), ["available_markets", "publisher"])
        lacks(yield* keys(`/audiobooks/${nth(audiobooks, 0).id}`), ["available_markets", "publisher"])
        lacks(yield* keys(`/chapters/${nth(chapters, 0).id}`), ["available_markets"])
        lacks(yield* keys("/me"), ["country", "email", "explicit_content", "followers", "product"])
        const album = yield* keys(`/albums/${longAlbum.id}`)
        assert.include(album, "external_ids")
      }),
    { quotaMode: "development" }
  )

  scenario("that are spoken have their first page of parts", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const show = yield* api(token, "GET", `/shows/${nth(shows, 0).id}`)
      assert.strictEqual(show.body.episodes.total, 24)
      const episode = yield* api(token, "GET", `/episodes/${nth(episodes, 0).id}`)
      assert.strictEqual(episode.body.show.id, nth(shows, 0).id)
      assert.property(episode.body, "resume_point")
      const plain = yield* api(yield* userToken([]), "GET", `/episodes/${nth(episodes, 0).id}`)
      assert.notProperty(plain.body, "resume_point")
      const book = yield* api(token, "GET", `/audiobooks/${nth(audiobooks, 0).id}`)
      assert.strictEqual(book.body.uri, `spotify:show:${nth(audiobooks, 0).id}`)
      assert.strictEqual(book.body.chapters.items[1].type, "chapter")
      const chapter = yield* api(token, "GET", `/chapters/${nth(chapters, 1).id}`)
      assert.strictEqual(chapter.body.audiobook.id, nth(audiobooks, 0).id)
      const part = yield* api(token, "GET", `/shows/${nth(shows, 0).id}/episodes?limit=5&offset=20`)
      assert.strictEqual(part.body.items.length, 4)
      const rest = yield* api(token, "GET", `/audiobooks/${nth(audiobooks, 0).id}/chapters?offset=8`)
      assert.strictEqual(rest.body.items.length, 1)
    })
  )
})

describe("pages", () => {
  scenario("of an album lead through all its tracks and back", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* appToken
      const seen: Array<string> = []
      let page = yield* api(token, "GET", `/albums/${longAlbum.id}/tracks?limit=25`)
      while (page.body.next !== null) {
        seen.push(...page.body.items.map((track: { readonly id: string }) => track.id))
        assert.isTrue(page.body.next.startsWith(`${apiUrl}/albums/`))
        page = yield* api(token, "GET", page.body.next)
      }
      seen.push(...page.body.items.map((track: { readonly id: string }) => track.id))
      assert.deepStrictEqual(seen, [...longAlbum.trackIds])
      assert.strictEqual((yield* api(token, "GET", page.body.previous)).body.offset, 25)
    })
  )

  scenario("of an artist's albums keep to the groups asked for", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const path = `/artists/${nth(artists, 0).id}/albums`
      const all = yield* api(token, "GET", `${path}?limit=50`)
      assert.isAbove(all.body.total, 12)
      const guest = yield* api(token, "GET", `${path}?include_groups=appears_on`)
      assert.isAbove(guest.body.total, 0)
      assert.isTrue(
        guest.body.items.every((album: { album_group: string }) => album.album_group === "appears_on")
      )
      const singles = yield* api(token, "GET", `${path}?include_groups=single,compilation&limit=2`)
      assert.include(singles.body.next, "include_groups=single%2Ccompilation")
      assert.strictEqual((yield* api(token, "GET", `${path}?include_groups=demo`)).status, 400)
      const top = yield* api(token, "GET", `/artists/${nth(artists, 0).id}/top-tracks?market=SE`)
      assert.strictEqual(top.body.tracks.length, 10)
    })
  )

  scenario(
    "are smaller in development mode",
    () =>
      Effect.gen(function* () {
        const token = yield* appToken
        const path = `/artists/${nth(artists, 0).id}/albums`
        assert.strictEqual((yield* api(token, "GET", path)).body.limit, 5)
        assert.strictEqual((yield* api(token, "GET", `${path}?limit=10`)).status, 200)
        const refused = yield* api(token, "GET", `${path}?limit=11`)
        assert.deepStrictEqual(refused.body, { error: { status: 400, message: "Invalid limit" } })
        assert.strictEqual((yield* api(token, "GET", "/search?q=lumen&type=track")).body.tracks.limit, 5)
        assert.strictEqual((yield* api(token, "GET", "/search?q=lumen&type=track&limit=50")).status, 400)
        for (const path of ["/albums?ids=x", "/artists?ids=x", "/tracks?ids=x", "/users/premium-listener"]) {
          const answer = yield* api(token, "GET", path)
          assert.deepStrictEqual(answer.body, { error: { status: 403, message: "Forbidden" } })
        }
      }),
    { quotaMode: "development" }
  )

  scenario("refuse limits and offsets out of range", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      for (const limit of ["0", "51", "-1", "x", "1.5", ""]) {
        const answer = yield* api(token, "GET", `/albums/${longAlbum.id}/tracks?limit=${limit}`)
        assert.deepStrictEqual(answer.body, { error: { status: 400, message: "Invalid limit" } })
      }
      const answer = yield* api(token, "GET", `/albums/${longAlbum.id}/tracks?offset=-1`)
      assert.strictEqual(answer.body.error.message, "Invalid offset")
      const beyond = yield* api(token, "GET", `/albums/${longAlbum.id}/tracks?offset=5000`)
      assert.deepStrictEqual([beyond.status, beyond.body.items, beyond.body.next], [200, [], null])
    })
  )
})

describe("batches", () => {
  scenario("answer in the order asked, with null for what is unknown", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      for (const [key, id] of [
        ["albums", nth(albums, 1).id],
        ["artists", nth(artists, 1).id],
        ["tracks", nth(tracks, 1).id],
        ["shows", nth(shows, 1).id],
        ["episodes", nth(episodes, 1).id],
        ["audiobooks", nth(audiobooks, 0).id],
        ["chapters", nth(chapters, 1).id]
      ] as const) {
        const { body } = yield* api(token, "GET", `/${key}?ids=${id},${unknownId}&market=SE`)
        assert.strictEqual(body[key][0].id, id)
        assert.isNull(body[key][1])
      }
      const many = albums.slice(0, 1).flatMap(({ id }) => Array.from({ length: 21 }, () => id))
      assert.strictEqual((yield* api(token, "GET", `/albums?ids=${many.join(",")}`)).status, 400)
      assert.strictEqual(
        (yield* api(token, "GET", "/albums")).body.error.message,
        "Missing required field: ids"
      )
    })
  )
})

describe("search", () => {
  scenario("answers for each type asked, and no other", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const types = "track,artist,album,playlist,show,episode,audiobook"
      const { body } = yield* api(token, "GET", `/search?q=a&type=${types}&limit=2`)
      assert.sameMembers(Object.keys(body), [
        "tracks",
        "artists",
        "albums",
        "playlists",
        "shows",
        "episodes",
        "audiobooks"
      ])
      for (const page of Object.values<{ readonly items: ReadonlyArray<unknown> }>(body)) {
        assert.isAbove(page.items.length, 0)
        assert.isFalse(page.items.includes(null))
      }
      const only = yield* api(token, "GET", "/search/?q=LUMEN&type=album")
      assert.sameMembers(Object.keys(only.body), ["albums"])
    })
  )

  scenario("understands filters and letters of every alphabet", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const names = (q: string, type: string) =>
        Effect.map(
          api(token, "GET", `/search?${new URLSearchParams({ q, type, limit: "50" })}`),
          ({ body }): ReadonlyArray<string> =>
            body[`${type}s`].items.map((item: { name: string }) => item.name)
        )
      assert.deepStrictEqual(yield* names("track:quay artist:lumen harbor", "track"), ["Quay"])
      assert.deepStrictEqual(yield* names('artist:"Lumen Harbor" year:2019', "album"), ["Quay"])
      assert.sameMembers(
        [...(yield* names("artist:lumen year:2014-2016", "album"))],
        ["Breakwater", "First Buoy"]
      )
      assert.deepStrictEqual(yield* names("album:oxide genre:techno", "album"), [])
      assert.deepStrictEqual(yield* names("genre:techno", "artist"), ["Ferrous & Fern"])
      assert.deepStrictEqual(yield* names("霧の", "artist"), ["霧の回廊"])
      assert.deepStrictEqual(yield* names("тихая", "album"), ["Тихая станция"])
      assert.deepStrictEqual(yield* names("no such thing", "artist"), [])
      assert.notInclude(yield* names("guests", "playlist"), "Not for Guests")
    })
  )

  scenario("links with query in place of q, and follows such links", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const first = yield* api(token, "GET", "/search?q=lumen&type=track,album&limit=10")
      const next: string = first.body.tracks.next
      assert.include(next, "query=lumen&type=track&")
      const second = yield* api(token, "GET", next)
      assert.strictEqual(second.body.tracks.offset, 10)
      assert.notDeepEqual(second.body.tracks.items, first.body.tracks.items)
    })
  )

  scenario("refuses what Spotify refuses", () =>
    Effect.gen(function* () {
      const token = yield* appToken
      const refused: ReadonlyArray<readonly [string, string]> = [
        ["type=track", "No search query"],
        ["q=x", "Missing parameter type"],
        ["q=x&type=song", "Bad search type field song"],
        ["q=x&type=toString", "Bad search type field toString"],
        ["q=x&type=track&limit=51", "Invalid limit"],
        ["q=x&type=track&offset=1001", "Invalid offset"],
        ["q=x&type=track&offset=990&limit=20", "Invalid offset"]
      ]
      for (const [query, message] of refused) {
        const answer = yield* api(token, "GET", `/search?${query}`)
        assert.deepStrictEqual(answer.body, { error: { status: 400, message } })
      }
    })
  )
})

describe("refusals", () => {
  scenario("tell bad tokens apart", () =>
    Effect.gen(function* () {
      const { apiUrl, controls } = yield* SpotifyEmulator.SpotifyEmulator
      const none = yield* send(HttpClientRequest.get(`${apiUrl}/me`))
      assert.deepStrictEqual(none.body, { error: { status: 401, message: "No token provided" } })
      assert.include(none.headers["www-authenticate"], 'error="missing_token"')
      const unknown = yield* api("garbage", "GET", "/me")
      assert.strictEqual(unknown.status, 401)
      assert.strictEqual(unknown.body.error.message, "Invalid access token")
      assert.include(unknown.headers["www-authenticate"], 'Bearer realm="spotify", error="invalid_token"')
      const app = yield* api(yield* appToken, "GET", "/me")
      assert.deepStrictEqual(app.body, {
        error: { status: 401, message: "Valid user authentication required" }
      })
      const token = yield* userToken()
      yield* controls.expireAccessTokens
      assert.strictEqual((yield* api(token, "GET", "/me")).body.error.message, "The access token expired")
    })
  )

  scenario("tell bad ids, unknown ids, unknown paths and wrong methods apart", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const answers: ReadonlyArray<readonly ["GET" | "DELETE", string, number, string | undefined]> = [
        ["GET", "/albums/short", 400, "Invalid base62 id"],
        ["GET", `/tracks/${unknownId.replace("0", "-")}`, 400, "Invalid base62 id"],
        ["GET", `/artists/${unknownId}`, 404, "Resource not found"],
        ["GET", "/nothing/here", 404, "Service not found"],
        ["GET", "/tracks/%E0%A4%A", 404, "Service not found"],
        ["GET", "/me/top/genres", 404, "Service not found"],
        ["DELETE", "/me", 405, undefined],
        ["GET", "/me/library", 405, undefined]
      ]
      for (const [method, path, status, message] of answers) {
        const answer = yield* api(token, method, path)
        assert.strictEqual(answer.status, status, path)
        assert.strictEqual(answer.body?.error.message, message, path)
      }
    })
  )

  scenario("name a missing scope", () =>
    Effect.gen(function* () {
      const token = yield* userToken(["user-read-email"])
      const calls: ReadonlyArray<readonly ["GET" | "PUT" | "POST", string]> = [
        ["GET", "/me/tracks"],
        ["GET", "/me/top/artists"],
        ["GET", "/me/following?type=artist"],
        ["GET", "/me/playlists"],
        ["PUT", `/me/library?uris=spotify:track:${nth(tracks, 0).id}`],
        ["PUT", `/me/library?uris=spotify:artist:${nth(artists, 0).id}`],
        ["GET", `/me/library/contains?uris=spotify:album:${nth(albums, 0).id}`],
        ["GET", `/playlists/${nth(playlists, 1).id}`],
        ["POST", `/playlists/${nth(playlists, 0).id}/items?uris=spotify:track:${nth(tracks, 0).id}`]
      ]
      for (const [method, path] of calls) {
        const answer = yield* api(token, method, path)
        assert.deepStrictEqual(
          answer.body,
          { error: { status: 403, message: "Insufficient client scope" } },
          path
        )
      }
    })
  )
})
