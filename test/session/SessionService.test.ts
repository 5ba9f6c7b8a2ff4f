import { assert, describe, it } from "@effect/vitest"
import { Session, SessionService } from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { accessToken, login, run } from "../support/userSession.js"

const inSession = run()

describe("SessionService, user flows", () => {
  it.effect("nobody signed in is a typed error that says what to do", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(accessToken)
        assert.isTrue(error._tag === "NotAuthenticated" && error.reason === "SignedOut")
        assert.include(error.message, "login")
        assert.strictEqual(server.requests.length, 0)
      })
    )
  )

  it.effect("serves the token of the login without another request", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const session = yield* login
        assert.strictEqual(session._tag, "Active")
        const tokens = yield* Effect.replicateEffect(
          SessionService.SessionService.use((sessions) => sessions.accessToken),
          5
        )
        assert.strictEqual(new Set(tokens).size, 1)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it("a key is 1 to 256 bytes of text", () => {
    for (const key of ["a", "é".repeat(128), "a".repeat(256)]) {
      assert.isTrue(Session.SessionKey.is(key))
    }
    for (const key of ["", "é".repeat(129), "a".repeat(257)]) {
      assert.isFalse(Session.SessionKey.is(key))
    }
  })

  it.effect("withSession selects for effects and for streams, whichever argument comes first", () =>
    Effect.gen(function* () {
      const key = Session.SessionKey("ada")
      const effect = SessionService.CurrentSession
      const stream = Stream.mapEffect(Stream.range(1, 3), () => SessionService.CurrentSession).pipe(
        Stream.buffer({ capacity: 2 })
      )
      const ada = Option.some(key)
      assert.deepStrictEqual(yield* SessionService.withSession(effect, key), ada)
      assert.deepStrictEqual(yield* effect.pipe(SessionService.withSession(key), Effect.map(identity)), ada)
      for (const selected of [
        SessionService.withSession(stream, key),
        stream.pipe(SessionService.withSession(key), Stream.filter(Option.isSome))
      ]) {
        assert.deepStrictEqual([...(yield* Stream.runCollect(selected))], [ada, ada, ada])
      }
      // Generic helpers of a program keep their types
      const asAda = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
        self.pipe(SessionService.withSession(key))
      const streamAsAda = <A, E, R>(self: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
        self.pipe(SessionService.withSession(key))
      assert.deepStrictEqual(yield* asAda(effect), ada)
      assert.strictEqual(yield* Stream.runCount(streamAsAda(stream)), 3)
      assert.deepStrictEqual(yield* effect, Option.none())
    })
  )

  it.effect("I7: sessions of a program for many never mix, and an unselected one is nobody's", () =>
    run({ sessions: "many" })((server) =>
      Effect.gen(function* () {
        const service = yield* SessionService.SessionService
        const unselected = yield* Effect.flip(service.accessToken)
        assert.isTrue(unselected._tag === "NotAuthenticated" && unselected.reason === "NoSessionSelected")
        const alice = SessionService.withSession(Session.SessionKey("alice"))
        const bob = SessionService.withSession(Session.SessionKey("bob"))
        yield* alice(login)
        yield* bob(login)
        const [a, b] = [yield* alice(accessToken), yield* bob(accessToken)]
        assert.notStrictEqual(a, b)
        yield* alice(service.signOut)
        assert.strictEqual((yield* Effect.flip(alice(accessToken)))._tag, "NotAuthenticated")
        assert.strictEqual(yield* bob(accessToken), b)
        assert.strictEqual(server.requests.length, 2)
      })
    )
  )

  it.effect("tells what happens as events", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* SessionService.SessionService
        const events = yield* Effect.fork(Stream.runCollect(Stream.take(service.events, 4)))
        yield* Effect.yieldNow()
        yield* login
        yield* TestClock.adjust("2 hours")
        yield* accessToken
        yield* TestClock.adjust("2 hours")
        server.refreshToken = "another"
        yield* Effect.flip(accessToken)
        yield* service.signOut
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(yield* Fiber.join(events)).map((event) => event._tag),
          ["SignedIn", "Refreshed", "Rejected", "SignedOut"]
        )
      })
    )
  )
})
