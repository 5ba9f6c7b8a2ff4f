/** The app's own session: what an app with a refused secret, an outage or a wrong answer costs it. */
import { assert, describe, it } from "@effect/vitest"
import { Session, SessionService, SpotifyConfig } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { collectEvents } from "./support.js"

const refused = (error: string, status: number) => () => Effect.sync(() => Fake.json({ error }, { status }))

const app = Effect.gen(function* () {
  const server = FakeAccounts.make()
  const session = yield* Effect.provide(
    SessionService.SessionService,
    yield* Layer.build(
      SessionService.layerClientCredentialsInMemory().pipe(
        Layer.provide([
          server.layer,
          SpotifyConfig.layerApp({ clientId: "client", clientSecret: Redacted.make("canary-client-secret") })
        ]),
        Layer.orDie,
        Layer.fresh
      )
    )
  )
  return { server, session, accessToken: Effect.map(session.accessToken, Redacted.value) }
})

describe("the app's session", () => {
  it.scoped("is the app's, with no scopes to speak of, and tells of its refreshes and its end", () =>
    Effect.gen(function* () {
      const { accessToken, session } = yield* app
      const seen = yield* collectEvents(session)
      assert.strictEqual(session.kind, "App")
      assert.deepStrictEqual(yield* session.scopes, Option.none())
      yield* accessToken
      const first = yield* session.authorizationId
      const state = yield* session.session
      assert.deepInclude(state, {
        _tag: "Active",
        key: Session.defaultKey,
        authorizedAt: Option.none(),
        reauthorizeBy: Option.none()
      })
      yield* session.refresh
      assert.deepStrictEqual(yield* session.authorizationId, first)
      yield* session.signOut
      assert.deepStrictEqual(yield* session.session, Session.Session.SignedOut({ key: Session.defaultKey }))
      yield* accessToken
      assert.notDeepEqual(yield* session.authorizationId, first)
      yield* Effect.yieldNow()
      assert.deepStrictEqual(
        seen.map(({ _tag }) => _tag),
        ["Refreshed", "Refreshed", "SignedOut", "Refreshed"]
      )
      assert.isTrue(seen.every((event) => "key" in event && event.key === Session.defaultKey))
    })
  )

  for (const [error, status] of [
    ["invalid_client", 400],
    ["invalid_grant", 400],
    ["unauthorized_client", 401]
  ] as const) {
    it.scoped(`an app that is refused as ${error} is told so, and asks once a minute`, () =>
      Effect.gen(function* () {
        const { accessToken, server } = yield* app
        server.instead = refused(error, status)
        for (let second = 0; second < 60; second += 10) {
          const failure = yield* Effect.flip(accessToken)
          assert.isTrue(
            failure._tag === "ClientMisconfigured" &&
              failure.code === (error === "invalid_grant" ? "invalid_client" : error)
          )
          assert.strictEqual(server.requests.length, 1)
          yield* TestClock.adjust("10 seconds")
        }
        server.instead = undefined
        assert.include(yield* accessToken, "access-")
      })
    )
  }

  it.scoped("a token that is over on arrival is handed to nobody", () =>
    Effect.gen(function* () {
      const { accessToken, server } = yield* app
      server.expiresIn = 10
      server.after = Effect.sleep("10 seconds")
      const caller = yield* Effect.fork(Effect.flip(accessToken))
      yield* TestClock.adjust("1 minute")
      const failure = yield* caller
      assert.isTrue(failure._tag === "TokenResponseInvalid" && failure.path === "expires_in")
      server.after = Effect.void
      assert.include(yield* accessToken, "access-")
    })
  )

  it.scoped("in an outage the good token is served, with a try each half minute or when Spotify says", () =>
    Effect.gen(function* () {
      for (const [headers, tries] of [
        [{}, 4],
        [{ "retry-after": "60" }, 2]
      ] as const) {
        const { accessToken, server } = yield* app
        const first = yield* accessToken
        yield* TestClock.adjust("57 minutes")
        server.instead = () => Effect.sync(() => Fake.json({}, { status: 503, headers }))
        const before = server.requests.length
        for (let second = 0; second < 120; second++) {
          assert.strictEqual(yield* accessToken, first)
          yield* TestClock.adjust("1 second")
        }
        assert.strictEqual(server.requests.length - before, tries)
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenEndpointUnavailable")
      }
    })
  )
})
