import { describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { assert } from "vitest"
import * as PlayerApi from "../../../src/client/api/PlayerApi.js"
import { PlaybackState } from "../../../src/model/Playback.js"
import { AlbumId, TrackId } from "../../../src/model/SpotifyId.js"
import * as SpotifyUri from "../../../src/model/SpotifyUri.js"
import { NotFound } from "../../../src/client/SpotifyError.js"
import * as Fixture from "../../model/fixtures.js"
import { type Params, range, recorder, refused } from "./support.js"

const album = SpotifyUri.make("album", AlbumId.make(Fixture.id(1)))
const track = SpotifyUri.make("track", TrackId.make(Fixture.id(1)))

const additional_types = ["track", "episode"]

const stateOf = (given: object) =>
  Option.some(
    Schema.decodeUnknownSync(PlaybackState)({ ...Fixture.playbackState(Fixture.track(1)), ...given })
  )

describe("player", () => {
  it.effect("asks for episodes as episodes", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => Option.none())
      const player = PlayerApi.make(execute)
      assert.deepStrictEqual(yield* player.state({ market: "SE" }), Option.none())
      yield* player.currentlyPlaying()
      yield* player.queue
      assert.deepStrictEqual(calls, [
        { operation: "player.state", params: { market: "SE", additional_types } },
        { operation: "player.currentlyPlaying", params: { additional_types } },
        { operation: "player.queue", params: {} }
      ])
    })
  )

  it.effect("commands", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      const player = PlayerApi.make(execute)
      yield* player.transfer("d1", { play: true })
      yield* player.play()
      yield* player.play({ context_uri: album, offset: { position: 2 }, position_ms: 5, device_id: "d1" })
      yield* player.play({ uris: [track], offset: { uri: track } })
      yield* player.pause({ device_id: "d1" })
      yield* player.next()
      yield* player.previous()
      yield* player.seek(0)
      yield* player.setRepeat("context")
      yield* player.setVolume(100, { device_id: "d1" })
      yield* player.setShuffle(false)
      yield* player.addToQueue(track)
      assert.deepStrictEqual(calls, [
        { operation: "player.transfer", params: { device_ids: ["d1"], play: true } },
        { operation: "player.play", params: {} },
        {
          operation: "player.play",
          params: { context_uri: album, offset: { position: 2 }, position_ms: 5, device_id: "d1" }
        },
        { operation: "player.play", params: { uris: [track], offset: { uri: track } } },
        { operation: "player.pause", params: { device_id: "d1" } },
        { operation: "player.next", params: {} },
        { operation: "player.previous", params: {} },
        { operation: "player.seek", params: { position_ms: 0 } },
        { operation: "player.setRepeat", params: { state: "context" } },
        { operation: "player.setVolume", params: { volume_percent: 100, device_id: "d1" } },
        { operation: "player.setShuffle", params: { state: false } },
        { operation: "player.addToQueue", params: { uri: track } }
      ])
    })
  )

  it.effect("refuses what cannot work", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      const player = PlayerApi.make(execute)
      const both = { context_uri: album, uris: [track] } as unknown as PlayerApi.PlayOptions
      assert.strictEqual(yield* refused(player.play(both)), "uris")
      assert.strictEqual(yield* refused(player.play({ uris: [] })), "uris")
      assert.strictEqual(yield* refused(player.play({ position_ms: -1 })), "position_ms")
      assert.strictEqual(yield* refused(player.play({ uris: [track], offset: { position: 0.5 } })), "offset")
      assert.strictEqual(yield* refused(player.seek(-1)), "position_ms")
      assert.strictEqual(yield* refused(player.transfer("")), "device_id")
      for (const odd of [
        "spotify:album:x",
        "spotify:local:a:b:c:1",
        "https://open.spotify.com/track/x",
        ""
      ]) {
        const uri = odd as SpotifyUri.SpotifyUri
        assert.strictEqual(yield* refused(player.addToQueue(uri)), "uri")
        assert.strictEqual(yield* refused(player.play({ uris: [track, uri] })), "uris")
      }
      for (const volume of [-1, 101, 0.5, Number.NaN]) {
        assert.strictEqual(yield* refused(player.setVolume(volume)), "volume_percent")
      }
      const span = { before: 1, after: 1 } as unknown as PlayerApi.RecentPageOptions
      assert.strictEqual(yield* refused(player.recentlyPlayedPage(span)), "before")
      assert.strictEqual(yield* refused(player.recentlyPlayedPage({ after: -1 })), "after")
      assert.strictEqual(calls.length, 0)
    })
  )
})

describe("recentlyPlayed", () => {
  /** 120 plays, one each second, the newest first. */
  const history =
    (withCursors: boolean) =>
    ({ before = 120_001, limit }: Params) => {
      const items = range(120, 1)
        .map((second) => second * 1000)
        .filter((time) => time < Number(before))
        .reverse()
        .slice(0, Number(limit))
      return {
        items: items.map((time) => ({ played_at: new Date(time).toISOString(), track: time })),
        limit,
        next: items.length === 0 ? null : "https://api.spotify.com/v1/me/player/recently-played",
        cursors: withCursors && items.length > 0 ? { before: String(items.at(-1)) } : null
      }
    }

  for (const withCursors of [true, false]) {
    it.effect(`goes back in time, ${withCursors ? "with" : "without"} cursors`, () =>
      Effect.gen(function* () {
        const { calls, execute } = recorder(history(withCursors))
        const played = yield* Stream.runCollect(PlayerApi.make(execute).recentlyPlayed())
        assert.strictEqual(Chunk.size(played), 120)
        assert.deepStrictEqual(
          calls.map(({ params }) => params),
          [
            { limit: 50 },
            { limit: 50, before: 71_000 },
            { limit: 50, before: 21_000 },
            { limit: 50, before: 1000 }
          ]
        )
      })
    )
  }

  it.effect("a page goes either way", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(history(true))
      const player = PlayerApi.make(execute)
      assert.strictEqual((yield* player.recentlyPlayedPage({ limit: 3, before: 10_000 })).items.length, 3)
      yield* player.recentlyPlayedPage({ after: 7 })
      assert.deepStrictEqual(
        calls.map(({ params }) => params),
        [{ limit: 3, before: 10_000 }, { after: 7 }]
      )
    })
  )
})

describe("changes", () => {
  const answers = [
    Option.none(),
    stateOf({ progress_ms: 0 }),
    stateOf({ progress_ms: 5000 }),
    stateOf({ progress_ms: 10_000, is_playing: false }),
    stateOf({ progress_ms: 10_000, is_playing: false, item: Fixture.track(2) }),
    Option.none()
  ]

  it.effect("looks again by the schedule, and tells what changed only", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((_, __, call) => answers[call] ?? Option.none())
      const fiber = yield* Effect.fork(
        Stream.runCollect(
          PlayerApi.make(execute)
            .changes({ market: "SE", schedule: Schedule.spaced("5 seconds") })
            .pipe(
              Stream.map(({ _tag }) => _tag),
              Stream.take(4)
            )
        )
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual(calls.length, 1)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(calls.length, 2)
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(fiber)), [
        "Started",
        "Paused",
        "ItemChanged",
        "Stopped"
      ])
      assert.strictEqual(calls.length, 6)
      assert.deepStrictEqual(calls[0]?.params, { market: "SE", additional_types })
    })
  )

  it.effect("every five seconds or so unless told otherwise", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => Option.none())
      yield* Effect.fork(Stream.runDrain(PlayerApi.make(execute).changes()))
      yield* TestClock.adjust("60 seconds")
      assert.isAtLeast(calls.length, 10)
      assert.isAtMost(calls.length, 16)
    })
  )

  it.effect("a schedule sees the state, and ends the stream", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((_, __, call) => answers[call] ?? Option.none())
      const untilPlaying = Schedule.recurWhile<Option.Option<PlaybackState>>(Option.isNone)
      const changes = yield* Stream.runCollect(PlayerApi.make(execute).changes({ schedule: untilPlaying }))
      assert.strictEqual(Chunk.size(changes), 1)
      assert.strictEqual(calls.length, 2)
    })
  )

  it.effect("fails as a look does", () =>
    Effect.gen(function* () {
      const error = new NotFound({ operation: "player.state", route: "GET /me/player", description: "" })
      const result = yield* Stream.runDrain(PlayerApi.make(() => Effect.fail(error)).changes()).pipe(
        Effect.flip
      )
      assert.strictEqual(result._tag, "NotFound")
    })
  )
})
