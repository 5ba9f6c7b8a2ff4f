import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { disk } from "../../../src/node/fileStore/disk.js"
import * as GenerationStore from "../../../src/node/fileStore/generationStore.js"
import { failure, intercept } from "./support/disks.js"
import { bundle, run } from "./support/processes.js"
import { create, entry, filesOf, newDirectory, remove, replace, snapshot, textOf } from "./support/records.js"

const key = TokenStore.StoreKey("the key")
const codes = ["ENOSPC", "EROFS", "EACCES", "EMFILE", "EIO"]

/** A file system of its own, mounted for the scope. */
const mounted = (options: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-spotify-mount-"))
      execFileSync("mount", ["-t", "tmpfs", "-o", `mode=0700,${options}`, "tmpfs", path])
      return path
    }),
    (path) =>
      Effect.sync(() => {
        execFileSync("umount", [path])
        Fs.rmdirSync(path)
      })
  )

const canMount = process.geteuid?.() === 0 && process.platform === "linux"
if (!canMount) {
  console.warn("Not root on Linux: the tests with real full and read-only disks are not run")
}

describe("FileTokenStore on a disk that fails", () => {
  for (const code of codes) {
    // The system never refuses what it has done; only an I/O error may come after the fact
    for (const when of code === "EIO" ? (["before", "after"] as const) : (["before"] as const)) {
      for (const kind of ["replacement", "deletion"] as const) {
        it.scoped(
          `D6: ${code} ${when} any operation of a ${kind} is typed, and tells whether it was applied`,
          () =>
            Effect.gen(function* () {
              let failed = 0
              for (let point = 1; ; point++) {
                const directory = yield* newDirectory
                const sound = yield* FileTokenStore.make({ directory })
                const first = yield* entry("first")
                const second = yield* entry("second")
                yield* sound.commit(create(key, first))
                const before = snapshot(directory)
                let count = 0
                let operation = ""
                const store = GenerationStore.make(
                  intercept(disk, (name, effect) =>
                    Effect.suspend(() => {
                      if (++count !== point) {
                        return effect
                      }
                      operation = name
                      return when === "before"
                        ? Effect.fail(failure(code))
                        : Effect.zipRight(Effect.ignore(effect), Effect.fail(failure(code)))
                    })
                  ),
                  directory
                )
                const write = kind === "deletion" ? remove(key, first) : replace(key, first, second)
                const result = yield* Effect.either(store.commit(write))
                const after = yield* sound.get(key)
                const applied = !Option.exists(after, ({ version }) => version === first.version)
                if (Either.isRight(result)) {
                  assert.isTrue(applied)
                } else if (result.left._tag === "TokenStoreUnavailable") {
                  failed++
                  assert.strictEqual(result.left.operation, "commit")
                  if (result.left.applied === "no") {
                    assert.isFalse(applied, operation)
                  }
                  if (!applied) {
                    const now = new Map(snapshot(directory))
                    assert.isTrue(before.every(([file, content]) => now.get(file) === content))
                  }
                } else {
                  assert.fail(`${result.left._tag} at ${operation}`)
                }
                // Once the disk is well again the same write goes through, sent again or anew
                const again = yield* Effect.either(sound.commit(write))
                assert.isTrue(Either.isRight(again) || (kind === "deletion" && applied))
                assert.deepStrictEqual(
                  yield* textOf(sound, key),
                  kind === "deletion" ? Option.none() : Option.some("second")
                )
                if (count < point) {
                  break
                }
              }
              assert.isAbove(failed, 8)
            })
        )
      }
    }
  }

  it.scoped("D6: a read that fails is typed and is no absence", () =>
    Effect.gen(function* () {
      for (const operation of ["inspect", "list", "read"]) {
        const directory = yield* newDirectory
        const sound = yield* FileTokenStore.make({ directory })
        yield* sound.commit(create(key, yield* entry("first")))
        const store = GenerationStore.make(
          intercept(disk, (name, effect) => (name === operation ? Effect.fail(failure("EMFILE")) : effect)),
          directory
        )
        const error = yield* Effect.flip(store.get(key))
        assert.strictEqual(error._tag, "TokenStoreUnavailable")
      }
    })
  )

  for (const code of ["EPERM", "ENOTSUP", "EXDEV"]) {
    it.scoped(`a file system without hard links (${code}) is told apart`, () =>
      Effect.gen(function* () {
        const directory = yield* newDirectory
        const store = GenerationStore.make(
          intercept(disk, (name, effect) => (name === "link" ? Effect.fail(failure(code)) : effect)),
          directory
        )
        const error = yield* Effect.flip(store.commit(create(key, yield* entry("first"))))
        assert.isTrue(error._tag === "TokenStoreUnavailable" && error.applied === "no")
        assert.include(String((error as TokenStore.TokenStoreUnavailable).cause), "hard links")
        assert.deepStrictEqual(filesOf(directory), [])
      })
    )
  }

  it.scoped("a system without owners of files is told apart", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const store = GenerationStore.make({ ...disk, user: Option.none() }, directory)
      const error = yield* Effect.flip(store.commit(create(key, yield* entry("first"))))
      assert.isTrue(error._tag === "TokenStoreUnavailable" && error.applied === "no")
      assert.strictEqual((yield* Effect.flip(store.get(key)))._tag, "TokenStoreUnavailable")
    })
  )

  it.scoped("a write interrupted after its link is there, and leaves no temporary file", () =>
    Effect.gen(function* () {
      for (const operation of ["create", "write", "link", "syncDirectory"]) {
        const directory = yield* newDirectory
        const reached = yield* Deferred.make<void>()
        const store = GenerationStore.make(
          intercept(disk, (name, effect) =>
            name === operation ? Effect.zipLeft(effect, Deferred.succeed(reached, undefined)) : effect
          ),
          directory
        )
        const fiber = yield* Effect.fork(store.commit(create(key, yield* entry("first"))))
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* textOf(store, key), Option.some("first"))
        assert.strictEqual(filesOf(directory).length, 1)
      }
    })
  )

  it.scoped.skipIf(!canMount)("D6: a really full disk refuses the write and keeps the record", () =>
    Effect.gen(function* () {
      const mount = yield* mounted("size=64k")
      const directory = Path.join(mount, "sessions")
      const store = yield* FileTokenStore.make({ directory })
      const first = yield* entry("x".repeat(4096))
      yield* store.commit(create(key, first))
      const before = snapshot(directory)
      const large = yield* Effect.flip(store.commit(replace(key, first, yield* entry("y".repeat(100_000)))))
      assert.isTrue(large._tag === "TokenStoreUnavailable" && large.applied === "no")
      assert.deepStrictEqual(snapshot(directory), before)
      yield* store.commit(replace(key, first, yield* entry("small")))
      assert.deepStrictEqual(yield* textOf(store, key), Option.some("small"))
    })
  )

  it.scoped.skipIf(!canMount)("D6: a really read-only disk refuses the write and is read", () =>
    Effect.gen(function* () {
      const mount = yield* mounted("size=1m")
      const directory = Path.join(mount, "sessions")
      const store = yield* FileTokenStore.make({ directory })
      const first = yield* entry("first")
      yield* store.commit(create(key, first))
      const before = snapshot(directory)
      execFileSync("mount", ["-o", "remount,ro", mount])
      const refused = yield* Effect.flip(store.commit(replace(key, first, yield* entry("second"))))
      assert.isTrue(refused._tag === "TokenStoreUnavailable" && refused.applied === "no")
      assert.deepStrictEqual(snapshot(directory), before)
      assert.deepStrictEqual(yield* textOf(store, key), Option.some("first"))
    })
  )

  it.scopedLive("D6: a process that may open no more files (EMFILE) fails typed", () =>
    Effect.gen(function* () {
      const directory = yield* newDirectory
      const program = yield* bundle
      const store = yield* FileTokenStore.make({ directory })
      yield* store.commit(create(key, yield* entry("1")))
      const before = snapshot(directory)
      const report = yield* run(program, [directory, key, "1", "hoard"], { openFiles: 64 })
      assert.strictEqual(report.exit, 1)
      assert.include(report.stderr, "TokenStoreUnavailable")
      assert.include(report.stderr, "EMFILE")
      assert.deepStrictEqual(snapshot(directory), before)
    })
  )
})
