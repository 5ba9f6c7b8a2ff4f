import { afterAll, assert, describe, it, layer } from "@effect/vitest"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import { EncryptedTokenStore, KeyRing, KeyValueTokenStore, TokenStore } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import { TokenStoreContract } from "effect-spotify/testing"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expectNoLeak, shown } from "../../support/canaries.js"
import { bytes, create, entry, key, make, material, textAt } from "./support.js"

const encrypted = EncryptedTokenStore.layer({ current: material("one"), previous: [material("two", 2)] })

layer(encrypted.pipe(Layer.provide(TokenStore.layerMemory)))("N19: EncryptedTokenStore over memory", (it) => {
  for (const { name, run } of TokenStoreContract.cases) {
    it.effect(name, () => run)
  }
})

// Over text files and other backends whose payload is more than a value in memory
layer(
  encrypted.pipe(
    Layer.provide(KeyValueTokenStore.layer({ singleProcess: true })),
    Layer.provide(KeyValueStore.layerMemory)
  )
)("N19: EncryptedTokenStore over a KeyValueStore", (it) => {
  for (const { name, run } of TokenStoreContract.cases) {
    it.effect(name, () => run)
  }
})

const directory = mkdtempSync(join(tmpdir(), "effect-spotify-encrypted-"))

layer(encrypted.pipe(Layer.provide(FileTokenStore.layer({ directory: join(directory, "sessions") }))))(
  "N19: EncryptedTokenStore over files",
  (it) => {
    afterAll(() => rmSync(directory, { recursive: true }))
    for (const { name, run } of TokenStoreContract.casesWith({ ended: 150 })) {
      it.effect(name, () => run)
    }
  }
)

describe("EncryptedTokenStore", () => {
  it.effect("stores the format v1, the key's id, a nonce of 96 bits and a ciphertext", () =>
    Effect.gen(function* () {
      const { below, store } = yield* make()
      const payload = "a payload"
      yield* store.commit(create(key("at"), yield* entry(payload)))
      const [format, id, nonce, ciphertext, ...rest] = ((yield* textAt(below, key("at"))) ?? "").split(".")
      assert.deepStrictEqual([format, id, rest], ["v1", "one", []])
      assert.strictEqual(Buffer.from(nonce ?? "", "base64url").length, 12)
      assert.strictEqual(Buffer.from(ciphertext ?? "", "base64url").length, payload.length + 16)
    })
  )

  it.effect("opens what an independent reading of its documentation seals", () =>
    Effect.gen(function* () {
      const { below, store } = yield* make()
      const part = (text: string) => {
        const length = Buffer.alloc(4)
        length.writeUInt32BE(Buffer.byteLength(text))
        return Buffer.concat([length, Buffer.from(text)])
      }
      const nonce = Buffer.from("000102030405060708090a0b", "hex")
      const { createCipheriv } = yield* Effect.promise(() => import("node:crypto"))
      const cipher = createCipheriv("aes-256-gcm", bytes(1), nonce)
      cipher.setAAD(Buffer.concat(["effect-spotify/v1", "klíč", "one", "version"].map(part)))
      const ciphertext = Buffer.concat([cipher.update("hello"), cipher.final(), cipher.getAuthTag()])
      const text = `v1.one.${nonce.toString("base64url")}.${ciphertext.toString("base64url")}`
      yield* below.commit(create(key("klíč"), yield* entry(text, "version")))
      assert.strictEqual(yield* textAt(store, key("klíč")), "hello")
    })
  )

  it.effect("keeps version, time, atomicity and changes of the store below", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const below: TokenStore.Service = {
        ...memory,
        atomicity: "shared",
        changes: Option.some(() => Stream.make(TokenStore.Version("changed")))
      }
      const store = EncryptedTokenStore.make(below, yield* KeyRing.make({ current: material("one") }))
      const disposableAt = Option.some(DateTime.unsafeMake("2030-01-01T00:00:00Z"))
      const written = { ...(yield* entry("text")), disposableAt }
      yield* store.commit(create(key("at"), written))
      for (const found of [yield* store.get(key("at")), yield* below.get(key("at"))]) {
        assert.deepStrictEqual(
          Option.map(found, ({ disposableAt, version }) => ({ disposableAt, version })),
          Option.some({ disposableAt, version: written.version })
        )
      }
      assert.strictEqual(store.atomicity, "shared")
      const heard = yield* Option.match(store.changes, {
        onNone: () => Effect.succeedNone,
        onSome: (changes) => Stream.runHead(changes(key("at")))
      })
      assert.deepStrictEqual(heard, Option.some(TokenStore.Version("changed")))
    })
  )

  it.effect("a new key writes, the old one still reads, and the next write moves a record", () =>
    Effect.gen(function* () {
      const before = yield* make({ current: material("old") })
      yield* before.store.commit(create(key("at"), yield* entry("text")))
      const ring = yield* KeyRing.make({ current: material("new", 2), previous: [material("old")] })
      const after = EncryptedTokenStore.make(before.below, ring)
      assert.strictEqual(yield* textAt(after, key("at")), "text")
      assert.match((yield* textAt(before.below, key("at"))) ?? "", /^v1\.old\./)
      yield* TokenStore.set(after, key("at"), yield* entry("newer"))
      assert.match((yield* textAt(before.below, key("at"))) ?? "", /^v1\.new\./)
      const without = EncryptedTokenStore.make(
        before.below,
        yield* KeyRing.make({ current: material("new", 2) })
      )
      assert.strictEqual(yield* textAt(without, key("at")), "newer")
    })
  )

  it.effect("a sweep moves what is left to the current key, and only that", () =>
    Effect.gen(function* () {
      const { below, store: old } = yield* make({ current: material("old") })
      const keys = Array.from({ length: 20 }, (_, index) => key(`at ${index}`))
      const disposableAt = Option.some(DateTime.unsafeMake("2030-01-01T00:00:00Z"))
      for (const at of keys) {
        yield* old.commit(create(at, { ...(yield* entry(at)), disposableAt }))
      }
      const ring = yield* KeyRing.make({ current: material("new", 2), previous: [material("old")] })
      const store = EncryptedTokenStore.make(below, ring)
      yield* TokenStore.set(store, key("at 3"), yield* entry("at 3"))
      assert.strictEqual(yield* store.reencrypt([...keys, key("nothing there")]), 19)
      assert.strictEqual(yield* store.reencrypt(keys), 0)
      const alone = EncryptedTokenStore.make(below, yield* KeyRing.make({ current: material("new", 2) }))
      for (const at of keys) {
        assert.strictEqual(yield* textAt(alone, at), at)
      }
      const found = yield* alone.get(key("at 7"))
      assert.deepStrictEqual(
        Option.flatMap(found, (read) => read.disposableAt),
        disposableAt
      )
    })
  )

  it.effect("a sweep never undoes what another writer does meanwhile", () =>
    Effect.gen(function* () {
      const { below, store: old } = yield* make({ current: material("old") })
      yield* old.commit(create(key("at"), yield* entry("before")))
      const ring = yield* KeyRing.make({ current: material("new", 2), previous: [material("old")] })
      let interfere = true
      const contested: TokenStore.Service = {
        ...below,
        get: (at) =>
          Effect.tap(below.get(at), () => {
            if (interfere) {
              interfere = false
              return Effect.flatMap(entry("meanwhile"), (next) => TokenStore.set(old, at, next))
            }
            return Effect.void
          })
      }
      const store = EncryptedTokenStore.make(contested, ring)
      assert.strictEqual(yield* store.reencrypt([key("at")]), 1)
      assert.strictEqual(yield* textAt(store, key("at")), "meanwhile")
    })
  )

  it.effect("one layer provides the store under both names", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.TokenStore
      const same = yield* EncryptedTokenStore.EncryptedTokenStore
      yield* store.commit(create(key("at"), yield* entry("text")))
      assert.strictEqual(yield* same.reencrypt([key("at")]), 0)
      assert.strictEqual(yield* textAt(same, key("at")), "text")
    }).pipe(Effect.provide(encrypted.pipe(Layer.provide(TokenStore.layerMemory))))
  )

  it.effect("F24: neither payloads nor keys can be seen, whatever happens", () => {
    const payload = "canary-payload-0123456789"
    const secret = "canary-secret-0123456789-0123456789"
    const raw = bytes(7)
    const secrets = [
      payload,
      secret,
      Buffer.from(raw).toString("base64"),
      Buffer.from(raw).toString("base64url"),
      Buffer.from(raw).toString("hex"),
      [...raw].join(","),
      [...raw].join(", ")
    ]
    return expectNoLeak(
      () => secrets,
      Effect.gen(function* () {
        const options = {
          current: { id: "one", key: Redacted.make(raw), sealed: 2 ** 32 - 3 },
          previous: [{ id: "two", secret: Redacted.make(secret) }]
        }
        const { below, keyRing, store } = yield* make(options)
        yield* Effect.logInfo("made", options, keyRing, store)
        const first = yield* entry(payload)
        yield* store.commit(create(key("at"), first))
        yield* Effect.logInfo("stored", yield* store.get(key("at")), yield* below.get(key("at")))
        yield* Effect.logError(
          "conflict",
          yield* Effect.flip(store.commit(create(key("at"), yield* entry(payload))))
        )
        yield* store.commit(create(key("third"), first))
        const exhausted = yield* Effect.flip(store.commit(create(key("fourth"), first)))
        yield* Effect.logError("exhausted", exhausted, shown(exhausted))
        yield* TokenStore.set(below, key("at"), first)
        const corrupt = yield* Effect.flip(store.get(key("at")))
        yield* Effect.logError("corrupt", corrupt, shown(corrupt))
        return yield* corrupt
      }).pipe(Effect.withSpan("life of a store"))
    ).pipe(
      Effect.flip,
      Effect.map((error) => assert.include(shown(error), "TokenStoreCorrupt"))
    )
  })
})
