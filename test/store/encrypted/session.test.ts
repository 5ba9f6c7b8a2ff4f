import { assert, describe, it } from "@effect/vitest"
import { EncryptedTokenStore, KeyRing, SessionService, TokenStore } from "effect-spotify"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { accessToken, login, run } from "../../support/userSession.js"
import { entry, forge, key, material, textAt } from "./support.js"

const at = key("effect-spotify:client:session:default")

describe("SessionService over EncryptedTokenStore", () => {
  it.effect("a session lives through a login, refreshes, a restart and a new key", () =>
    Effect.gen(function* () {
      const below = yield* TokenStore.makeMemory
      const old = EncryptedTokenStore.make(below, yield* KeyRing.make({ current: material("old") }))
      const ring = yield* KeyRing.make({ current: material("new", 2), previous: [material("old")] })
      const later = EncryptedTokenStore.make(below, ring)
      const first = yield* run()(
        (server) =>
          Effect.gen(function* () {
            yield* login
            yield* TestClock.adjust("2 hours")
            const token = yield* accessToken
            const text = (yield* textAt(below, at)) ?? ""
            assert.match(text, /^v1\.old\./)
            assert.notInclude(text, server.refreshToken)
            return token
          }),
        () => old
      )
      yield* run()(
        () =>
          Effect.gen(function* () {
            assert.strictEqual(yield* accessToken, first)
            assert.strictEqual(yield* later.reencrypt([at]), 1)
            assert.match((yield* textAt(below, at)) ?? "", /^v1\.new\./)
            assert.strictEqual(yield* accessToken, first)
          }),
        () => later
      )
    })
  )

  it.effect("D7: after a lost key a sign-out and a login win", () =>
    Effect.gen(function* () {
      const below = yield* TokenStore.makeMemory
      const lost = EncryptedTokenStore.make(below, yield* KeyRing.make({ current: material("lost") }))
      const found = EncryptedTokenStore.make(below, yield* KeyRing.make({ current: material("found", 2) }))
      const loseKey = run()(
        () => login,
        () => lost
      )
      yield* loseKey
      yield* run()(
        () =>
          Effect.gen(function* () {
            const { accessToken, signOut } = yield* SessionService.SessionService
            const error = yield* Effect.flip(accessToken)
            assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "UnknownKeyId")
            yield* signOut
            assert.isTrue(Option.isNone(yield* below.get(at)))
            yield* loseKey
            assert.strictEqual((yield* login)._tag, "Active")
            yield* accessToken
          }),
        () => found
      )
    })
  )

  it.effect("a sweep during a refresh costs nobody a token, and loses no rotation", () =>
    Effect.gen(function* () {
      const below = yield* TokenStore.makeMemory
      const old = yield* KeyRing.make({ current: material("old") })
      const ring = yield* KeyRing.make({ current: material("new", 2), previous: [material("old")] })
      const reader = EncryptedTokenStore.make(below, ring)
      const writer = EncryptedTokenStore.make(below, old)
      // A program whose ring has both keys and still writes with the old one
      const service: TokenStore.Service = { ...reader, commit: writer.commit }
      yield* run()(
        (server) =>
          Effect.gen(function* () {
            server.rotate = true
            yield* login
            yield* TestClock.adjust("2 hours")
            const reached = yield* Deferred.make<void>()
            const gate = yield* Deferred.make<void>()
            server.after = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(gate))
            const caller = yield* Effect.fork(accessToken)
            yield* Deferred.await(reached)
            assert.strictEqual(yield* reader.reencrypt([at]), 1)
            yield* Deferred.succeed(gate, undefined)
            const token = yield* Fiber.join(caller)
            assert.strictEqual(server.grants, 1)
            assert.strictEqual(server.reuse, 0)
            const record = (yield* textAt(reader, at)) ?? ""
            assert.include(record, token)
            assert.include(record, server.refreshToken)
          }),
        () => service
      )
    })
  )

  it.effect("F18, F19: a forged record is typed, asks Spotify nothing, and stays as it is", () =>
    Effect.gen(function* () {
      const below = yield* TokenStore.makeMemory
      const store = EncryptedTokenStore.make(below, yield* KeyRing.make({ current: material("one") }))
      yield* run()(
        (server) =>
          Effect.gen(function* () {
            yield* login
            const plaintext = (yield* textAt(store, at)) ?? ""
            const requests = server.requests.length
            const sessions = yield* SessionService.SessionService
            yield* TestClock.adjust("2 hours")
            yield* forge(below, at, plaintext, "forged")
            const before = yield* below.get(at)
            const error = yield* Effect.flip(accessToken)
            assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Decrypt")
            assert.strictEqual((yield* Effect.flip(sessions.session))._tag, "TokenStoreCorrupt")
            assert.strictEqual(server.requests.length, requests)
            assert.deepStrictEqual(yield* below.get(at), before)
          }),
        () => store
      )
    })
  )

  it.effect("a record of another tenant of the same program does not become this one's", () =>
    Effect.gen(function* () {
      const below = yield* TokenStore.makeMemory
      const store = EncryptedTokenStore.make(below, yield* KeyRing.make({ current: material("one") }))
      const other = key("effect-spotify:client:session:victim")
      yield* run()(
        () =>
          Effect.gen(function* () {
            yield* login
            const own = yield* Effect.flatten(below.get(at))
            yield* TokenStore.set(store, other, yield* entry("the victim's record"))
            const stolen = yield* Effect.flatten(below.get(other))
            yield* TokenStore.set(below, at, stolen)
            yield* TestClock.adjust("2 hours")
            assert.strictEqual((yield* Effect.flip(accessToken))._tag, "TokenStoreCorrupt")
            yield* TokenStore.set(below, at, own)
            assert.isString(yield* accessToken)
            assert.isFalse(Redacted.value(own.payload).includes("refresh"))
            assert.isTrue(Option.isSome(yield* below.get(at)))
          }),
        () => store
      )
    })
  )
})
