import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { disk } from "../../../src/node/fileStore/disk.js"
import { digestOf } from "../../../src/node/fileStore/generation.js"
import * as GenerationStore from "../../../src/node/fileStore/generationStore.js"
import { intercept } from "./support/disks.js"
import { create, entry, filesOf, newDirectory, present, remove, replace, textOf } from "./support/records.js"

const key = TokenStore.StoreKey("the key")
const day = 86_400_000

/** Keys whose files are in the same directory, so that a write of one cleans up after the others. */
const neighbours = Array.from({ length: 20_000 }, (_, index) =>
  TokenStore.StoreKey(`neighbour ${index}`)
).filter((other) => digestOf(other).slice(0, 2) === digestOf(key).slice(0, 2))

/** The files have the machine's time, so the clock goes to after it. */
const afterDays = (days: number) =>
  Effect.flatMap(
    Effect.sync(() => Date.now()),
    (now) => TestClock.setTime(now + days * day)
  )

const filesOfKey = (directory: string, at: TokenStore.StoreKey) =>
  filesOf(directory).filter((file) => file.includes(digestOf(at)))

const begin = (store: TokenStore.Service, index: number) =>
  Effect.flatMap(entry("neighbour"), (next) => store.commit(create(present(neighbours[index]), next)))

describe("FileTokenStore's housekeeping", () => {
  it.scoped("an abandoned login leaves no trace: a mark at first, nothing a day later", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const soon = DateTime.add(yield* DateTime.now, { minutes: 10 })
      yield* store.commit(create(key, yield* entry("canary-login", soon)))
      yield* begin(store, 0)
      assert.deepStrictEqual(yield* textOf(store, key), Option.some("canary-login"))
      yield* TestClock.adjust("10 minutes")
      yield* begin(store, 1)
      yield* begin(store, 2)
      assert.deepStrictEqual(yield* textOf(store, key), Option.none())
      assert.isAbove(filesOfKey(directory, key).length, 0)
      yield* afterDays(2)
      for (let index = 3; index < 30 && filesOfKey(directory, key).length > 0; index++) {
        yield* begin(store, index)
      }
      assert.deepStrictEqual(filesOfKey(directory, key), [])
      for (let index = 0; index < 3; index++) {
        assert.deepStrictEqual(yield* textOf(store, present(neighbours[index])), Option.some("neighbour"))
      }
    })
  )

  it.scoped("what another process began and nobody finished goes as well, to one file each", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const before = yield* FileTokenStore.make({ directory })
      const soon = DateTime.add(yield* DateTime.now, { minutes: 10 })
      const abandoned = Array.from({ length: 60 }, (_, index) => TokenStore.StoreKey(`abandoned ${index}`))
      yield* Effect.forEach(
        abandoned,
        (each) => Effect.flatMap(entry("login", soon), (next) => before.commit(create(each, next))),
        { concurrency: 4 }
      )
      yield* TestClock.adjust("10 minutes")
      const store = yield* FileTokenStore.make({ directory })
      for (let writes = 0; writes < 256; writes++) {
        yield* TokenStore.set(store, key, yield* entry("session"))
      }
      for (const each of abandoned) {
        assert.deepStrictEqual(yield* textOf(store, each), Option.none())
      }
      assert.strictEqual(filesOf(directory).length - filesOfKey(directory, key).length, abandoned.length)
    })
  )

  it.scoped(
    "temporary files of dead writers are swept once they are old, and no other files are touched",
    () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const store = yield* FileTokenStore.make({ directory })
        const first = yield* entry("first")
        yield* store.commit(create(key, first))
        const shard = Path.join(directory, digestOf(key).slice(0, 2))
        const old = Path.join(shard, `${digestOf(present(neighbours[0]))}.t${"0".repeat(32)}`)
        const foreign = Path.join(shard, "README")
        Fs.writeFileSync(old, "canary", { mode: 0o600 })
        Fs.writeFileSync(foreign, "not ours")
        yield* store.commit(replace(key, first, yield* entry("second")))
        assert.isTrue(Fs.existsSync(old))
        yield* afterDays(1)
        const current = Option.getOrThrow(yield* store.get(key))
        yield* store.commit(replace(key, current, yield* entry("third")))
        assert.isFalse(Fs.existsSync(old))
        assert.strictEqual(Fs.readFileSync(foreign, "utf8"), "not ours")
      })
  )

  it.scoped("C8: a writer that slept until all traces of its record were gone brings nothing back", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const first = yield* entry("first")
      yield* store.commit(create(key, first))
      for (const point of ["write", "link"]) {
        const asleep = yield* Deferred.make<void>()
        const wake = yield* Deferred.make<void>()
        const slow = GenerationStore.make(
          intercept(disk, (name, effect) =>
            name === point
              ? Effect.zipRight(
                  Effect.zipRight(Deferred.succeed(asleep, undefined), Deferred.await(wake)),
                  effect
                )
              : effect
          ),
          directory
        )
        const current = Option.getOrElse(yield* store.get(key), () => first)
        if (Option.isNone(yield* store.get(key))) {
          yield* store.commit(create(key, current))
        }
        const sleeper = yield* Effect.fork(
          Effect.flip(slow.commit(replace(key, current, yield* entry("stale"))))
        )
        yield* Deferred.await(asleep)
        yield* store.commit(remove(key, current))
        yield* afterDays(point === "write" ? 2 : 4)
        for (let index = 0; index < 60 && filesOfKey(directory, key).length > 0; index++) {
          const at = present(neighbours[index])
          yield* TokenStore.remove(store, at)
          yield* store.commit(create(at, yield* entry("neighbour")))
        }
        assert.deepStrictEqual(filesOfKey(directory, key), [])
        yield* Deferred.succeed(wake, undefined)
        assert.strictEqual((yield* Fiber.join(sleeper))._tag, "TokenStoreConflict")
        assert.deepStrictEqual(yield* textOf(store, key), Option.none())
        assert.deepStrictEqual(filesOfKey(directory, key), [])
        // A numbers' floor that the next round can be above of
        yield* TestClock.setTime(0)
      }
    })
  )

  /** What comes of a write that sleeps at one of its operations while others write so often. */
  const asleepAt = (operation: string, others: number) =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const first = yield* entry("first")
      yield* store.commit(create(key, first))
      const asleep = yield* Deferred.make<void>()
      const wake = yield* Deferred.make<void>()
      const slow = GenerationStore.make(
        intercept(disk, (name, effect) =>
          name === operation
            ? Effect.zipRight(
                Effect.zipRight(Deferred.succeed(asleep, undefined), Deferred.await(wake)),
                effect
              )
            : effect
        ),
        directory
      )
      const sleeper = yield* Effect.fork(
        Effect.either(slow.commit(replace(key, first, yield* entry("slow"))))
      )
      yield* Deferred.await(asleep)
      for (let index = 1; index <= others; index++) {
        yield* TokenStore.set(store, key, yield* entry(String(index)))
      }
      yield* Deferred.succeed(wake, undefined)
      return {
        result: Either.match(yield* Fiber.join(sleeper), {
          onLeft: (error) =>
            error._tag === "TokenStoreUnavailable" ? `Unavailable, ${error.applied}` : error._tag,
          onRight: () => "done"
        }),
        text: Option.getOrElse(yield* textOf(store, key), () => "nothing")
      }
    })

  it.scoped("C8: a writer that slept through any number of generations conflicts and changes nothing", () =>
    Effect.gen(function* () {
      for (const operation of ["list", "read", "write", "link"]) {
        // Names are given up every eight writes
        for (const others of [1, 2, 6, 7, 8, 9, 16, 17, 25]) {
          const { result, text } = yield* asleepAt(operation, others)
          assert.strictEqual(text, String(others))
          assert.strictEqual(result, "TokenStoreConflict", `${operation}, ${others} others`)
        }
      }
    })
  )

  /** A write whose temporary file is taken away before each of its first links. */
  const robbed = (times: number) =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = yield* FileTokenStore.make({ directory })
      const first = yield* entry("first")
      yield* store.commit(create(key, first))
      let left = times
      const victim = GenerationStore.make(
        intercept(disk, (name, effect) =>
          Effect.suspend(() => {
            if (name === "link" && left > 0) {
              left -= 1
              filesOf(directory)
                .filter((file) => /\.t[0-9a-f]{32}$/.test(file))
                .forEach((file) => Fs.unlinkSync(Path.join(directory, file)))
            }
            return effect
          })
        ),
        directory
      )
      const result = yield* Effect.either(victim.commit(replace(key, first, yield* entry("second"))))
      return { result, text: yield* textOf(store, key), files: filesOf(directory) }
    })

  it.scoped("N14: a write whose temporary file others cleared away begins again", () =>
    Effect.gen(function* () {
      for (const times of [1, 2, 20]) {
        const { files, result, text } = yield* robbed(times)
        assert.isTrue(Either.isRight(result))
        assert.deepStrictEqual(text, Option.some("second"))
        assert.strictEqual(files.length, 2)
      }
    })
  )

  it.scoped("a directory in which no temporary file stays is told of, and nothing is written", () =>
    Effect.gen(function* () {
      const { result, text } = yield* robbed(Number.POSITIVE_INFINITY)
      assert.deepInclude(Either.getOrThrow(Either.flip(result)), {
        _tag: "TokenStoreUnavailable",
        applied: "no"
      })
      assert.deepStrictEqual(text, Option.some("first"))
    })
  )

  it.scoped("N14: a writer that sleeps after its write has happened is told that it has", () =>
    Effect.gen(function* () {
      for (let others = 0; others <= 20; others++) {
        const { result, text } = yield* asleepAt("syncDirectory", others)
        assert.strictEqual(result, "done", `${others} others`)
        assert.strictEqual(text, others === 0 ? "slow" : String(others))
      }
    })
  )
})
