/** What a 401 means, and what is done about it. */
import { assert, describe, it } from "@effect/vitest"
import {
  CallOptions,
  SessionService,
  SpotifyClient,
  SpotifyConfig,
  SpotifyId,
  TokenStore
} from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { activeRecord, open, put, refreshes } from "../session/support.js"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { errorBody, getArtist, inTurn, ok, status, token, withClient } from "../support/numberedClient.js"

const refusal = (message: string, headers?: Record<string, string>) =>
  status(401, errorBody(401, message), headers)

const missing = refusal("Access token missing")

/** While the clock goes on. */
const within = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("1 seconds")
    return yield* Fiber.join(fiber)
  })

const tokens = (seen: ReadonlyArray<Fake.Seen>) =>
  seen.map(({ headers }) => headers["authorization"]?.slice("Bearer ".length))

/** A client over a session of this kind, with what its accounts service and the Web API were asked. */
const over = (
  session: Layer.Layer<SessionService.SessionService>,
  answer: Fake.Handler,
  options: SpotifyClient.Options = {}
) =>
  Effect.gen(function* () {
    const seen: Array<Fake.Seen> = []
    const spotify = yield* SpotifyClient.make(options).pipe(
      Effect.provide(
        Layer.mergeAll(
          Fake.layer((request) => {
            seen.push(request)
            return answer(request)
          }),
          Layer.orDie(SpotifyConfig.layer({ clientId: "client" })),
          session
        )
      )
    )
    return { spotify, seen }
  })

/** A user's session that works, and what its accounts service sees. */
const userSession = Effect.gen(function* () {
  const server = FakeAccounts.make()
  const store = yield* TokenStore.makeMemory
  yield* put(store, activeRecord())
  const { context, session } = yield* open(server, store)
  return { server, session, layer: Layer.succeedContext(context) }
})

const appSession = Effect.gen(function* () {
  const server = FakeAccounts.make()
  const layer = SessionService.layerClientCredentials().pipe(
    Layer.provide([
      server.layer,
      TokenStore.layerMemory,
      SpotifyConfig.layer({ clientId: "client", clientSecret: Redacted.make("canary-client-secret") })
    ]),
    Layer.orDie
  )
  return { server, layer: Layer.succeedContext(yield* Layer.build(layer)) }
})

const given = (scopes?: ReadonlyArray<string>) =>
  SessionService.layerAccessToken(Redacted.make("given"), { scopes })

describe("401 to a token that is good", () => {
  it.effect("every second call is answered after a short wait, with the very same token", () => {
    let calls = 0
    return withClient(() => Effect.sync(() => (++calls % 2 === 1 ? missing() : ok())))((spotify, seen) =>
      Effect.gen(function* () {
        for (let call = 0; call < 6; call++) {
          assert.strictEqual((yield* within(getArtist(spotify))).name, "Artist")
        }
        assert.strictEqual(seen.length, 12)
        assert.deepStrictEqual([...new Set(tokens(seen))], [token])
      })
    )
  })

  it.effect("one wait of half a second to a second, then one new token, then the failure", () =>
    Effect.forEach(["Access token missing", "No token provided", "Unauthorized.", "Bad gateway"], (text) =>
      withClient(() => Effect.sync(refusal(text)))((spotify, seen) =>
        Effect.gen(function* () {
          const call = yield* Effect.fork(Effect.flip(getArtist(spotify)))
          yield* TestClock.adjust("499 millis")
          assert.strictEqual(seen.length, 1)
          yield* TestClock.adjust("501 millis")
          const error = yield* Fiber.join(call)
          assert.strictEqual(error._tag, "Unauthorized")
          assert.include(error.message, text)
          assert.deepStrictEqual(tokens(seen), [token, token, `${token}-1`])
        })
      )
    )
  )

  it.effect("a command too, since it was not done", () =>
    withClient(inTurn(missing, status(204)))((spotify, seen) =>
      Effect.zipRight(
        within(spotify.player.next()),
        Effect.sync(() => assert.strictEqual(seen.length, 2))
      )
    )
  )

  it.effect("without a wait for a token that is dead, and where there is no time for it", () =>
    Effect.forEach(
      [
        [refusal("The access token expired"), {}],
        [refusal("Invalid access token"), {}],
        [refusal("Missing/invalid/expired access token"), {}],
        [refusal("Token revoked"), {}],
        [status(401), {}],
        [missing, { totalTimeout: "100 millis" }]
      ] as const,
      ([answer, options]) =>
        withClient(inTurn(answer, ok))((spotify, seen) =>
          Effect.gen(function* () {
            yield* CallOptions.withOptions(getArtist(spotify), options)
            assert.deepStrictEqual(tokens(seen), [token, `${token}-1`])
          })
        )
    )
  )

  it.effect("the header tells where the text does not", () =>
    withClient(
      inTurn(
        refusal("Missing/invalid/expired access token", {
          "www-authenticate": 'Bearer realm="spotify", error="missing_token"'
        }),
        ok
      )
    )((spotify, seen) =>
      Effect.gen(function* () {
        yield* within(getArtist(spotify))
        assert.deepStrictEqual(tokens(seen), [token, token])
      })
    )
  )

  it.effect("many calls at once are all answered, and are spread over half a second", () => {
    const refused = new Set<string>()
    return withClient(({ url }) =>
      Effect.sync(() => {
        const answer = refused.has(url.search) ? ok : missing
        refused.add(url.search)
        return answer()
      })
    )((spotify, seen) =>
      Effect.gen(function* () {
        const all = yield* Effect.fork(
          Effect.forEach(
            Array.from({ length: 300 }, (_, n) => n),
            (n) => spotify.execute({ method: "GET", path: "/me", query: { n }, schema: Schema.Unknown }),
            { concurrency: "unbounded" }
          )
        )
        yield* TestClock.adjust("750 millis")
        assert.isAbove(seen.length, 350)
        assert.isBelow(seen.length, 550)
        yield* TestClock.adjust("250 millis")
        assert.strictEqual((yield* Fiber.join(all)).length, 300)
        assert.strictEqual(seen.length, 600)
        assert.deepStrictEqual([...new Set(tokens(seen))], [token])
      })
    )
  })
})

describe("401 for the lack of a scope", () => {
  const cases = [
    ["in the text", refusal("Permissions missing"), undefined],
    [
      "in the header",
      refusal("Unauthorized.", { "www-authenticate": 'error="insufficient_scope"' }),
      undefined
    ],
    ["as far as the grant is known", refusal("Unauthorized."), ["user-top-read"]]
  ] as const
  for (const [name, answer, scopes] of cases) {
    it.effect(`names the scopes, and asks for no new token: ${name}`, () =>
      Effect.gen(function* () {
        const { seen, spotify } = yield* over(given(scopes), () => Effect.sync(answer), {
          checkScopes: false
        })
        const error = yield* Effect.flip(spotify.player.state())
        assert.isTrue(error._tag === "Forbidden" && error.reason === "InsufficientScope")
        assert.include(error.message, "user-read-playback-state")
        assert.strictEqual(seen.length, 1)
      }).pipe(Effect.scoped)
    )
  }

  it.scoped("names them where it may be that, after all else", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* userSession
      const { spotify } = yield* over(layer, () => Effect.sync(refusal("Unauthorized.")))
      const error = yield* within(
        Effect.flip(
          spotify.playlists.items(SpotifyId.PlaylistId.make("37i9dQZF1DXcBWIGoYBM5M")).pipe(Stream.runDrain)
        )
      )
      assert.strictEqual(error._tag, "Unauthorized")
      assert.match(error.message, /may lack a required scope.*playlist-read-private/)
      assert.strictEqual(refreshes(server.requests).length, 1)
    })
  )
})

describe("401, by the kind of session", () => {
  it.scoped("the app's own: needs a user, and a new token is not asked for", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* appSession
      for (const text of ["Valid user authentication required", "Permissions missing"]) {
        const { seen, spotify } = yield* over(layer, () => Effect.sync(refusal(text)))
        const error = yield* Effect.flip(spotify.me.profile)
        assert.isTrue(error._tag === "Unauthorized" && error.session === "App")
        assert.match(error.message, /user's session.*not client credentials/)
        assert.strictEqual(seen.length, 1)
      }
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.scoped("a user's: nothing is said of client credentials", () =>
    Effect.gen(function* () {
      const { layer } = yield* userSession
      const { spotify } = yield* over(layer, () => Effect.sync(refusal("The access token expired")))
      const error = yield* Effect.flip(getArtist(spotify))
      assert.isTrue(error._tag === "Unauthorized" && error.session === "User")
      assert.match(error.message, /try again later.*begin a login/)
      assert.notMatch(error.message, /client credentials/)
    })
  )

  it.scoped("one that was given: it is not a user's, or it is over", () =>
    Effect.gen(function* () {
      const { spotify } = yield* over(
        given(),
        inTurn(refusal("Valid user authentication required"), refusal("The access token expired"))
      )
      const error = yield* Effect.flip(spotify.me.profile)
      assert.isTrue(error._tag === "Unauthorized" && error.session === "Token")
      assert.match(error.message, /supplied token.*not a user's/)
      assert.strictEqual((yield* Effect.flip(spotify.me.profile))._tag, "ReauthorizationRequired")
    })
  )
})

describe("a grant that is revoked right after a refresh", () => {
  for (const [name, used] of [
    ["whose token was used", true],
    ["whose token was not", false]
  ] as const) {
    it.scoped(`is told at once: ${name}`, () =>
      Effect.gen(function* () {
        const { layer, server, session } = yield* userSession
        let good = ""
        const { spotify } = yield* over(layer, ({ headers }) =>
          Effect.sync(() =>
            headers["authorization"] === `Bearer ${good}` ? ok() : refusal("Invalid access token")()
          )
        )
        const first = yield* session.accessToken
        good = "access-1-0"
        yield* used ? getArtist(spotify) : session.renew(first)
        yield* TestClock.adjust("300 millis")
        good = "none"
        server.refreshToken = "revoked"
        const error = yield* Effect.flip(getArtist(spotify))
        assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
      })
    )
  }

  it.scoped("and refusals for ever cause two refreshes in 30 seconds at most", () =>
    Effect.gen(function* () {
      const { layer, server } = yield* userSession
      const { spotify } = yield* over(layer, () => Effect.sync(refusal("Invalid access token")))
      for (let call = 0; call < 20; call++) {
        yield* Effect.flip(getArtist(spotify))
      }
      assert.strictEqual(server.grants, 2)
      yield* TestClock.adjust("30 seconds")
      yield* Effect.all(
        Array.from({ length: 20 }, () => Effect.flip(getArtist(spotify))),
        {
          concurrency: "unbounded"
        }
      )
      assert.isAtMost(server.grants, 4)
    })
  )
})
