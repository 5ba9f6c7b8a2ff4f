import { assert, describe, it } from "@effect/vitest"
import { LoginService, SessionService, SpotifyConfig, TokenStore } from "effect-spotify"
import { BrowserTokenStore } from "effect-spotify/browser"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { IDBFactory, IDBKeyRange } from "fake-indexeddb"
import { vi } from "vitest"
import * as FakeAccounts from "../support/fakeAccounts.js"
import * as TokenStoreContract from "../../src/testing/TokenStoreContract.js"

/** Globals as a browser has them, for the length of one test. */
const globals = (members: Record<string, unknown>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      for (const [name, value] of Object.entries(members)) {
        vi.stubGlobal(name, value)
      }
    }),
    () => Effect.sync(() => vi.unstubAllGlobals())
  )

const indexedDB = Effect.flatMap(
  Effect.sync(() => new IDBFactory()),
  (factory) => Effect.as(globals({ indexedDB: factory, IDBKeyRange, isSecureContext: true }), factory)
)

const entry = (payload: string, disposableAt?: DateTime.Utc) =>
  Effect.map(TokenStore.newVersion, (version) => ({
    version,
    payload: Redacted.make(payload),
    disposableAt: Option.fromNullable(disposableAt)
  }))

const key = TokenStore.StoreKey("key")

const write = (payload: string) =>
  Effect.map(entry(payload), (next) => ({ key, expected: Option.none(), next: Option.some(next) }))

/** An IndexedDB that fails as browsers do. */
const failing = (how: {
  readonly throws?: string
  readonly fires?: "error" | "blocked"
  readonly name?: string
}) => ({
  open: () => {
    if (how.throws !== undefined) {
      throw new DOMException("no", how.throws)
    }
    const request = Object.assign(new EventTarget(), {
      error: new DOMException("/home/ines/.config/profile is full", how.name)
    })
    queueMicrotask(() => request.dispatchEvent(new Event(how.fires ?? "error")))
    return request
  }
})

/** A real one whose transactions abort when they are about to complete. */
const aborting = (factory: IDBFactory, name: string) => ({
  open: (...args: Parameters<IDBFactory["open"]>) => {
    const request = factory.open(...args)
    request.addEventListener("success", () => {
      const database = request.result
      const begin = database.transaction.bind(database)
      database.transaction = (...args: Parameters<typeof begin>) => {
        const transaction = begin(...args)
        Object.defineProperty(transaction, "error", { value: new DOMException("", name) })
        queueMicrotask(() => transaction.abort())
        return transaction
      }
    })
    return request
  }
})

const causeOf = (error: TokenStore.TokenStoreUnavailable): BrowserTokenStore.BrowserStorageError => {
  assert.instanceOf(error.cause, BrowserTokenStore.BrowserStorageError)
  return error.cause as BrowserTokenStore.BrowserStorageError
}

describe("BrowserTokenStore over an IndexedDB in memory", () => {
  for (const contract of TokenStoreContract.cases) {
    it.scoped(contract.name, () =>
      Effect.gen(function* () {
        yield* indexedDB
        yield* Effect.provide(contract.run, BrowserTokenStore.layer())
      })
    )
  }

  it.scoped("drops what nobody wants any more, some with each write, and only that", () =>
    Effect.gen(function* () {
      yield* indexedDB
      const store = yield* BrowserTokenStore.make()
      const soon = DateTime.add(yield* DateTime.now, { minutes: 10 })
      const names = Array.from({ length: 20 }, (_, i) => `login-${i}`)
      for (const name of [...names, "session"]) {
        const next = yield* entry(name, name === "session" ? undefined : soon)
        yield* store.commit({
          key: TokenStore.StoreKey(name),
          expected: Option.none(),
          next: Option.some(next)
        })
      }
      const left = Effect.map(
        Effect.forEach(names, (name) => store.get(TokenStore.StoreKey(name))),
        (found) => found.filter(Option.isSome).length
      )
      assert.strictEqual(yield* left, 20)
      yield* TestClock.adjust("10 minutes")
      yield* store.commit(yield* write("new"))
      assert.strictEqual(yield* left, 4)
      yield* store.commit({ ...(yield* write("other")), key: TokenStore.StoreKey("another") })
      assert.strictEqual(yield* left, 0)
      assert.isTrue(Option.isSome(yield* store.get(TokenStore.StoreKey("session"))))
    })
  )

  it.scoped("two stores of one origin are one, two database names are two", () =>
    Effect.gen(function* () {
      yield* indexedDB
      const [one, two] = [yield* BrowserTokenStore.make(), yield* BrowserTokenStore.make()]
      const other = yield* BrowserTokenStore.make({ databaseName: "other" })
      yield* one.commit(yield* write("text"))
      assert.isTrue(Option.isSome(yield* two.get(key)))
      assert.isTrue(Option.isNone(yield* other.get(key)))
      const conflict = yield* Effect.flip(two.commit(yield* write("late")))
      assert.strictEqual(conflict._tag, "TokenStoreConflict")
    })
  )

  it.scopedLive("changes: tells of this key's writes and deletions, and of no others", () =>
    Effect.gen(function* () {
      yield* indexedDB
      const [writer, reader] = [yield* BrowserTokenStore.make(), yield* BrowserTokenStore.make()]
      const subscribed = yield* Deferred.make<void>()
      const changes = Option.getOrThrow(reader.changes)(key)
      const seen = yield* Effect.fork(
        Stream.runCollect(
          Stream.take(
            Stream.merge(changes, Stream.drain(Stream.fromEffect(Deferred.succeed(subscribed, undefined)))),
            2
          )
        )
      )
      yield* Deferred.await(subscribed)
      yield* Effect.sleep("50 millis")
      const first = yield* write("first")
      yield* writer.commit({ ...(yield* write("x")), key: TokenStore.StoreKey("another") })
      yield* writer.commit(first)
      const { version } = Option.getOrThrow(first.next)
      yield* writer.commit({ key, expected: Option.some(version), next: Option.none() })
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(seen)), [version, version])
    })
  )

  for (let round = 1; round <= 5; round++) {
    it.scopedLive(
      `C11: two programs of one origin, refused the same token: exactly one grant (${round})`,
      () =>
        Effect.gen(function* () {
          yield* indexedDB
          const server = FakeAccounts.make()
          server.rotate = true
          const program = Layer.build(
            Layer.fresh(SessionService.layerPkce()).pipe(
              Layer.provide([
                Layer.fresh(BrowserTokenStore.layer()),
                server.layer,
                SpotifyConfig.layer({ clientId: "client", redirectUri: "http://127.0.0.1:5173/callback" })
              ])
            )
          )
          const [one, two] = [yield* program, yield* program]
          const { state } = yield* Context.get(one, LoginService.LoginService).begin()
          // What the one began the other completes: the verifier is in the store
          const { complete } = Context.get(two, LoginService.LoginService)
          yield* complete(`http://127.0.0.1:5173/callback?code=code&state=${state}`, { state })
          const sessions = [one, two].map((context) => Context.get(context, SessionService.SessionService))
          const [refused] = yield* Effect.all(sessions.map(({ accessToken }) => accessToken))
          if (refused === undefined) {
            return assert.fail("there is no token")
          }
          const answers = yield* Effect.all(
            sessions.flatMap(({ renew }) => Array.from({ length: 20 }, () => renew(refused))),
            { concurrency: "unbounded" }
          )
          const tokens = new Set(answers.map(Redacted.value))
          assert.strictEqual(tokens.size, 1)
          assert.isFalse(tokens.has(Redacted.value(refused)))
          assert.deepStrictEqual([server.grants, server.reuse], [1, 0])
        })
    )
  }

  it.scoped("a connection that the browser closed is opened again", () =>
    Effect.gen(function* () {
      const factory = yield* indexedDB
      const store = yield* BrowserTokenStore.make()
      yield* store.commit(yield* write("text"))
      // As clearing the site's data does: it asks all connections to close
      yield* Effect.async<void>((resume) => {
        const request = factory.deleteDatabase("effect-spotify")
        request.addEventListener("success", () => resume(Effect.void))
      })
      assert.isTrue(Option.isNone(yield* store.get(key)))
      yield* store.commit(yield* write("again"))
      assert.isTrue(Option.isSome(yield* store.get(key)))
    })
  )

  /** Puts there what this library would not. */
  const spoil = (factory: IDBFactory, at: TokenStore.StoreKey, row: unknown) =>
    Effect.async<void>((resume) => {
      const request = factory.open("effect-spotify", 1)
      request.addEventListener("success", () => {
        const transaction = request.result.transaction("entries", "readwrite")
        transaction.objectStore("entries").put(row, at)
        transaction.addEventListener("complete", () => resume(Effect.sync(() => request.result.close())))
      })
    })

  for (const row of [
    null,
    "text",
    {},
    { version: 1, payload: null },
    { version: "one", payload: null, disposableAt: null },
    { version: "one", payload: "text", disposableAt: "soon" }
  ]) {
    it.scoped(`D7: the row ${JSON.stringify(row)} is replaced by a login and deleted by a sign-out`, () =>
      Effect.gen(function* () {
        const factory = yield* indexedDB
        yield* TokenStoreContract.replaceable("Decode", (at) => spoil(factory, at, row)).pipe(
          Effect.provide(BrowserTokenStore.layer())
        )
      })
    )
  }

  it.scoped("a row that this library did not write is corrupt, and stays", () =>
    Effect.gen(function* () {
      const factory = yield* indexedDB
      const store = yield* BrowserTokenStore.make()
      yield* store.commit(yield* write("text"))
      yield* spoil(factory, key, { version: 1, payload: null })
      const error = yield* Effect.flip(store.get(key))
      assert.deepInclude(error, { _tag: "TokenStoreCorrupt", reason: "Decode" })
      assert.strictEqual((yield* Effect.flip(store.commit(yield* write("x"))))._tag, "TokenStoreConflict")
    })
  )
})

describe("BrowserTokenStore without storage", () => {
  const cases: ReadonlyArray<
    readonly [
      name: string,
      globals: Record<string, unknown>,
      reason: BrowserTokenStore.BrowserStorageError["reason"]
    ]
  > = [
    ["there is none", { indexedDB: undefined }, "Missing"],
    ["the origin is insecure", { indexedDB: new IDBFactory(), isSecureContext: false }, "InsecureOrigin"],
    ["site data is blocked", { indexedDB: failing({ throws: "SecurityError" }) }, "Denied"],
    ["the window is private", { indexedDB: failing({ name: "InvalidStateError" }) }, "Denied"],
    ["the disk is full", { indexedDB: failing({ name: "QuotaExceededError" }) }, "QuotaExceeded"],
    ["another tab blocks the upgrade", { indexedDB: failing({ fires: "blocked" }) }, "UpgradeBlocked"],
    ["a newer version wrote it", { indexedDB: failing({ name: "VersionError" }) }, "NewerVersion"],
    ["the database is broken", { indexedDB: failing({ name: "DataError" }) }, "Failed"]
  ]
  for (const [name, members, reason] of cases) {
    it.scoped(`D11: ${name}: ${reason}, and nothing was written`, () =>
      Effect.gen(function* () {
        yield* globals(members)
        const store = yield* BrowserTokenStore.make()
        for (const operation of ["get", "commit"] as const) {
          const error = yield* Effect.flip<
            unknown,
            TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt | TokenStore.TokenStoreConflict,
            never
          >(operation === "get" ? store.get(key) : store.commit(yield* write("text")))
          assert.instanceOf(error, TokenStore.TokenStoreUnavailable)
          if (error._tag === "TokenStoreUnavailable") {
            assert.deepInclude(error, { operation, applied: "no" })
            assert.strictEqual(causeOf(error).reason, reason)
            assert.notInclude(causeOf(error).message, "/home")
          }
        }
      })
    )
  }

  for (const [name, applied] of [
    ["QuotaExceededError", "no"],
    ["AbortError", "no"],
    ["UnknownError", "unknown"]
  ] as const) {
    it.scoped(`D11: a transaction that ends with ${name}: applied is ${applied}`, () =>
      Effect.gen(function* () {
        const factory = yield* indexedDB
        yield* globals({ indexedDB: aborting(factory, name) })
        const store = yield* BrowserTokenStore.make()
        const error = yield* Effect.flip(store.commit(yield* write("text")))
        assert.deepInclude(error, { _tag: "TokenStoreUnavailable", operation: "commit", applied })
        yield* globals({ indexedDB: factory })
        const sound = yield* BrowserTokenStore.make()
        assert.isTrue(Option.isNone(yield* sound.get(key)))
      })
    )
  }

  it.scoped("D11: the store works again once the browser lets it", () =>
    Effect.gen(function* () {
      yield* globals({ indexedDB: failing({ name: "QuotaExceededError" }), IDBKeyRange })
      const store = yield* BrowserTokenStore.make()
      yield* Effect.flip(store.get(key))
      yield* indexedDB
      yield* store.commit(yield* write("text"))
      assert.isTrue(Option.isSome(yield* store.get(key)))
    })
  )
})
