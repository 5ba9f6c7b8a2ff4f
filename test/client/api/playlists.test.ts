import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { assert } from "vitest"
import * as LibraryApi from "../../../src/client/api/LibraryApi.js"
import * as MeApi from "../../../src/client/api/MeApi.js"
import * as PlaylistsApi from "../../../src/client/api/PlaylistsApi.js"
import * as UsersApi from "../../../src/client/api/UsersApi.js"
import type { Execute } from "../../../src/client/call/endpoint.js"
import { partsOf } from "../../../src/client/call/request.js"
import { PlaylistId, TrackId } from "../../../src/model/SpotifyId.js"
import * as SpotifyUri from "../../../src/model/SpotifyUri.js"
import {
  PartialWrite,
  RequestRejected,
  ServiceUnavailable,
  type SpotifyError
} from "../../../src/client/SpotifyError.js"
import * as Fixture from "../../model/fixtures.js"
import { paged, range, recorder, refused } from "./support.js"

const playlist_id = PlaylistId.make(Fixture.id(9))

const uris = (length: number) =>
  range(length).map((index) => SpotifyUri.make("track", TrackId.make(Fixture.id(index))))

/** Each write makes the next version. */
const versions = () => recorder((_, __, call) => ({ snapshot_id: `v${call + 1}` }))

const jpeg = (length: number) => {
  const bytes = new Uint8Array(length)
  bytes.set([0xff, 0xd8, 0xff])
  return bytes
}

const additional_types = ["track", "episode"]

describe("playlists: reading", () => {
  it.effect("always asks for episodes as episodes", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(paged(60, (index) => index))
      const playlists = PlaylistsApi.make(execute)
      yield* playlists.get(playlist_id, { market: "SE" })
      yield* playlists.itemsPage(playlist_id, { limit: 7, offset: 1 })
      assert.strictEqual(yield* Stream.runCount(playlists.items(playlist_id)), 60)
      assert.deepStrictEqual(
        calls.map(({ params }) => params),
        [
          { playlist_id, additional_types, market: "SE" },
          { playlist_id, additional_types, limit: 7, offset: 1 },
          { playlist_id, additional_types, limit: 50, offset: 0 },
          { playlist_id, additional_types, limit: 50, offset: 50 }
        ]
      )
    })
  )

  it.effect("the user's own, and covers", () =>
    Effect.gen(function* () {
      const list = paged(51, (index) => index)
      const { calls, execute } = recorder((params) => ("playlist_id" in params ? [] : list(params)))
      const playlists = PlaylistsApi.make(execute)
      assert.strictEqual(yield* Stream.runCount(playlists.mine()), 51)
      yield* playlists.minePage({ limit: 1 })
      yield* playlists.cover(playlist_id)
      assert.deepStrictEqual(
        calls.map(({ operation, params }) => [operation, params]),
        [
          ["playlists.mine", { limit: 50, offset: 0 }],
          ["playlists.mine", { limit: 50, offset: 50 }],
          ["playlists.mine", { limit: 1 }],
          ["playlists.cover", { playlist_id }]
        ]
      )
    })
  )
})

describe("playlists: adding", () => {
  it.effect("100 at a time, in order, at their place", () =>
    Effect.gen(function* () {
      const { calls, execute } = versions()
      const all = uris(250)
      const last = yield* PlaylistsApi.make(execute).add(playlist_id, all, { position: 3 })
      assert.deepStrictEqual(last, Option.some("v3"))
      assert.deepStrictEqual(
        calls.map(({ params }) => params),
        [0, 100, 200].map((start) => ({
          playlist_id,
          uris: all.slice(start, start + 100),
          position: 3 + start
        }))
      )
    })
  )

  it.effect("at the end without a position, with repeats", () =>
    Effect.gen(function* () {
      const { calls, execute } = versions()
      const twice = [...uris(1), ...uris(1)]
      yield* PlaylistsApi.make(execute).add(playlist_id, twice)
      assert.deepStrictEqual(calls[0]?.params, { playlist_id, uris: twice })
    })
  )

  it.effect("replacing puts the first 100 and appends the rest; nothing clears", () =>
    Effect.gen(function* () {
      const { calls, execute } = versions()
      const playlists = PlaylistsApi.make(execute)
      const all = uris(201)
      assert.strictEqual(yield* playlists.replace(playlist_id, all), "v3")
      assert.strictEqual(yield* playlists.replace(playlist_id, []), "v4")
      assert.deepStrictEqual(
        calls.map(({ operation, params }) => [operation, params]),
        [
          ["playlists.replace", { playlist_id, uris: all.slice(0, 100) }],
          ["playlists.add", { playlist_id, uris: all.slice(100, 200) }],
          ["playlists.add", { playlist_id, uris: all.slice(200) }],
          ["playlists.replace", { playlist_id, uris: [] }]
        ]
      )
    })
  )
})

describe("playlists: removing and moving", () => {
  it.effect("removes each URI once, from the version that the request before made", () =>
    Effect.gen(function* () {
      const { calls, execute } = versions()
      const all = uris(201)
      const last = yield* PlaylistsApi.make(execute).remove(playlist_id, [...all, ...all], {
        snapshot_id: "v0"
      })
      assert.deepStrictEqual(last, Option.some("v3"))
      assert.deepStrictEqual(
        calls.map(({ params }) => [
          params["snapshot_id"],
          (params["items"] as ReadonlyArray<unknown>).length
        ]),
        [
          ["v0", 100],
          ["v1", 100],
          ["v2", 1]
        ]
      )
      assert.deepStrictEqual(
        calls[2]?.params["items"],
        all.slice(200).map((uri) => ({ uri }))
      )
    })
  )

  it.effect("asks nothing for nothing", () =>
    Effect.gen(function* () {
      const { calls, execute } = versions()
      const playlists = PlaylistsApi.make(execute)
      assert.deepStrictEqual(yield* playlists.add(playlist_id, []), Option.none())
      assert.deepStrictEqual(yield* playlists.remove(playlist_id, [], { snapshot_id: "v0" }), Option.none())
      yield* playlists.changeDetails(playlist_id, { name: undefined })
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("moves", () =>
    Effect.gen(function* () {
      const { calls, execute } = versions()
      const move = { range_start: 0, insert_before: 4, range_length: 2, snapshot_id: "v0" }
      assert.strictEqual(yield* PlaylistsApi.make(execute).reorder(playlist_id, move), "v1")
      assert.deepStrictEqual(calls, [{ operation: "playlists.reorder", params: { playlist_id, ...move } }])
    })
  )
})

describe("playlists: details and cover", () => {
  it.effect("create and change", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => Fixture.simplifiedPlaylist(1))
      const playlists = PlaylistsApi.make(execute)
      yield* playlists.create({ name: "New", public: false })
      yield* playlists.changeDetails(playlist_id, { description: "" })
      yield* playlists.changeDetails(playlist_id, { description: "😀".repeat(300) })
      assert.deepStrictEqual(
        calls.map(({ operation, params }) => [operation, params]),
        [
          ["playlists.create", { name: "New", public: false }],
          ["playlists.changeDetails", { playlist_id, description: "" }],
          ["playlists.changeDetails", { playlist_id, description: "😀".repeat(300) }]
        ]
      )
    })
  )

  it.effect("a cover must be a JPEG whose Base64 is no larger than 256 KB", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => undefined)
      const { uploadCover } = PlaylistsApi.make(execute)
      const largest = (256 * 1024 * 3) / 4
      yield* uploadCover(playlist_id, jpeg(largest))
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(yield* refused(uploadCover(playlist_id, jpeg(largest + 1))), "image")
      assert.strictEqual(yield* refused(uploadCover(playlist_id, new Uint8Array())), "image")
      assert.strictEqual(
        yield* refused(uploadCover(playlist_id, new Uint8Array([0x89, 0x50, 0x4e, 0x47]))),
        "image"
      )
      const message = (image: Uint8Array) =>
        Effect.map(Effect.flip(uploadCover(playlist_id, image)), ({ message }) => message)
      assert.include(yield* message(jpeg(largest + 1024)), "193 KiB, and Spotify takes 192")
      assert.include(yield* message(new TextEncoder().encode("/9j/4AAQSkZJRg==")), "is Base64 text")
      assert.include(yield* message(new TextEncoder().encode("<svg/>")), "save it as one")
      assert.strictEqual(calls.length, 1)
    })
  )

  it.effect("refuses what cannot work", () =>
    Effect.gen(function* () {
      const { calls, execute } = versions()
      const playlists = PlaylistsApi.make(execute)
      const local = ["spotify:local:a:b:c:1" as SpotifyUri.SpotifyUri]
      const empty = ["" as SpotifyUri.SpotifyUri]
      const refusals = yield* Effect.forEach(
        [
          playlists.create({ name: " " }),
          playlists.create({ name: "x", collaborative: true, public: true }),
          playlists.create({ name: "x", collaborative: true }),
          playlists.changeDetails(playlist_id, { name: "" }),
          ...["two\nlines", "two\r\nlines", "\u2028", "end\n", "x".repeat(301)].flatMap((description) => [
            playlists.create({ name: "x", description }),
            playlists.changeDetails(playlist_id, { description }),
            UsersApi.make(execute).createPlaylist("me", { name: "x", description })
          ]),
          playlists.add(playlist_id, local),
          playlists.replace(playlist_id, ["spotify:album:x" as SpotifyUri.SpotifyUri]),
          playlists.remove(playlist_id, empty),
          playlists.add(playlist_id, uris(1), { position: -1 }),
          playlists.reorder(playlist_id, { range_start: Number.NaN, insert_before: 0 }),
          playlists.reorder(playlist_id, { range_start: 0, insert_before: -1 }),
          playlists.reorder(playlist_id, { range_start: 0, insert_before: 0, range_length: 0 }),
          Stream.runDrain(playlists.items(playlist_id, { limit: 0 })),
          playlists.minePage({ offset: -1 })
        ],
        (effect) => refused<unknown>(effect)
      )
      assert.deepStrictEqual(refusals, [
        "name",
        "collaborative",
        "collaborative",
        "name",
        ...Array.from({ length: 15 }, () => "description"),
        "uris",
        "uris",
        "uris",
        "position",
        "range_start",
        "insert_before",
        "range_length",
        "limit",
        "offset"
      ])
      assert.strictEqual(calls.length, 0)
    })
  )
})

it("an empty list travels, since it clears a playlist", () => {
  const replace = PlaylistsApi.endpoints.find(({ name }) => name === "replace")
  assert.deepStrictEqual(replace && partsOf(replace, { playlist_id, uris: [] }).body, { uris: [] })
})

describe("playlists: what went under another path before", () => {
  it.effect("the same, with other names", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder((params, { name }, call) =>
        name === "tracks" ? paged(3, (index) => index)(params) : { snapshot_id: `v${call + 1}` }
      )
      const playlists = PlaylistsApi.make(execute)
      const all = uris(101)
      const [first = all[0], second = all[1]] = all
      assert.strictEqual(yield* Stream.runCount(playlists.tracks(playlist_id)), 3)
      assert.strictEqual((yield* playlists.tracksPage(playlist_id, { limit: 2 })).items.length, 2)
      yield* playlists.addTracks(playlist_id, [first, second] as typeof all, { position: 1 })
      assert.strictEqual(yield* playlists.replaceTracks(playlist_id, all), "v5")
      yield* playlists.reorderTracks(playlist_id, { range_start: 1, insert_before: 0 })
      const removed = yield* playlists.removeTracks(playlist_id, all)
      assert.deepStrictEqual(removed, Option.some("v8"))
      assert.deepStrictEqual(calls.slice(2), [
        { operation: "playlists.addTracks", params: { playlist_id, uris: [first, second], position: 1 } },
        { operation: "playlists.replaceTracks", params: { playlist_id, uris: all.slice(0, 100) } },
        { operation: "playlists.addTracks", params: { playlist_id, uris: all.slice(100) } },
        { operation: "playlists.reorderTracks", params: { playlist_id, range_start: 1, insert_before: 0 } },
        {
          operation: "playlists.removeTracks",
          params: { playlist_id, tracks: all.slice(0, 100).map((uri) => ({ uri })) }
        },
        {
          operation: "playlists.removeTracks",
          params: { playlist_id, tracks: all.slice(100).map((uri) => ({ uri })), snapshot_id: "v7" }
        }
      ])
    })
  )

  it.effect("following", () =>
    Effect.gen(function* () {
      const { calls, execute } = recorder(() => [true])
      const playlists = PlaylistsApi.make(execute)
      yield* playlists.follow(playlist_id, { public: false })
      yield* playlists.unfollow(playlist_id)
      assert.isTrue(yield* playlists.follows(playlist_id))
      assert.deepStrictEqual(calls, [
        { operation: "playlists.follow", params: { playlist_id, public: false } },
        { operation: "playlists.unfollow", params: { playlist_id } },
        { operation: "playlists.follows", params: { playlist_id } }
      ])
    })
  )
})

describe("writes of which a part fails", () => {
  const position = 3
  const ids = range(250).map((index) => TrackId.make(Fixture.id(index)))
  const problems = {
    server: new ServiceUnavailable({
      operation: "",
      route: "",
      kind: "Status",
      status: 500,
      sent: "unknown"
    }),
    refused: new RequestRejected({ operation: "", route: "", status: 400, description: "Invalid track uri" })
  }
  const writes: ReadonlyArray<{
    readonly name: string
    readonly size: number
    readonly expected?: Partial<PartialWrite>
    readonly run: (
      execute: Execute,
      all: ReadonlyArray<SpotifyUri.SpotifyUri>
    ) => Effect.Effect<unknown, SpotifyError>
  }> = [
    {
      name: "playlists.add",
      size: 100,
      expected: { snapshot_id: "snapshot-0", position: position + 100 },
      run: (execute, all) => PlaylistsApi.make(execute).add(playlist_id, all, { position })
    },
    {
      name: "playlists.replace",
      size: 100,
      expected: { snapshot_id: "snapshot-0", resumeWith: "playlists.add" },
      run: (execute, all) => PlaylistsApi.make(execute).replace(playlist_id, all)
    },
    {
      name: "playlists.replaceTracks",
      size: 100,
      expected: { snapshot_id: "snapshot-0", resumeWith: "playlists.addTracks" },
      run: (execute, all) => PlaylistsApi.make(execute).replaceTracks(playlist_id, all)
    },
    {
      name: "playlists.remove",
      size: 100,
      expected: { snapshot_id: "snapshot-0" },
      run: (execute, all) => PlaylistsApi.make(execute).remove(playlist_id, all)
    },
    { name: "library.save", size: 40, run: (execute, all) => LibraryApi.make(execute).save(all) },
    { name: "library.remove", size: 40, run: (execute, all) => LibraryApi.make(execute).remove(all) },
    { name: "library.saveTracks", size: 50, run: (execute) => LibraryApi.make(execute).saveTracks(ids) },
    {
      name: "me.follow",
      size: 50,
      run: (execute) => MeApi.make(execute).follow("user", ids)
    }
  ]
  const failingAt = (call: number, problem: SpotifyError): Execute => {
    let calls = 0
    return (() =>
      Effect.suspend(() => {
        calls += 1
        return calls > call ? Effect.fail(problem) : Effect.succeed({ snapshot_id: `snapshot-${calls - 1}` })
      })) as Execute
  }

  for (const { expected, name, run, size } of writes) {
    it.effect(`${name} tells how much is in and what to send next`, () =>
      Effect.gen(function* () {
        const all = uris(250)
        const keys: ReadonlyArray<string> = size === 50 ? ids : all
        for (const [kind, cause] of Object.entries(problems)) {
          const error = yield* Effect.flip(run(failingAt(1, cause), all))
          assert.instanceOf(error, PartialWrite)
          assert.strictEqual(error.operation, name)
          assert.strictEqual(error.completed, size)
          assert.deepStrictEqual(error.remaining, keys.slice(size))
          assert.strictEqual(error.uncertain, kind === "server" ? size : 0)
          assert.strictEqual(error.resumeWith, expected?.resumeWith ?? name)
          assert.strictEqual(error.position, expected?.position)
          assert.strictEqual(error.snapshot_id, expected?.snapshot_id)
          assert.strictEqual(error.cause, cause)
          assert.include(error.message, `${size} entries are written and ${250 - size} are not`)
          // It travels, as every error does
          const codec = Schema.parseJson(PartialWrite)
          assert.deepStrictEqual(Schema.decodeSync(codec)(Schema.encodeSync(codec)(error)), error)
          // Nothing is in: the error is the one that it would be for a single request
          assert.strictEqual(yield* Effect.flip(run(failingAt(0, cause), all)), cause)
        }
      })
    )
  }

  it.effect("an interrupted one says so in the log", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      let calls = 0
      const execute = (() =>
        Effect.suspend(() => (++calls > 1 ? Effect.never : Effect.succeed({ snapshot_id: "" })))) as Execute
      const fiber = yield* Effect.fork(
        Effect.provide(
          PlaylistsApi.make(execute).add(playlist_id, uris(250)),
          Logger.replace(
            Logger.defaultLogger,
            Logger.make(({ message }) => logged.push(String(message)))
          )
        )
      )
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.match(logged.join(), /playlists\.add: interrupted when 100 of 250 entries were written/)
    })
  )
})
