import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { expectNoLeak } from "../../support/canaries.js"
import {
  create,
  entry,
  filesOf,
  increment,
  newDirectory,
  present,
  remove,
  replace,
  textOf
} from "./support/records.js"

const key = TokenStore.StoreKey("the key")

describe("FileTokenStore", () => {
  for (const contract of TokenStoreContract.casesWith({ ended: 150 })) {
    it.scoped(contract.name, () =>
      Effect.flatMap(newDirectory, (directory) =>
        contract.run.pipe(Effect.provide(FileTokenStore.layer({ directory })))
      )
    )
  }

  it.scoped("is told its directory in code or by the environment", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const provider = ConfigProvider.fromMap(new Map([["SPOTIFY_SESSION_DIRECTORY", directory]]))
      const layer = FileTokenStore.layerConfig().pipe(Layer.provide(Layer.setConfigProvider(provider)))
      const first = yield* entry("first")
      yield* Effect.flatMap(TokenStore.TokenStore, (store) => store.commit(create(key, first))).pipe(
        Effect.provide(layer)
      )
      const store = yield* FileTokenStore.make({ directory })
      assert.deepStrictEqual(yield* textOf(store, key), Option.some("first"))
      assert.strictEqual(store.atomicity, "host")
      const own = TokenStore.TokenStore.pipe(
        Effect.provide(FileTokenStore.layerConfig({ directory: Config.string("MY_DIRECTORY") })),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["MY_DIRECTORY", directory]])))
      )
      assert.deepStrictEqual(yield* textOf(yield* own, key), Option.some("first"))
      for (const variables of [[], [["SPOTIFY_SESSION_DIRECTORY", ""]]] as const) {
        const missing = yield* TokenStore.TokenStore.pipe(
          Effect.provide(FileTokenStore.layerConfig()),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(variables))),
          Effect.flip
        )
        assert.match(String(missing), /SPOTIFY_SESSION_DIRECTORY.*set it to a directory/)
      }
    })
  )

  it.scoped("C9: of 64 writers over 8 stores exactly one wins, 20 times", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const stores = yield* Effect.replicateEffect(FileTokenStore.make({ directory }), 8)
      let current = yield* entry("0")
      yield* present(stores[0]).commit(create(key, current))
      for (let round = 1; round <= 20; round++) {
        const rivals = yield* Effect.replicateEffect(entry(String(round)), 64)
        const results = yield* Effect.forEach(
          rivals,
          (rival, index) =>
            Effect.either(Effect.as(present(stores[index % 8]).commit(replace(key, current, rival)), rival)),
          { concurrency: "unbounded" }
        )
        const winners = results.flatMap((result) => (Either.isRight(result) ? [result.right] : []))
        assert.strictEqual(winners.length, 1)
        assert.isTrue(
          results.every((result) => Either.isRight(result) || result.left._tag === "TokenStoreConflict")
        )
        current = present(winners[0])
        for (const store of stores) {
          const found = yield* store.get(key)
          assert.strictEqual(Option.getOrThrow(found).version, current.version)
        }
      }
    })
  )

  it.scoped("C9: increments of 16 fibers over 8 stores are all counted", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const stores = yield* Effect.replicateEffect(FileTokenStore.make({ directory }), 8)
      yield* Effect.forEach(
        Array.from({ length: 16 }),
        (_, index) => Effect.repeatN(increment(present(stores[index % 8]), key), 4),
        { concurrency: "unbounded", discard: true }
      )
      assert.deepStrictEqual(yield* textOf(present(stores[0]), key), Option.some(String(16 * 5)))
      assert.isAtMost(filesOf(directory).length, 9)
    })
  )

  it.scoped("C8: no writer of a deleted record brings it back, from whichever state it started", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const states = [yield* entry("0")]
      yield* store.commit(create(key, present(states[0])))
      for (let index = 1; index < 12; index++) {
        states.push(yield* entry(String(index)))
        yield* store.commit(replace(key, present(states[index - 1]), present(states[index])))
      }
      yield* store.commit(remove(key, present(states[11])))
      for (const state of states) {
        const result = yield* Effect.flip(store.commit(replace(key, state, yield* entry("stale"))))
        assert.strictEqual(result._tag, "TokenStoreConflict")
      }
      assert.deepStrictEqual(yield* textOf(store, key), Option.none())
    })
  )

  it.scoped("the directory and its parents are the user's alone (0700), its files too (0600)", () =>
    Effect.gen(function* () {
      const root = yield* newDirectory
      const directory = Path.join(root, "deep", "down")
      const store = yield* FileTokenStore.make({ directory })
      const umask = process.umask(0)
      yield* Effect.gen(function* () {
        const first = yield* entry("first")
        yield* store.commit(create(key, first))
        yield* store.commit(replace(key, first, yield* entry("second")))
      }).pipe(Effect.ensuring(Effect.sync(() => process.umask(umask))))
      const modeOf = (path: string) => (Fs.lstatSync(path).mode & 0o7777).toString(8)
      const directories = [root, Path.dirname(directory), directory].concat(
        Fs.readdirSync(directory).map((name) => Path.join(directory, name))
      )
      assert.deepStrictEqual([...new Set(directories.map(modeOf))], ["700"])
      const files = filesOf(directory).map((file) => Path.join(directory, file))
      assert.strictEqual(files.length, 2)
      assert.deepStrictEqual([...new Set(files.map(modeOf))], ["600"])
    })
  )

  it.scoped("F21: no key is in a file's name, and a tenant's key reaches no file of another's", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const names = [
        "../../canary",
        "canary\u0000",
        "CANARY",
        "canary",
        "\ud800canary",
        "\ud801canary",
        "canary".repeat(2000)
      ]
      for (const name of names) {
        yield* store.commit(create(TokenStore.StoreKey(name), yield* entry(name)))
      }
      for (const name of names) {
        assert.deepStrictEqual(yield* textOf(store, TokenStore.StoreKey(name)), Option.some(name))
      }
      const files = filesOf(directory)
      assert.strictEqual(files.length, names.length)
      assert.isTrue(files.every((file) => /^([0-9a-f]{2})\/\1[0-9a-f]{62}\.g[0-9]+$/.test(file)))
      assert.deepStrictEqual(Fs.readdirSync(Path.dirname(directory)), ["sessions"])
    })
  )

  it.scoped("superseded and deleted tokens leave the disk", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const onDisk = () =>
        filesOf(directory)
          .map((file) => Fs.readFileSync(Path.join(directory, file), "utf8"))
          .join("\n")
      const first = yield* entry("canary-1")
      const second = yield* entry("canary-2")
      yield* store.commit(create(key, first))
      yield* store.commit(replace(key, first, second))
      assert.notInclude(onDisk(), "canary-1")
      assert.include(onDisk(), "canary-2")
      yield* store.commit(remove(key, second))
      assert.notInclude(onDisk(), "canary-2")
    })
  )

  it.scoped("F24: no payload is seen in logs, spans or errors", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const first = yield* entry("canary-payload")
      yield* expectNoLeak(
        () => ["canary-payload"],
        Effect.gen(function* () {
          yield* store.commit(create(key, first))
          yield* Effect.flip(store.commit(create(key, yield* entry("canary-payload"))))
          Fs.chmodSync(directory, 0o755)
          yield* Effect.flip(store.commit(replace(key, first, yield* entry("canary-payload"))))
        })
      )
    })
  )
})
