// Each of the 96 operations, by its id in Spotify's document, shown through another operation or its data
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as TestClock from "effect/TestClock"
import { Catalogue } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import { operations as documented } from "../client/api/operations.js"
import * as Web from "./web.js"

const invented = Catalogue.invented
const idAt = (items: ReadonlyArray<{ readonly id: string }>, index: number) => items[index]?.id ?? ""
const two = (items: ReadonlyArray<{ readonly id: string }>) => [idAt(items, 0), idAt(items, 1)].join(",")
const album = invented.albums[0] ?? assert.fail("no album")
const show = invented.shows[0] ?? assert.fail("no show")
const book = invented.audiobooks[0] ?? assert.fail("no audiobook")
const artist = idAt(invented.artists, 0)
const device = invented.devices?.[0]?.id ?? ""
const named = (name: string) => invented.playlists.find((playlist) => playlist.name === name)?.id ?? ""
const foreign = named("静かな朝")
const trackUri = (index: number) => `spotify:track:${idAt(invented.tracks, index)}`

type Scenario = (web: Web.Web) => Effect.Effect<void>

const get = (web: Web.Web, path: string) =>
  Effect.map(web.call(web.premium, "GET", path), ({ body, status }) => {
    assert.strictEqual(status, 200, path)
    return body
  })

const write = (web: Web.Web, method: "PUT" | "POST" | "DELETE", path: string, body?: unknown) =>
  Effect.map(web.call(web.premium, method, path, body), (answer) => {
    assert.include([200, 201, 202, 204], answer.status, `${method} ${path}: ${answer.text}`)
    return answer.body
  })

/** What `read` tells before and after. */
const changes =
  (
    read: (web: Web.Web) => Effect.Effect<unknown>,
    change: Scenario,
    before: unknown,
    after: unknown
  ): Scenario =>
  (web) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(web), before)
      yield* change(web)
      assert.deepStrictEqual(yield* read(web), after)
    })

/** A list has the same things in it that single reads give. */
const batch =
  (key: string, items: ReadonlyArray<{ readonly id: string }>): Scenario =>
  (web) =>
    Effect.gen(function* () {
      const body = yield* get(web, `/${key}?ids=${two(items)}`)
      const one = yield* get(web, `/${key}/${idAt(items, 1)}`)
      assert.strictEqual(body[key][1].uri, one.uri)
    })

/** A page under a thing is the page inside it. */
const children =
  (parent: string, child: string): Scenario =>
  (web) =>
    Effect.gen(function* () {
      const page = yield* get(web, `/${parent}/${child}?limit=3`)
      const whole = yield* get(web, `/${parent}`)
      assert.deepStrictEqual(page.items, whole[child].items.slice(0, 3))
    })

const has =
  (path: string, member: string, value: unknown): Scenario =>
  (web) =>
    Effect.map(get(web, path), (body) => assert.deepStrictEqual(body[member], value))

interface Shelf {
  readonly plural: string
  readonly type: string
  readonly ids: ReadonlyArray<string>
}

const contained = (web: Web.Web, { ids, plural }: Shelf) =>
  get(web, `/me/${plural}/contains?ids=${ids.join(",")}`)

/** The four old operations of a shelf: each of them is seen through another. */
const shelf = (singular: string, options: Shelf): Record<string, Scenario> => {
  const { ids, plural, type } = options
  const uris = ids.map((id) => `spotify:${type}:${id}`).join(",")
  const path = `/me/${plural}?ids=${ids.join(",")}`
  const total = (web: Web.Web) => Effect.map(get(web, `/me/${plural}`), (page) => page.total)
  const clear = (web: Web.Web) => write(web, "DELETE", `/me/library?uris=${uris}`)
  const none = ids.map(() => false)
  const all = ids.map(() => true)
  return {
    [`get-users-saved-${plural}`]: (web) =>
      Effect.gen(function* () {
        yield* clear(web)
        const before = yield* total(web)
        yield* write(web, "PUT", `/me/library?uris=${uris}`)
        assert.strictEqual(yield* total(web), before + ids.length)
        const [first] = (yield* get(web, `/me/${plural}?limit=1`)).items
        assert.strictEqual((first[singular] ?? first).id, ids[0])
      }),
    [`save-${plural}-user`]: (web) =>
      Effect.gen(function* () {
        yield* clear(web)
        yield* changes(
          (web) => contained(web, options),
          (web) => write(web, "PUT", path),
          none,
          all
        )(web)
      }),
    [`remove-${plural}-user`]: (web) =>
      Effect.gen(function* () {
        yield* write(web, "PUT", `/me/library?uris=${uris}`)
        yield* changes(
          (web) => contained(web, options),
          (web) => write(web, "DELETE", path),
          all,
          none
        )(web)
      }),
    [`check-users-saved-${plural}`]: (web) =>
      Effect.gen(function* () {
        yield* clear(web)
        yield* changes(
          (web) => contained(web, options),
          (web) => write(web, "PUT", `/me/library?uris=${uris}`),
          none,
          all
        )(web)
      })
  }
}

const inLibrary = (web: Web.Web) => get(web, `/me/library/contains?uris=${trackUri(1)},${trackUri(3)}`)

const followsArtist = (web: Web.Web) =>
  get(web, `/me/following/contains?type=artist&ids=${idAt(invented.artists, 6)}`)

const created = (web: Web.Web, uris: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const { id } = yield* write(web, "POST", "/me/playlists", { name: "Mine" })
    if (uris.length > 0) {
      yield* write(web, "POST", `/playlists/${id}/items`, { uris })
    }
    return String(id)
  })

const content = (web: Web.Web, id: string) =>
  Effect.map(get(web, `/playlists/${id}`), (body): ReadonlyArray<string> =>
    body.items.items.map((entry: { item: { uri: string } }) => entry.item.uri)
  )

const adds =
  (segment: string): Scenario =>
  (web) =>
    Effect.gen(function* () {
      const id = yield* created(web, [trackUri(0)])
      yield* write(web, "POST", `/playlists/${id}/${segment}?position=0&uris=${trackUri(1)}`)
      assert.deepStrictEqual(yield* content(web, id), [trackUri(1), trackUri(0)])
    })

const reorders =
  (segment: string): Scenario =>
  (web) =>
    Effect.gen(function* () {
      const id = yield* created(web, [trackUri(0), trackUri(1), trackUri(2)])
      const { snapshot_id } = yield* get(web, `/playlists/${id}`)
      const path = `/playlists/${id}/${segment}`
      yield* write(web, "PUT", path, { range_start: 2, insert_before: 0, snapshot_id })
      assert.deepStrictEqual(yield* content(web, id), [trackUri(2), trackUri(0), trackUri(1)])
      // A version before this one is as good, one that never was is not
      yield* write(web, "PUT", path, { range_start: 0, insert_before: 3, snapshot_id })
      const bad = yield* web.call(web.premium, "PUT", path, {
        range_start: 0,
        insert_before: 1,
        snapshot_id: Encoding.encodeBase64(`00000099,${id}`)
      })
      assert.strictEqual(bad.status, 400)
      yield* write(web, "PUT", path, { uris: [trackUri(5)] })
      assert.deepStrictEqual(yield* content(web, id), [trackUri(5)])
    })

const removes =
  (segment: string): Scenario =>
  (web) =>
    Effect.gen(function* () {
      const id = yield* created(web, [trackUri(0), trackUri(1), trackUri(0)])
      yield* write(web, "DELETE", `/playlists/${id}/${segment}`, { [segment]: [{ uri: trackUri(0) }] })
      assert.deepStrictEqual(yield* content(web, id), [trackUri(1)])
      const stranger = yield* web.call(web.premium, "DELETE", `/playlists/${foreign}/${segment}`, {
        [segment]: [{ uri: trackUri(0) }]
      })
      assert.strictEqual(stranger.status, 403)
    })

const lists =
  (segment: string): Scenario =>
  (web) =>
    Effect.gen(function* () {
      const id = yield* created(web, [trackUri(0), trackUri(1)])
      const page = yield* get(web, `/playlists/${id}/${segment}?limit=1`)
      assert.deepStrictEqual([page.total, page.items[0].item.uri], [2, trackUri(0)])
      assert.strictEqual((yield* get(web, page.next)).items[0].track.uri, trackUri(1))
    })

const followers = (web: Web.Web) =>
  Effect.map(get(web, `/playlists/${foreign}`), (body) => body.followers.total)

const followsPlaylist = (web: Web.Web) => get(web, `/playlists/${foreign}/followers/contains`)

const cover = Encoding.encodeBase64(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]))

const uploads: Scenario = (web) =>
  Effect.gen(function* () {
    const id = yield* created(web)
    const images = Effect.map(get(web, `/playlists/${id}/images`), (body) => body.length)
    assert.strictEqual(yield* images, 0)
    const headers = { "content-type": "image/jpeg" }
    const answer = yield* web.call(web.premium, "PUT", `/playlists/${id}/images`, cover, headers)
    assert.strictEqual(answer.status, 202)
    assert.strictEqual(yield* images, 1)
    assert.strictEqual((yield* get(web, `/playlists/${id}`)).images.length, 1)
  })

const play = (web: Web.Web) =>
  write(web, "PUT", `/me/player/play?device_id=${device}`, { context_uri: `spotify:album:${album.id}` })

/** What the player tells of itself after it plays an album, and after the command. */
const commands =
  (
    read: (body: Record<string, Record<string, unknown>>) => unknown,
    method: "PUT" | "POST",
    path: string,
    after: unknown,
    body?: unknown
  ): Scenario =>
  (web) =>
    Effect.gen(function* () {
      yield* play(web)
      assert.notDeepEqual(read(yield* get(web, "/me/player")), after)
      yield* write(web, method, `/me/player${path}`, body)
      assert.deepStrictEqual(read(yield* get(web, "/me/player")), after)
    })

const playing: Scenario = (web) =>
  Effect.gen(function* () {
    yield* play(web)
    yield* TestClock.adjust("1 minute")
    const player = yield* get(web, "/me/player")
    const current = yield* get(web, "/me/player/currently-playing")
    assert.deepStrictEqual([player.progress_ms, current.item], [60_000, player.item])
  })

const previous: Scenario = (web) =>
  Effect.gen(function* () {
    yield* play(web)
    yield* write(web, "POST", "/me/player/next")
    assert.strictEqual((yield* get(web, "/me/player")).item.id, album.trackIds[1])
    yield* write(web, "POST", "/me/player/previous")
    assert.strictEqual((yield* get(web, "/me/player")).item.id, album.trackIds[0])
  })

const queues: Scenario = (web) =>
  Effect.gen(function* () {
    yield* play(web)
    yield* write(web, "POST", `/me/player/queue?uri=${trackUri(40)}`)
    assert.strictEqual((yield* get(web, "/me/player/queue")).queue[0].uri, trackUri(40))
  })

const recent: Scenario = (web) =>
  Effect.gen(function* () {
    yield* play(web)
    yield* TestClock.adjust("1 minute")
    yield* write(web, "POST", "/me/player/next")
    const { items } = yield* get(web, "/me/player/recently-played")
    assert.strictEqual(items[0].track.id, album.trackIds[0])
  })

const track = idAt(invented.tracks, 0)
const audio =
  (path: string, read: (body: Record<string, unknown>) => unknown): Scenario =>
  (web) =>
    Effect.gen(function* () {
      const features = yield* get(web, `/audio-features/${track}`)
      assert.deepStrictEqual(read(yield* get(web, path)), features.tempo)
    })

const text = (value: unknown) => JSON.stringify(value)

const includes =
  (path: string, part: string): Scenario =>
  (web) =>
    Effect.map(get(web, path), (body) => assert.include(text(body), part))

const operations: Readonly<Record<string, Scenario>> = {
  "get-an-album": has(`/albums/${album.id}`, "name", album.name),
  "get-multiple-albums": batch("albums", invented.albums),
  "get-an-albums-tracks": children(`albums/${album.id}`, "tracks"),
  "get-an-artist": has(`/artists/${artist}`, "id", artist),
  "get-multiple-artists": batch("artists", invented.artists),
  "get-an-artists-albums": includes(`/artists/${artist}/albums`, album.id),
  "get-an-artists-top-tracks": includes(`/artists/${artist}/top-tracks`, artist),
  "get-an-artists-related-artists": includes(`/artists/${artist}/related-artists`, idAt(invented.artists, 1)),
  "get-track": has(`/tracks/${track}`, "id", track),
  "get-several-tracks": batch("tracks", invented.tracks),
  "get-a-show": has(`/shows/${show.id}`, "total_episodes", show.episodeIds.length),
  "get-multiple-shows": batch("shows", invented.shows),
  "get-a-shows-episodes": children(`shows/${show.id}`, "episodes"),
  "get-an-episode": has(`/episodes/${show.episodeIds[0]}`, "id", show.episodeIds[0]),
  "get-multiple-episodes": batch("episodes", invented.episodes),
  "get-an-audiobook": has(`/audiobooks/${book.id}`, "total_chapters", book.chapterIds.length),
  "get-multiple-audiobooks": (web) =>
    Effect.map(get(web, `/audiobooks?ids=${book.id},${track}`), ({ audiobooks }) =>
      assert.deepStrictEqual([audiobooks[0].id, audiobooks[1]], [book.id, null])
    ),
  "get-audiobook-chapters": children(`audiobooks/${book.id}`, "chapters"),
  "get-a-chapter": has(`/chapters/${book.chapterIds[2]}`, "chapter_number", 2),
  "get-several-chapters": batch("chapters", invented.chapters),
  search: (web) =>
    Effect.gen(function* () {
      yield* write(web, "POST", "/me/playlists", { name: "Unheard of before" })
      assert.include(text(yield* get(web, "/search/?q=unheard&type=playlist")), "Unheard of before")
    }),
  "get-current-users-profile": has("/me", "id", "premium-listener"),
  "get-users-top-artists-and-tracks": (web) =>
    Effect.gen(function* () {
      assert.isNotEmpty((yield* get(web, "/me/top/artists")).items)
      assert.isNotEmpty((yield* get(web, "/me/top/tracks")).items)
    }),
  "get-users-profile": has("/users/free-listener", "display_name", "Jun 静"),
  "get-followed": changes(
    (web) => Effect.map(get(web, "/me/following?type=artist"), ({ artists }) => artists.total),
    (web) => write(web, "PUT", `/me/following?type=artist&ids=${idAt(invented.artists, 6)}`),
    5,
    6
  ),
  "follow-artists-users": changes(
    (web) => get(web, "/me/following/contains?type=user&ids=free-listener"),
    (web) => write(web, "PUT", "/me/following?type=user", { ids: ["free-listener"] }),
    [false],
    [true]
  ),
  "unfollow-artists-users": (web) =>
    Effect.gen(function* () {
      const path = `/me/following?type=artist&ids=${artist}`
      const follows = (web: Web.Web) => get(web, `/me/following/contains?type=artist&ids=${artist}`)
      yield* changes(follows, (web) => write(web, "DELETE", path), [true], [false])(web)
    }),
  "check-current-user-follows": changes(
    followsArtist,
    (web) => write(web, "PUT", `/me/library?uris=spotify:artist:${idAt(invented.artists, 6)}`),
    [false],
    [true]
  ),
  ...shelf("album", {
    plural: "albums",
    type: "album",
    ids: [idAt(invented.albums, 1), idAt(invented.albums, 3)]
  }),
  ...shelf("audiobook", { plural: "audiobooks", type: "audiobook", ids: [book.id] }),
  ...shelf("episode", { plural: "episodes", type: "episode", ids: [idAt(invented.episodes, 9)] }),
  ...shelf("show", { plural: "shows", type: "show", ids: [show.id, idAt(invented.shows, 1)] }),
  ...shelf("track", {
    plural: "tracks",
    type: "track",
    ids: [idAt(invented.tracks, 1), idAt(invented.tracks, 2)]
  }),
  "save-library-items": changes(
    inLibrary,
    (web) => write(web, "PUT", `/me/library?uris=${trackUri(1)}`),
    [false, true],
    [true, true]
  ),
  "remove-library-items": changes(
    inLibrary,
    (web) => write(web, "DELETE", `/me/library?uris=${trackUri(3)}`),
    [false, true],
    [false, false]
  ),
  "check-library-contains": changes(
    inLibrary,
    (web) => write(web, "PUT", `/me/tracks`, { ids: [idAt(invented.tracks, 1)] }),
    [false, true],
    [true, true]
  ),
  "get-playlist": changes(
    (web) => Effect.map(get(web, `/playlists/${named("Harbor Walks")}`), (body) => body.items.total),
    (web) => write(web, "POST", `/playlists/${named("Harbor Walks")}/items`, { uris: [trackUri(0)] }),
    24,
    25
  ),
  "change-playlist-details": changes(
    (web) =>
      Effect.map(get(web, `/playlists/${named("Harbor Walks")}`), ({ name, public: open }) => [name, open]),
    (web) => write(web, "PUT", `/playlists/${named("Harbor Walks")}`, { name: "Piers", public: false }),
    ["Harbor Walks", true],
    ["Piers", false]
  ),
  "get-playlists-tracks": lists("tracks"),
  "add-tracks-to-playlist": adds("tracks"),
  "reorder-or-replace-playlists-tracks": reorders("tracks"),
  "remove-tracks-playlist": removes("tracks"),
  "get-playlists-items": lists("items"),
  "add-items-to-playlist": adds("items"),
  "reorder-or-replace-playlists-items": reorders("items"),
  "remove-items-playlist": removes("items"),
  "get-a-list-of-current-users-playlists": changes(
    (web) => Effect.map(get(web, "/me/playlists"), ({ total }) => total),
    (web) => write(web, "PUT", `/playlists/${foreign}/followers`),
    4,
    5
  ),
  "create-playlist": (web) =>
    Effect.gen(function* () {
      const id = yield* created(web)
      assert.include(text(yield* get(web, "/me/playlists")), id)
    }),
  "get-list-users-playlists": (web) =>
    Effect.gen(function* () {
      const list = Effect.map(
        web.call(web.token("free-listener"), "GET", "/users/premium-listener/playlists"),
        ({ body }) => body.total
      )
      assert.strictEqual(yield* list, 1)
      yield* write(web, "POST", "/me/playlists", { name: "Secret", public: false })
      assert.strictEqual(yield* list, 1)
      yield* write(web, "POST", "/me/playlists", { name: "Open" })
      assert.strictEqual(yield* list, 2)
    }),
  "create-playlist-for-user": (web) =>
    Effect.gen(function* () {
      const { id } = yield* write(web, "POST", "/users/premium-listener/playlists", { name: "Mine" })
      assert.strictEqual((yield* get(web, `/playlists/${id}`)).owner.id, "premium-listener")
    }),
  "follow-playlist": changes(followers, (web) => write(web, "PUT", `/playlists/${foreign}/followers`), 1, 2),
  "unfollow-playlist": (web) =>
    Effect.gen(function* () {
      yield* write(web, "PUT", `/me/library?uris=spotify:playlist:${foreign}`)
      yield* changes(followers, (web) => write(web, "DELETE", `/playlists/${foreign}/followers`), 2, 1)(web)
    }),
  "get-playlist-cover": uploads,
  "upload-custom-playlist-cover": uploads,
  "check-if-user-follows-playlist": changes(
    followsPlaylist,
    (web) => write(web, "PUT", `/playlists/${foreign}/followers`),
    [false],
    [true]
  ),
  "get-information-about-the-users-current-playback": playing,
  "transfer-a-users-playback": commands(
    (body) => body["device"]?.["id"],
    "PUT",
    "",
    invented.devices?.[1]?.id,
    { device_ids: [invented.devices?.[1]?.id] }
  ),
  "get-a-users-available-devices": changes(
    (web) =>
      Effect.map(get(web, "/me/player/devices"), ({ devices }) =>
        devices.map((device: { is_active: boolean }) => device.is_active)
      ),
    play,
    [false, false, false],
    [true, false, false]
  ),
  "get-the-users-currently-playing-track": playing,
  "start-a-users-playback": playing,
  "pause-a-users-playback": commands((body) => body["is_playing"], "PUT", "/pause", false),
  "skip-users-playback-to-next-track": commands(
    (body) => body["item"]?.["id"],
    "POST",
    "/next",
    album.trackIds[1]
  ),
  "skip-users-playback-to-previous-track": previous,
  "seek-to-position-in-currently-playing-track": commands(
    (body) => body["progress_ms"],
    "PUT",
    "/seek?position_ms=30000",
    30_000
  ),
  "set-repeat-mode-on-users-playback": commands(
    (body) => body["repeat_state"],
    "PUT",
    "/repeat?state=context",
    "context"
  ),
  "set-volume-for-users-playback": commands(
    (body) => body["device"]?.["volume_percent"],
    "PUT",
    "/volume?volume_percent=11",
    11
  ),
  "toggle-shuffle-for-users-playback": commands(
    (body) => body["shuffle_state"],
    "PUT",
    "/shuffle?state=true",
    true
  ),
  "get-recently-played": recent,
  "get-queue": queues,
  "add-to-queue": queues,
  "get-featured-playlists": includes("/browse/featured-playlists", named("Quiet Mix")),
  "get-categories": includes("/browse/categories", "party"),
  "get-a-category": has("/browse/categories/party", "name", "Party"),
  "get-a-categories-playlists": includes(
    `/browse/categories/${invented.categories?.[1]?.id}/playlists`,
    named("Quiet Mix")
  ),
  "get-new-releases": includes("/browse/new-releases", "Ten Years of Light"),
  "get-several-audio-features": audio(
    `/audio-features?ids=${track}`,
    (body) => Object(Object(body["audio_features"])[0]).tempo
  ),
  "get-audio-features": audio(`/audio-features/${track}`, (body) => body["tempo"]),
  "get-audio-analysis": audio(`/audio-analysis/${track}`, (body) => Object(body["track"]).tempo),
  "get-recommendations": includes(`/recommendations?seed_artists=${artist}`, artist),
  "get-recommendation-genres": includes("/recommendations/available-genre-seeds", "techno"),
  "get-available-markets": includes("/markets", "SE")
}

describe("operations", () => {
  it("are 96", () => assert.strictEqual(Object.keys(operations).length, 96))

  for (const [name, scenario] of Object.entries(operations)) {
    it.effect(name, () => scenario(Web.make({ closedOperations: true })))
  }
})

describe("what Spotify documents", () => {
  it("has no operation that is not tested, nor one that is not there", () => {
    assert.deepStrictEqual(
      documented.map(({ operationId }) => operationId).sort(),
      Object.keys(operations).sort()
    )
  })

  for (const quotaMode of ["extended", "development"] as const) {
    it.effect(`has an answer of its own to each operation in ${quotaMode} mode`, () =>
      Effect.gen(function* () {
        const web = Web.make({ quotaMode })
        for (const { method, path } of documented) {
          const address = path.replace(/\{type\}/, "artists").replace(/\{[^}]+\}/g, track)
          const answer = yield* web.call(web.premium, method as "GET", address)
          assert.notInclude(answer.text, "Service not found", `${method} ${path}`)
          assert.notStrictEqual(answer.status, 405, `${method} ${path}`)
        }
      })
    )
  }
})
