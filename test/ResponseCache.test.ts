import { assert, describe, it } from "@effect/vitest"
import { ResponseCache, Session, SessionService, type SpotifyClient, SpotifyId } from "effect-spotify"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Fake from "./support/fakeSpotify.js"
import { artist, artistId, getArtist, withClient } from "./support/numberedClient.js"

const playlistId = SpotifyId.PlaylistId.make("37i9dQZF1DXcBWIGoYBM5M")

/** A client with a cache, over a server that counts. */
const cached = (handler: Fake.Handler, options?: ResponseCache.Options) => {
  const program = withClient(handler)
  return <A, E>(
    use: (
      spotify: SpotifyClient.Service,
      seen: Array<Fake.Seen>,
      cache: ResponseCache.Service
    ) => Effect.Effect<A, E>
  ) =>
    Effect.gen(function* () {
      const cache = yield* ResponseCache.make(options)
      return yield* program((spotify, seen) => use(spotify, seen, cache)).pipe(
        Effect.provideService(ResponseCache.ResponseCache, cache)
      )
    }).pipe(Effect.scoped)
}

const answer = (headers: Record<string, string>, body: unknown = artist) =>
  Effect.sync(() => Fake.json(body, { headers }))

const as = (key: string) => SessionService.withSession(Session.SessionKey(key))

describe("ResponseCache", () => {
  it.effect("equal reads at once are one request", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      yield* cached(() => Effect.zipRight(Deferred.await(gate), answer({})))((spotify, seen) =>
        Effect.gen(function* () {
          const readers = yield* Effect.fork(
            Effect.forEach(Array.from({ length: 100 }), () => getArtist(spotify), {
              concurrency: "unbounded"
            })
          )
          yield* TestClock.adjust("1 millis")
          yield* Deferred.succeed(gate, undefined)
          assert.strictEqual((yield* Fiber.join(readers)).length, 100)
          assert.strictEqual(seen.length, 1)
        })
      )
    })
  )

  it.effect("the first of them may be interrupted, and the request ends with the last", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const gate = yield* Deferred.make<void>()
      yield* cached(() =>
        Effect.zipRight(Deferred.await(gate), answer({})).pipe(
          Effect.onInterrupt(() =>
            Effect.sync(() => {
              interrupted += 1
            })
          )
        )
      )((spotify, seen) =>
        Effect.gen(function* () {
          const first = yield* Effect.fork(getArtist(spotify))
          const second = yield* Effect.fork(getArtist(spotify))
          yield* TestClock.adjust("1 millis")
          yield* Fiber.interrupt(first)
          assert.strictEqual(interrupted, 0)
          yield* Fiber.interrupt(second)
          yield* TestClock.adjust("1 millis")
          assert.strictEqual(interrupted, 1)
          yield* Deferred.succeed(gate, undefined)
          yield* getArtist(spotify)
          assert.strictEqual(seen.length, 2)
        })
      )
    })
  )

  it.effect("an answer is good for its max-age, and not a millisecond more", () =>
    cached(() => answer({ "cache-control": "public, max-age=60" }))((spotify, seen) =>
      Effect.gen(function* () {
        yield* getArtist(spotify)
        yield* TestClock.adjust("59999 millis")
        yield* getArtist(spotify)
        assert.strictEqual(seen.length, 1)
        yield* TestClock.adjust("1 millis")
        yield* getArtist(spotify)
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("no-store, no-cache and no headers at all are not reused", () =>
    Effect.forEach(["no-store, max-age=60", "no-cache, max-age=60", "private, max-age=0", ""], (header) =>
      cached(() => answer(header === "" ? {} : { "cache-control": header }))((spotify, seen, cache) =>
        Effect.gen(function* () {
          yield* getArtist(spotify)
          yield* getArtist(spotify)
          assert.strictEqual(seen.length, 2, header)
          if (header !== "no-cache, max-age=60") {
            assert.strictEqual((yield* cache.size).entries, 0)
          }
        })
      )
    )
  )

  it.effect("an entity tag is asked about, and 304 means the answer that is there", () =>
    cached((request) =>
      request.headers["if-none-match"] === '"v1"'
        ? Effect.sync(() => new Response(null, { status: 304, headers: { "cache-control": "max-age=10" } }))
        : answer({ etag: '"v1"', "cache-control": "private, max-age=0" })
    )((spotify, seen) =>
      Effect.gen(function* () {
        const first = yield* getArtist(spotify)
        assert.strictEqual(seen[0]?.headers["if-none-match"], undefined)
        const second = yield* getArtist(spotify)
        assert.strictEqual(second, first)
        assert.strictEqual(seen.length, 2)
        // The 304 made it good for ten seconds
        yield* getArtist(spotify)
        assert.strictEqual(seen.length, 2)
        yield* TestClock.adjust("10 seconds")
        yield* getArtist(spotify)
        assert.strictEqual(seen.length, 3)
      })
    )
  )

  it.effect("I7: nothing is shared between two sessions, not even a request", () =>
    cached(() => answer({ "cache-control": "public, max-age=60" }))((spotify, seen) =>
      Effect.gen(function* () {
        yield* Effect.all([as("a")(getArtist(spotify)), as("b")(getArtist(spotify))], {
          concurrency: "unbounded"
        })
        yield* as("a")(getArtist(spotify))
        assert.strictEqual(seen.length, 2)
      })
    )
  )

  it.effect("a command makes its session forget what is not public, and no other session", () =>
    cached((request) =>
      request.method === "GET"
        ? answer({ "cache-control": "private, max-age=60" })
        : Effect.sync(() => new Response(null, { status: 204 }))
    )((spotify, seen) =>
      Effect.gen(function* () {
        yield* as("a")(getArtist(spotify))
        yield* as("b")(getArtist(spotify))
        yield* as("a")(spotify.player.pause())
        yield* as("a")(getArtist(spotify))
        yield* as("b")(getArtist(spotify))
        assert.strictEqual(seen.filter(({ method }) => method === "GET").length, 3)
      })
    )
  )

  const page = { href: "", items: [], limit: 50, next: null, offset: 0, previous: null, total: 0 }
  const playlist = (snapshot_id: string) => ({
    id: playlistId,
    name: "P",
    type: "playlist",
    uri: `spotify:playlist:${playlistId}`,
    snapshot_id,
    external_urls: {},
    href: "",
    collaborative: false,
    description: null,
    images: [],
    owner: { id: "o", type: "user", uri: "spotify:user:o", external_urls: {}, href: "" },
    public: true,
    items: page,
    tracks: page
  })

  it.effect("pages of a playlist are good while its snapshot is, and not after it has changed", () => {
    let snapshot = "one"
    return cached((request) =>
      request.url.pathname.endsWith("/items")
        ? answer({ "cache-control": "public, max-age=0" }, page)
        : answer({ "cache-control": "public, max-age=0" }, playlist(snapshot))
    )((spotify, seen) =>
      Effect.gen(function* () {
        const itemReads = () => seen.filter(({ url }) => url.pathname.endsWith("/items")).length
        yield* spotify.playlists.get(playlistId)
        yield* spotify.playlists.itemsPage(playlistId)
        yield* spotify.playlists.get(playlistId)
        yield* spotify.playlists.itemsPage(playlistId)
        assert.strictEqual(itemReads(), 1)
        snapshot = "two"
        yield* spotify.playlists.get(playlistId)
        yield* spotify.playlists.itemsPage(playlistId)
        assert.strictEqual(itemReads(), 2)
        // Half a minute later nobody knows whether it is the same still
        yield* TestClock.adjust("30 seconds")
        yield* spotify.playlists.itemsPage(playlistId)
        assert.strictEqual(itemReads(), 3)
      })
    )
  })

  it.effect("the least recently used answers give way, and what is too large is not kept", () =>
    cached(
      (request) =>
        answer({ "cache-control": "max-age=60" }, { ...artist, id: request.url.pathname.slice(-22) }),
      {
        maxEntries: 2
      }
    )((spotify, seen, cache) =>
      Effect.gen(function* () {
        const read = (letter: string) => spotify.artists.get(SpotifyId.ArtistId.make(letter.repeat(22)))
        yield* read("a")
        yield* read("b")
        yield* read("a")
        yield* read("c")
        assert.strictEqual((yield* cache.size).entries, 2)
        yield* read("a")
        assert.strictEqual(seen.length, 3)
        yield* read("b")
        assert.strictEqual(seen.length, 4)
      })
    )
  )

  it.effect("memory stays within its bound however much is read", () =>
    cached(
      (request) =>
        answer(
          { "cache-control": "max-age=60" },
          { ...artist, name: "x".repeat(10_000), href: request.url.href }
        ),
      {
        maxBytes: 100_000
      }
    )((spotify, _, cache) =>
      Effect.gen(function* () {
        yield* Effect.forEach(Array.from({ length: 200 }), (_item, i) =>
          as(`user-${i}`)(spotify.artists.get(artistId))
        )
        const { bytes, entries } = yield* cache.size
        assert.isAtMost(bytes, 100_000)
        assert.isAbove(entries, 0)
      })
    )
  )

  it.effect("a failure is not kept", () => {
    let fails = true
    return cached(() =>
      fails
        ? Effect.sync(() => new Response(null, { status: 404 }))
        : answer({ "cache-control": "max-age=60" })
    )((spotify) =>
      Effect.gen(function* () {
        yield* Effect.flip(getArtist(spotify))
        fails = false
        yield* getArtist(spotify)
      })
    )
  })
})
