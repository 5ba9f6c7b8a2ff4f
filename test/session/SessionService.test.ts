import { assert, describe, it } from "@effect/vitest"
import { LoginService, Session, SessionService, TokenStore } from "effect-spotify"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Fake from "../support/fakeSpotify.js"
import { accessToken, login, run } from "../support/userSession.js"

const inSession = run()

const stored = (store: TokenStore.Service) =>
  Effect.map(store.get(TokenStore.StoreKey("effect-spotify:client:session:default")), (entry) =>
    Option.match(entry, {
      onNone: () => undefined,
      onSome: ({ payload }): Record<string, never> => JSON.parse(Redacted.value(payload))
    })
  )

const refreshes = (requests: ReadonlyArray<Fake.Seen>) =>
  requests.filter((request) => request.form.get("grant_type") === "refresh_token")

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
        const tokens = yield* Effect.replicateEffect(accessToken, 5)
        assert.strictEqual(new Set(tokens).size, 1)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.effect("B1: 10,000 callers on an expired token cause one request", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.before = Effect.sleep("50 millis")
        const callers = yield* Effect.fork(
          Effect.all(
            Array.from({ length: 10_000 }, () => accessToken),
            { concurrency: "unbounded" }
          )
        )
        yield* TestClock.adjust("50 millis")
        const tokens = yield* Fiber.join(callers)
        assert.strictEqual(refreshes(server.requests).length, 1)
        assert.deepStrictEqual([...new Set(tokens)], ["access-1-1"])
      })
    )
  )

  for (const point of ["before the request", "after the server has rotated"] as const) {
    it.effect(`B2: 200 of 200 followers are served when the first caller is interrupted ${point}`, () =>
      inSession((server, store) =>
        Effect.gen(function* () {
          server.rotate = true
          yield* login
          yield* TestClock.adjust("2 hours")
          const reached = yield* Deferred.make<void>()
          const gate = yield* Deferred.make<void>()
          const hold = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate))
          if (point === "before the request") {
            server.before = hold
          } else {
            server.after = hold
          }
          const leader = yield* Effect.fork(accessToken)
          yield* Deferred.await(reached)
          const followers = yield* Effect.replicateEffect(Effect.fork(accessToken), 200)
          yield* Effect.yieldNow()
          yield* Fiber.interrupt(leader)
          yield* Deferred.succeed(gate, undefined)
          const tokens = yield* Fiber.joinAll(followers)
          assert.strictEqual([...tokens].filter((token) => token === "access-1-1").length, 200)
          assert.strictEqual(server.grants, 1)
          assert.strictEqual(server.reuse, 0)
          const record = yield* stored(store)
          assert.deepNestedInclude(record, { "token.refreshToken": server.refreshToken })
        })
      )
    )
  }

  it.effect("A12: keeps the refresh token and the time of authorization when the answer has none", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        const before = yield* stored(store)
        for (let expiry = 0; expiry < 5; expiry++) {
          yield* TestClock.adjust("1 hour")
          yield* accessToken
        }
        const after = yield* stored(store)
        assert.strictEqual(server.grants, 5)
        assert.strictEqual(after?.["authorizedAt"], before?.["authorizedAt"])
        assert.deepNestedInclude(after, { "token.refreshToken": server.refreshToken, lease: null })
      })
    )
  )

  it.effect("A13: a rotated refresh token is in the store before anybody has the access token", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        server.rotate = true
        yield* login
        for (let expiry = 0; expiry < 5; expiry++) {
          yield* TestClock.adjust("1 hour")
          yield* accessToken
          assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
        }
        assert.strictEqual(server.reuse, 0)
      })
    )
  )

  it.effect("H1: refreshes in the background first and lets nobody wait, then lets callers wait", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const first = yield* accessToken
        // 60 to 48 minutes before its end no token is renewed, whatever the random part of the window
        yield* TestClock.adjust("54 minutes")
        assert.strictEqual(yield* accessToken, first)
        assert.strictEqual(server.grants, 0)
        const reached = yield* Deferred.make<void>()
        server.before = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.sleep("1 second"))
        yield* TestClock.adjust("3 minutes")
        assert.strictEqual(yield* accessToken, first)
        yield* Deferred.await(reached)
        assert.strictEqual(yield* accessToken, first)
        assert.strictEqual(refreshes(server.requests).length, 1)
        yield* TestClock.adjust("2 seconds")
        assert.notStrictEqual(yield* accessToken, first)
        assert.strictEqual(server.grants, 1)
      })
    )
  )

  it.effect("H5: a token of a minute is not refreshed all the time", () =>
    inSession((server) =>
      Effect.gen(function* () {
        server.expiresIn = 60
        yield* login
        for (let second = 0; second < 600; second++) {
          yield* accessToken
          yield* TestClock.adjust("1 second")
        }
        assert.isAtMost(server.grants, 14)
        assert.isAtLeast(server.grants, 9)
      })
    )
  )

  it.effect("A1: while the token is good an outage is felt by nobody, and is not made worse", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const first = yield* accessToken
        server.instead = () => Effect.succeed(new Response("down", { status: 500 }))
        yield* TestClock.adjust("56 minutes")
        for (let second = 0; second < 120; second++) {
          assert.strictEqual(yield* accessToken, first)
          yield* TestClock.adjust("1 second")
        }
        assert.isAtMost(refreshes(server.requests).length, 12)
        server.instead = undefined
        yield* TestClock.adjust("10 minutes")
        assert.notStrictEqual(yield* accessToken, first)
      })
    )
  )

  it.effect(
    "A2: an outage with an expired token is typed, says when to try again, and asks nobody before",
    () =>
      inSession((server) =>
        Effect.gen(function* () {
          yield* login
          yield* TestClock.adjust("2 hours")
          server.instead = () =>
            Effect.succeed(new Response("down", { status: 503, headers: { "retry-after": "7" } }))
          const now = 2 * 3600_000
          const first = yield* Effect.flip(accessToken)
          assert.isTrue(
            first._tag === "TokenEndpointUnavailable" && first.retryAt?.epochMillis === now + 7000
          )
          const second = yield* Effect.flip(accessToken)
          assert.isTrue(second._tag === "TokenEndpointUnavailable" && second.kind === "Busy")
          assert.strictEqual(refreshes(server.requests).length, 1)
          server.instead = undefined
          yield* TestClock.adjust("7 seconds")
          assert.strictEqual(yield* accessToken, "access-1-1")
        })
      )
  )

  it.effect("A8: garbage from the token endpoint loses nothing", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.instead = () => Effect.succeed(new Response("<html>portal</html>"))
        const error = yield* Effect.flip(accessToken)
        assert.strictEqual(error._tag, "TokenResponseInvalid")
        server.instead = undefined
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(yield* accessToken, "access-1-1")
      })
    )
  )

  it.effect("A15: a revoked refresh token is asked for once, and only a new login helps", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.refreshToken = "another"
        const service = yield* SessionService.SessionService
        for (let call = 0; call < 5; call++) {
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Revoked")
        }
        assert.strictEqual(refreshes(server.requests).length, 1)
        assert.strictEqual((yield* service.session)._tag, "Rejected")
        assert.strictEqual((yield* stored(store))?.["_tag"], "Rejected")
        yield* login
        assert.strictEqual((yield* service.session)._tag, "Active")
        yield* accessToken
      })
    )
  )

  it.effect("A18: a wrong client secret leaves the session as it is", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        server.instead = () => Effect.succeed(Fake.json({ error: "invalid_client" }, { status: 400 }))
        const error = yield* Effect.flip(accessToken)
        assert.isTrue(error._tag === "ClientMisconfigured" && error.code === "invalid_client")
        assert.include(error.message, "SPOTIFY_CLIENT_SECRET")
        server.instead = undefined
        assert.strictEqual(yield* accessToken, "access-1-1")
      })
    )
  )

  it.effect("H7: after six months the reason is told, and refreshing never moved the day", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse("2026-06-18T12:00:00Z"))
        yield* login
        const service = yield* SessionService.SessionService
        const by = Date.parse("2026-12-18T12:00:00Z")
        yield* TestClock.setTime(by - 31 * 24 * 3600_000)
        yield* accessToken
        const before = yield* service.session
        assert.isTrue(before._tag === "Active" && Option.getOrThrow(before.reauthorizeBy).epochMillis === by)
        yield* TestClock.setTime(by - 30 * 24 * 3600_000)
        assert.strictEqual((yield* service.session)._tag, "ExpiresSoon")
        yield* TestClock.setTime(by + 1)
        server.instead = () =>
          Effect.succeed(
            Fake.json({ error: "invalid_grant", error_description: "Refresh token revoked" }, { status: 400 })
          )
        const error = yield* Effect.flip(accessToken)
        assert.isTrue(error._tag === "ReauthorizationRequired" && error.reason === "Expired")
      })
    )
  )

  it.effect("B10, B11: 500 refusals of one token cause one refresh, and a late one none", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        const refused = yield* service.accessToken
        const renewed = yield* Effect.all(
          Array.from({ length: 500 }, () => service.renew(refused)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual([...new Set(renewed.map(Redacted.value))], ["access-1-1"])
        assert.strictEqual(Redacted.value(yield* service.renew(refused)), "access-1-1")
        assert.strictEqual(server.grants, 1)
      })
    )
  )

  it.effect("G2: refusals for ever cause at most one refresh in 30 seconds", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        for (let call = 0; call < 20; call++) {
          yield* service.renew(yield* service.accessToken)
        }
        assert.strictEqual(server.grants, 1)
        yield* TestClock.adjust("30 seconds")
        yield* service.renew(yield* service.accessToken)
        assert.strictEqual(server.grants, 2)
      })
    )
  )

  it.effect("refresh fetches a new token although the old one is good", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const service = yield* SessionService.SessionService
        const before = yield* accessToken
        yield* TestClock.adjust("1 second")
        assert.notStrictEqual(Redacted.value(yield* service.refresh), before)
        assert.strictEqual(server.grants, 1)
      })
    )
  )

  it.effect("B13: a sign-out during a refresh is not undone", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        const reached = yield* Deferred.make<void>()
        const gate = yield* Deferred.make<void>()
        server.after = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate))
        const caller = yield* Effect.fork(Effect.flip(accessToken))
        yield* Deferred.await(reached)
        const service = yield* SessionService.SessionService
        yield* service.signOut
        yield* Deferred.succeed(gate, undefined)
        assert.strictEqual((yield* Fiber.join(caller))._tag, "NotAuthenticated")
        assert.isUndefined(yield* stored(store))
        assert.strictEqual((yield* Effect.flip(accessToken))._tag, "NotAuthenticated")
      })
    )
  )

  it.effect("B14: a login during a refresh wins", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        yield* login
        yield* TestClock.adjust("2 hours")
        const reached = yield* Deferred.make<void>()
        const gate = yield* Deferred.make<void>()
        server.after = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate))
        const caller = yield* Effect.fork(accessToken)
        yield* Deferred.await(reached)
        server.after = Effect.void
        yield* login
        yield* Deferred.succeed(gate, undefined)
        const record = yield* stored(store)
        assert.strictEqual(yield* Fiber.join(caller), yield* accessToken)
        assert.deepNestedInclude(record, { "token.refreshToken": "refresh-2" })
      })
    )
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

describe("SessionService, a store that fails", () => {
  const broken = (operation: "get" | "commit", applied: "no" | "unknown" = "no") =>
    new TokenStore.TokenStoreUnavailable({ operation, applied })

  it.effect("D2: with an expired token and no store nothing is asked of Spotify", () => {
    let down = false
    return inSession(
      (server) =>
        Effect.gen(function* () {
          yield* login
          yield* TestClock.adjust("2 hours")
          down = true
          assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreUnavailable")
          assert.strictEqual(refreshes(server.requests).length, 0)
          down = false
          assert.strictEqual(yield* accessToken, "access-1-1")
        }),
      (store) => ({
        ...store,
        get: (key) => Effect.suspend(() => (down ? broken("get") : store.get(key))),
        commit: (write) => Effect.suspend(() => (down ? broken("commit") : store.commit(write)))
      })
    )
  })

  it.effect("a store that cannot be written is noticed before Spotify may rotate", () => {
    let readOnly = false
    return inSession(
      (server) =>
        Effect.gen(function* () {
          server.rotate = true
          yield* login
          yield* TestClock.adjust("2 hours")
          readOnly = true
          assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreUnavailable")
          assert.strictEqual(server.grants, 0)
        }),
      (store) => ({
        ...store,
        commit: (write) => Effect.suspend(() => (readOnly ? broken("commit") : store.commit(write)))
      })
    )
  })

  it.effect("D3: a store that dies after the lease loses no rotated token", () => {
    let down = false
    return inSession(
      (server, store) =>
        Effect.gen(function* () {
          server.rotate = true
          yield* login
          yield* TestClock.adjust("2 hours")
          server.after = Effect.sync(() => {
            down = true
          })
          const caller = yield* Effect.fork(accessToken)
          yield* TestClock.adjust("5 seconds")
          assert.strictEqual(yield* Fiber.join(caller), "access-1-1")
          assert.notDeepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
          down = false
          yield* TestClock.adjust("10 seconds")
          assert.deepNestedInclude(yield* stored(store), {
            "token.refreshToken": server.refreshToken,
            lease: null
          })
          server.after = Effect.void
          yield* TestClock.adjust("2 hours")
          yield* accessToken
          assert.strictEqual(server.reuse, 0)
        }),
      (store) => ({
        ...store,
        commit: (write) => Effect.suspend(() => (down ? broken("commit") : store.commit(write)))
      })
    )
  })

  it.effect("D4: a write whose answer is lost is not a second refresh", () => {
    let lose = 0
    return inSession(
      (server, store) =>
        Effect.gen(function* () {
          server.rotate = true
          yield* login
          for (let expiry = 0; expiry < 5; expiry++) {
            yield* TestClock.adjust("1 hour")
            server.after = Effect.sync(() => {
              lose = 2
            })
            const caller = yield* Effect.fork(accessToken)
            yield* TestClock.adjust("5 seconds")
            yield* Fiber.join(caller)
            assert.deepNestedInclude(yield* stored(store), { "token.refreshToken": server.refreshToken })
          }
          assert.strictEqual(server.grants, 5)
          assert.strictEqual(server.reuse, 0)
        }),
      (store) => ({
        ...store,
        commit: (write) =>
          Effect.zipRight(
            store.commit(write),
            Effect.suspend(() => (lose-- > 0 ? broken("commit", "unknown") : Effect.void))
          )
      })
    )
  })

  it.effect("a store that hangs is given up after its own timeout", () => {
    let hang = false
    return inSession(
      () =>
        Effect.gen(function* () {
          yield* login
          yield* TestClock.adjust("2 hours")
          hang = true
          const caller = yield* Effect.fork(Effect.flip(accessToken))
          yield* TestClock.adjust("10 seconds")
          assert.strictEqual((yield* Fiber.join(caller))._tag, "TokenStoreUnavailable")
        }),
      (store) => ({ ...store, get: (key) => (hang ? Effect.never : store.get(key)) })
    )
  })

  it.effect("C7, F20: a record that is not ours or newer than we are is left as it is", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const key = TokenStore.StoreKey("effect-spotify:client:session:default")
        const records = [
          ["not JSON", "Decode"],
          ["[]", "Decode"],
          ['{"v":1,"_tag":"Active"}', "Decode"],
          ['{"__proto__":{"v":1}}', "Decode"],
          ['{"v":2,"_tag":"Something new"}', "SchemaVersion"],
          ["x".repeat(100_000), "TooLarge"]
        ] as const
        for (const [text, reason] of records) {
          const entry = {
            version: yield* TokenStore.newVersion,
            payload: Redacted.make(text),
            disposableAt: Option.none()
          }
          yield* TokenStore.modify(store, key, () =>
            Effect.succeed([undefined, Option.some(Option.some(entry))])
          )
          const error = yield* Effect.flip(accessToken)
          assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === reason, text.slice(0, 40))
          assert.deepStrictEqual(yield* store.get(key), Option.some(entry))
        }
        assert.strictEqual(server.requests.length, 0)
        yield* login
        yield* accessToken
      })
    )
  )
})

describe("LoginService", () => {
  const callback = (state: string, rest = "code=the-code") =>
    `http://127.0.0.1:8888/callback?${rest}&state=${encodeURIComponent(state)}`

  it.effect("begins with state, scopes and an S256 challenge, and completes with the verifier", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { expiresAt, state, url } = yield* service.begin({ scopes: ["streaming"], showDialog: true })
        const query = new URL(url).searchParams
        assert.strictEqual(query.get("state"), state)
        assert.strictEqual(query.get("scope"), "streaming")
        assert.strictEqual(query.get("show_dialog"), "true")
        assert.strictEqual(query.get("code_challenge_method"), "S256")
        assert.match(state, /^[A-Za-z0-9_-]{43}$/)
        assert.strictEqual(expiresAt.epochMillis, 600_000)
        const session = yield* service.complete(callback(state))
        assert.isTrue(session._tag === "Active" && session.scopes[0] === "user-top-read")
        assert.match(server.requests[0]?.form.get("code_verifier") ?? "", /^[A-Za-z0-9_-]{43}$/)
        assert.strictEqual(server.requests[0]?.form.get("redirect_uri"), "http://127.0.0.1:8888/callback")
      })
    )
  )

  it.effect("F2: a replayed callback is told apart and exchanges nothing", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        yield* service.complete(callback(state))
        const error = yield* Effect.flip(service.complete(callback(state)))
        assert.isTrue(error._tag === "AuthorizationResponseInvalid" && error.reason === "AlreadyUsed")
        assert.strictEqual(server.requests.length, 1)
        yield* accessToken
      })
    )
  )

  it.effect("of 50 callbacks at once one is exchanged", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        const results = yield* Effect.all(
          Array.from({ length: 50 }, () => Effect.either(service.complete(callback(state)))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(results.filter((result) => result._tag === "Right").length, 1)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.effect("F1: a state that is wrong in any way changes nothing, and the login can still complete", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        const flipped = (state.startsWith("A") ? "B" : "A") + state.slice(1)
        for (const wrong of [
          "x",
          flipped,
          `${state}x`,
          state.slice(0, -1),
          "effect-spotify:client:session:default"
        ]) {
          const error = yield* Effect.flip(service.complete(callback(wrong)))
          assert.isTrue(error._tag === "AuthorizationResponseInvalid" && error.reason === "State")
        }
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(callback(state))
      })
    )
  )

  it.effect("F3: a callback that another browser began is refused", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const mine = yield* service.begin()
        const others = yield* service.begin()
        const error = yield* Effect.flip(service.complete(callback(others.state), { state: mine.state }))
        assert.isTrue(error._tag === "AuthorizationResponseInvalid" && error.reason === "State")
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(callback(mine.state), { state: mine.state })
      })
    )
  )

  it.effect("F6: an answer of another issuer is refused before any request", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        const error = yield* Effect.flip(
          service.complete(callback(state, "code=c&iss=https%3A%2F%2Fevil.example"))
        )
        assert.isTrue(error._tag === "AuthorizationResponseInvalid" && error.reason === "Issuer")
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(callback(state, "code=c&iss=https%3A%2F%2Faccounts.spotify.com"))
      })
    )
  )

  it.effect("refused consent is typed, ends the login, and leaves an older session alone", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const before = yield* accessToken
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        const error = yield* Effect.flip(service.complete(callback(state, "error=access_denied")))
        assert.isTrue(error._tag === "AuthorizationDenied" && error.code === "access_denied")
        const again = yield* Effect.flip(service.complete(callback(state)))
        assert.isTrue(again._tag === "AuthorizationResponseInvalid" && again.reason === "AlreadyUsed")
        assert.strictEqual(yield* accessToken, before)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.effect("a login lives ten minutes", () =>
    inSession(() =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        yield* TestClock.adjust("10 minutes")
        const error = yield* Effect.flip(service.complete(callback(state)))
        assert.isTrue(error._tag === "AuthorizationResponseInvalid" && error.reason === "Expired")
      })
    )
  )

  it.effect("a code that was used before is typed, and the old session stays", () =>
    inSession(() =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const first = yield* service.begin()
        yield* service.complete(callback(first.state))
        const before = yield* accessToken
        const second = yield* service.begin()
        const error = yield* Effect.flip(service.complete(callback(second.state)))
        assert.isTrue(error._tag === "InvalidGrant" && error.grant === "authorization_code")
        assert.include(error.message, "new login")
        assert.strictEqual(yield* accessToken, before)
      })
    )
  )

  it.effect("an exchange that was sent reaches the store although the caller is gone", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const reached = yield* Deferred.make<void>()
        const gate = yield* Deferred.make<void>()
        server.after = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate))
        const { state } = yield* service.begin()
        const caller = yield* Effect.fork(service.complete(callback(state)))
        yield* Deferred.await(reached)
        const interrupted = yield* Effect.fork(Fiber.interrupt(caller))
        yield* Effect.yieldNow()
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(interrupted)
        assert.strictEqual((yield* stored(store))?.["_tag"], "Active")
      })
    )
  )

  it.effect("F15: a code of somebody else's login fails at Spotify for want of its verifier", () =>
    inSession((server) =>
      Effect.gen(function* () {
        yield* login
        const before = yield* accessToken
        const service = yield* LoginService.LoginService
        server.instead = () =>
          Effect.succeed(
            Fake.json(
              { error: "invalid_grant", error_description: "code_verifier was incorrect" },
              { status: 400 }
            )
          )
        const { state } = yield* service.begin()
        const error = yield* Effect.flip(service.complete(callback(state)))
        assert.isTrue(error._tag === "InvalidGrant" && error.reason === "Mismatch")
        assert.strictEqual(yield* accessToken, before)
      })
    )
  )
})
