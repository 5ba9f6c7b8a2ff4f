/**
 * Testing a program of your own: the same program runs over a stub that gives fixed answers, and over the
 * emulator with faults on demand. In a project these are `it.effect` tests; here they run one after another
 * so that the file needs no test runner.
 *
 *     npx tsx examples/test-layers.ts
 */
import { NodeRuntime } from "@effect/platform-node"
import { LoginService, SessionService, SpotifyClient, SpotifyError, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import { SpotifyClientStub } from "effect-spotify/testing"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import assert from "node:assert/strict"

/** The program under test. */
const greeting = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const me = yield* spotify.me.profile
  return `Hello ${me.display_name ?? "you"}`
}).pipe(Effect.catchTag("NotAuthenticated", () => Effect.succeed("Please log in")))

const signIn = Effect.gen(function* () {
  const emulator = yield* SpotifyEmulator.SpotifyEmulator
  const login = yield* LoginService.LoginService
  const { state, url } = yield* login.begin()
  yield* login.complete(yield* emulator.visit(url), { state })
})

/** A whole Spotify without sockets. Its tokens, limits and deadlines follow the test's clock. */
const EmulatedLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode()),
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge(SpotifyEmulator.layer())
)

const tests = {
  "greets by name, over a stub": Effect.gen(function* () {
    assert.equal(yield* greeting, "Hello Ada")
  }).pipe(
    Effect.provide(
      SpotifyClientStub.layer({
        me: { profile: Effect.succeed({ display_name: "Ada" }) }
      })
    )
  ),

  "passes on what it cannot mend, over a stub": Effect.gen(function* () {
    const error = yield* Effect.flip(greeting)
    assert.equal(error._tag, "ServiceUnavailable")
  }).pipe(
    Effect.provide(
      SpotifyClientStub.layer({
        me: {
          profile: new SpotifyError.ServiceUnavailable({
            operation: "me.profile",
            route: "GET /me",
            kind: "Status",
            sent: "unknown",
            status: 502
          })
        }
      })
    )
  ),

  "asks to log in, over the emulator": Effect.gen(function* () {
    assert.equal(yield* greeting, "Please log in")
  }).pipe(Effect.provide(EmulatedLayer)),

  "survives an hour, an expired token and a rate limit, over the emulator": Effect.gen(function* () {
    const { controls } = yield* SpotifyEmulator.SpotifyEmulator
    yield* signIn
    const hello = yield* greeting
    yield* TestClock.adjust("1 hour")
    assert.equal(yield* greeting, hello)
    yield* controls.expireAccessTokens
    yield* TestClock.adjust("1 minute")
    assert.equal(yield* greeting, hello)
    yield* controls.rateLimitNext({ count: 2, retryAfter: "3 seconds" })
    const waiting = yield* Effect.fork(greeting)
    yield* TestClock.adjust("6 seconds")
    assert.equal(yield* Fiber.join(waiting), hello)
  }).pipe(Effect.provide(EmulatedLayer)),

  "says when the user must log in again, six months later, over the emulator": Effect.gen(function* () {
    yield* signIn
    yield* TestClock.adjust("184 days")
    const error = yield* Effect.flip(greeting)
    assert.equal(error._tag, "ReauthorizationRequired")
    yield* signIn
    assert.match(yield* greeting, /^Hello/)
  }).pipe(Effect.provide(EmulatedLayer))
}

Effect.forEach(
  Object.entries(tests),
  ([name, test]) =>
    Effect.zipRight(test, Console.log(`✓ ${name}`)).pipe(Effect.provide(TestContext.TestContext)),
  { discard: true }
).pipe(NodeRuntime.runMain)
