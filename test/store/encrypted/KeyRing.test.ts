import { assert, describe, it } from "@effect/vitest"
import { EncryptedTokenStore, KeyRing, TokenStore } from "effect-spotify"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { hkdfSync, randomBytes } from "node:crypto"
import { shown } from "../../support/canaries.js"
import { bytes, create, entry, forge, key, make, material, textAt } from "./support.js"

const sealOnce = (ring: KeyRing.KeyRing) => ring.current.seal(Redacted.make("text"), new Uint8Array(1))

describe("KeyRing", () => {
  it.effect("refuses what is no key, with a remedy", () =>
    Effect.gen(function* () {
      const bad: ReadonlyArray<readonly [KeyRing.KeyMaterial, KeyRing.KeyRingError["reason"]]> = [
        [{ id: "a", key: Redacted.make(new Uint8Array(0)) }, "InvalidKey"],
        [{ id: "a", key: Redacted.make(bytes(1).slice(1)) }, "InvalidKey"],
        [{ id: "a", key: Redacted.make(Uint8Array.of(...bytes(1), 1)) }, "InvalidKey"],
        [{ id: "a", key: Redacted.make(new Uint8Array(32)) }, "InvalidKey"],
        [{ id: "a", key: Redacted.make(new Uint8Array(32).fill(255)) }, "InvalidKey"],
        ...[
          (n: number) => n,
          (n: number) => 255 - n,
          (n: number) => n >> 1,
          (n: number) => n & 1,
          (n: number) => (n % 4) * 64,
          (n: number) => n % 16,
          (n: number) => (n % 16) * 37,
          (n: number) => (n === 31 ? 1 : 0),
          (n: number) => (n < 24 ? 0 : n * 7)
        ].map(
          (byte) =>
            [
              { id: "a", key: Redacted.make(Uint8Array.from({ length: 32 }, (_, n) => byte(n))) },
              "InvalidKey"
            ] as const
        ),
        [{ id: "a", secret: Redacted.make("changeme".repeat(8)) }, "SecretTooShort"],
        [{ id: "a", secret: Redacted.make("0123456789abcdef".repeat(4)) }, "SecretTooShort"],
        [{ id: "a", secret: Redacted.make(`${"a".repeat(31)}1`) }, "SecretTooShort"],
        [{ id: "a", secret: Redacted.make("") }, "SecretTooShort"],
        [{ id: "a", secret: Redacted.make("correct horse battery staple") }, "SecretTooShort"],
        [{ id: "a", secret: Redacted.make("0".repeat(64)) }, "SecretTooShort"],
        [{ id: "", key: Redacted.make(bytes(1)) }, "InvalidId"],
        [{ id: "a.b", key: Redacted.make(bytes(1)) }, "InvalidId"],
        [{ id: "a b", key: Redacted.make(bytes(1)) }, "InvalidId"],
        [{ id: "a\n", key: Redacted.make(bytes(1)) }, "InvalidId"],
        [{ id: "k".repeat(65), key: Redacted.make(bytes(1)) }, "InvalidId"]
      ]
      for (const [current, reason] of bad) {
        const error = yield* Effect.flip(KeyRing.make({ current }))
        assert.strictEqual(error.reason, reason)
        const older = yield* Effect.flip(KeyRing.make({ current: material("good"), previous: [current] }))
        assert.strictEqual(older.reason, reason)
        assert.isTrue(reason === "InvalidId" || error.message.includes("openssl rand -base64 32"))
      }
      const long = yield* Effect.flip(KeyRing.make({ current: material("k".repeat(100)) }))
      assert.strictEqual(long.keyId, "k".repeat(80))
      const twice = yield* Effect.flip(KeyRing.make({ current: material("a"), previous: [material("a", 2)] }))
      assert.deepInclude(twice, { reason: "DuplicateId", keyId: "a" })
    })
  )

  it.effect("takes any random key and secret", () =>
    Effect.forEach(
      Array.from({ length: 500 }),
      () =>
        KeyRing.make({
          current: { id: "a", key: Redacted.make(new Uint8Array(randomBytes(32))) },
          previous: [
            { id: "b", secret: Redacted.make(randomBytes(16).toString("hex")) },
            { id: "c", secret: Redacted.make(randomBytes(32).toString("base64")) }
          ]
        }),
      { discard: true }
    )
  )

  it.effect("derives the key of a secret with HKDF, and another for each id", () =>
    Effect.gen(function* () {
      const secret = "a random secret of more than 32 bytes"
      const derived = (id: string): KeyRing.KeyMaterial => ({
        id,
        key: Redacted.make(
          new Uint8Array(hkdfSync("sha256", secret, "", `effect-spotify/TokenStore/v1/${id}`, 32))
        )
      })
      const { below, store } = yield* make({ current: { id: "one", secret: Redacted.make(secret) } })
      yield* store.commit(create(key("at"), yield* entry("text")))
      const reader = (current: KeyRing.KeyMaterial) =>
        Effect.map(KeyRing.make({ current }), (ring) => EncryptedTokenStore.make(below, ring))
      assert.strictEqual(yield* textAt(yield* reader(derived("one")), key("at")), "text")
      const other = { ...derived("two"), id: "one" }
      const error = yield* Effect.flip(textAt(yield* reader(other), key("at")))
      assert.deepInclude(error, { _tag: "TokenStoreCorrupt", reason: "Decrypt" })
    })
  )

  it.effect("F26: 20,000 nonces are distinct, and each of their bits is as often set as not", () =>
    Effect.gen(function* () {
      const ring = yield* KeyRing.make({ current: material("one") })
      const count = 20_000
      const seen = new Set<string>()
      const ones = Array.from({ length: 96 }, () => 0)
      yield* Effect.forEach(
        Array.from({ length: count }),
        () =>
          Effect.map(sealOnce(ring), ({ nonce }) => {
            seen.add(Buffer.from(nonce).toString("hex"))
            for (let bit = 0; bit < 96; bit++) {
              ones[bit] = (ones[bit] ?? 0) + (((nonce[bit >> 3] ?? 0) >> (bit & 7)) & 1)
            }
          }),
        { concurrency: 64, discard: true }
      )
      assert.strictEqual(seen.size, count)
      assert.strictEqual(yield* ring.current.sealed, count)
      // Eight standard deviations: less than one false alarm in 10^12 runs
      const tolerance = 8 * Math.sqrt(count / 4)
      for (const [bit, set] of ones.entries()) {
        assert.isBelow(Math.abs(set - count / 2), tolerance, `bit ${bit}`)
      }
    })
  )

  it.effect("F26: stops at 2^32 entries, and a new key writes on", () =>
    Effect.gen(function* () {
      const worn = { ...material("worn"), sealed: 2 ** 32 - 2 }
      const { below, store } = yield* make({ current: worn })
      yield* store.commit(create(key("a"), yield* entry("a")))
      yield* store.commit(create(key("b"), yield* entry("b")))
      for (let attempt = 0; attempt < 3; attempt++) {
        const error = yield* Effect.flip(store.commit(create(key("c"), yield* entry("c"))))
        assert.isTrue(error._tag === "TokenStoreUnavailable" && error.applied === "no")
        assert.isTrue(error._tag === "TokenStoreUnavailable" && error.cause instanceof KeyRing.KeyExhausted)
      }
      assert.strictEqual(yield* textAt(store, key("a")), "a")
      assert.isTrue(Option.isNone(yield* below.get(key("c"))))
      const ring = yield* KeyRing.make({ current: material("fresh", 2), previous: [worn] })
      const next = EncryptedTokenStore.make(below, ring)
      yield* next.commit(create(key("c"), yield* entry("c")))
      assert.strictEqual(yield* textAt(next, key("b")), "b")
      // A deletion seals nothing
      yield* TokenStore.remove(store, key("a"))
    })
  )

  it.effect("F26: warns once, halfway to the limit", () =>
    Effect.gen(function* () {
      const messages: Array<string> = []
      const logger = Logger.make(({ message }) => {
        messages.push(String(message))
      })
      const ring = yield* KeyRing.make({ current: { ...material("worn"), sealed: 2 ** 31 - 3 } })
      yield* Effect.replicateEffect(sealOnce(ring), 10, { discard: true }).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.strictEqual(messages.length, 1)
      assert.include(messages[0], '"worn"')
      assert.strictEqual(yield* ring.current.sealed, 2 ** 31 + 7)
    })
  )

  const hanging: ReadonlyArray<readonly [string, Effect.Effect<KeyRing.Options>]> = [
    ["never answers", Effect.never],
    ["cannot be interrupted", Effect.uninterruptible(Effect.never)],
    ["never settles its promise", Effect.promise(() => new Promise<never>(() => {}))]
  ]

  for (const [how, keychain] of hanging) {
    it.effect(`D10: a keychain that ${how} is given up after 3 seconds, and nothing is written`, () =>
      Effect.gen(function* () {
        const below = yield* TokenStore.makeMemory
        const program = Effect.gen(function* () {
          const store = yield* TokenStore.TokenStore
          yield* store.commit(create(key("at"), yield* entry("text")))
        }).pipe(
          Effect.provide(
            EncryptedTokenStore.layerEffect(keychain).pipe(
              Layer.provide(Layer.succeed(TokenStore.TokenStore, below))
            )
          )
        )
        const fiber = yield* Effect.fork(Effect.flip(program))
        yield* TestClock.adjust("2900 millis")
        assert.isNull(fiber.unsafePoll())
        yield* TestClock.adjust("100 millis")
        const error = yield* Fiber.join(fiber)
        assert.isTrue(error._tag === "KeyRingError" && error.reason === "Timeout")
        assert.include(error.message, "keychain")
        assert.isTrue(Option.isNone(yield* below.get(key("at"))))
      })
    )
  }

  it.effect("D10: a keychain that is gone fails with its own error, and nothing goes on in plaintext", () =>
    Effect.gen(function* () {
      const gone = Effect.fail({ _tag: "DBusGone" } as const)
      const error = yield* TokenStore.TokenStore.pipe(
        Effect.provide(EncryptedTokenStore.layerEffect(gone).pipe(Layer.provide(TokenStore.layerMemory))),
        Effect.flip
      )
      assert.strictEqual(error._tag, "DBusGone")
    })
  )

  it.effect("D10: keys that come in time are used, and the caller may have less patience", () =>
    Effect.gen(function* () {
      const slow = Effect.delay(Effect.succeed({ current: material("slow") }), "2 seconds")
      const fiber = yield* Effect.fork(KeyRing.load(slow))
      const impatient = yield* Effect.fork(Effect.flip(KeyRing.load(slow, { timeout: "1 second" })))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).current.id, "slow")
      assert.strictEqual((yield* Fiber.join(impatient))._tag, "KeyRingError")
    })
  )

  const withKeys = (value: string) => (effect: Effect.Effect<unknown, unknown>) =>
    Effect.withConfigProvider(effect, ConfigProvider.fromMap(new Map([["SPOTIFY_TOKEN_KEYS", value]])))

  const base64 = (seed: number) => Buffer.from(bytes(seed)).toString("base64")

  it.effect("reads keys from the configuration, the first for writing", () =>
    Effect.gen(function* () {
      const below = yield* TokenStore.makeMemory
      const StoreLayer = EncryptedTokenStore.layerConfig().pipe(
        Layer.provide(Layer.succeed(TokenStore.TokenStore, below))
      )
      const url = Buffer.from(bytes(3)).toString("base64url")
      yield* Effect.gen(function* () {
        const store = yield* TokenStore.TokenStore
        yield* store.commit(create(key("at"), yield* entry("text")))
        assert.match((yield* textAt(below, key("at"))) ?? "", /^v1\.new\./)
      }).pipe(Effect.provide(StoreLayer), withKeys(`new:${base64(1)}, old:${base64(2)},older:${url}`))
      const ring = yield* KeyRing.make({ current: material("new", 1) })
      assert.strictEqual(yield* textAt(EncryptedTokenStore.make(below, ring), key("at")), "text")
    })
  )

  it.effect("takes a Config for each option", () =>
    Effect.gen(function* () {
      const below = yield* TokenStore.makeMemory
      yield* below.commit(create(key("plain"), yield* entry("old")))
      const StoreLayer = EncryptedTokenStore.layerConfig({
        current: { id: Config.succeed("mine"), secret: Config.redacted("MY_SECRET") },
        plaintext: Config.literal("accept", "reject")("MY_PLAINTEXT")
      }).pipe(Layer.provide(Layer.succeed(TokenStore.TokenStore, below)))
      yield* Effect.gen(function* () {
        const store = yield* TokenStore.TokenStore
        assert.strictEqual(yield* textAt(store, key("plain")), "old")
        yield* store.commit(create(key("at"), yield* entry("text")))
        assert.match((yield* textAt(below, key("at"))) ?? "", /^v1\.mine\./)
      }).pipe(
        Effect.provide(StoreLayer),
        Effect.withConfigProvider(
          ConfigProvider.fromMap(
            new Map([
              ["MY_SECRET", "Zq3v!x8Lr0-kT7mW2@yB5nC9hF4jD6sG1pA"],
              ["MY_PLAINTEXT", "accept"]
            ])
          )
        )
      )
    })
  )

  it.effect("tells what is wrong with keys in the configuration, and never quotes them", () =>
    Effect.gen(function* () {
      const build = Layer.build(EncryptedTokenStore.layerConfig().pipe(Layer.provide(TokenStore.layerMemory)))
      const secret = base64(5)
      const bad = [
        secret,
        `:${secret}`,
        `a:${secret.slice(4)}`,
        `a:${secret}AAAA`,
        `a b:${secret}`,
        `a:${secret},`,
        `a:${secret},${base64(6)}`,
        `a:${secret};b:${secret}`,
        `a:password`,
        `a:${secret},a:${base64(6)}`,
        `a:${Buffer.alloc(32).toString("base64")}`
      ]
      for (const value of bad) {
        const exit = yield* Effect.exit(Effect.scoped(build).pipe(withKeys(value)))
        const told = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
        assert.notInclude(shown(exit) + told, secret.slice(4, 24), value)
        assert.match(told, /openssl rand -base64 32|an id of its own/, value)
      }
      const missing = yield* Effect.exit(
        Effect.scoped(build).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map())))
      )
      assert.include(shown(missing), "SPOTIFY_TOKEN_KEYS")
      assert.include(shown(missing), "openssl rand -base64 32")
    })
  )

  it.effect("needs Web Crypto when it is used, and says so where there is none", () =>
    Effect.gen(function* () {
      const crypto = Object.getOwnPropertyDescriptor(globalThis, "crypto")
      assert.isDefined(crypto)
      const { store, below } = yield* make()
      yield* store.commit(create(key("at"), yield* entry("text")))
      Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true })
      const [made, read] = yield* Effect.all([
        Effect.flip(KeyRing.make({ current: material("one") })),
        Effect.flip(store.get(key("at")))
      ]).pipe(Effect.ensuring(Effect.sync(() => Object.defineProperty(globalThis, "crypto", crypto ?? {}))))
      assert.strictEqual(made.reason, "WebCryptoMissing")
      assert.strictEqual(read._tag, "TokenStoreUnavailable")
      yield* forge(below, key("at"), "v1.one.AAAA", "version")
      assert.strictEqual((yield* Effect.flip(store.get(key("at"))))._tag, "TokenStoreCorrupt")
    })
  )
})
