import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import { Catalogue, SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import { api, appToken, send, userToken } from "./support.js"

const { episodes, playlists, tracks } = Catalogue.invented

const scenario = (
  name: string,
  effect: () => Effect.Effect<void, unknown, Effect.Effect.Context<typeof appToken>>,
  options?: SpotifyEmulator.Options
) => it.effect(name, () => Effect.provide(effect(), SpotifyEmulator.layer(options)))

const named = (name: string) => playlists.find((playlist) => playlist.name === name)?.id ?? ""

const harbor = named("Harbor Walks")
const hidden = named("Not for Guests")
const kitchen = named("Kitchen Committee")
const foreign = named("静かな朝")

const uris = (from: number, to: number) => tracks.slice(from, to).map(({ id }) => `spotify:track:${id}`)

const create = (token: string, items: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const { body } = yield* api(token, "POST", "/me/playlists", { name: "New" })
    if (items.length > 0) {
      yield* api(token, "POST", `/playlists/${body.id}/items`, { uris: items })
    }
    return String(body.id)
  })

const content = (token: string, id: string) =>
  Effect.map(api(token, "GET", `/playlists/${id}/items?limit=100`), ({ body }): ReadonlyArray<string> =>
    body.items.map((entry: { item: { uri: string } }) => entry.item.uri)
  )

describe("reading playlists", () => {
  scenario("gives both names of what Spotify renamed", () =>
    Effect.gen(function* () {
      const { body } = yield* api(yield* appToken, "GET", `/playlists/${harbor}`)
      assert.includeMembers(Object.keys(body), [
        "collaborative",
        "description",
        "external_urls",
        "followers",
        "href",
        "id",
        "images",
        "items",
        "name",
        "owner",
        "primary_color",
        "public",
        "snapshot_id",
        "tracks",
        "type",
        "uri"
      ])
      assert.deepStrictEqual(body.tracks, body.items)
      assert.strictEqual(body.items.limit, 100)
      assert.strictEqual(body.items.total, 24)
      assert.deepStrictEqual(body.items.items[0].track, body.items.items[0].item)
      const twin = yield* api(yield* appToken, "GET", `/playlists/${harbor}/tracks?limit=5`)
      assert.include(twin.body.next, `/playlists/${harbor}/tracks?`)
    })
  )

  scenario("tells episodes from tracks", () =>
    Effect.gen(function* () {
      const { body } = yield* api(
        yield* userToken(),
        "GET",
        `/playlists/${hidden}/items?additional_types=track,episode`
      )
      const types = body.items.map((entry: { item: { type: string } }) => entry.item.type)
      assert.strictEqual(types.filter((type: string) => type === "episode").length, 1)
      assert.isFalse(types.includes(undefined))
    })
  )

  scenario("lists mine, with links to the user's own address", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* userToken()
      const first = yield* api(token, "GET", "/me/playlists?limit=2")
      assert.strictEqual(first.body.total, 4)
      assert.strictEqual(first.body.next, `${apiUrl}/users/premium-listener/playlists?offset=2&limit=2`)
      assert.deepStrictEqual(first.body.items[0].items.total, 24)
      assert.deepStrictEqual(first.body.items[0].tracks.total, 24)
      const second = yield* api(token, "GET", first.body.next)
      assert.strictEqual(second.body.items.length, 2)
      const stranger = yield* api(
        yield* userToken([], "free-listener"),
        "GET",
        "/users/premium-listener/playlists"
      )
      assert.deepStrictEqual(
        stranger.body.items.map((playlist: { name: string }) => playlist.name),
        ["Harbor Walks"]
      )
      assert.strictEqual((yield* api(token, "GET", "/users/nobody/playlists")).status, 404)
    })
  )

  scenario("hides private playlists from others, and shows collaborative ones", () =>
    Effect.gen(function* () {
      const other = yield* userToken(undefined, "free-listener")
      assert.strictEqual((yield* api(other, "GET", `/playlists/${hidden}`)).status, 404)
      assert.strictEqual((yield* api(other, "GET", `/playlists/${kitchen}`)).status, 200)
      assert.strictEqual((yield* api(yield* appToken, "GET", `/playlists/${hidden}`)).status, 404)
    })
  )

  scenario(
    "gives apps in development mode the new names only, and the entries of their user only",
    () =>
      Effect.gen(function* () {
        const token = yield* userToken()
        const mine = yield* api(token, "GET", `/playlists/${harbor}`)
        assert.property(mine.body, "items")
        assert.notProperty(mine.body, "tracks")
        assert.notProperty(mine.body.items.items[0], "track")
        const theirs = yield* api(token, "GET", `/playlists/${foreign}`)
        assert.strictEqual(theirs.status, 200)
        assert.notProperty(theirs.body, "items")
        assert.strictEqual((yield* api(token, "GET", `/playlists/${foreign}/items`)).status, 403)
        assert.strictEqual((yield* api(token, "GET", `/playlists/${harbor}/tracks`)).status, 403)
        assert.strictEqual(
          (yield* api(token, "POST", "/users/premium-listener/playlists", { name: "x" })).status,
          403
        )
        assert.strictEqual((yield* api(token, "POST", "/me/playlists", { name: "x" })).status, 201)
      }),
    { quotaMode: "development" }
  )
})

describe("changing playlists", () => {
  scenario("creates and describes", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const made = yield* api(token, "POST", "/me/playlists", {
        name: "Ebb",
        public: false,
        description: "low"
      })
      assert.strictEqual(made.status, 201)
      assert.deepStrictEqual([made.body.name, made.body.public, made.body.description], ["Ebb", false, "low"])
      const listed = yield* api(token, "GET", "/me/playlists")
      assert.strictEqual(listed.body.items[0].id, made.body.id)
      const changed = yield* api(token, "PUT", `/playlists/${made.body.id}`, {
        name: "Flood",
        collaborative: true
      })
      assert.deepStrictEqual([changed.status, changed.text], [200, ""])
      const read = yield* api(token, "GET", `/playlists/${made.body.id}`)
      assert.deepStrictEqual(
        [read.body.name, read.body.description, read.body.collaborative],
        ["Flood", "low", true]
      )
      assert.notStrictEqual(read.body.snapshot_id, made.body.snapshot_id)
      const twin = yield* api(token, "POST", "/users/premium-listener/playlists", { name: "Twin" })
      assert.strictEqual(twin.status, 201)
      assert.notStrictEqual(twin.body.id, made.body.id)
      assert.strictEqual(
        (yield* api(token, "POST", "/users/free-listener/playlists", { name: "x" })).status,
        403
      )
    })
  )

  scenario("refuses bad descriptions", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* SpotifyEmulator.SpotifyEmulator
      const token = yield* userToken()
      const refused: ReadonlyArray<unknown> = [
        {},
        { name: 1 },
        { name: "x", public: "yes" },
        { name: "x", collaborative: true },
        [],
        null
      ]
      for (const body of refused) {
        assert.strictEqual((yield* api(token, "POST", "/me/playlists", body)).status, 400)
      }
      const malformed = yield* send(
        HttpClientRequest.post(`${apiUrl}/me/playlists`).pipe(
          HttpClientRequest.bearerToken(token),
          HttpClientRequest.bodyText("{", "application/json")
        )
      )
      assert.deepStrictEqual(malformed.body, { error: { status: 400, message: "Error parsing JSON." } })
      const theirs = yield* api(token, "PUT", `/playlists/${foreign}`, { name: "mine" })
      assert.strictEqual(theirs.status, 403)
      const narrow = yield* userToken(["playlist-modify-public"])
      assert.strictEqual(
        (yield* api(narrow, "POST", "/me/playlists", { name: "x", public: false })).status,
        403
      )
    })
  )

  scenario("adds at the end or at a position", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const id = yield* create(token, uris(0, 2))
      const added = yield* api(token, "POST", `/playlists/${id}/items`, { uris: uris(2, 4), position: 1 })
      assert.strictEqual(added.status, 201)
      const [a = "", b = "", c = "", d = ""] = uris(0, 4)
      assert.deepStrictEqual(yield* content(token, id), [a, c, d, b])
      const episode = `spotify:episode:${episodes[0]?.id}`
      const more = yield* api(token, "POST", `/playlists/${id}/tracks?position=0&uris=${episode}`)
      assert.notStrictEqual(more.body.snapshot_id, added.body.snapshot_id)
      assert.deepStrictEqual(yield* content(token, id), [episode, a, c, d, b])
      const read = yield* api(token, "GET", `/playlists/${id}`)
      assert.strictEqual(read.body.snapshot_id, more.body.snapshot_id)
    })
  )

  scenario("replaces, clears and reorders", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const id = yield* create(token, uris(10, 12))
      const [a = "", b = "", c = "", d = "", e = ""] = uris(0, 5)
      const put = (body: unknown) => api(token, "PUT", `/playlists/${id}/items`, body)
      assert.strictEqual((yield* put({ uris: uris(0, 5) })).status, 200)
      yield* put({ range_start: 0, insert_before: 3, range_length: 2 })
      assert.deepStrictEqual(yield* content(token, id), [c, a, b, d, e])
      yield* put({ range_start: 4, insert_before: 0 })
      assert.deepStrictEqual(yield* content(token, id), [e, c, a, b, d])
      yield* put({ range_start: 1, insert_before: 5, range_length: 3 })
      assert.deepStrictEqual(yield* content(token, id), [e, d, c, a, b])
      for (const body of [
        { range_start: 5, insert_before: 0 },
        { range_start: 0, insert_before: 6 },
        { range_start: 3, insert_before: 0, range_length: 3 },
        { range_start: 0 },
        { uris: uris(0, 1), range_start: 0, insert_before: 1 }
      ]) {
        assert.strictEqual((yield* put(body)).status, 400)
      }
      yield* put({ uris: [] })
      assert.deepStrictEqual(yield* content(token, id), [])
    })
  )

  scenario("removes every entry of a URI, under the name that the address has", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const [a = "", b = "", c = ""] = uris(0, 3)
      const id = yield* create(token, [a, b, a, c])
      const removed = yield* api(token, "DELETE", `/playlists/${id}/items`, { items: [{ uri: a }] })
      assert.strictEqual(removed.status, 200)
      assert.isString(removed.body.snapshot_id)
      assert.deepStrictEqual(yield* content(token, id), [b, c])
      assert.strictEqual(
        (yield* api(token, "DELETE", `/playlists/${id}/tracks`, { tracks: [{ uri: b }] })).status,
        200
      )
      assert.deepStrictEqual(yield* content(token, id), [c])
      const wrong = yield* api(token, "DELETE", `/playlists/${id}/items`, { tracks: [{ uri: c }] })
      assert.strictEqual(wrong.body.error.message, "Missing required field: items")
    })
  )

  scenario("removes at positions, which older clients name", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const [a = "", b = "", c = ""] = uris(0, 3)
      const id = yield* create(token, [a, b, a, c, b])
      const remove = (body: unknown) => api(token, "DELETE", `/playlists/${id}/tracks`, body)
      const wrong = yield* remove({ tracks: [{ uri: a, positions: [1] }] })
      assert.strictEqual(wrong.status, 400)
      assert.strictEqual((yield* remove({ positions: [0, 5] })).status, 400)
      assert.strictEqual((yield* remove({ positions: "0" })).status, 400)
      assert.strictEqual((yield* remove({ tracks: [{ uri: a, positions: [2] }, { uri: b }] })).status, 200)
      assert.deepStrictEqual(yield* content(token, id), [a, c])
      const { snapshot_id } = (yield* api(token, "GET", `/playlists/${id}`)).body
      assert.strictEqual((yield* remove({ positions: [0], snapshot_id })).status, 200)
      assert.deepStrictEqual(yield* content(token, id), [c])
    })
  )

  scenario("refuses entries that cannot be", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const id = yield* create(token)
      const add = (body: unknown) =>
        Effect.map(api(token, "POST", `/playlists/${id}/items`, body), ({ body }) => body.error.message)
      const local = "spotify:local:A:B:C:1"
      assert.strictEqual(yield* add({ uris: [local] }), `Invalid track uri: ${local}`)
      assert.strictEqual(yield* add({ uris: ["spotify:track:x"] }), "Invalid track uri: spotify:track:x")
      assert.strictEqual(
        yield* add({ uris: uris(0, 101) }),
        "You can use a maximum of 100 tracks per request."
      )
      assert.strictEqual(yield* add({ uris: uris(0, 1), position: 1 }), "Index out of bounds.")
      assert.strictEqual(yield* add({}), "Missing required field: uris")
      assert.strictEqual(
        (yield* api(token, "POST", `/playlists/${foreign}/items`, { uris: uris(0, 1) })).status,
        403
      )
      const collaborator = yield* userToken(undefined, "free-listener")
      assert.strictEqual(
        (yield* api(collaborator, "POST", `/playlists/${kitchen}/items`, { uris: uris(0, 1) })).status,
        201
      )
      assert.strictEqual(
        (yield* api(yield* appToken, "POST", `/playlists/${harbor}/items`, { uris: uris(0, 1) })).status,
        401
      )
    })
  )

  scenario("follows and unfollows", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const contains = Effect.map(
        api(token, "GET", `/playlists/${foreign}/followers/contains`),
        ({ body }) => body
      )
      assert.deepStrictEqual(yield* contains, [false])
      assert.strictEqual((yield* api(token, "PUT", `/playlists/${foreign}/followers`)).status, 200)
      assert.deepStrictEqual(yield* contains, [true])
      assert.strictEqual((yield* api(token, "GET", "/me/playlists")).body.total, 5)
      yield* api(token, "DELETE", `/me/library?uris=spotify:playlist:${foreign}`)
      assert.deepStrictEqual(yield* contains, [false])
    })
  )
})

describe("playlist covers", () => {
  const jpeg = Encoding.encodeBase64(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]))

  const upload = (token: string, id: string, image: string, type = "image/jpeg") =>
    Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ apiUrl }) =>
      send(
        HttpClientRequest.put(`${apiUrl}/playlists/${id}/images`).pipe(
          HttpClientRequest.bearerToken(token),
          HttpClientRequest.bodyText(image, type)
        )
      )
    )

  scenario("can be read and replaced", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      const before = yield* api(token, "GET", `/playlists/${harbor}/images`)
      assert.strictEqual(before.body.length, 3)
      const put = yield* upload(token, harbor, jpeg)
      assert.deepStrictEqual([put.status, put.text], [202, ""])
      // The type that curl names when it is told none
      const untyped = yield* upload(token, harbor, jpeg, "application/x-www-form-urlencoded")
      assert.strictEqual(untyped.status, 202)
      const after = yield* api(token, "GET", `/playlists/${harbor}/images`)
      assert.isNull(after.body[0].height)
    })
  )

  scenario("must be JPEG as Base64 text, and small", () =>
    Effect.gen(function* () {
      const token = yield* userToken()
      assert.strictEqual((yield* upload(token, harbor, `data:image/jpeg;base64,${jpeg}`)).status, 400)
      assert.strictEqual((yield* upload(token, harbor, `${jpeg}\n`)).status, 400)
      assert.strictEqual((yield* upload(token, harbor, jpeg, "text/plain")).status, 400)
      assert.strictEqual((yield* upload(token, harbor, "/9j/".repeat(70_000))).status, 413)
      const narrow = yield* userToken(["playlist-modify-public"])
      assert.strictEqual((yield* upload(narrow, harbor, jpeg)).body.error.message, "Unauthorized.")
    })
  )
})
