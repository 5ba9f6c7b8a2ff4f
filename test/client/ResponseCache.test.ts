import { assert, describe, it } from "@effect/vitest"
import {
  LoginService,
  ResponseCache,
  Session,
  SessionService,
  SpotifyClient,
  type SpotifyConfig,
  SpotifyId,
  TokenStore
} from "effect-spotify"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Scope } from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { artist, artistId, getArtist, inTurn, ok, withClient } from "../support/numberedClient.js"
import * as UserSession from "../support/userSession.js"

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

  it.effect("a page of a list that cannot be right is asked for again past the cache", () => {
    let requests = 0
    return cached(() => {
      requests += 1
      const page = { items: [], limit: requests === 1 ? 0 : 50, offset: 0, total: 0, next: null }
      return answer({ "cache-control": "max-age=60" }, page)
    })((spotify, seen) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* spotify.library.savedTracksPage({ limit: 50 })).limit, 50)
        assert.strictEqual(seen.length, 2)
      })
    )
  })

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

  it.effect("304 to a question that was not asked is a failure, and is not kept", () =>
    cached(
      inTurn(() => new Response(null, { status: 304, headers: { "cache-control": "max-age=600" } }), ok)
    )((spotify, seen, cache) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(getArtist(spotify)))._tag, "RequestRejected")
        assert.strictEqual((yield* cache.size).entries, 0)
        assert.strictEqual((yield* getArtist(spotify)).name, "Artist")
        assert.strictEqual(seen.length, 2)
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

/** Users who log in, over one cache; each answer names the token that it was given for. */
describe("ResponseCache, between people", () => {
  const named = (request: Fake.Seen) =>
    Effect.sync(() =>
      Fake.json(
        { ...artist, name: request.headers["authorization"] },
        { headers: { "cache-control": "private, max-age=600" } }
      )
    )

  const nameOf = (spotify: SpotifyClient.Service) => Effect.map(getArtist(spotify), ({ name }) => name)

  const clientOf = (handler: Fake.Handler) =>
    SpotifyClient.make().pipe(Effect.provide([Fake.layer(handler), UserSession.config]))

  const people = <A, E>(
    options: SessionService.Options,
    use: Effect.Effect<
      A,
      E,
      | SessionService.SessionService
      | LoginService.LoginService
      | ResponseCache.ResponseCache
      | SpotifyConfig.SpotifyConfig
      | Scope
    >
  ) =>
    UserSession.run(options)(() =>
      Effect.scoped(use).pipe(Effect.provide([ResponseCache.layer(), UserSession.config]))
    )

  it.effect("nothing is served after a sign-out, nor to the next user", () =>
    people(
      {},
      Effect.gen(function* () {
        const session = yield* SessionService.SessionService
        const spotify = yield* clientOf(named)
        yield* UserSession.login
        const first = yield* nameOf(spotify)
        assert.strictEqual(yield* nameOf(spotify), first)
        yield* session.signOut
        assert.strictEqual((yield* Effect.flip(nameOf(spotify)))._tag, "NotAuthenticated")
        yield* UserSession.login
        assert.notStrictEqual(yield* nameOf(spotify), first)
      })
    )
  )

  it.effect("a login over a login, and an import, begin with nothing", () =>
    people(
      {},
      Effect.gen(function* () {
        const login = yield* LoginService.LoginService
        const spotify = yield* clientOf(named)
        yield* UserSession.login
        const first = yield* nameOf(spotify)
        yield* UserSession.login
        const second = yield* nameOf(spotify)
        assert.notStrictEqual(second, first)
        yield* login
          .importRefreshToken({ refreshToken: Redacted.make("another-refresh-token") })
          .pipe(Effect.ignore)
        assert.notStrictEqual(yield* Effect.orElseSucceed(nameOf(spotify), () => "none"), second)
      })
    )
  )

  it.effect("a refresh keeps what the same authorization was answered", () =>
    people(
      {},
      Effect.gen(function* () {
        const session = yield* SessionService.SessionService
        const spotify = yield* clientOf(named)
        yield* UserSession.login
        const first = yield* nameOf(spotify)
        yield* session.refresh
        assert.strictEqual(yield* nameOf(spotify), first)
      })
    )
  )

  it.effect("of many sessions each has its own, and a sign-out ends one", () =>
    people(
      { sessions: "many" },
      Effect.gen(function* () {
        const session = yield* SessionService.SessionService
        const spotify = yield* clientOf(named)
        yield* as("ann")(UserSession.login)
        yield* as("bob")(UserSession.login)
        const ann = yield* as("ann")(nameOf(spotify))
        const bob = yield* as("bob")(nameOf(spotify))
        assert.notStrictEqual(ann, bob)
        yield* as("ann")(session.signOut)
        assert.strictEqual((yield* Effect.flip(as("ann")(nameOf(spotify))))._tag, "NotAuthenticated")
        assert.strictEqual(yield* as("bob")(nameOf(spotify)), bob)
        assert.strictEqual((yield* Effect.flip(nameOf(spotify)))._tag, "NotAuthenticated")
      })
    )
  )

  it.effect("two clients over one cache share nothing", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const clientWith = (accessToken: string) =>
        clientOf((request) => {
          seen.push(request.headers["authorization"])
          return named(request)
        }).pipe(Effect.provide(SessionService.layerAccessToken(Redacted.make(accessToken))))
      const ann = yield* clientWith("token-of-ann")
      const bob = yield* clientWith("token-of-bob")
      for (let round = 0; round < 2; round++) {
        assert.strictEqual(yield* nameOf(ann), "Bearer token-of-ann")
        assert.strictEqual(yield* nameOf(bob), "Bearer token-of-bob")
      }
      assert.strictEqual(seen.length, 2)
    }).pipe(Effect.scoped, Effect.provide([ResponseCache.layer(), UserSession.config]))
  )

  it.effect("a read under way at a sign-out or a login is not kept, nor joined by the next user", () =>
    people(
      {},
      Effect.gen(function* () {
        const session = yield* SessionService.SessionService
        const cache = yield* ResponseCache.ResponseCache
        const gate = yield* Deferred.make<void>()
        const asked = yield* Deferred.make<void>()
        const spotify = yield* clientOf((request) =>
          Deferred.succeed(asked, undefined).pipe(
            Effect.flatMap((isFirst) => (isFirst ? Deferred.await(gate) : Effect.void)),
            Effect.zipRight(named(request))
          )
        )
        yield* UserSession.login
        const reading = yield* Effect.fork(nameOf(spotify))
        yield* Deferred.await(asked)
        yield* session.signOut
        yield* UserSession.login
        const second = yield* nameOf(spotify)
        assert.strictEqual((yield* cache.size).entries, 1)
        yield* Deferred.succeed(gate, undefined)
        assert.notStrictEqual(yield* Fiber.join(reading), second)
        assert.strictEqual((yield* cache.size).entries, 1)
        assert.strictEqual(yield* nameOf(spotify), second)
      })
    )
  )

  it.effect("a login in another process ends what was kept, once this one knows", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      const here = yield* Layer.build(UserSession.layer(server, store))
      const there = yield* Layer.build(UserSession.layer(server, store))
      const spotify = yield* Effect.provide(clientOf(named), here)
      yield* Effect.provide(UserSession.login, here)
      const first = yield* nameOf(spotify)
      yield* Effect.provide(UserSession.login, there)
      yield* Effect.provide(
        Effect.flatMap(SessionService.SessionService, (session) => session.refresh),
        here
      )
      assert.notStrictEqual(yield* nameOf(spotify), first)
    }).pipe(Effect.scoped, Effect.provide([ResponseCache.layer(), UserSession.config]))
  )
})
