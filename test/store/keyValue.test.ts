import * as PlatformError from "@effect/platform/Error"
import * as KeyValueStore from "@effect/platform/KeyValueStore"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { KeyValueTokenStore, TokenStore } from "effect-spotify"
import { TokenStoreContract } from "effect-spotify/testing"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import {
  create,
  entry,
  increment,
  newDirectory,
  present,
  remove,
  replace,
  textOf
} from "../node/fileStore/support/records.js"

const key = TokenStore.StoreKey("the key")
const layer = KeyValueTokenStore.layer({ singleProcess: true })

/** What is logged while a store starts. */
const warnings = (options?: KeyValueTokenStore.Options) =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      seen.push(`${logLevel.label} ${String(message)}`)
    })
    const store = yield* KeyValueTokenStore.make(options).pipe(
      Effect.provide([KeyValueStore.layerMemory, Logger.replace(Logger.defaultLogger, logger)])
    )
    return { seen, store }
  })

describe("KeyValueTokenStore", () => {
  for (const contract of TokenStoreContract.cases) {
    it.effect(`in memory: ${contract.name}`, () =>
      contract.run.pipe(Effect.provide(Layer.provide(layer, KeyValueStore.layerMemory)))
    )
  }
  for (const contract of TokenStoreContract.casesWith({ ended: 300 })) {
    it.scoped(`in a directory: ${contract.name}`, () =>
      Effect.flatMap(newDirectory, (directory) =>
        contract.run.pipe(
          Effect.provide(
            layer.pipe(
              Layer.provide(KeyValueStore.layerFileSystem(directory)),
              Layer.provide([NodeFileSystem.layer, NodePath.layer])
            )
          )
        )
      )
    )
  }

  it.effect("C12: says at the start that it is for one process, unless the program has said so", () =>
    Effect.gen(function* () {
      const { seen, store } = yield* warnings()
      assert.strictEqual(seen.length, 1)
      assert.match(present(seen[0]), /^WARN .*two processes .* lose a rotated token.*singleProcess: true/)
      assert.strictEqual(store.atomicity, "process")
      assert.deepStrictEqual((yield* warnings({ singleProcess: true })).seen, [])
    })
  )

  it.live("C12: two stores over the same records lose a write, which is what the warning is about", () =>
    Effect.gen(function* () {
      const slow = Effect.map(KeyValueStore.KeyValueStore, (records) =>
        KeyValueStore.make({
          ...records,
          get: (name) => Effect.zipLeft(records.get(name), Effect.sleep("20 millis"))
        })
      )
      const counted = (stores: ReadonlyArray<TokenStore.Service>) =>
        Effect.forEach(stores, (store) => Effect.repeatN(increment(store, key), 9), {
          concurrency: "unbounded"
        }).pipe(Effect.zipRight(textOf(present(stores[0]), key)))
      const make = KeyValueTokenStore.make({ singleProcess: true })
      const run = (
        stores: typeof make extends Effect.Effect<infer A, infer E, infer R>
          ? Effect.Effect<ReadonlyArray<A>, E, R>
          : never
      ) =>
        Effect.flatMap(stores, counted).pipe(
          Effect.provide(
            Layer.provide(Layer.effect(KeyValueStore.KeyValueStore, slow), KeyValueStore.layerMemory)
          )
        )
      assert.deepStrictEqual(yield* run(Effect.map(make, (store) => [store, store])), Option.some("20"))
      assert.notDeepEqual(yield* run(Effect.all([make, make])), Option.some("20"))
    })
  )

  it.effect("drops logins that nobody completed", () =>
    Effect.gen(function* () {
      const records = yield* KeyValueStore.KeyValueStore
      const store = yield* KeyValueTokenStore.make({ singleProcess: true })
      const soon = DateTime.add(yield* DateTime.now, { minutes: 10 })
      yield* store.commit(create(TokenStore.StoreKey("a"), yield* entry("pending", soon)))
      yield* store.commit(create(TokenStore.StoreKey("b"), yield* entry("session")))
      yield* TestClock.adjust("10 minutes")
      yield* store.commit(create(TokenStore.StoreKey("c"), yield* entry("session")))
      assert.strictEqual(yield* records.size, 2)
      assert.deepStrictEqual(yield* textOf(store, TokenStore.StoreKey("b")), Option.some("session"))
    }).pipe(Effect.provide(KeyValueStore.layerMemory))
  )

  it.effect("a store that fails, and what it should not hold, are typed", () =>
    Effect.gen(function* () {
      const failure = new PlatformError.SystemError({
        module: "KeyValueStore",
        method: "any",
        reason: "Unknown",
        description: "out of quota"
      })
      const records = yield* KeyValueStore.KeyValueStore
      const over = (changed: Partial<KeyValueStore.KeyValueStore>) =>
        KeyValueTokenStore.make({ singleProcess: true }).pipe(
          Effect.provideService(KeyValueStore.KeyValueStore, KeyValueStore.make({ ...records, ...changed }))
        )
      const store = yield* over({})
      const first = yield* entry("first")
      yield* store.commit(create(key, first))
      const unreadable = yield* over({ get: () => Effect.fail(failure) })
      const read = yield* Effect.flip(unreadable.get(key))
      assert.isTrue(read._tag === "TokenStoreUnavailable" && read.operation === "get")
      const unread = yield* Effect.flip(unreadable.commit(remove(key, first)))
      assert.isTrue(unread._tag === "TokenStoreUnavailable" && unread.applied === "no")
      const unwritable = yield* over({ set: () => Effect.fail(failure), remove: () => Effect.fail(failure) })
      for (const write of [remove(key, first), replace(key, first, yield* entry("second"))]) {
        const unwritten = yield* Effect.flip(unwritable.commit(write))
        assert.isTrue(unwritten._tag === "TokenStoreUnavailable" && unwritten.applied === "unknown")
      }
      const huge = yield* Effect.flip(store.commit(replace(key, first, yield* entry("x".repeat(1_000_000)))))
      assert.isTrue(huge._tag === "TokenStoreCorrupt" && huge.reason === "TooLarge")
      for (const [text, reason] of [
        ["", "Decode"],
        ["{}", "Decode"],
        ['{"v":2}', "SchemaVersion"],
        ["[".repeat(100_000), "Decode"],
        ["x".repeat(1_000_000), "TooLarge"]
      ] as const) {
        const found = yield* Effect.flip((yield* over({ get: () => Effect.succeedSome(text) })).get(key))
        assert.isTrue(found._tag === "TokenStoreCorrupt" && found.reason === reason)
      }
      const stored = yield* over({
        get: () => records.get(`effect-spotify-${"0".repeat(64)}`).pipe(Effect.as(Option.none()))
      })
      assert.deepStrictEqual(yield* textOf(stored, key), Option.none())
    }).pipe(Effect.provide(KeyValueStore.layerMemory))
  )

  for (const [text, reason] of [
    ["", "Decode"],
    ['{"v":2}', "SchemaVersion"],
    ["x".repeat(1_000_000), "TooLarge"]
  ] as const) {
    it.effect(`D7: a text of ${reason} is replaced by a login and deleted by a sign-out`, () =>
      Effect.gen(function* () {
        const texts = new Map<string, string>()
        const records = KeyValueStore.makeStringOnly({
          get: (name) => Effect.sync(() => Option.fromNullable(texts.get(name))),
          set: (name, text) => Effect.sync(() => void texts.set(name, text)),
          remove: (name) => Effect.sync(() => void texts.delete(name)),
          clear: Effect.void,
          size: Effect.sync(() => texts.size)
        })
        yield* TokenStoreContract.replaceable(reason, () =>
          Effect.sync(() => [...texts.keys()].forEach((name) => texts.set(name, text)))
        ).pipe(Effect.provide(Layer.provide(layer, Layer.succeed(KeyValueStore.KeyValueStore, records))))
      })
    )
  }

  it.effect("F20: another record's text under this record's name is corrupt", () =>
    Effect.gen(function* () {
      const texts = new Map<string, string>()
      const records = KeyValueStore.makeStringOnly({
        get: () => Effect.sync(() => Option.fromNullable([...texts.values()][0])),
        set: (name, text) => Effect.sync(() => void texts.set(name, text)),
        remove: () => Effect.void,
        clear: Effect.void,
        size: Effect.succeed(1)
      })
      const store = yield* KeyValueTokenStore.make({ singleProcess: true }).pipe(
        Effect.provideService(KeyValueStore.KeyValueStore, records)
      )
      yield* store.commit(create(key, yield* entry("first")))
      const error = yield* Effect.flip(store.get(TokenStore.StoreKey("another")))
      assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Decode")
      assert.isTrue([...texts.keys()].every((name) => /^effect-spotify-[0-9a-f]{64}$/.test(name)))
    })
  )
})
