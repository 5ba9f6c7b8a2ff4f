import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import { TokenStoreContract } from "effect-spotify/testing"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import { mistakes } from "../testing/mistakenStores.js"

const entry = (payload: string, disposableAt?: DateTime.Utc) =>
  Effect.map(TokenStore.newVersion, (version) => ({
    version,
    payload: Redacted.make(payload),
    disposableAt: Option.fromNullable(disposableAt)
  }))

const key = TokenStore.StoreKey("key")

describe("TokenStore.layerMemory", () => {
  for (const contract of TokenStoreContract.cases) {
    it.effect(contract.name, () => contract.run.pipe(Effect.provide(TokenStore.layerMemory)))
  }

  it.effect("its functions take the store first or last", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const first = yield* entry("first")
      yield* Effect.flatMap(TokenStore.TokenStore, TokenStore.set(key, first)).pipe(
        Effect.provideService(TokenStore.TokenStore, store)
      )
      assert.deepStrictEqual(yield* store.get(key), Option.some(first))
      const decide: TokenStore.Decide<number> = (found) =>
        Effect.succeed([Option.isSome(found) ? 1 : 0, Option.some(Option.none())])
      assert.strictEqual(yield* TokenStore.modify(key, decide)(store), 1)
      assert.strictEqual(yield* TokenStore.modify(store, key, decide), 0)
      yield* TokenStore.set(store, key, first)
      yield* TokenStore.remove(key)(store)
      assert.deepStrictEqual(yield* store.get(key), Option.none())
      yield* TokenStore.remove(store, key)
    })
  )

  it.effect("drops what nobody wants any more, and only that", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const soon = DateTime.add(yield* DateTime.now, { minutes: 10 })
      for (const name of ["a", "b", "c"]) {
        yield* store.commit({
          key: TokenStore.StoreKey(name),
          expected: Option.none(),
          next: Option.some(yield* entry(name, name === "b" ? undefined : soon))
        })
      }
      yield* TestClock.adjust("10 minutes")
      yield* store.commit({ key, expected: Option.none(), next: Option.some(yield* entry("new")) })
      assert.isTrue(Option.isNone(yield* store.get(TokenStore.StoreKey("a"))))
      assert.isTrue(Option.isSome(yield* store.get(TokenStore.StoreKey("b"))))
      assert.isTrue(Option.isNone(yield* store.get(TokenStore.StoreKey("c"))))
    })
  )
})

describe("TokenStoreContract", () => {
  it("N19: has at least 60 cases, each with a name of its own", () => {
    const names = TokenStoreContract.cases.map(({ name }) => name)
    assert.isAtLeast(names.length, 60)
    assert.strictEqual(new Set(names).size, names.length)
  })

  for (const [mistake, { dies, found, in: broken }] of Object.entries(mistakes)) {
    it.effect(`finds a store that ${mistake}`, () =>
      Effect.gen(function* () {
        const cases = TokenStoreContract.cases.filter(({ name }) => found.test(name))
        const failed = yield* Effect.filter(cases, ({ run }) =>
          Effect.flatMap(TokenStore.makeMemory, (store) =>
            Effect.exit(Effect.provideService(run, TokenStore.TokenStore, broken(store)))
          ).pipe(
            // A store of this test that breaks by itself proves nothing
            Effect.map((exit) => Exit.isFailure(exit) && Cause.isDie(exit.cause) === (dies === true))
          )
        )
        assert.isNotEmpty(failed)
      })
    )
  }

  it.effect("a store may tell of its changes, and then they are heard", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStore.makeMemory
      const hub = yield* PubSub.unbounded<readonly [TokenStore.StoreKey, TokenStore.Version]>()
      const store: TokenStore.Service = {
        ...memory,
        commit: (write) =>
          Effect.tap(memory.commit(write), () =>
            Option.isSome(write.next) ? hub.publish([write.key, write.next.value.version]) : Effect.void
          ),
        changes: Option.some((at) =>
          Stream.filterMap(Stream.fromPubSub(hub), ([key, version]) =>
            key === at ? Option.some(version) : Option.none()
          )
        )
      }
      for (const { name, run } of TokenStoreContract.cases.filter(({ name }) => name.startsWith("changes"))) {
        yield* Effect.provideService(run, TokenStore.TokenStore, store).pipe(Effect.withSpan(name))
      }
    })
  )

  it.effect("runs without a test framework, and tells what fails and why", () =>
    Effect.gen(function* () {
      const good = yield* TokenStoreContract.failures.pipe(Effect.provide(TokenStore.layerMemory))
      assert.deepStrictEqual(good, [])
      const store = yield* TokenStore.makeMemory
      const forgetful: TokenStore.Service = { ...store, get: () => Effect.succeedNone }
      const bad = yield* Effect.provideService(TokenStoreContract.failures, TokenStore.TokenStore, forgetful)
      assert.isAbove(bad.length, 30)
      const readBack = bad.find(({ name }) => name === "what was created is read back")
      assert.include(Cause.pretty(readBack?.cause ?? Cause.empty), "but nothing is there")
    })
  )
})

describe("TokenStore.modify", () => {
  it.effect("decides again while others are faster, and keeps every change", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      // Between the read and the write other fibers get their turn
      const slow: TokenStore.Service = { ...store, get: (at) => Effect.tap(store.get(at), Effect.yieldNow()) }
      const increment = TokenStore.modify(slow, key, (current) =>
        Effect.gen(function* () {
          const count = Option.match(current, {
            onNone: () => 0,
            onSome: (found) => Number(Redacted.value(found.payload))
          })
          return [count + 1, Option.some(Option.some(yield* entry(String(count + 1))))]
        })
      )
      const results = yield* Effect.all(
        Array.from({ length: 50 }, () => increment),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(results).size, 50)
      const last = yield* store.get(key)
      assert.deepStrictEqual(
        Option.map(last, (found) => Redacted.value(found.payload)),
        Option.some("50")
      )
    })
  )

  it.effect("writes nothing where the decision says so", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore.makeMemory
      const result = yield* TokenStore.modify(store, key, () => Effect.succeed(["seen", Option.none()]))
      assert.strictEqual(result, "seen")
      assert.isTrue(Option.isNone(yield* store.get(key)))
    })
  )
})

describe("TokenStore.set", () => {
  it.effect(
    "of an unreadable record without a version is tried twice, since another login may be faster",
    () =>
      Effect.gen(function* () {
        const corrupt = new TokenStore.TokenStoreCorrupt({ key, reason: "Decode" })
        for (const conflicts of [0, 1, 2]) {
          let tries = 0
          const store: TokenStore.Service = {
            ...(yield* TokenStore.makeMemory),
            get: () => corrupt,
            commit: () => (tries++ < conflicts ? new TokenStore.TokenStoreConflict({ key }) : Effect.void)
          }
          const outcome = yield* Effect.exit(TokenStore.set(store, key, yield* entry("new")))
          assert.deepStrictEqual(outcome, conflicts < 2 ? Exit.void : Exit.fail(corrupt))
          assert.strictEqual(tries, Math.min(conflicts + 1, 2))
        }
      })
  )
})

describe("TokenStore errors", () => {
  it.effect("F24: an entry shows no payload", () =>
    Effect.gen(function* () {
      const shown = yield* entry("canary")
      assert.notInclude(inspect(shown, { depth: 10 }) + JSON.stringify(shown), "canary")
    })
  )
})
