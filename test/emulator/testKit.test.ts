import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Session, SessionService, SpotifyClient, TokenStore } from "effect-spotify"
import { TestBrowser, SessionStub, SignIn, SpotifyEmulator } from "effect-spotify/testing"
import { assert, describe } from "vitest"

const TestLayer = (sessions: "one" | "many") =>
  SpotifyClient.layer().pipe(
    Layer.provideMerge(SessionService.layerAuthorizationCode({ sessions })),
    Layer.provide(TokenStore.layerMemory),
    Layer.provideMerge(SpotifyEmulator.layer())
  )

const me = Effect.flatMap(SpotifyClient.SpotifyClient, (spotify) => spotify.me.profile)

describe("signIn", () => {
  it.effect("walks a login as the chosen user", () =>
    Effect.gen(function* () {
      const session = yield* SignIn.signIn({ user: "free-listener", scopes: ["user-read-private"] })
      assert.strictEqual((yield* me).id, "free-listener")
      const granted = yield* Effect.flatMap(SessionService.SessionService, (service) => service.scopes)
      assert.deepStrictEqual(granted, Option.some(["user-read-private"]))
      assert.isString(session._tag)
      const error = yield* Effect.flip(SignIn.signIn({ decision: "deny" }))
      assert.strictEqual(error._tag, "AuthorizationDenied")
      assert.strictEqual((yield* Effect.flip(SignIn.signIn({ user: "nobody" })))._tag, "LoginPageError")
    }).pipe(Effect.provide(TestLayer("one")))
  )

  it.effect("logs in one session of many", () =>
    Effect.gen(function* () {
      const [one, two] = [Session.SessionKey("one"), Session.SessionKey("two")]
      yield* SignIn.signIn({ session: one })
      yield* SessionService.withSession(SignIn.signIn({ user: "free-listener" }), two)
      assert.strictEqual((yield* SessionService.withSession(me, one)).id, "premium-listener")
      assert.strictEqual((yield* SessionService.withSession(me, two)).id, "free-listener")
    }).pipe(Effect.provide(TestLayer("many")))
  )
})

describe("SessionStub", () => {
  it.effect("has a token and the scopes that the test says", () =>
    Effect.gen(function* () {
      const session = yield* SessionService.SessionService
      assert.strictEqual(Redacted.value(yield* session.accessToken), "test-access-token")
      assert.deepStrictEqual(yield* session.scopes, Option.some(["streaming"]))
    }).pipe(Effect.provide(SessionStub.layer({ scopes: ["streaming"] })))
  )
})

describe("Browser", () => {
  it.effect("says what it cannot do", () =>
    Effect.gen(function* () {
      const browser = yield* TestBrowser.make
      assert.deepInclude(yield* Effect.flip(browser.open("nowhere")), { problem: "This is no address" })
      const page = { url: "https://a.example/", status: 200, text: "no form" }
      assert.deepInclude(yield* Effect.flip(browser.submit(page, {})), { problem: "The page has no form" })
    }).pipe(Effect.provide(SpotifyEmulator.layer()))
  )
})
