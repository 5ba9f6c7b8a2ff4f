import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { Catalogue } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import * as FieldsFilter from "../../src/emulator/web/fieldsFilter.js"
import * as Web from "./web.js"

const invented = Catalogue.invented
const { albums, artists, audiobooks, chapters, episodes, playlists, shows, tracks, users } = invented

const named = (name: string) => playlists.find((playlist) => playlist.name === name)?.id ?? ""
const mine = named("Harbor Walks")
const foreign = named("静かな朝")
const trackNamed = (name: string, albumName: string) =>
  tracks.find(
    (track) => track.name === name && albums.some((a) => a.id === track.albumId && a.name === albumName)
  )

const get = (web: Web.Web, path: string) => web.call(web.premium, "GET", path)

describe("members that went in February 2026", () => {
  const lost = [
    [`/albums/${albums[0]?.id}`, ["available_markets", "label", "popularity"], ["external_ids"]],
    [`/artists/${artists[0]?.id}`, ["followers", "popularity"], ["images"]],
    [`/audiobooks/${audiobooks[0]?.id}`, ["available_markets", "publisher"], ["authors"]],
    [`/chapters/${chapters[0]?.id}`, ["available_markets"], ["chapter_number"]],
    [`/shows/${shows[0]?.id}`, ["available_markets", "publisher"], ["episodes"]],
    [`/tracks/${tracks[0]?.id}`, ["available_markets", "popularity"], ["external_ids"]],
    ["/me", ["country", "email", "explicit_content", "followers", "product"], ["account_id", "display_name"]],
    [`/playlists/${mine}`, ["tracks"], ["items"]]
  ] as const

  it.effect("are there for apps with the extended API alone, the others for all", () =>
    Effect.gen(function* () {
      const [extended, development] = [Web.make(), Web.make({ quotaMode: "development" })]
      for (const [path, gone, kept] of lost) {
        const before = Object.keys((yield* get(extended, path)).body)
        const after = Object.keys((yield* get(development, path)).body)
        assert.includeMembers(before, [...gone, ...kept], path)
        assert.includeMembers(after, [...kept], path)
        assert.deepStrictEqual(
          gone.filter((name) => after.includes(name)),
          [],
          path
        )
      }
      const groups = (web: Web.Web) =>
        Effect.map(
          get(web, `/artists/${artists[0]?.id}/albums?limit=1`),
          ({ body }) => body.items[0].album_group
        )
      assert.strictEqual(yield* groups(extended), "album")
      assert.isUndefined(yield* groups(development))
    })
  )

  it.effect("differ by app", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const app = {
        clientId: "app",
        name: "A new app",
        clientSecret: undefined,
        redirectUris: [],
        anyLoopback: false,
        quotaMode: "development",
        allowedUsers: ["premium-listener"],
        ownerPremium: true,
        account: ""
      } as const
      const development = Web.make({ apps: [app] })
      assert.strictEqual((yield* get(web, "/markets")).status, 200)
      assert.strictEqual((yield* get(development, "/markets")).status, 403)
      const stranger = yield* development.call(development.token("free-listener"), "GET", "/me")
      assert.strictEqual(stranger.status, 403)
      assert.include(stranger.text, "not registered")
      const lapsed = Web.make({ apps: [{ ...app, ownerPremium: false }] })
      assert.strictEqual(
        (yield* get(lapsed, "/me")).text,
        "Active premium subscription required for the owner of the app. When the subscription status changes, it can take a few hours before requests are allowed again."
      )
    })
  )

  it.effect("are the items of playlists of others", () =>
    Effect.gen(function* () {
      const web = Web.make({ quotaMode: "development" })
      assert.notProperty((yield* get(web, `/playlists/${foreign}`)).body, "items")
      assert.deepStrictEqual((yield* get(web, `/playlists/${foreign}/items`)).body, {
        error: { status: 403, message: "Forbidden" }
      })
      assert.property((yield* get(web, `/playlists/${named("Kitchen Committee")}`)).body, "items")
      const entry = (yield* get(web, `/playlists/${mine}/items`)).body.items[0]
      assert.property(entry, "item")
      assert.notProperty(entry, "track")
    })
  )
})

describe("the field filter", () => {
  const keep = (fields: string, value: unknown) =>
    Either.map(FieldsFilter.parse(fields), (filter) => FieldsFilter.apply(filter, value))

  it("keeps what it names and drops what it excludes", () => {
    const value = { a: 1, b: { c: 2, d: 3 }, e: [{ f: 4, g: { h: 5, i: 6 } }, null] }
    const expected = [
      ["a", { a: 1 }],
      ["a,b", { a: 1, b: { c: 2, d: 3 } }],
      ["b.c", { b: { c: 2 } }],
      ["b.c,b.d", { b: { c: 2, d: 3 } }],
      ["b(c)", { b: { c: 2 } }],
      ["e(f,g(!h))", { e: [{ f: 4, g: { i: 6 } }, null] }],
      ["e.g.h", { e: [{ g: { h: 5 } }, null] }],
      ["!e,!b", { a: 1 }],
      [" a , b( d ) ", { a: 1, b: { d: 3 } }],
      ["nothing", {}]
    ] as const
    for (const [fields, kept] of expected) {
      assert.deepStrictEqual(keep(fields, value), Either.right(kept), fields)
    }
    for (const fields of ["a(", "a)", "(a)", "a,", ",a", "a(b", "a..b("]) {
      assert.isTrue(Either.isLeft(keep(fields, value)), fields)
    }
  })

  it.effect("works on playlists and their items", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const playlist = yield* get(
        web,
        `/playlists/${mine}?fields=name,items(total,items(item(name,album(!images))))`
      )
      assert.deepStrictEqual(Object.keys(playlist.body).sort(), ["items", "name"])
      const { item } = playlist.body.items.items[0]
      assert.deepStrictEqual(Object.keys(item).sort(), ["album", "name"])
      assert.notProperty(item.album, "images")
      const page = yield* get(web, `/playlists/${mine}/items?fields=next,items(item.uri)&limit=2`)
      assert.deepStrictEqual(Object.keys(page.body).sort(), ["items", "next"])
      const next = yield* get(web, page.body.next)
      assert.deepStrictEqual(Object.keys(next.body.items[0].item), ["uri"])
      assert.strictEqual((yield* get(web, `/playlists/${mine}?fields=((`)).status, 400)
    })
  )
})

describe("markets", () => {
  const japan = (web: Web.Web, path: string) =>
    web.call(web.app, "GET", `${path}${path.includes("?") ? "&" : "?"}market=JP`)
  const single = trackNamed("Glass Ferry", "Glass Ferry")
  const standIn = albums.find(({ name }) => name === "Ten Years of Light")?.trackIds[0]

  it.effect("say what plays, and what plays instead", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const free = yield* web.call(web.app, "GET", `/tracks/${single?.id}`)
      assert.notInclude(free.body.available_markets, "JP")
      assert.notProperty(free.body, "is_playable")
      const { body } = yield* japan(web, `/tracks/${single?.id}`)
      assert.deepStrictEqual([body.id, body.linked_from.id, body.is_playable], [standIn, single?.id, true])
      assert.notProperty(body, "available_markets")
      const blocked = tracks.find((track) => track.markets !== undefined && track.relinkedTo === undefined)
      const no = yield* japan(web, `/tracks/${blocked?.id}`)
      assert.deepStrictEqual([no.body.is_playable, no.body.restrictions], [false, { reason: "market" }])
      const development = Web.make({ quotaMode: "development" })
      const relinked = yield* japan(development, `/tracks/${single?.id}`)
      assert.strictEqual(relinked.body.id, standIn)
      assert.notProperty(relinked.body, "linked_from")
    })
  )

  it.effect("are those of the user, whatever the call says", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const { body } = yield* get(web, `/tracks/${single?.id}?market=JP`)
      assert.deepStrictEqual([body.id, body.is_playable], [single?.id, true])
      const catalogue = {
        ...invented,
        users: users.map((user) => (user.id === "premium-listener" ? { ...user, country: "JP" } : user))
      }
      const abroad = yield* get(Web.make({ catalogue }), `/tracks/${single?.id}?market=from_token`)
      assert.strictEqual(abroad.body.id, standIn)
      for (const market of ["Japan", "jp", ""]) {
        assert.strictEqual((yield* get(web, `/tracks/${single?.id}?market=${market}`)).status, 400)
      }
    })
  )

  it.effect("hide albums and spoken things", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const album = albums.find(({ markets }) => markets !== undefined)?.id
      assert.strictEqual((yield* japan(web, `/albums/${album}`)).status, 404)
      assert.deepStrictEqual((yield* japan(web, `/albums?ids=${album}`)).body, { albums: [null] })
      const episode = episodes.find(({ markets }) => markets !== undefined)?.id
      assert.strictEqual((yield* japan(web, `/episodes/${episode}`)).status, 404)
      assert.deepStrictEqual((yield* japan(web, `/episodes?ids=${episode}`)).body, { episodes: [null] })
      for (const path of [
        `/shows/${shows[0]?.id}`,
        `/shows/${shows[0]?.id}/episodes`,
        `/episodes/${episodes[0]?.id}`,
        `/audiobooks/${audiobooks[0]?.id}`,
        `/chapters/${chapters[0]?.id}`
      ]) {
        assert.strictEqual((yield* web.call(web.app, "GET", path)).status, 404, path)
        assert.strictEqual((yield* japan(web, path)).status, 200, path)
        assert.strictEqual((yield* get(web, path)).status, 200, path)
      }
    })
  )
})

describe("episodes in playlists", () => {
  it.effect("take the form of tracks unless asked for", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const path = `/playlists/${named("Not for Guests")}/items?offset=8&limit=1`
      const blind = (yield* get(web, path)).body.items[0]
      const seeing = (yield* get(web, `${path}&additional_types=track,episode`)).body.items[0]
      assert.deepStrictEqual(
        [blind.item.uri, blind.item.type],
        [`spotify:episode:${episodes[0]?.id}`, "track"]
      )
      assert.strictEqual(blind.item.album.name, shows[0]?.name)
      assert.deepStrictEqual([seeing.item.type, seeing.item.show.name], ["episode", shows[0]?.name])
    })
  )
})

describe("local files", () => {
  it.effect("cannot be added or removed", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const uri = "spotify:local:Aunt+Gerda:Cassettes:Side+B%2C+rain:187"
      const path = `/playlists/${named("Attic Boxes")}/items`
      const refusal = { error: { status: 400, message: `Invalid track uri: ${uri}` } }
      const add = yield* web.call(web.premium, "POST", path, { uris: [uri] })
      assert.deepStrictEqual(add.body, refusal)
      const remove = yield* web.call(web.premium, "DELETE", path, { items: [{ uri }] })
      assert.deepStrictEqual(remove.body, refusal)
    })
  )
})

describe("caching", () => {
  it.effect("follows tags, and says how long", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const path = `/albums/${albums[0]?.id}`
      const first = yield* get(web, path)
      const etag = first.headers["etag"] ?? ""
      assert.match(etag, /^"MC-/)
      const again = yield* web.call(web.premium, "GET", path, undefined, { "if-none-match": etag })
      assert.deepStrictEqual([again.status, again.text, again.headers["etag"]], [304, "", etag])
      const other = yield* web.call(web.premium, "GET", path, undefined, { "if-none-match": '"MC-1"' })
      assert.strictEqual(other.status, 200)
      const ages = [
        [path, "public, max-age=7200"],
        ["/search?q=a&type=track", "public, max-age=7200"],
        [`/shows/${shows[0]?.id}`, "public, max-age=60"],
        ["/browse/new-releases", "public, max-age=600"],
        [`/playlists/${mine}`, "public, max-age=0"],
        ["/me/tracks", "private, max-age=0"]
      ] as const
      for (const [address, age] of ages) {
        assert.strictEqual((yield* get(web, address)).headers["cache-control"], age, address)
      }
    })
  )
})
