import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { Catalogue } from "effect-spotify/emulator"
import { assert, describe } from "vitest"
import * as Web from "./web.js"

const { albums, audiobooks, devices = [], episodes, playlists, shows, tracks } = Catalogue.invented

const album = albums[0] ?? assert.fail("no album")
const trackOf = (index: number) =>
  tracks.find(({ id }) => id === album.trackIds[index]) ?? assert.fail(`no track ${index}`)
const uriOf = (index: number) => `spotify:track:${trackOf(index).id}`
const contextUri = `spotify:album:${album.id}`
const [laptop, tv] = devices.map(({ id }) => String(id))

const command = (web: Web.Web, path: string, body?: unknown, method: "PUT" | "POST" = "PUT") =>
  web.call(web.premium, method, `/me/player${path}`, body)

const state = (web: Web.Web, query = "") => web.call(web.premium, "GET", `/me/player${query}`)

const playing = (web: Web.Web) => Effect.map(state(web), ({ body }) => String(body.item.uri))

const start = (web: Web.Web, body: unknown = { context_uri: contextUri }) =>
  command(web, `/play?device_id=${laptop}`, body)

const refused = (answer: { readonly status: number; readonly body: unknown }) => [answer.status, answer.body]

describe("devices", () => {
  it.effect("show what can play, and one that no app can use", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const { body } = yield* web.call(web.premium, "GET", "/me/player/devices")
      assert.deepStrictEqual(
        body.devices.map((device: Record<string, unknown>) => [
          device["id"],
          device["is_active"],
          device["is_restricted"],
          device["supports_volume"]
        ]),
        [
          [laptop, false, false, true],
          [tv, false, false, false],
          [null, false, true, true]
        ]
      )
      assert.strictEqual((yield* state(web)).status, 204)
      assert.strictEqual((yield* web.call(web.premium, "GET", "/me/player/currently-playing")).text, "")
    })
  )

  it.effect("take playback over", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* command(web, "", { device_ids: [tv] })).status, 200)
      const { body } = yield* state(web)
      assert.deepStrictEqual([body.device.id, body.is_playing, body.progress_ms], [tv, true, 10_000])
      yield* command(web, "/pause")
      yield* command(web, "", { device_ids: [laptop], play: true })
      assert.deepStrictEqual((yield* state(web)).body.is_playing, true)
      assert.strictEqual((yield* command(web, "", { device_ids: [laptop, tv] })).status, 400)
      assert.strictEqual((yield* command(web, "", {})).status, 400)
      assert.strictEqual((yield* command(web, "", { device_ids: ["nobody"] })).status, 404)
    })
  )

  it.effect("have a volume, or none", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web)
      assert.strictEqual((yield* command(web, "/volume?volume_percent=7")).status, 200)
      assert.strictEqual((yield* state(web)).body.device.volume_percent, 7)
      assert.strictEqual((yield* command(web, "/volume?volume_percent=101")).status, 400)
      assert.deepStrictEqual(refused(yield* command(web, `/volume?volume_percent=7&device_id=${tv}`)), [
        403,
        {
          error: {
            status: 403,
            message: "Player command failed: Cannot control device volume",
            reason: "VOLUME_CONTROL_DISALLOW"
          }
        }
      ])
    })
  )
})

describe("playback", () => {
  it.effect("moves with the clock, to the next track and to the end", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web)
      yield* TestClock.adjust("12 seconds")
      const { body } = yield* state(web)
      assert.deepStrictEqual(
        [body.is_playing, body.progress_ms, body.timestamp, body.item.uri, body.currently_playing_type],
        [true, 12_000, 0, uriOf(0), "track"]
      )
      assert.deepStrictEqual([body.context.uri, body.context.type], [contextUri, "album"])
      assert.deepStrictEqual(body.actions, { disallows: { resuming: true, skipping_prev: true } })
      assert.deepStrictEqual([body.repeat_state, body.shuffle_state], ["off", false])
      yield* TestClock.adjust(trackOf(0).durationMs)
      const second = yield* state(web)
      assert.deepStrictEqual([second.body.item.uri, second.body.progress_ms], [uriOf(1), 12_000])
      assert.strictEqual(second.body.timestamp, trackOf(0).durationMs)
      yield* TestClock.adjust("200 days")
      const end = yield* state(web)
      assert.deepStrictEqual(
        [end.body.is_playing, end.body.item.uri, end.body.progress_ms],
        [false, uriOf(0), 0]
      )
    })
  )

  it.effect("repeats a track or all", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web)
      yield* command(web, "/repeat?state=track")
      yield* TestClock.adjust(trackOf(0).durationMs * 3 + 500)
      const { body } = yield* state(web)
      assert.deepStrictEqual([body.item.uri, body.progress_ms, body.repeat_state], [uriOf(0), 500, "track"])
      yield* command(web, "/repeat?state=context")
      yield* TestClock.adjust("180 days")
      assert.isTrue((yield* state(web)).body.is_playing)
      assert.strictEqual((yield* command(web, "/repeat?state=ever")).status, 400)
    })
  )

  it.effect("shuffles and goes back to the order", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web, { context_uri: contextUri, offset: { position: 3 } })
      const queue = Effect.map(web.call(web.premium, "GET", "/me/player/queue"), ({ body }) =>
        body.queue.map((item: { uri: string }) => item.uri)
      )
      const before = yield* queue
      yield* command(web, "/shuffle?state=true")
      assert.isTrue((yield* state(web)).body.shuffle_state)
      const shuffled = yield* queue
      assert.strictEqual(yield* playing(web), uriOf(3))
      assert.strictEqual(shuffled.length, album.trackIds.length - 1)
      assert.notDeepEqual(shuffled.slice(0, before.length), before)
      yield* command(web, "/shuffle?state=false")
      assert.deepStrictEqual(yield* queue, before)
      assert.strictEqual((yield* command(web, "/shuffle?state=maybe")).status, 400)
    })
  )

  it.effect("starts anywhere, from a context or from a list", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web, { context_uri: contextUri, offset: { uri: uriOf(4) }, position_ms: 5000 })
      assert.deepStrictEqual([yield* playing(web), (yield* state(web)).body.progress_ms], [uriOf(4), 5000])
      yield* start(web, { uris: [uriOf(2), uriOf(1)], offset: { position: 1 } })
      assert.strictEqual(yield* playing(web), uriOf(1))
      assert.isNull((yield* state(web)).body.context)
      const bad = [
        [{ context_uri: contextUri, uris: [uriOf(0)] }, 400],
        [{ uris: [] }, 400],
        [{ uris: ["spotify:track:none"] }, 400],
        [{ context_uri: "nonsense" }, 400],
        [{ context_uri: "spotify:album:0000000000000000000000" }, 404],
        [{ context_uri: contextUri, offset: { position: 99 } }, 404],
        [{ context_uri: contextUri, offset: { uri: "spotify:track:none" } }, 404],
        [{ context_uri: `spotify:artist:${album.artistIds[0]}`, offset: { position: 1 } }, 400],
        [{ context_uri: contextUri, position_ms: -1 }, 400]
      ] as const
      for (const [body, status] of bad) {
        assert.strictEqual((yield* start(web, body)).status, status, JSON.stringify(body))
      }
      for (const uri of [
        `spotify:artist:${album.artistIds[0]}`,
        `spotify:playlist:${playlists[0]?.id}`,
        "spotify:user:premium-listener:collection"
      ]) {
        yield* start(web, { context_uri: uri })
        assert.strictEqual((yield* state(web)).body.context.uri, uri)
      }
    })
  )

  it.effect("pauses, goes on and seeks", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web)
      yield* TestClock.adjust("20 seconds")
      yield* command(web, "/pause")
      yield* TestClock.adjust("1 hour")
      const paused = yield* state(web)
      assert.deepStrictEqual([paused.body.is_playing, paused.body.progress_ms], [false, 20_000])
      assert.isTrue(paused.body.actions.disallows.pausing)
      yield* command(web, "/play")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* state(web)).body.progress_ms, 21_000)
      yield* command(web, "/seek?position_ms=60000")
      assert.strictEqual((yield* state(web)).body.progress_ms, 60_000)
      yield* command(web, "/seek?position_ms=99999999")
      assert.strictEqual(yield* playing(web), uriOf(1))
      assert.strictEqual((yield* command(web, "/seek?position_ms=x")).status, 400)
    })
  )

  it.effect("skips, and takes the queue first", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const queued = `spotify:track:${tracks.at(-1)?.id}`
      yield* start(web)
      assert.strictEqual((yield* command(web, `/queue?uri=${queued}`, undefined, "POST")).status, 200)
      const queue = yield* web.call(web.premium, "GET", "/me/player/queue")
      assert.deepStrictEqual(
        [queue.body.currently_playing.uri, queue.body.queue[0].uri, queue.body.queue[1].uri],
        [uriOf(0), queued, uriOf(1)]
      )
      yield* command(web, "/next", undefined, "POST")
      assert.strictEqual(yield* playing(web), queued)
      yield* command(web, "/next", undefined, "POST")
      assert.strictEqual(yield* playing(web), uriOf(1))
      yield* command(web, "/previous", undefined, "POST")
      assert.strictEqual(yield* playing(web), uriOf(0))
      assert.strictEqual((yield* command(web, "/previous", undefined, "POST")).status, 403)
      assert.strictEqual((yield* command(web, "/queue?uri=x", undefined, "POST")).status, 400)
      assert.strictEqual((yield* command(web, "/queue", undefined, "POST")).status, 400)
    })
  )

  it.effect("plays spoken things, which apps must ask for to see", () =>
    Effect.gen(function* () {
      const web = Web.make()
      yield* start(web, { context_uri: `spotify:show:${shows[0]?.id}` })
      const blind = yield* state(web)
      assert.deepStrictEqual([blind.body.item, blind.body.currently_playing_type], [null, "episode"])
      const { body } = yield* state(web, "?additional_types=track,episode")
      assert.deepStrictEqual(
        [body.item.type, body.item.uri],
        ["episode", `spotify:episode:${episodes[0]?.id}`]
      )
      yield* start(web, { context_uri: `spotify:show:${audiobooks[0]?.id}` })
      const book = yield* web.call(
        web.premium,
        "GET",
        "/me/player/currently-playing?additional_types=track,episode"
      )
      assert.deepStrictEqual([book.body.item.type, book.body.context.type], ["episode", "show"])
      assert.notProperty(book.body, "device")
    })
  )
})

describe("recently played", () => {
  it.effect("is filled by listening, and read with cursors", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const recent = (query = "") =>
        web.call(web.premium, "GET", `/me/player/recently-played?limit=2${query}`)
      const none = yield* recent()
      assert.deepStrictEqual([none.body.items, none.body.next, none.body.cursors], [[], null, null])
      yield* start(web)
      yield* TestClock.adjust("29 seconds")
      yield* command(web, "/next", undefined, "POST")
      assert.deepStrictEqual((yield* recent()).body.items, [])
      for (let skip = 0; skip < 5; skip++) {
        yield* TestClock.adjust("40 seconds")
        yield* command(web, "/next", undefined, "POST")
      }
      const first = yield* recent()
      assert.deepStrictEqual(
        first.body.items.map((item: { track: { uri: string } }) => item.track.uri),
        [uriOf(5), uriOf(4)]
      )
      assert.deepStrictEqual(first.body.cursors, { after: "229000", before: "189000" })
      assert.strictEqual(first.body.items[0].played_at, "1970-01-01T00:03:49.000Z")
      assert.strictEqual(first.body.items[0].context.uri, contextUri)
      const second = yield* web.call(web.premium, "GET", first.body.next)
      const third = yield* web.call(web.premium, "GET", second.body.next)
      assert.deepStrictEqual(
        [...second.body.items, ...third.body.items].map((item: { track: { uri: string } }) => item.track.uri),
        [uriOf(3), uriOf(2), uriOf(1)]
      )
      assert.isNull(third.body.next)
      const after = yield* recent("&after=109000")
      assert.deepStrictEqual(
        after.body.items.map((item: { track: { uri: string } }) => item.track.uri),
        [uriOf(4), uriOf(3)]
      )
      assert.strictEqual((yield* recent("&after=1&before=2")).status, 400)
      yield* start(web)
      yield* command(web, "/repeat?state=context")
      yield* TestClock.adjust("30 days")
      const all = yield* web.call(web.premium, "GET", "/me/player/recently-played?limit=50")
      assert.deepStrictEqual([all.body.items.length, all.body.next], [50, null])
    })
  )
})

describe("refusals", () => {
  it.effect("name their reason", () =>
    Effect.gen(function* () {
      const web = Web.make()
      const noDevice = {
        error: {
          status: 404,
          message: "Player command failed: No active device found",
          reason: "NO_ACTIVE_DEVICE"
        }
      }
      const restricted = {
        error: { status: 403, message: "Player command failed: Restriction violated", reason: "UNKNOWN" }
      }
      assert.deepStrictEqual(refused(yield* command(web, "/pause")), [404, noDevice])
      assert.deepStrictEqual(refused(yield* command(web, "/next", undefined, "POST")), [404, noDevice])
      yield* start(web)
      assert.deepStrictEqual(refused(yield* command(web, "/play")), [403, restricted])
      yield* command(web, "/pause")
      assert.deepStrictEqual(refused(yield* command(web, "/pause")), [403, restricted])
      assert.strictEqual((yield* command(web, "/play?device_id=nobody")).status, 404)
      const free = web.token("free-listener")
      assert.deepStrictEqual(refused(yield* web.call(free, "PUT", "/me/player/play")), [
        403,
        {
          error: {
            status: 403,
            message: "Player command failed: Premium required",
            reason: "PREMIUM_REQUIRED"
          }
        }
      ])
      assert.strictEqual((yield* web.call(free, "GET", "/me/player")).status, 204)
      const weak = web.token("premium-listener", [])
      assert.strictEqual(
        (yield* web.call(weak, "PUT", "/me/player/play")).body.error.message,
        "Insufficient client scope"
      )
    })
  )
})
