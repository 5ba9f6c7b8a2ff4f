/** The login: who may complete it, how often, and where its user goes. */
import { assert, describe, it } from "@effect/vitest"
import { LoginService, SessionService, TokenStore } from "effect-spotify"
import { SpotifyEmulator } from "effect-spotify/emulator"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { createHash } from "node:crypto"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as Fake from "../support/fakeSpotify.js"
import { accessToken, login, run } from "../support/userSession.js"
import { makeGate, open, put, stored } from "./support.js"

const inSession = run()

const callback = (state: string, rest = "code=the-code") =>
  `http://127.0.0.1:8888/callback?${rest}&state=${encodeURIComponent(state)}`

/** Fails unless the login is refused for this reason. */
const refusedFor = <A, E extends { readonly _tag: string }>(reason: string, effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error._tag, "AuthorizationResponseInvalid")
    assert.propertyVal(error, "reason", reason as never)
  })

/** The store, and a wait until somebody has read a login from it twice: to complete it, and to see who does. */
const watched = (store: TokenStore.Service) =>
  Effect.map(Deferred.make<void>(), (looked) => {
    let reads = 0
    const get: TokenStore.Service["get"] = (key) =>
      Effect.tap(store.get(key), () => {
        reads += key.includes(":login:") ? 1 : 0
        return reads === 2 ? Deferred.succeed(looked, undefined) : Effect.void
      })
    return { store: { ...store, get }, looked: Deferred.await(looked) }
  })

/** Time that passes in steps, so that two who wait for it take turns. */
const pass = (seconds: number) => Effect.repeatN(TestClock.adjust("100 millis"), seconds * 10 - 1)

describe("a login", () => {
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
        const session = yield* service.complete(callback(state), { state })
        assert.isTrue(session._tag === "Active" && session.scopes[0] === "user-top-read")
        assert.match(server.requests[0]?.form.get("code_verifier") ?? "", /^[A-Za-z0-9_-]{43}$/)
        assert.strictEqual(server.requests[0]?.form.get("redirect_uri"), "http://127.0.0.1:8888/callback")
      })
    )
  )

  it.effect("lives ten minutes, to the millisecond", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const [late, inTime] = [yield* service.begin(), yield* service.begin()]
        yield* TestClock.adjust("599999 millis")
        yield* service.complete(callback(inTime.state), { state: inTime.state })
        yield* TestClock.adjust("1 millis")
        yield* refusedFor("Expired", service.complete(callback(late.state), { state: late.state }))
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.effect("keepScopes asks for what was granted before as well", () =>
    inSession((_, store) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const scopesOf = (url: string) => new URL(url).searchParams.get("scope")?.split(" ").sort()
        const first = yield* service.begin({ scopes: ["streaming"], keepScopes: true })
        assert.deepStrictEqual(scopesOf(first.url), ["streaming"])
        yield* login
        const more = yield* service.begin({ scopes: ["streaming", "user-top-read"], keepScopes: true })
        assert.deepStrictEqual(scopesOf(more.url), ["streaming", "user-top-read"])
        const fewer = yield* service.begin({ scopes: ["streaming"] })
        assert.deepStrictEqual(scopesOf(fewer.url), ["streaming"])
        // A record that cannot be read must not stand in the way of the login that replaces it
        yield* put(store, "not a record")
        const anew = yield* service.begin({ scopes: ["streaming"], keepScopes: true })
        assert.deepStrictEqual(scopesOf(anew.url), ["streaming"])
        yield* service.complete(callback(anew.state, "code=another-code"), { state: anew.state })
        yield* accessToken
      })
    )
  )

  it.effect(
    "scopes of a login are separated however they are written, and unknown ones are pointed out",
    () =>
      inSession(() =>
        Effect.gen(function* () {
          const messages: Array<string> = []
          const logger = Logger.make(({ message }) => {
            messages.push(String(message))
          })
          const service = yield* LoginService.LoginService
          const { url } = yield* service
            .begin({ scopes: ["user-top-reed,streaming", "streaming"] })
            .pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
          assert.strictEqual(new URL(url).searchParams.get("scope"), "user-top-reed streaming")
          assert.strictEqual(messages.length, 1)
          assert.include(messages[0], "did you mean user-top-read?")
        })
      )
  )

  it.effect("a code that was used before is typed, and the old session stays", () =>
    inSession(() =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const first = yield* service.begin()
        yield* service.complete(callback(first.state), { state: first.state })
        const before = yield* accessToken
        const second = yield* service.begin()
        const error = yield* Effect.flip(service.complete(callback(second.state), { state: second.state }))
        assert.isTrue(error._tag === "InvalidGrant" && error.grant === "authorization_code")
        assert.include(error.message, "new login")
        assert.strictEqual(yield* accessToken, before)
        yield* refusedFor("AlreadyUsed", service.complete(callback(second.state), { state: second.state }))
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
        const error = yield* Effect.flip(service.complete(callback(state, "error=access_denied"), { state }))
        assert.isTrue(error._tag === "AuthorizationDenied" && error.code === "access_denied")
        yield* refusedFor("AlreadyUsed", service.complete(callback(state), { state }))
        assert.strictEqual(yield* accessToken, before)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.effect("an exchange that was sent reaches the store although the caller is gone", () =>
    inSession((server, store) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const gate = yield* makeGate
        server.after = gate.hold
        const { state } = yield* service.begin()
        const caller = yield* Effect.fork(service.complete(callback(state), { state }))
        yield* gate.reached
        const interrupted = yield* Effect.fork(Fiber.interrupt(caller))
        yield* Effect.yieldNow()
        yield* gate.open
        yield* Fiber.join(interrupted)
        assert.strictEqual((yield* stored(store))?.["_tag"], "Active")
      })
    )
  )

  it.scoped("E15: after a crash between taking the login and exchanging its code a new login works", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      const taken = yield* Deferred.make<void>()
      let commits = 0
      const crashing = yield* open(server, {
        ...store,
        // The process dies right after the login was taken: nothing that follows happens
        commit: (write) =>
          Effect.suspend(() => {
            commits += 1
            return commits < 2
              ? store.commit(write)
              : Effect.zipRight(
                  Effect.zipRight(store.commit(write), Deferred.succeed(taken, undefined)),
                  Effect.never
                )
          })
      })
      const watch = yield* watched(store)
      const next = yield* open(server, watch.store)
      const { state } = yield* crashing.login.begin()
      const dead = yield* Effect.fork(crashing.login.complete(callback(state), { state }))
      yield* Deferred.await(taken)
      // The browser reloads, and another process gets it; it waits for a sign of the first, and then gives up
      const reload = yield* Effect.fork(
        refusedFor("AlreadyUsed", next.login.complete(callback(state), { state }))
      )
      yield* watch.looked
      yield* pass(4.9)
      assert.strictEqual(server.requests.length, 0)
      assert.isNull(reload.unsafePoll())
      yield* pass(0.2)
      yield* Fiber.join(reload)
      assert.strictEqual(server.requests.length, 0, "the code was never sent")
      const again = yield* next.login.begin()
      yield* next.login.complete(callback(again.state, "code=a-new-code"), { state: again.state })
      assert.strictEqual(yield* next.accessToken, "access-0-1")
      yield* pass(10)
      yield* Fiber.await(dead)
    })
  )
})

describe("a callback that comes again", () => {
  it.effect("F2: the same one gives the same session for a minute, and then is over; one exchange", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin({ returnTo: "/albums" })
        const first = yield* service.complete(callback(state), { state })
        yield* TestClock.adjust("59999 millis")
        assert.deepStrictEqual(yield* service.complete(callback(state), { state }), first)
        yield* TestClock.adjust("1 millis")
        yield* refusedFor("AlreadyUsed", service.complete(callback(state), { state }))
        assert.strictEqual(server.requests.length, 1)
        yield* accessToken
      })
    )
  )

  it.effect("F2: another code with the same state is refused, and changes nothing", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        yield* service.complete(callback(state), { state })
        const before = yield* accessToken
        for (const other of ["code=another-code", "error=access_denied", "code="]) {
          const error = yield* Effect.flip(service.complete(callback(state, other), { state }))
          assert.strictEqual(error._tag, "AuthorizationResponseInvalid", other)
        }
        yield* refusedFor("AlreadyUsed", service.complete(callback(state, "code=another-code"), { state }))
        assert.strictEqual(server.requests.length, 1)
        assert.strictEqual(yield* accessToken, before)
      })
    )
  )

  it.effect("F2: 50 at once are one exchange, and all get the session", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        server.before = Effect.sleep("1 second")
        const callers = yield* Effect.replicateEffect(
          Effect.fork(service.complete(callback(state), { state })),
          50
        )
        yield* TestClock.adjust("20 seconds")
        const sessions = yield* Fiber.joinAll(callers)
        assert.strictEqual(sessions.filter((session) => session._tag === "Active").length, 50)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.scoped("F2: in two processes at once: one exchange, both get the session", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      const [one, other] = [yield* open(server, store), yield* open(server, store)]
      const { state } = yield* one.login.begin()
      const gate = yield* makeGate
      server.after = gate.hold
      const first = yield* Effect.fork(one.login.complete(callback(state), { state }))
      yield* gate.reached
      const second = yield* Effect.fork(other.login.complete(callback(state), { state }))
      yield* TestClock.adjust("1 second")
      yield* gate.open
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(second), yield* Fiber.join(first))
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.scoped("F2: in two processes: the second waits as long as the first one shows that it lives", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      const watch = yield* watched(store)
      const [one, other] = [yield* open(server, store), yield* open(server, watch.store)]
      const { state } = yield* one.login.begin()
      const gate = yield* makeGate
      server.before = Effect.zipRight(gate.hold, Effect.sleep("9 seconds"))
      const first = yield* Effect.fork(one.login.complete(callback(state), { state }))
      yield* gate.reached
      yield* gate.open
      const second = yield* Effect.fork(other.login.complete(callback(state), { state }))
      yield* watch.looked
      yield* pass(8.9)
      assert.isNull(second.unsafePoll())
      yield* pass(0.3)
      assert.deepStrictEqual(yield* Fiber.join(second), yield* Fiber.join(first))
      // A sign that was under way when the exchange ended did not keep the end from being stored
      assert.strictEqual((yield* other.login.complete(callback(state), { state }))._tag, "Active")
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.scoped("F2: in two processes at the same moment: one sends the code, and both get its login", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      const gate = yield* makeGate
      const slow: TokenStore.Service = {
        ...store,
        commit: (write) =>
          Option.exists(write.next, ({ payload }) => Redacted.value(payload).includes("Exchanging"))
            ? Effect.zipRight(gate.hold, store.commit(write))
            : store.commit(write)
      }
      const [one, other] = [yield* open(server, slow), yield* open(server, store)]
      const { state } = yield* one.login.begin()
      const first = yield* Effect.fork(one.login.complete(callback(state), { state }))
      yield* gate.reached
      const second = yield* other.login.complete(callback(state), { state })
      yield* gate.open
      yield* pass(1)
      assert.deepStrictEqual(yield* Fiber.join(first), second)
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.scoped("F2: a sign that was stored without an answer does not keep the end from being stored", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      let signs = 0
      const deaf: TokenStore.Service = {
        ...store,
        commit: (write) =>
          Effect.gen(function* () {
            const text = Option.match(write.next, {
              onNone: () => "",
              onSome: ({ payload }) => Redacted.value(payload)
            })
            yield* store.commit(write)
            if (text.includes("Exchanging")) {
              signs += 1
              if (signs > 1) {
                return yield* new TokenStore.TokenStoreUnavailable({
                  operation: "commit",
                  applied: "unknown"
                })
              }
            }
          })
      }
      const [one, other] = [yield* open(server, deaf), yield* open(server, store)]
      const { state } = yield* one.login.begin()
      const gate = yield* makeGate
      server.before = Effect.zipRight(gate.hold, Effect.sleep("3 seconds"))
      const first = yield* Effect.fork(one.login.complete(callback(state), { state }))
      yield* gate.reached
      yield* gate.open
      yield* pass(4)
      assert.strictEqual((yield* Fiber.join(first))._tag, "Active")
      assert.isAbove(signs, 1)
      assert.strictEqual((yield* other.login.complete(callback(state), { state }))._tag, "Active")
      assert.strictEqual(server.requests.length, 1)
    })
  )

  it.scoped("F2: a store that takes no more signs costs the others their wait, and the login nothing", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const store = yield* TokenStore.makeMemory
      let lost = false
      const failing: TokenStore.Service = {
        ...store,
        commit: (write) =>
          lost && write.key.includes("login")
            ? new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "no" })
            : store.commit(write)
      }
      const watch = yield* watched(store)
      const [one, other] = [yield* open(server, failing), yield* open(server, watch.store)]
      const { state } = yield* one.login.begin()
      const gate = yield* makeGate
      server.before = Effect.zipRight(gate.hold, Effect.sleep("9 seconds"))
      const first = yield* Effect.fork(one.login.complete(callback(state), { state }))
      yield* gate.reached
      lost = true
      yield* gate.open
      const second = yield* Effect.fork(
        refusedFor("AlreadyUsed", other.login.complete(callback(state), { state }))
      )
      yield* watch.looked
      yield* pass(5.1)
      yield* Fiber.join(second)
      yield* pass(5)
      assert.strictEqual((yield* Fiber.join(first))._tag, "Active")
    })
  )

  it.effect("F2: an exchange that failed is not repeated, and says so", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        server.instead = () => Effect.sync(() => new Response("down", { status: 500 }))
        assert.strictEqual(
          (yield* Effect.flip(service.complete(callback(state), { state })))._tag,
          "TokenEndpointUnavailable"
        )
        server.instead = undefined
        yield* refusedFor("AlreadyUsed", service.complete(callback(state), { state }))
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )
})

describe("a callback that is not this login's", () => {
  it.effect("F1: a state that is wrong in any way changes nothing, and the login can still complete", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        const flipped = (state.startsWith("A") ? "B" : "A") + state.slice(1)
        for (const wrong of [
          "",
          "x",
          flipped,
          `${state}x`,
          state.slice(0, -1),
          state.toLowerCase(),
          "effect-spotify:client:session:default"
        ]) {
          yield* refusedFor("State", service.complete(callback(wrong), { state: wrong }))
          yield* refusedFor("State", service.complete(callback(state), { state: wrong }))
        }
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(callback(state), { state })
      })
    )
  )

  it.effect("F3: a callback that another browser began is refused", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const mine = yield* service.begin()
        const others = yield* service.begin()
        yield* refusedFor("State", service.complete(callback(others.state), { state: mine.state }))
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(callback(mine.state), { state: mine.state })
      })
    )
  )

  it.effect("F3: without a proof of the browser a callback is refused, and the login goes on", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        const empty = Redacted.make("")
        // @ts-expect-error -- The proof has to be given
        yield* refusedFor("OtherBrowser", service.complete(callback(state)))
        // @ts-expect-error -- Nor does an empty object give one
        yield* refusedFor("OtherBrowser", service.complete(callback(state), {}))
        // @ts-expect-error -- The risk is taken by name
        yield* refusedFor("OtherBrowser", service.complete(callback(state), { unsafeAnyBrowser: false }))
        for (const options of [
          { state: undefined },
          { binding: undefined },
          { state: undefined, binding: undefined },
          { binding: empty },
          { state, binding: empty },
          // A login that was not bound cannot show that this browser began it
          { binding: Redacted.make("canary-of-my-browser") },
          { state, binding: Redacted.make("canary-of-my-browser") }
        ]) {
          yield* refusedFor("OtherBrowser", service.complete(callback(state), options))
        }
        const nobodys = yield* service.begin({ binding: empty })
        yield* refusedFor("OtherBrowser", service.complete(callback(nobodys.state), { binding: empty }))
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(callback(state), { state })
        // Nor does a second delivery get the session from it
        yield* refusedFor("OtherBrowser", service.complete(callback(state), { state: undefined }))
        const anyones = yield* service.begin()
        yield* service.complete(callback(anyones.state, "code=another"), { unsafeAnyBrowser: true })
      })
    )
  )

  it.effect("F3: a login that is bound to a browser completes in that one alone, before and after", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const mine = Redacted.make("canary-of-my-browser")
        const { state } = yield* service.begin({ binding: mine })
        const elsewhere: ReadonlyArray<LoginService.CompleteOptions> = [
          { unsafeAnyBrowser: true },
          { state },
          { state: undefined },
          { binding: undefined },
          { binding: Redacted.make("") },
          { binding: Redacted.make("canary-of-another") },
          { state, binding: Redacted.make("canary-of-my-browser ") }
        ]
        for (const options of elsewhere) {
          yield* refusedFor("OtherBrowser", service.complete(callback(state), options))
        }
        assert.strictEqual(server.requests.length, 0)
        assert.strictEqual((yield* service.complete(callback(state), { binding: mine }))._tag, "Active")
        for (const options of elsewhere) {
          yield* refusedFor("OtherBrowser", service.complete(callback(state), options))
        }
        assert.strictEqual((yield* service.complete(callback(state), { binding: mine }))._tag, "Active")
        assert.strictEqual(server.requests.length, 1)
      })
    )
  )

  it.effect("F6: an answer of another issuer is refused before any request", () =>
    inSession((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        for (const issuer of [
          "https://evil.example",
          "https://accounts.spotify.com.evil.example",
          "http://accounts.spotify.com",
          "https://accounts.spotify.com/",
          ""
        ]) {
          yield* refusedFor(
            "Issuer",
            service.complete(callback(state, `code=c&iss=${encodeURIComponent(issuer)}`), { state })
          )
        }
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(callback(state, "code=c&iss=https%3A%2F%2Faccounts.spotify.com"), { state })
      })
    )
  )

  it.effect("F6: an answer that names no issuer is refused where one is required", () =>
    run({ requireIssuer: true })((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        yield* refusedFor("Issuer", service.complete(callback(state, "code=c"), { state }))
        yield* refusedFor("Issuer", service.complete(callback(state, "code=c&iss="), { state }))
        assert.strictEqual(server.requests.length, 0)
        yield* refusedFor("Issuer", service.complete(callback(state, "error=access_denied"), { state }))
        // The user's own answer is not lost by somebody else's
        yield* service.complete(callback(state, "code=c&iss=https%3A%2F%2Faccounts.spotify.com"), { state })
        // Nor is one that comes again believed without it
        yield* refusedFor("Issuer", service.complete(callback(state, "code=c"), { state }))
      })
    )
  )

  const issuer = "https://auth.example/Tenant"
  it.effect("F6: with an issuer, no answer is taken that names another one, or none", () =>
    run({ issuer, requireIssuer: false })((server) =>
      Effect.gen(function* () {
        const service = yield* LoginService.LoginService
        const { state } = yield* service.begin()
        const answer = (iss: string) => callback(state, `code=c&iss=${encodeURIComponent(iss)}`)
        yield* refusedFor("Issuer", service.complete(callback(state, "code=c"), { state }))
        yield* refusedFor("Issuer", service.complete(callback(state, "error=access_denied"), { state }))
        for (const other of [
          "",
          "https://accounts.spotify.com",
          "https://auth.example",
          `${issuer}/`,
          "https://auth.example/tenant",
          "https://AUTH.example/Tenant",
          "https://auth.example:443/Tenant",
          "https://auth.example/%54enant",
          "https://auth.example/./Tenant",
          ` ${issuer}`,
          `${issuer}#`
        ]) {
          yield* refusedFor("Issuer", service.complete(answer(other), { state }))
        }
        yield* refusedFor("DuplicateParameter", service.complete(`${answer(issuer)}&iss=x`, { state }))
        assert.strictEqual(server.requests.length, 0)
        yield* service.complete(answer(issuer), { state })
        yield* refusedFor("Issuer", service.complete(callback(state, "code=c"), { state }))
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
        const error = yield* Effect.flip(service.complete(callback(state), { state }))
        assert.isTrue(error._tag === "InvalidGrant" && error.reason === "Mismatch")
        assert.strictEqual(yield* accessToken, before)
      })
    )
  )
})

describe("PKCE, as the server enforces it", () => {
  for (const app of ["public", "confidential"] as const) {
    const layer = app === "public" ? SessionService.layerPkce() : SessionService.layerAuthorizationCode()
    it.effect(`F16: an attacker's code in a victim's login is refused, for the ${app} app`, () =>
      Effect.gen(function* () {
        const emulator = yield* SpotifyEmulator.SpotifyEmulator
        const service = yield* LoginService.LoginService
        const session = yield* SessionService.SessionService
        const attackers = yield* service.begin()
        const victims = yield* service.begin()
        const stolen = new URL(yield* Effect.orDie(emulator.visit(attackers.url)))
        stolen.searchParams.set("state", victims.state)
        const error = yield* Effect.flip(service.complete(stolen.toString(), { state: victims.state }))
        assert.isTrue(error._tag === "InvalidGrant" && error.reason === "Mismatch", String(error))
        assert.strictEqual((yield* session.session)._tag, "SignedOut")
        // The same with verifiers that fit
        const { state, url } = yield* service.begin()
        const answer = yield* Effect.orDie(emulator.visit(url))
        assert.strictEqual((yield* service.complete(answer, { state }))._tag, "Active")
      }).pipe(
        Effect.provide(
          layer.pipe(
            Layer.provide(TokenStore.layerMemory),
            Layer.provideMerge(SpotifyEmulator.layer({ app }))
          )
        )
      )
    )
  }

  it.effect(
    "F16: every login sends an S256 challenge of its own, and the verifier only to the endpoint",
    () =>
      inSession((server) =>
        Effect.gen(function* () {
          const service = yield* LoginService.LoginService
          const challenges = new Set<string>()
          for (let n = 0; n < 5; n++) {
            const { state, url } = yield* service.begin()
            const query = new URL(url).searchParams
            assert.strictEqual(query.get("code_challenge_method"), "S256")
            challenges.add(query.get("code_challenge") ?? "")
            yield* service.complete(callback(state, `code=pkce-${n}`), { state })
            const verifier = server.requests.at(-1)?.form.get("code_verifier") ?? ""
            assert.notInclude(url, verifier)
            const digest = yield* Effect.promise(() =>
              crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))
            )
            assert.strictEqual(Buffer.from(digest).toString("base64url"), query.get("code_challenge"))
          }
          assert.strictEqual(challenges.size, 5)
        })
      )
  )
})

describe("where the user goes after the login", () => {
  for (const [wanted, expected] of [
    ["/albums?page=2#third", "/albums?page=2#third"],
    ["//evil.example", "/"],
    ["/\\evil.example", "/"],
    ["https:evil.example", "/"],
    ["https://evil.example/", "/"],
    ["javascript:alert(1)", "/"],
    ["/%2f%2fevil.example", "/"],
    ["/\t/evil.example", "/"],
    ["/\n/evil.example", "/"],
    [undefined, "/"]
  ] as const) {
    it.effect(`F17: ${JSON.stringify(wanted) ?? "nothing"} leads to ${expected}`, () =>
      inSession(() =>
        Effect.gen(function* () {
          const service = yield* LoginService.LoginService
          const { state, url } = yield* service.begin({ returnTo: wanted })
          assert.notInclude(url, "evil")
          assert.strictEqual((yield* service.complete(callback(state), { state })).returnTo, expected)
          assert.strictEqual((yield* service.complete(callback(state), { state })).returnTo, expected)
        })
      )
    )
  }
})

describe("logins that wait for their users", () => {
  const pendingIn = (store: TokenStore.Service) => {
    const keys = new Set<TokenStore.StoreKey>()
    const commit: TokenStore.Service["commit"] = (write) =>
      Effect.tap(store.commit(write), () =>
        Effect.sync(() => (Option.isSome(write.next) ? keys.add(write.key) : keys.delete(write.key)))
      )
    return { store: { ...store, commit }, keys }
  }

  it.scoped("are bounded, at once as well, and one that is finished or has ended makes room", () =>
    Effect.gen(function* () {
      const { keys, store } = pendingIn(yield* TokenStore.makeMemory)
      const { login } = yield* open(FakeAccounts.make(), store, { maxPendingLogins: 10 })
      const begun = yield* Effect.forEach(Array.from({ length: 50 }), () => Effect.either(login.begin()), {
        concurrency: "unbounded"
      })
      assert.strictEqual(begun.filter(Either.isRight).length, 10)
      assert.strictEqual(keys.size, 10)
      const error = yield* Effect.flip(login.begin())
      assert.deepInclude(error, { _tag: "TooManyLogins", retryAt: DateTime.unsafeMake(600_000) })
      assert.include(error.message, "1970-01-01T00:10:00.000Z")
      const [first] = begun
      const state = first !== undefined && Either.isRight(first) ? first.right.state : ""
      yield* login.complete(callback(state), { state })
      yield* login.begin()
      yield* Effect.flip(login.begin())
      yield* TestClock.adjust("10 minutes")
      yield* Effect.repeatN(login.begin(), 9)
      yield* Effect.flip(login.begin())
      // A clock that is set back makes nobody wait for longer
      yield* TestClock.setTime(0)
      yield* login.begin()
    })
  )

  it.scoped("of one browser are four at most, and it gets in where others do not", () =>
    Effect.gen(function* () {
      const { keys, store } = pendingIn(yield* TokenStore.makeMemory)
      const { login } = yield* open(FakeAccounts.make(), store, { maxPendingLogins: 6 })
      const binding = Redacted.make("one browser")
      const states: Array<string> = []
      for (let count = 0; count < 20; count++) {
        states.push((yield* login.begin({ binding })).state)
      }
      assert.strictEqual(keys.size, 4)
      yield* Effect.repeatN(login.begin(), 1)
      yield* Effect.flip(login.begin({ binding: Redacted.make("another browser") }))
      const { state } = yield* login.begin({ binding })
      assert.strictEqual(keys.size, 6)
      yield* refusedFor("State", login.complete(callback(states[16] ?? ""), { binding }))
      yield* login.complete(callback(states[17] ?? ""), { binding })
      yield* login.complete(callback(state, "code=another"), { binding })
    })
  )

  it.scoped(
    "are bounded also where each is answered at once: by a refusal, a forged code, or while it is replaced",
    () =>
      Effect.gen(function* () {
        for (const bindings of [1, 100]) {
          for (const answer of ["error=access_denied", "code=forged"]) {
            const { keys, store } = pendingIn(yield* TokenStore.makeMemory)
            const server = FakeAccounts.make()
            server.instead = () => Effect.succeed(Fake.json({ error: "invalid_grant" }, { status: 400 }))
            const { login } = yield* open(server, store, { maxPendingLogins: 20 })
            const other = yield* open(server, store, { maxPendingLogins: 20 })
            const one = (count: number) =>
              Effect.gen(function* () {
                const binding = Redacted.make(`browser ${count % bindings}`)
                const { state } = yield* login.begin({ binding })
                const { complete } = count % 3 === 0 ? other.login : login
                yield* Effect.ignore(complete(callback(state, answer), { binding }))
              }).pipe(Effect.ignore)
            yield* Effect.forEach(
              Array.from({ length: 40 }, (_, n) => n),
              one,
              { discard: true }
            )
            const delay = Effect.sleep("1 second")
            server.before = delay
            const herd = yield* Effect.fork(
              Effect.forEach(
                Array.from({ length: 40 }, (_, n) => n),
                (n) => Effect.zipRight(Effect.sleep(n * 100), one(n)),
                { concurrency: "unbounded", discard: true }
              )
            )
            yield* TestClock.adjust("1 minute")
            yield* Fiber.join(herd)
            // With what is on its way to Spotify and could be good: up to ten at a time here
            assert.isAtMost(keys.size, bindings === 1 ? 15 : 30)
            server.before = Effect.void
            yield* one(1)
            assert.isAtMost(keys.size, bindings === 1 ? 4 : 30, `${bindings} browsers, ${answer}`)
            yield* TestClock.adjust("10 minutes")
          }
        }
      })
  )

  it.scoped("have 32,768 places in a store, also where each request is a process of its own", () =>
    Effect.gen(function* () {
      const server = FakeAccounts.make()
      const memory = yield* TokenStore.makeMemory
      const keys = new Set<TokenStore.StoreKey>()
      // Whoever comes to a place finds a login there that ends then
      let end: (place: number) => number | undefined = () => undefined
      const store: TokenStore.Service = {
        ...memory,
        commit: (write) =>
          Effect.gen(function* () {
            const at = end(keys.size)
            if (write.key.includes(":login:") && !keys.has(write.key) && at !== undefined) {
              const version = yield* TokenStore.newVersion
              const disposableAt = Option.some(DateTime.unsafeMake(at))
              const other = { version, payload: Redacted.make("another login"), disposableAt }
              yield* TokenStore.set(memory, write.key, other)
            }
            keys.add(write.key)
            return yield* memory.commit(write)
          })
      }
      const begin = Effect.scoped(
        Effect.flatMap(open(server, store), ({ login }) => Effect.either(login.begin()))
      )
      assert.isTrue((yield* Effect.replicateEffect(begin, 50)).every(Either.isRight))
      assert.isTrue([...keys].every((key) => /^effect-spotify:client:login:[\w-]{2}[0-7]$/.test(key)))
      end = () => 420_000
      const refused = yield* begin
      assert.isTrue(
        Either.isLeft(refused) &&
          refused.left._tag === "TooManyLogins" &&
          refused.left.retryAt.epochMillis === 420_000
      )
      // Half of them have ended, or were set to end by a clock that was set back since
      end = (place) => [420_000, 0, 420_000, 86_400_000][place % 4]
      assert.isAbove((yield* Effect.replicateEffect(begin, 50)).filter(Either.isRight).length, 45)
    })
  )

  it.scoped("are told apart by their states where they come to one place", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const { login } = yield* open(FakeAccounts.make(), store)
      const { state } = yield* login.begin()
      const placeOf = (text: string) => {
        const digest = createHash("sha256").update(text).digest("base64url")
        return `${digest.slice(0, 2)}${digest.charCodeAt(2) & 7}`
      }
      let other = 0
      while (placeOf(String(other)) !== placeOf(state)) {
        other += 1
      }
      yield* refusedFor("State", login.complete(callback(String(other)), { state: String(other) }))
      assert.strictEqual((yield* login.complete(callback(state), { state }))._tag, "Active")
      yield* refusedFor("State", login.complete(callback(String(other)), { state: String(other) }))
    })
  )

  it.scoped("that the store did not take count for nothing", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      let down = true
      const { login } = yield* open(
        FakeAccounts.make(),
        {
          ...store,
          commit: (write) =>
            down
              ? new TokenStore.TokenStoreUnavailable({ operation: "commit", applied: "no" })
              : store.commit(write)
        },
        { maxPendingLogins: 1 }
      )
      yield* Effect.repeatN(Effect.flip(login.begin()), 4)
      down = false
      yield* login.begin()
    })
  )
})
