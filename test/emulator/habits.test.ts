import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Catalogue, SpotifyEmulator } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import type { Habits } from "../../src/emulator/web/habits.js"
import * as JsonText from "../../src/emulator/web/jsonText.js"
import { type Answer, api, send, userToken } from "./support.js"
import * as Web from "./web.js"

const { albums, artists, audiobooks, devices = [], libraries, playlists, shows, tracks } = Catalogue.invented

const make = (habits: Partial<Habits> = {}) => Web.make({ habits })

const named = (name: string) => playlists.find((playlist) => playlist.name === name)?.id ?? ""
const attic = named("Attic Boxes")
const album = albums[0]
const track = tracks[0]

/** A habit with what it changes: a reading of the emulator with it on and with it off. */
const habit = <A>(
  name: string,
  settings: readonly [Partial<Habits>, A, Partial<Habits>, A],
  read: (web: Web.Web) => Effect.Effect<unknown>
) =>
  it.effect(name, () =>
    Effect.gen(function* () {
      const [one, expected, two, otherwise] = settings
      assert.deepStrictEqual(yield* read(make(one)), expected)
      assert.deepStrictEqual(yield* read(make(two)), otherwise)
    })
  )

const get = (web: Web.Web, path: string) => Effect.map(web.call(web.premium, "GET", path), ({ body }) => body)

const kinds = (items: ReadonlyArray<unknown>) => items.map((item) => item === null)

describe("habits", () => {
  it.effect("of the player are answers that are no JSON", () =>
    Effect.gen(function* () {
      const play = (web: Web.Web) =>
        web.call(web.premium, "PUT", `/me/player/play?device_id=${devices[0]?.id}`, {
          uris: [`spotify:track:${track?.id}`]
        })
      const text = yield* play(make())
      assert.deepStrictEqual([text.status, text.body], [200, undefined])
      assert.match(text.text, /^[0-9A-Za-z]{22}$/)
      assert.include(text.headers["content-type"], "application/json")
      const accepted = yield* play(make({ playerAnswer: "accepted" }))
      assert.deepStrictEqual([accepted.status, accepted.text], [202, ""])
      const documented = yield* play(make({ playerAnswer: "no content" }))
      assert.deepStrictEqual([documented.status, documented.text], [204, ""])
    })
  )

  it.effect("of the player are answers that lag", () =>
    Effect.gen(function* () {
      const web = make({ playbackLag: 2000 })
      yield* web.call(web.premium, "PUT", `/me/player/play?device_id=${devices[0]?.id}`, {
        context_uri: `spotify:album:${album?.id}`
      })
      assert.strictEqual((yield* web.call(web.premium, "GET", "/me/player")).status, 204)
      yield* TestClock.adjust("2 seconds")
      assert.isTrue((yield* get(web, "/me/player")).is_playing)
      yield* web.call(web.premium, "PUT", "/me/player/pause")
      yield* TestClock.adjust("1 second")
      assert.isTrue((yield* get(web, "/me/player")).is_playing)
      yield* TestClock.adjust("1 second")
      assert.isFalse((yield* get(web, "/me/player")).is_playing)
    })
  )

  habit(
    "disallowed actions are nested",
    [{}, ["disallows"], { nestedDisallows: false }, ["resuming", "skipping_next", "skipping_prev"]],
    (web) =>
      Effect.gen(function* () {
        yield* web.call(web.premium, "PUT", `/me/player/play?device_id=${devices[0]?.id}`, {
          uris: [`spotify:track:${track?.id}`]
        })
        return Object.keys((yield* get(web, "/me/player")).actions).sort()
      })
  )

  habit(
    "links of playlists lead to the closed address",
    [
      {},
      "https://api.spotify.emulator/v1/users/premium-listener/playlists?offset=2&limit=2",
      { closedPlaylistLinks: false },
      "https://api.spotify.emulator/v1/me/playlists?offset=2&limit=2"
    ],
    (web) => Effect.map(get(web, "/me/playlists?limit=2"), ({ next }) => next)
  )

  habit("search finds nulls", [{}, [true, true], { nullsInSearch: false }, []], (web) =>
    Effect.map(get(web, "/search?q=editor&type=playlist"), ({ playlists }) => kinds(playlists.items))
  )

  habit(
    "a removed track leaves an empty entry",
    [{}, [false, false, false, true, false, false], { nullPlaylistItems: false }, Array(5).fill(false)],
    (web) =>
      Effect.map(get(web, `/playlists/${attic}/items`), ({ items }) =>
        kinds(items.map(({ item }: { item: unknown }) => item))
      )
  )

  habit(
    "pages have nulls for what does not play",
    [{}, [false, true], { nullsInPages: false }, [false]],
    (web) =>
      Effect.map(
        web.call(web.app, "GET", `/shows/${shows[0]?.id}/episodes?market=JP&offset=22`),
        ({ body }) => kinds(body.items)
      )
  )

  it.effect("are nulls in place of saved albums that are gone", () =>
    Effect.gen(function* () {
      const gone = { uri: "spotify:album:0000000000000000000000", addedAt: "2020-01-01T00:00:00Z" }
      const catalogue = {
        ...Catalogue.invented,
        libraries: libraries.map((library) => ({ ...library, saved: [gone, ...library.saved] }))
      }
      const read = (habits: Partial<Habits>) => {
        const web = Web.make({ catalogue, habits })
        return Effect.map(get(web, "/me/albums?limit=1"), ({ items }) => kinds(items))
      }
      assert.deepStrictEqual(yield* read({}), [true])
      assert.deepStrictEqual(yield* read({ nullsInPages: false }), [false])
    })
  )

  habit("an empty search page is null", [{}, [], { nullSearchPage: true }, null], (web) =>
    Effect.map(get(web, "/search?q=zzzz&type=track"), ({ tracks }) => tracks.items)
  )

  habit("a playlist without a cover", [{}, [], { nullPlaylistImages: true }, null], (web) =>
    Effect.map(web.call(web.premium, "POST", "/me/playlists", { name: "New" }), ({ body }) => body.images)
  )

  habit("totals of playlists in lists", [{}, 24, { nullPlaylistTotals: true }, null], (web) =>
    Effect.map(get(web, "/me/playlists"), ({ items }) => items[0].items.total)
  )

  habit("an empty link of relinking", [{}, undefined, { emptyLinkedFrom: true }, {}], (web) =>
    Effect.map(get(web, `/tracks/${track?.id}?market=SE`), ({ linked_from }) => linked_from)
  )

  habit("both spellings", [{}, [true, true], { bothSpellings: false }, [false, true]], (web) =>
    Effect.map(get(web, `/playlists/${attic}`), (body) => ["tracks" in body, "items" in body])
  )

  habit(
    "undocumented members",
    [
      {},
      ["primary_color", "followers", "video_thumbnail", "is_playable"],
      { undocumentedMembers: false },
      []
    ],
    (web) =>
      Effect.gen(function* () {
        const playlist = yield* get(web, `/playlists/${attic}`)
        const objects = [
          [playlist, "primary_color"],
          [playlist, "followers"],
          [playlist.items.items[0], "video_thumbnail"],
          [yield* get(web, `/albums/${album?.id}?market=SE`), "is_playable"]
        ] as const
        return objects.flatMap(([object, name]) => (name in object ? [name] : []))
      })
  )

  habit("the type of chapters", [{}, "chapter", { chapterType: false }, "episode"], (web) =>
    Effect.map(get(web, `/chapters/${audiobooks[0]?.chapterIds[0]}`), ({ type }) => type)
  )

  habit("the type of albums", [{}, "album", { upperCaseAlbumType: true }, "ALBUM"], (web) =>
    Effect.map(get(web, `/albums/${album?.id}`), ({ album_type }) => album_type)
  )

  habit(
    "local tracks have next to nothing",
    [
      {},
      [true, null, "Side B, rain", 187_000],
      { localDurationObject: true },
      [true, null, "Side B, rain", { totalMilliseconds: 187_000 }]
    ],
    (web) =>
      Effect.map(get(web, `/playlists/${attic}/items`), ({ items }) => [
        items[2].is_local,
        items[2].item.id,
        items[2].item.name,
        items[2].item.duration_ms
      ])
  )

  it.effect("are whole numbers with a fraction", () =>
    Effect.gen(function* () {
      const web = make({ integralFloats: true })
      const { body, text } = yield* web.call(web.premium, "GET", `/artists/${artists[0]?.id}`)
      assert.include(text, `"popularity":${artists[0]?.popularity}.0`)
      assert.include(text, `"total":${artists[0]?.followers}.0`)
      assert.include(text, `"height":640.0`)
      assert.deepStrictEqual(body, yield* get(make(), `/artists/${artists[0]?.id}`))
      assert.deepStrictEqual([85, 0, 9_999_999, 10_000_000, 49_022_656, 49_000_000].map(JsonText.double), [
        "85.0",
        "0.0",
        "9999999.0",
        "1.0E7",
        "4.9022656E7",
        "4.9E7"
      ])
    })
  )

  it.effect("are refusals in many forms", () =>
    Effect.gen(function* () {
      const refusal = (errorBody: Habits["errorBody"]) => {
        const web = make({ errorBody })
        return Effect.map(web.call(web.premium, "GET", "/albums/x"), ({ status, text }) => [status, text])
      }
      const object = '{"error":{"status":400,"message":"Invalid base62 id"}}'
      assert.deepStrictEqual(yield* refusal("object"), [400, object])
      assert.deepStrictEqual(yield* refusal("without message"), [400, '{"error":{"status":400}}'])
      assert.deepStrictEqual(yield* refusal("empty"), [400, ""])
      assert.deepStrictEqual(yield* refusal("text"), [400, "Invalid base62 id"])
      assert.deepStrictEqual(yield* refusal("string"), [400, '{"error":"Invalid base62 id"}'])
    })
  )

  habit(
    "the message for bad tokens",
    [{}, "Invalid access token", { combinedTokenMessage: true }, "Missing/invalid/expired access token"],
    (web) => Effect.map(web.call("nonsense", "GET", "/me"), ({ body }) => body.error.message)
  )
})

/** Whether the first four entries of a list have what is asked. */
const first = (items: ReadonlyArray<unknown>, has: (item: Answer["body"]) => boolean) =>
  items.slice(0, 4).map(has)

const none = [false, false, false, false]

const second = [false, true, false, true]

describe("habits of some answers only", () => {
  habit("playlists in lists without a name", [{ namelessPlaylists: true }, second, {}, none], (web) =>
    Effect.map(get(web, "/me/playlists"), ({ items }) =>
      first(items, (item) => !("name" in item || "snapshot_id" in item))
    )
  )

  habit("owners of nulls", [{ nullOwners: true }, second, {}, none], (web) =>
    Effect.map(get(web, "/me/playlists"), ({ items }) =>
      first(
        items,
        ({ owner: { external_urls, type, ...rest } }) =>
          type === "user" &&
          external_urls.spotify === null &&
          Object.values(rest).every((value) => value === null)
      )
    )
  )

  habit("images without a url", [{ emptyImages: true }, [{}, {}, {}], {}, ["url", "url", "url"]], (web) =>
    Effect.map(get(web, `/playlists/${attic}`), ({ images }) =>
      images.map((image: object) => ("url" in image ? "url" : image))
    )
  )

  habit("nobody who added an entry", [{ emptyAddedBy: true }, [second, second], {}, [none, none]], (web) =>
    Effect.gen(function* () {
      const isEmpty = (entry: Answer["body"]) => Object.keys(entry.added_by).length === 0
      const page = yield* get(web, `/playlists/${attic}/items`)
      const playlist = yield* get(web, `/playlists/${attic}`)
      return [first(page.items, isEmpty), first(playlist.tracks.items, isEmpty)]
    })
  )

  habit(
    "nulls for saved and played things",
    [{ nullSavedItems: true }, [second, second, [false, true]], {}, [none, none, [false, false]]],
    (web) =>
      Effect.gen(function* () {
        yield* web.call(web.premium, "PUT", `/me/player/play?device_id=${devices[0]?.id}`, {
          uris: tracks.slice(0, 3).map(({ id }) => `spotify:track:${id}`)
        })
        yield* TestClock.adjust("10 minutes")
        const lists = yield* Effect.forEach(
          ["/me/tracks", "/me/albums", "/me/player/recently-played?limit=2"],
          (path) => get(web, path)
        )
        return lists.map(({ items }) => first(items, (item) => (item.track ?? item.album ?? null) === null))
      })
  )

  habit(
    "a playlist with the address of its entries alone",
    [{ playlistItemsLink: true }, [["href", "total"], ["href", "total"], 6], {}, [7, 7, 6]],
    (web) =>
      Effect.map(get(web, `/playlists/${attic}`), ({ items, tracks }) => {
        const shape = (page: object) => (Object.keys(page).length === 7 ? 7 : Object.keys(page))
        return [shape(items), shape(tracks), items.total]
      })
  )

  habit("tracks without explicit and album", [{ bareTracks: true }, second, {}, none], (web) =>
    Effect.map(get(web, `/playlists/${named("Harbor Walks")}/items`), ({ items }) =>
      first(items, ({ item, track }) => [item, track].every((one) => !("explicit" in one || "album" in one)))
    )
  )

  const made = (web: Web.Web) =>
    Effect.map(web.call(web.premium, "POST", "/me/playlists", { name: "New" }), ({ body, status, text }) => [
      status,
      body === undefined ? text : [body.name, body.description, typeof body.id]
    ])

  habit(
    "a new playlist without a name",
    [{ createAnswer: "nulls" }, [201, [null, null, "string"]], {}, [201, ["New", "", "string"]]],
    made
  )

  habit(
    "a new playlist without an answer",
    [{ createAnswer: "empty" }, [201, ""], {}, [201, ["New", "", "string"]]],
    made
  )

  for (const [addAnswer, text] of [
    ["object", /^\{\}$/],
    ["empty", /^$/],
    ["snapshot", /^\{"snapshot_id":"[^"]+"\}$/]
  ] as const) {
    it.effect(`an addition is answered with ${addAnswer}, and done`, () =>
      Effect.gen(function* () {
        const web = make({ addAnswer })
        const added = yield* web.call(web.premium, "POST", `/playlists/${attic}/items`, {
          uris: [`spotify:track:${track?.id}`]
        })
        assert.strictEqual(added.status, 201)
        assert.match(added.text, text)
        assert.strictEqual((yield* get(web, `/playlists/${attic}/items`)).total, 7)
      })
    )
  }

  const paging = ({ items, limit, next, offset, total }: Answer["body"]) => [
    items.length,
    limit,
    offset,
    total,
    new URL(next ?? "x:").searchParams.get("offset")
  ]

  habit(
    "an offset that is always 0",
    [{ zeroOffsets: true }, [20, 20, 0, 60, "40"], {}, [20, 20, 20, 60, "40"]],
    (web) => Effect.map(get(web, "/me/tracks?offset=20"), paging)
  )

  habit(
    "a limit that is not that of the page",
    [{ shortPages: true }, [20, 50, 0, 60, "20"], {}, [50, 50, 0, 60, "50"]],
    (web) => Effect.map(get(web, "/me/tracks?limit=50"), paging)
  )

  it.effect("a page of zeros now and then, behind the first", () =>
    Effect.gen(function* () {
      const web = make({ zeroPages: 2 })
      const pages = yield* Effect.forEach([0, 20, 20, 40, 40, 0], (offset) =>
        get(web, `/me/tracks?offset=${offset}`)
      )
      const zeros = [0, 0, 0, 0, null]
      assert.deepStrictEqual(pages.map(paging), [
        [20, 20, 0, 60, "20"],
        [20, 20, 20, 60, "40"],
        zeros,
        [20, 20, 40, 60, null],
        zeros,
        [20, 20, 0, 60, "20"]
      ])
      // Also where answers are kept
      const path = `/albums/${album?.id}/tracks?limit=1&offset=1`
      const kept = yield* Effect.forEach([1, 2, 3], () => get(web, path))
      assert.deepStrictEqual(
        kept.map(({ limit }) => limit),
        [1, 0, 1]
      )
    })
  )

  const statuses = (web: Web.Web, path: string) =>
    Effect.forEach([1, 2, 3, 4], () => web.call(web.premium, "GET", path))

  it.effect("a good token that is missing now and then", () =>
    Effect.gen(function* () {
      const answers = yield* statuses(make({ missingTokens: 2 }), "/me")
      assert.deepStrictEqual(
        answers.map(({ body, status }) => [status, body.error?.message]),
        [
          [200, undefined],
          [401, "Access token missing"],
          [200, undefined],
          [401, "Access token missing"]
        ]
      )
    })
  )

  habit(
    "a missing scope as a bad token",
    [
      { unauthorizedScopes: true },
      ["401 Permissions missing", "403 Insufficient client scope"],
      {},
      ["403 Insufficient client scope", "403 Insufficient client scope"]
    ],
    (web) =>
      Effect.forEach(["/me/player", "/me/tracks"], (path) =>
        Effect.map(
          web.call(web.token("premium-listener", []), "GET", path),
          ({ body, status }) => `${status} ${body.error.message}`
        )
      )
  )

  for (const [name, path] of [
    ["what follows from the catalogue", `/albums/${album?.id}`],
    ["what is the user's", "/me"]
  ] as const) {
    it.effect(`a 304, an empty and a cut answer to ${name}`, () =>
      Effect.gen(function* () {
        const whole = yield* make().call(make().premium, "GET", path)
        const kindOf = (text: string) =>
          text === whole.text ? "whole" : text === "" ? "empty" : whole.text.startsWith(text) ? "cut" : text
        const seen = (habits: Partial<Habits>) =>
          Effect.map(statuses(make(habits), path), (answers) =>
            answers.map(({ status, text }) => `${status} ${kindOf(text)}`).slice(1, 3)
          )
        assert.deepStrictEqual(yield* seen({}), ["200 whole", "200 whole"])
        assert.deepStrictEqual(yield* seen({ unaskedNotModified: 3 }), ["200 whole", "304 empty"])
        assert.deepStrictEqual(yield* seen({ emptyBodies: 2 }), ["200 empty", "200 whole"])
        assert.deepStrictEqual(yield* seen({ cutBodies: 1 }), ["200 cut", "200 cut"])
      })
    )
  }

  it.effect("are switched over HTTP, and their count begins anew", () =>
    Effect.gen(function* () {
      const set = (habits: Readonly<Record<string, unknown>>) =>
        Effect.flatMap(SpotifyEmulator.SpotifyEmulator, ({ accountsUrl }) =>
          send(
            HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post(`${accountsUrl}/_control/habits`), habits)
          )
        ).pipe(Effect.map(({ status }) => status))
      assert.strictEqual(yield* set({ missingTokens: 2, createAnswer: "nulls", nullOwners: true }), 204)
      assert.strictEqual(yield* set({ missingTokens: -1 }), 400)
      assert.strictEqual(yield* set({ zeroPages: 0.5 }), 400)
      const token = yield* userToken()
      const status = Effect.map(api(token, "GET", "/me"), (answer) => answer.status)
      assert.strictEqual(yield* status, 200)
      yield* set({ missingTokens: 2 })
      assert.deepStrictEqual([yield* status, yield* status], [200, 401])
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )
})
