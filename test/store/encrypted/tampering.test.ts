import { assert, describe, it } from "@effect/vitest"
import { EncryptedTokenStore, KeyRing, TokenStore } from "effect-spotify"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { create, entry, forge, key, make, material, textAt } from "./support.js"

const payload = '{"v":1,"_tag":"Active","token":{"refreshToken":"a refresh token"}}'

/** Reads a forged text, and says how it was refused. */
const verdict = (
  { below, store }: { readonly below: TokenStore.Service; readonly store: TokenStore.Service },
  at: TokenStore.StoreKey,
  text: string,
  version: string
) =>
  Effect.gen(function* () {
    yield* forge(below, at, text, version)
    const result = yield* Effect.either(store.get(at))
    return Either.isRight(result)
      ? "accepted"
      : result.left._tag === "TokenStoreCorrupt"
        ? result.left.reason
        : result.left._tag
  })

describe("EncryptedTokenStore, entries that were tampered with", () => {
  const sealed = Effect.gen(function* () {
    const stores = yield* make({
      current: material("one"),
      previous: [material("two", 2), material("onf", 3)]
    })
    const at = key("victim")
    const first = yield* entry(payload)
    yield* stores.store.commit(create(at, first))
    const text = (yield* textAt(stores.below, at)) ?? ""
    assert.strictEqual(yield* verdict(stores, at, text, first.version), "accepted")
    return { ...stores, at, text, version: first.version }
  })

  it.effect("F18, N11: every bit of an entry counts", () =>
    Effect.gen(function* () {
      const { at, text, version, ...stores } = yield* sealed
      const verdicts = new Map<string, number>()
      for (let index = 0; index < text.length; index++) {
        for (let bit = 0; bit < 8; bit++) {
          const flipped =
            text.slice(0, index) +
            String.fromCharCode(text.charCodeAt(index) ^ (1 << bit)) +
            text.slice(index + 1)
          const found = yield* verdict(stores, at, flipped, version)
          verdicts.set(found, (verdicts.get(found) ?? 0) + 1)
        }
      }
      assert.sameMembers(
        [...verdicts.keys()].filter((found) => !["Decrypt", "UnknownKeyId", "SchemaVersion"].includes(found)),
        []
      )
      assert.strictEqual(
        [...verdicts.values()].reduce((a, b) => a + b, 0),
        text.length * 8
      )
      assert.isAbove(verdicts.get("Decrypt") ?? 0, text.length * 7)
    })
  )

  it.effect("F18, N11: every bit of the nonce and the ciphertext counts, in bytes as well as in text", () =>
    Effect.gen(function* () {
      const { at, text, version, ...stores } = yield* sealed
      const [format, keyId, ...parts] = text.split(".")
      for (const [part, encoded] of parts.entries()) {
        const bytes = Buffer.from(encoded, "base64url")
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const flipped = Buffer.from(bytes)
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          const forged = [
            format,
            keyId,
            ...parts.map((own, index) => (index === part ? flipped.toString("base64url") : own))
          ].join(".")
          assert.strictEqual(yield* verdict(stores, at, forged, version), "Decrypt")
        }
      }
    })
  )

  it.effect("F18, N11: an entry that was cut short anywhere, or went on, is refused", () =>
    Effect.gen(function* () {
      const { at, text, version, ...stores } = yield* sealed
      for (let length = 0; length < text.length; length++) {
        assert.notStrictEqual(yield* verdict(stores, at, text.slice(0, length), version), "accepted")
        assert.notStrictEqual(yield* verdict(stores, at, text.slice(length + 1), version), "accepted")
      }
      for (const tail of ["=", "A", "AAAA", ".", ".AAAA", "\n", " ", "\u0000", text, `.${text}`]) {
        assert.strictEqual(yield* verdict(stores, at, text + tail, version), "Decrypt", JSON.stringify(tail))
      }
      for (const other of [text.replaceAll("-", "+").replaceAll("_", "/"), ` ${text}`, text.toUpperCase()]) {
        assert.isTrue(other === text || (yield* verdict(stores, at, other, version)) !== "accepted")
      }
    })
  )

  it.effect("F18, N11: of 100 tenants with 2 versions each none can use the entry of another", () =>
    Effect.gen(function* () {
      const { below, keyRing, store } = yield* make()
      const rows: Array<{ readonly at: TokenStore.StoreKey; readonly entry: TokenStore.Entry }> = []
      for (let tenant = 0; tenant < 100; tenant++) {
        const at = key(`tenant:${tenant}`)
        for (let version = 0; version < 2; version++) {
          yield* TokenStore.set(store, at, yield* entry(payload))
          rows.push({ at, entry: yield* Effect.flatten(below.get(at)) })
        }
      }
      const pairs = rows.flatMap((place) => rows.map((row) => [place, row] as const))
      const verdicts = yield* Effect.forEach(
        pairs,
        ([place, row]) => {
          const swapped = { ...place.entry, payload: row.entry.payload }
          const vandalised: TokenStore.Service = { ...below, get: () => Effect.succeedSome(swapped) }
          return EncryptedTokenStore.make(vandalised, keyRing)
            .get(place.at)
            .pipe(
              Effect.as("accepted"),
              Effect.catchTag("TokenStoreCorrupt", ({ reason }) => Effect.succeed(reason)),
              Effect.map((found) => found === (place === row ? "accepted" : "Decrypt"))
            )
        },
        { concurrency: 32 }
      )
      assert.strictEqual(verdicts.length, 40_000)
      assert.strictEqual(verdicts.filter(Boolean).length, 40_000)
    })
  )

  it.effect("F18: the version cannot be swapped, nor shifted into the key", () =>
    Effect.gen(function* () {
      const stores = yield* make()
      const first = yield* entry(payload, "bc")
      yield* stores.store.commit(create(key("a"), first))
      const text = (yield* textAt(stores.below, key("a"))) ?? ""
      for (const [at, version] of [
        ["a", "bd"],
        ["a", "b"],
        ["a", ""],
        ["ab", "c"],
        ["", "abc"],
        ["abc", ""]
      ] as const) {
        assert.strictEqual(yield* verdict(stores, key(at), text, version), "Decrypt", `${at} ${version}`)
      }
      assert.strictEqual(yield* verdict(stores, key("a"), text, "bc"), "accepted")
    })
  )

  it.effect("F18: another key of the ring, an unknown one, and one of the same name do not open", () =>
    Effect.gen(function* () {
      const { at, below, text, version, store } = yield* sealed
      const named = (id: string) => text.replace(/^v1\.one\./, `v1.${id}.`)
      const stores = { below, store }
      assert.strictEqual(yield* verdict(stores, at, named("two"), version), "Decrypt")
      assert.strictEqual(yield* verdict(stores, at, named("three"), version), "UnknownKeyId")
      assert.strictEqual(yield* verdict(stores, at, named("__proto__"), version), "UnknownKeyId")
      assert.strictEqual(yield* verdict(stores, at, named(""), version), "UnknownKeyId")
      const impostor = yield* KeyRing.make({ current: material("one", 9) })
      const other = { below, store: EncryptedTokenStore.make(below, impostor) }
      assert.strictEqual(yield* verdict(other, at, text, version), "Decrypt")
      // The same key under another name is another key
      const renamed = yield* KeyRing.make({ current: material("two") })
      const third = { below, store: EncryptedTokenStore.make(below, renamed) }
      assert.strictEqual(yield* verdict(third, at, named("two"), version), "Decrypt")
    })
  )

  for (const [reason, text] of [
    ["Decrypt", "v1.one.AAAAAAAAAAAAAAAA.AAAA"],
    ["Decrypt", "plaintext"],
    ["UnknownKeyId", "v1.lost.AAAAAAAAAAAAAAAA.AAAA"],
    ["SchemaVersion", "v2.anything"]
  ] as const) {
    it.effect(`D7: a record that does not open (${reason}, ${text}) is replaced by a login`, () =>
      Effect.flatMap(make(), ({ below, store }) =>
        TokenStoreContract.replaceable(reason, (at) => forge(below, at, text, "version")).pipe(
          Effect.provideService(TokenStore.TokenStore, store)
        )
      )
    )
  }

  it.effect(
    "F18: two keys or versions that differ in a lone surrogate do not open each other's entries",
    () =>
      Effect.gen(function* () {
        const stores = yield* make()
        yield* stores.store.commit(create(key("a\ud800"), yield* entry(payload, "v\udc00")))
        const text = (yield* textAt(stores.below, key("a\ud800"))) ?? ""
        assert.strictEqual(yield* verdict(stores, key("a\ud800"), text, "v\udc00"), "accepted")
        for (const [at, version] of [
          ["a\ud801", "v\udc00"],
          ["a\ufffd", "v\udc00"],
          ["a\u0010d800", "v\udc00"],
          ["a\ud800", "v\udc01"],
          ["a\ud800", "v\ufffd"]
        ] as const) {
          assert.strictEqual(yield* verdict(stores, key(at), text, version), "Decrypt", `${at} ${version}`)
        }
      })
  )

  it.effect("an entry of a later format is left to a later version of the library", () =>
    Effect.gen(function* () {
      const { at, text, version, ...stores } = yield* sealed
      assert.strictEqual(yield* verdict(stores, at, text.replace(/^v1/, "v2"), version), "SchemaVersion")
    })
  )

  it.effect("F19: plaintext is refused where ciphertext is expected", () =>
    Effect.gen(function* () {
      const stores = yield* make()
      for (const text of [payload, "", "{}", "v", "v1", "v1.", "v1...", "v1.one", "v1.one.AAAA", "null"]) {
        const found = yield* verdict(stores, key("at"), text, "version")
        assert.include(["Decrypt", "UnknownKeyId"], found, text)
      }
    })
  )

  it.effect("F19: plaintext is read where a store moves to encryption, and sealed with the next write", () =>
    Effect.gen(function* () {
      const { below, keyRing, store } = yield* make(undefined, { plaintext: "accept" })
      const old = yield* entry(payload)
      yield* below.commit(create(key("at"), old))
      assert.strictEqual(yield* textAt(store, key("at")), payload)
      // What only looks sealed is no plaintext
      assert.strictEqual(yield* verdict({ below, store }, key("forged"), "v1.one.AAAA", "version"), "Decrypt")
      assert.strictEqual(yield* store.reencrypt([key("at")]), 1)
      const strict = EncryptedTokenStore.make(below, keyRing)
      assert.strictEqual(yield* textAt(strict, key("at")), payload)
      assert.match((yield* textAt(below, key("at"))) ?? "", /^v1\.one\./)
    })
  )

  it.effect("a whole row that is put back as it was opens: nothing in it is forged", () =>
    Effect.gen(function* () {
      const { at, below, store, text, version } = yield* sealed
      yield* TokenStore.set(store, at, yield* entry("newer"))
      assert.strictEqual(yield* verdict({ below, store }, at, text, version), "accepted")
    })
  )
})
