import { assert, it } from "@effect/vitest"
import { EncryptedTokenStore, KeyRing, TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Records from "../support/records.js"
import { material } from "./support.js"

const keyOf = (index: number) => TokenStore.StoreKey(`effect-spotify:client:session:${index}`)

const sealed = (
  below: TokenStore.Service,
  current: KeyRing.KeyMaterial,
  ...previous: Array<KeyRing.KeyMaterial>
) => Effect.map(KeyRing.make({ current, previous }), (keyRing) => EncryptedTokenStore.make(below, keyRing))

const runOf = ({ reencryptAll }: EncryptedTokenStore.Service) =>
  Option.getOrElse(reencryptAll, () => Stream.dieMessage("the store does not list its keys"))

const counted = (stream: ReturnType<typeof runOf>) =>
  Stream.runFold(stream, {} as Record<string, number>, (counts, { outcome }) => ({
    ...counts,
    [outcome]: (counts[outcome] ?? 0) + 1
  }))

const filled = Effect.gen(function* () {
  const below = yield* TokenStore.makeMemory
  const old = yield* sealed(below, material("old", 1))
  for (let index = 0; index < 100; index++) {
    yield* old.commit(Records.create(keyOf(index), yield* Records.entry(`payload ${index}`)))
  }
  return { below, old, both: yield* sealed(below, material("new", 2), material("old", 1)) }
})

it.effect("all records are sealed with the new key, after which the old one is not needed", () =>
  Effect.gen(function* () {
    const { below, both } = yield* filled
    assert.deepStrictEqual(yield* counted(runOf(both)), { Sealed: 100 })
    assert.deepStrictEqual(yield* counted(runOf(both)), { Unchanged: 100 })
    const alone = yield* sealed(below, material("new", 2))
    for (let index = 0; index < 100; index++) {
      assert.strictEqual(yield* Records.read(alone, keyOf(index)), `payload ${index}`)
    }
  })
)

it.effect("a run that was stopped is continued by the next one", () =>
  Effect.gen(function* () {
    const { both } = yield* filled
    yield* Stream.runDrain(Stream.take(runOf(both), 30))
    const { Sealed = 0, Unchanged = 0 } = yield* counted(runOf(both))
    assert.strictEqual(Sealed + Unchanged, 100)
    assert.isAtLeast(Unchanged, 30)
    assert.isAtLeast(Sealed, 1)
  })
)

it.effect("records that cannot be read stay as they are, and are told apart", () =>
  Effect.gen(function* () {
    const { below, both } = yield* filled
    const lost = yield* sealed(below, material("lost", 3))
    yield* lost.commit(Records.create(keyOf(100), yield* Records.entry("lost")))
    yield* below.commit(Records.create(keyOf(101), yield* Records.entry("plain text")))
    const before = yield* Records.read(below, keyOf(100))
    const found = yield* Stream.runCollect(runOf(both))
    assert.sameDeepMembers(
      [...found].filter(({ outcome }) => outcome !== "Sealed"),
      [
        { key: keyOf(100), outcome: "UnknownKeyId" },
        { key: keyOf(101), outcome: "Decrypt" }
      ]
    )
    assert.strictEqual(yield* Records.read(below, keyOf(100)), before)
  })
)

it.effect("a login, a refresh and a sign-out during the run win over it", () =>
  Effect.gen(function* () {
    const { below, old } = yield* filled
    const fresh = yield* Records.entry("fresh")
    let raced = false
    // Another process, which still seals with the old key, writes between the read and the write of the run
    const racing: TokenStore.Service = {
      ...below,
      commit: (write) =>
        Effect.gen(function* () {
          if (!raced) {
            raced = true
            yield* TokenStore.set(old, keyOf(0), fresh)
            yield* TokenStore.remove(old, keyOf(1))
          }
          yield* below.commit(write)
        })
    }
    const both = yield* sealed(racing, material("new", 2), material("old", 1))
    yield* Stream.runDrain(runOf(both))
    assert.strictEqual(yield* Records.read(both, keyOf(0)), "fresh")
    assert.strictEqual(yield* Records.read(both, keyOf(1)), "absent")
    const alone = yield* sealed(below, material("new", 2))
    assert.strictEqual(yield* Records.read(alone, keyOf(0)), "fresh")
    const stored = yield* below.get(keyOf(0))
    assert.isTrue(Option.exists(stored, ({ payload }) => Redacted.value(payload).startsWith("v1.new.")))
  })
)

it.effect("a store that cannot list its keys offers no run over all of them", () =>
  Effect.gen(function* () {
    const { keys: _, ...below } = yield* TokenStore.makeMemory
    const store = yield* sealed(below, material("new", 2))
    assert.isTrue(Option.isNone(store.reencryptAll))
  })
)
