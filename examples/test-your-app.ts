/**
 * A program of yours, tested through a rate limit, an outage, lost answers and six months, in less than a
 * second. In a project these are `it.effect` tests; here they run one after another so that the file needs
 * no test runner.
 *
 *     npx tsx examples/test-your-app.ts
 */
import { NodeRuntime } from "@effect/platform-node"
import { type Playlist, SessionService, SpotifyClient, TokenStore } from "effect-spotify"
import { SignIn, SpotifyEmulator } from "effect-spotify/testing"
import * as Chunk from "effect/Chunk"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import assert from "node:assert/strict"

// --- The program: a job that copies what the user saved last into a playlist ---

const backUp = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const saved = yield* spotify.library.savedTracks().pipe(Stream.take(10), Stream.runCollect)
  const playlist = yield* spotify.playlists.create({ name: "Backup", public: false })
  yield* spotify.playlists.add(
    yield* Effect.fromNullable(playlist.id),
    Chunk.toReadonlyArray(saved).map(({ track }) => track.uri)
  )
  return "done"
}).pipe(
  Effect.catchTags({
    NotAuthenticated: () => Effect.succeed("please log in"),
    ReauthorizationRequired: () => Effect.succeed("please log in again"),
    RateLimited: () => Effect.succeed("not today"),
    ServiceUnavailable: () => Effect.succeed("Spotify is down")
  })
)

// --- Its tests ---

const backups = Effect.gen(function* () {
  const spotify = yield* SpotifyClient.SpotifyClient
  const isBackup = (playlist: Playlist.SimplifiedPlaylist) => playlist.name === "Backup"
  return Chunk.size(yield* spotify.playlists.mine().pipe(Stream.filter(isBackup), Stream.runCollect))
})

/** Runs the job while the clock goes on, so that whatever it waits for comes at once. */
const afterAnHour = Effect.gen(function* () {
  const job = yield* Effect.fork(backUp)
  yield* TestClock.adjust("1 hour")
  return yield* Fiber.join(job)
})

const TestLayer = SpotifyClient.layer().pipe(
  Layer.provideMerge(SessionService.layerAuthorizationCode()),
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge(SpotifyEmulator.layer())
)

const faults = Effect.map(SpotifyEmulator.SpotifyEmulator, ({ controls }) => controls.faults)

const tests = {
  "copies what is there": Effect.gen(function* () {
    assert.equal(yield* backUp, "please log in")
    yield* SignIn.signIn({ user: "free-listener" })
    assert.equal(yield* backUp, "done")
    assert.equal(yield* backups, 1)
  }),

  "waits for a short rate limit, and gives up at 14 hours": Effect.gen(function* () {
    const { plan } = yield* faults
    yield* SignIn.signIn()
    yield* plan([{ fault: { kind: "rateLimit", retryAfter: "5 seconds" }, times: 2 }])
    assert.equal(yield* afterAnHour, "done")
    yield* plan([{ fault: { kind: "rateLimit", retryAfter: "14 hours", reason: "QUOTA_EXCEEDED" } }])
    assert.equal(yield* afterAnHour, "not today")
  }),

  "survives an outage, page of HTML and all": Effect.gen(function* () {
    const { clear, plan } = yield* faults
    yield* SignIn.signIn()
    yield* plan([{ fault: { kind: "error", status: 503, format: "html" }, times: 1000 }])
    assert.equal(yield* afterAnHour, "Spotify is down")
    yield* clear
    assert.equal(yield* backUp, "done")
  }),

  "makes no second playlist when the answer to the first is lost": Effect.gen(function* () {
    const { plan } = yield* faults
    yield* SignIn.signIn()
    yield* plan([{ fault: { kind: "reset", processed: true }, method: "POST", path: "/v1/me/playlists" }])
    assert.equal(yield* afterAnHour, "Spotify is down")
    assert.equal(yield* backups, 1)
  }),

  "keeps going on a bad day that its seed brings back": Effect.gen(function* () {
    const { clear, injected, plan } = yield* faults
    yield* SignIn.signIn()
    yield* plan(
      [
        { fault: { kind: "latency", delay: "10 millis", upTo: "3 seconds" }, probability: 0.5 },
        { fault: { kind: "error" }, method: "GET", probability: 0.2 }
      ],
      { seed: 20261123 }
    )
    const nights = yield* Effect.replicateEffect(afterAnHour, 5)
    yield* clear
    const done = nights.filter((outcome) => outcome === "done").length
    // It either did it or said why not, and never did half of it
    assert.ok(nights.every((outcome) => outcome === "done" || outcome === "Spotify is down"))
    assert.ok(done > 2)
    assert.equal(yield* backups, done)
    assert.ok((yield* injected).length > 2)
  }),

  "asks for a new login after six months, and after nothing less": Effect.gen(function* () {
    const { controls } = yield* SpotifyEmulator.SpotifyEmulator
    yield* SignIn.signIn()
    yield* TestClock.adjust("180 days")
    assert.equal(yield* backUp, "done")
    yield* TestClock.adjust("4 days")
    assert.equal(yield* backUp, "please log in again")
    yield* SignIn.signIn()
    assert.equal(yield* backUp, "done")
    yield* controls.revokeGrant()
    assert.equal(yield* backUp, "please log in again")
  })
}

const began = performance.now()

Effect.forEach(
  Object.entries(tests),
  ([name, test]) =>
    Effect.zipRight(test, Console.log(`✓ ${name}`)).pipe(
      Effect.provide(TestLayer),
      Effect.provide(TestContext.TestContext)
    ),
  { discard: true }
).pipe(
  Effect.zipRight(
    Effect.suspend(() => Console.log(`all of it in ${Math.round(performance.now() - began)} ms`))
  ),
  NodeRuntime.runMain
)
