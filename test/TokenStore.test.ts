import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import * as TokenStoreContract from "../src/testing/TokenStoreContract.js"

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
  const violations = (broken: (store: TokenStore.Service) => TokenStore.Service) =>
    Effect.forEach(TokenStoreContract.cases, (contract) =>
      Effect.flatMap(TokenStore.makeMemory, (store) =>
        contract.run.pipe(Effect.provideService(TokenStore.TokenStore, broken(store)), Effect.isFailure)
      )
    ).pipe(Effect.map((failed) => failed.filter(Boolean).length))

  it.effect("catches a store that overwrites", () =>
    Effect.gen(function* () {
      const found = yield* violations((store) => ({
        ...store,
        commit: (write) =>
          Effect.flatMap(store.get(write.key), (current) =>
            store.commit({ ...write, expected: Option.map(current, ({ version }) => version) })
          ).pipe(Effect.orDie)
      }))
      assert.isAbove(found, 5)
    }).pipe(Effect.orDie)
  )

  it.effect("catches a store that forgets, and one that cannot recognise its own write", () =>
    Effect.gen(function* () {
      assert.isAbove(yield* violations((store) => ({ ...store, get: () => Effect.succeedNone })), 10)
      const seen = new Set<string>()
      const forgetful = yield* violations((store) => ({
        ...store,
        commit: (write) =>
          Effect.suspend(() => {
            const id = Option.match(write.next, { onNone: () => "", onSome: ({ version }) => version })
            if (id !== "" && seen.has(id)) {
              return new TokenStore.TokenStoreConflict({ key: write.key })
            }
            seen.add(id)
            return store.commit(write)
          })
      }))
      assert.strictEqual(forgetful, 2)
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

describe("TokenStore errors", () => {
  it.effect("F24: an entry shows no payload", () =>
    Effect.gen(function* () {
      const shown = yield* entry("canary")
      assert.notInclude(inspect(shown, { depth: 10 }) + JSON.stringify(shown), "canary")
    })
  )
})
