import { assert, describe, it } from "@effect/vitest"
import { KeyRing, TokenStore } from "effect-spotify"
import { NodeKeyRing } from "effect-spotify/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import { join } from "node:path"
import * as Records from "../store/support/records.js"
import { bundled } from "../support/bundled.js"
import * as Keychain from "../support/keychain.js"
import * as ServerProcess from "../support/servers/serverProcess.js"

const key = (seed: number) => Buffer.from(Array.from({ length: 32 }, (_, index) => (index * seed * 37) % 251))

const idsOf = ({ current, previous = [] }: KeyRing.Options) => [current, ...previous].map(({ id }) => id)

const inFile = (text: string) =>
  Effect.gen(function* () {
    const directory = yield* ServerProcess.temporaryDirectory("keys")
    Fs.mkdirSync(join(directory, "..data"))
    Fs.writeFileSync(join(directory, "..data", "keys"), text)
    // As Kubernetes mounts a secret
    Fs.symlinkSync(join("..data", "keys"), join(directory, "keys"))
    return join(directory, "keys")
  })

describe("the keys of a file", () => {
  it.scopedLive("are in the order of the file, one on a line or after a comma", () =>
    Effect.gen(function* () {
      const [one, two, three] = [key(3), key(5), key(7)]
      const path = yield* inFile(
        `2028:${three.toString("base64")}\n2027:${two.toString("base64url")}, 2026:${one.toString("base64")}\n`
      )
      const options = yield* NodeKeyRing.file(path)
      assert.deepStrictEqual(idsOf(options), ["2028", "2027", "2026"])
      assert.deepStrictEqual(
        options.current.key === undefined ? undefined : [...Redacted.value(options.current.key)],
        [...three]
      )
      yield* KeyRing.make(options)
    })
  )

  it.scopedLive("that is missing or has something else are errors, which do not quote it", () =>
    Effect.gen(function* () {
      const missing = yield* Effect.flip(NodeKeyRing.file("/nowhere/keys"))
      assert.deepInclude(missing, { reason: "File", code: "ENOENT" })
      for (const text of ["", "canary-of-a-key", `2026:${"canary-of-a-key".repeat(9)}`]) {
        const invalid = yield* Effect.flip(NodeKeyRing.file(yield* inFile(text)))
        assert.strictEqual(invalid.reason, "FileInvalid")
        assert.notInclude(`${invalid} ${JSON.stringify(invalid)} ${invalid.stack}`, "canary")
      }
    })
  )
})

interface Told {
  readonly id?: string
  readonly digest?: string
  readonly reason?: string
  readonly message?: string
}

const bench = Effect.gen(function* () {
  const directory = yield* ServerProcess.temporaryDirectory("keychain")
  const program = join(directory, "program.mjs")
  const built = yield* bundled("test/node/keyRingProgram.ts")
  Fs.copyFileSync(built, program)
  Keychain.install(directory)
  const state = join(directory, "state", "my-program")
  const keyFile = join(state, "key.json")
  const unlocked = { KEYCHAIN: join(directory, "keychain.json") }
  const load = (
    env: Readonly<Record<string, string>> = unlocked,
    options: Partial<NodeKeyRing.KeychainOptions> = {}
  ) =>
    Effect.async<Told>((resume) => {
      execFile(
        process.execPath,
        [program, JSON.stringify({ keyFile, ...options })],
        { env },
        (error, stdout, stderr) =>
          resume(
            error === null
              ? Effect.succeed(JSON.parse(stdout) as Told)
              : Effect.dieMessage(`${error} ${stderr}`)
          )
      )
    })
  return { keyFile, load, state, unlocked }
})

describe("the key of the system's keychain", () => {
  it.scopedLive("is created once, by processes that begin at the same time, and is in no file", () =>
    Effect.gen(function* () {
      const { keyFile, load, state, unlocked } = yield* bench
      assert.deepStrictEqual(yield* NodeKeyRing.kept({ keyFile }), Option.none())
      const first = yield* Effect.all(
        Array.from({ length: 4 }, () => load()),
        { concurrency: "unbounded" }
      )
      const later = yield* load()
      assert.deepStrictEqual(new Set(first.map(({ digest, id }) => `${id} ${digest}`)).size, 1)
      assert.deepStrictEqual(later, first[0])
      assert.deepStrictEqual(Fs.readdirSync(state), ["key.json"])
      assert.deepStrictEqual(JSON.parse(Fs.readFileSync(keyFile, "utf8")), { id: later.id, kept: "keychain" })
      assert.deepStrictEqual(
        [Fs.statSync(state).mode & 0o777, Fs.statSync(keyFile).mode & 0o777],
        [0o700, 0o600]
      )
      assert.deepStrictEqual(yield* NodeKeyRing.kept({ keyFile }), Option.some("keychain" as const))
      assert.isTrue(Fs.existsSync(unlocked.KEYCHAIN))
    })
  )

  it.scopedLive("is never replaced while the keychain is locked, hangs or has lost it", () =>
    Effect.gen(function* () {
      const { keyFile, load, unlocked } = yield* bench
      const created = yield* load()
      const before = Fs.readFileSync(keyFile, "utf8")
      assert.strictEqual((yield* load({}, { fallback: "file" })).reason, "KeychainUnavailable")
      assert.strictEqual(
        (yield* load({ ...unlocked, KEYCHAIN_HANGS: "yes" }, { timeout: 200 })).reason,
        "KeychainUnavailable"
      )
      assert.deepStrictEqual(yield* load(), created)
      Fs.rmSync(unlocked.KEYCHAIN)
      assert.strictEqual((yield* load()).reason, "KeyMissing")
      assert.strictEqual(Fs.readFileSync(keyFile, "utf8"), before)
    })
  )

  it.scopedLive("is in a file for the user alone where no keychain works, if the program says so", () =>
    Effect.gen(function* () {
      const { keyFile, load } = yield* bench
      const refused = yield* load({})
      assert.strictEqual(refused.reason, "KeychainUnavailable")
      assert.match(String(refused.message), /unlock it, and install @napi-rs\/keyring/)
      assert.isFalse(Fs.existsSync(keyFile))

      const created = yield* load({}, { fallback: "file" })
      assert.strictEqual(Fs.statSync(keyFile).mode & 0o777, 0o600)
      // A keychain that works later changes nothing
      assert.deepStrictEqual(yield* load(), created)
      Fs.chmodSync(keyFile, 0o640)
      assert.strictEqual((yield* load()).reason, "FilePermissions")
      Fs.chmodSync(keyFile, 0o600)
      Fs.writeFileSync(keyFile, "{}")
      assert.strictEqual((yield* load()).reason, "FileInvalid")
    })
  )

  it.scopedLive("seals a store", () =>
    Effect.gen(function* () {
      const directory = yield* ServerProcess.temporaryDirectory("sealed")
      const below = yield* TokenStore.makeMemory
      const open = Layer.build(
        NodeKeyRing.layerKeychain({ keyFile: join(directory, "key.json"), fallback: "file" }).pipe(
          Layer.provide(Layer.succeed(TokenStore.TokenStore, below))
        )
      )
      const at = yield* Records.key("sealed")
      yield* Effect.flatMap(TokenStore.TokenStore, (store) =>
        Effect.flatMap(Records.entry("canary"), (entry) => store.commit(Records.create(at, entry)))
      ).pipe(Effect.provide(yield* open))
      assert.match(yield* Records.read(below, at), /^v1\.[0-9a-f]{16}\./)
      const again = yield* Effect.flatMap(TokenStore.TokenStore, (store) => Records.read(store, at)).pipe(
        Effect.provide(yield* open)
      )
      assert.strictEqual(again, "canary")
    })
  )
})
