import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import { FileTokenStore } from "effect-spotify/node"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { disk } from "../../../src/node/fileStore/disk.js"
import * as GenerationStore from "../../../src/node/fileStore/generationStore.js"
import { intercept } from "./support/disks.js"
import {
  create,
  entry,
  filesOf,
  newDirectory,
  present,
  remove,
  replace,
  textOf,
  topOf
} from "./support/records.js"

const key = TokenStore.StoreKey("the key")

const twice = Effect.gen(function* () {
  const directory = yield* newDirectory
  const store = yield* FileTokenStore.make({ directory })
  const first = yield* entry("first")
  const second = yield* entry("second")
  yield* store.commit(create(key, first))
  yield* store.commit(replace(key, first, second))
  return { directory, store, second, top: topOf(directory) }
})

const reasonOf = (store: TokenStore.Service, at = key) =>
  Effect.map(Effect.either(store.get(at)), (result) =>
    Either.isLeft(result) && result.left._tag === "TokenStoreCorrupt" ? result.left.reason : result
  )

describe("FileTokenStore and files that are not as it left them", () => {
  it.scoped("D7: cut at any byte a record is corrupt, never half and never the one before", () =>
    Effect.gen(function* () {
      const { store, top } = yield* twice
      const whole = Fs.readFileSync(top)
      for (let length = 0; length < whole.length; length++) {
        Fs.writeFileSync(top, whole.subarray(0, length))
        assert.strictEqual(yield* reasonOf(store), "Decode", `cut at ${length}`)
      }
      Fs.writeFileSync(top, whole)
      assert.deepStrictEqual(yield* textOf(store, key), Option.some("second"))
    })
  )

  it.scoped("D7: with any byte changed or added a record is corrupt", () =>
    Effect.gen(function* () {
      const { store, top } = yield* twice
      const whole = Fs.readFileSync(top)
      for (let index = 0; index < whole.length; index++) {
        const changed = Buffer.from(whole)
        changed[index] = present(changed[index]) ^ 0x01
        Fs.writeFileSync(top, changed)
        assert.oneOf<unknown>(yield* reasonOf(store), ["Decode", "SchemaVersion"], `changed at ${index}`)
      }
      Fs.writeFileSync(top, Buffer.concat([whole, Buffer.from(" ")]))
      assert.strictEqual(yield* reasonOf(store), "Decode")
    })
  )

  it.scoped("a torn record is left as it is by all but a write that expects nothing", () =>
    Effect.gen(function* () {
      const { second, store, top } = yield* twice
      Fs.truncateSync(top, 100)
      const stale = yield* Effect.flip(store.commit(replace(key, second, yield* entry("third"))))
      assert.strictEqual(stale._tag, "TokenStoreConflict")
      assert.strictEqual((yield* Effect.flip(store.commit(remove(key, second))))._tag, "TokenStoreConflict")
      assert.strictEqual(yield* reasonOf(store), "Decode")
      yield* store.commit(create(key, yield* entry("a new login")))
      assert.deepStrictEqual(yield* textOf(store, key), Option.some("a new login"))
      Fs.truncateSync(topOf(Path.dirname(Path.dirname(top))), 100)
      yield* store.commit({ key, expected: Option.none(), next: Option.none() })
      assert.deepStrictEqual(yield* textOf(store, key), Option.none())
    })
  )

  it.scoped("F20: another record's file under this record's name is corrupt", () =>
    Effect.gen(function* () {
      const { directory, store, top } = yield* twice
      const other = TokenStore.StoreKey("another key")
      yield* store.commit(create(other, yield* entry("another's session")))
      const others = present(
        filesOf(directory).find((file) => !top.includes(Path.basename(file).slice(0, 64)))
      )
      Fs.copyFileSync(Path.join(directory, others), top)
      assert.strictEqual(yield* reasonOf(store), "Decode")
    })
  )

  it.scoped("D15: a record of 1 MB is neither written nor read", () =>
    Effect.gen(function* () {
      const { second, store, top } = yield* twice
      const huge = yield* Effect.flip(store.commit(replace(key, second, yield* entry("x".repeat(1_000_000)))))
      assert.isTrue(huge._tag === "TokenStoreCorrupt" && huge.reason === "TooLarge")
      assert.deepStrictEqual(yield* textOf(store, key), Option.some("second"))
      // A file of a size that no memory holds
      Fs.truncateSync(top, 2 ** 40)
      assert.strictEqual(yield* reasonOf(store), "TooLarge")
    })
  )

  it.scoped("a file of a newer format is told apart and not replaced", () =>
    Effect.gen(function* () {
      const { store, top } = yield* twice
      Fs.writeFileSync(top, `effect-spotify 2 ${"0".repeat(64)}\n{}`)
      assert.strictEqual(yield* reasonOf(store), "SchemaVersion")
      const error = yield* Effect.flip(store.commit(create(key, yield* entry("third"))))
      assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "SchemaVersion")
    })
  )

  it.scoped("D8: files that others may read, links, pipes and directories are refused", () =>
    Effect.gen(function* () {
      for (const mode of [0o640, 0o604, 0o644, 0o666, 0o620]) {
        const { second, store, top } = yield* twice
        Fs.chmodSync(top, mode)
        assert.strictEqual(yield* reasonOf(store), "Permissions")
        const error = yield* Effect.flip(store.commit(replace(key, second, yield* entry("third"))))
        assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Permissions")
      }
      const replacements: ReadonlyArray<(top: string) => void> = [
        (top) => {
          Fs.renameSync(top, `${top}.moved`)
          Fs.symlinkSync(`${top}.moved`, top)
        },
        (top) => {
          Fs.unlinkSync(top)
          Fs.symlinkSync("/nowhere", top)
        },
        (top) => {
          Fs.unlinkSync(top)
          execFileSync("mkfifo", ["-m", "600", top])
        },
        (top) => {
          Fs.unlinkSync(top)
          Fs.mkdirSync(top, { mode: 0o700 })
        }
      ]
      for (const change of replacements) {
        const { store, top } = yield* twice
        change(top)
        assert.strictEqual(yield* reasonOf(store), "Permissions")
      }
    })
  )

  const unusable: ReadonlyArray<
    readonly [TokenStore.TokenStoreCorrupt["reason"], string, (top: string) => void]
  > = [
    ["Decode", "a torn file", (top) => Fs.truncateSync(top, 100)],
    [
      "SchemaVersion",
      "a newer file",
      (top) => Fs.writeFileSync(top, `effect-spotify 2 ${"0".repeat(64)}\n{}`)
    ],
    ["TooLarge", "a huge file", (top) => Fs.truncateSync(top, 2 ** 40)],
    ["Permissions", "a file that others may read", (top) => Fs.chmodSync(top, 0o644)],
    [
      "Permissions",
      "a link",
      (top) => {
        Fs.unlinkSync(top)
        Fs.symlinkSync("/nowhere", top)
      }
    ],
    [
      "Permissions",
      "a pipe",
      (top) => {
        Fs.unlinkSync(top)
        execFileSync("mkfifo", ["-m", "600", top])
      }
    ]
  ]
  for (const [reason, what, spoil] of unusable) {
    it.scoped(`D7: ${what} (${reason}) is replaced by a login and deleted by a sign-out`, () =>
      Effect.flatMap(newDirectory, (directory) =>
        TokenStoreContract.replaceable(reason, () => Effect.sync(() => spoil(topOf(directory)))).pipe(
          Effect.provide(FileTokenStore.layer({ directory }))
        )
      )
    )
  }

  it.scoped(
    "D8: a directory that others may use, or that is a link or a file, is refused for reads and writes",
    () =>
      Effect.gen(function* () {
        const changes: ReadonlyArray<(directory: string) => void> = [
          (directory) => Fs.chmodSync(directory, 0o777),
          (directory) => Fs.chmodSync(directory, 0o750),
          (directory) => Fs.chmodSync(Path.join(directory, present(Fs.readdirSync(directory)[0])), 0o755),
          (directory) => {
            Fs.renameSync(directory, `${directory}.moved`)
            Fs.symlinkSync(`${directory}.moved`, directory)
          },
          (directory) => {
            Fs.rmSync(directory, { recursive: true })
            Fs.writeFileSync(directory, "", { mode: 0o600 })
          }
        ]
        for (const change of changes) {
          const { directory, second, store } = yield* twice
          change(directory)
          assert.strictEqual(yield* reasonOf(store), "Permissions")
          const error = yield* Effect.flip(store.commit(replace(key, second, yield* entry("third"))))
          assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Permissions")
        }
      })
  )

  it.scoped("D8: what another user owns is refused", () =>
    Effect.gen(function* () {
      const { directory, second } = yield* twice
      const other = Option.map(disk.user, (user) => user + 1)
      const store = GenerationStore.make({ ...disk, user: other }, directory)
      assert.strictEqual(yield* reasonOf(store), "Permissions")
      const error = yield* Effect.flip(store.commit(replace(key, second, yield* entry("third"))))
      assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Permissions")
    })
  )

  it.scoped("D9: a link planted in the place of the next generation is not written through", () =>
    Effect.gen(function* () {
      const { directory, second, store, top } = yield* twice
      const victim = Path.join(Path.dirname(directory), "victim")
      Fs.writeFileSync(victim, "untouched", { mode: 0o600 })
      const [name, number] = top.split(".g")
      Fs.symlinkSync(victim, `${name}.g${Number(number) + 1}`)
      const error = yield* Effect.flip(store.commit(replace(key, second, yield* entry("third"))))
      assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Permissions")
      assert.strictEqual(Fs.readFileSync(victim, "utf8"), "untouched")
    })
  )

  it.scoped("D9: a directory swapped for a link between check and write gets no token", () =>
    Effect.gen(function* () {
      const { directory, second } = yield* twice
      const elsewhere = Path.join(Path.dirname(directory), "elsewhere")
      Fs.cpSync(directory, elsewhere, { recursive: true })
      let swapped = false
      const store = GenerationStore.make(
        intercept(disk, (name, effect) =>
          Effect.suspend(() => {
            if (name === "create" && !swapped) {
              swapped = true
              Fs.renameSync(directory, `${directory}.moved`)
              Fs.symlinkSync(elsewhere, directory)
            }
            return effect
          })
        ),
        directory
      )
      const error = yield* Effect.flip(store.commit(replace(key, second, yield* entry("canary"))))
      assert.isTrue(swapped)
      assert.isTrue(error._tag === "TokenStoreCorrupt" && error.reason === "Permissions")
      const contents = filesOf(elsewhere).map((file) => Fs.readFileSync(Path.join(elsewhere, file), "utf8"))
      assert.notInclude(contents.join("\n"), "canary")
    })
  )
})
