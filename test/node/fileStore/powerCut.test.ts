import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { digestOf } from "../../../src/node/fileStore/generation.js"
import * as GenerationStore from "../../../src/node/fileStore/generationStore.js"
import { intercept, makePowerDisk, seeded } from "./support/disks.js"
import { create, entry, increment, present, remove, replace, textOf } from "./support/records.js"

const key = TokenStore.StoreKey("the key")

/** A key whose files are in the same directory, so that its writes clean up after the first. */
const neighbours = Array.from({ length: 100_000 }, (_, index) => TokenStore.StoreKey(`neighbour ${index}`))
  .filter((other) => digestOf(other).slice(0, 2) === digestOf(key).slice(0, 2))
  .slice(0, 2)

/** A life of two records; tells of each write before and after it. */
const life = (
  store: TokenStore.Service,
  setTime: (now: number) => void,
  begin: (write: TokenStore.Write) => void,
  done: () => void
) =>
  Effect.gen(function* () {
    const commit = (write: TokenStore.Write) =>
      Effect.suspend(() => {
        begin(write)
        return Effect.tap(store.commit(write), () => Effect.sync(done))
      })
    let current = yield* entry("0")
    yield* commit(create(key, current))
    for (let index = 1; index <= 10; index++) {
      const next = yield* entry(String(index))
      yield* commit(replace(key, current, next))
      current = next
    }
    yield* commit(remove(key, current))
    yield* TestClock.adjust("3 days")
    setTime(3 * 86_400_000)
    for (const neighbour of neighbours) {
      yield* commit(create(neighbour, yield* entry("neighbour")))
    }
    yield* commit(create(key, yield* entry("again")))
  })

describe("FileTokenStore and power cuts", () => {
  it.effect("E14: whatever a power cut takes of what was not synced, no acknowledged write is lost", () =>
    Effect.gen(function* () {
      let cuts = 0
      for (let point = 1; ; point++) {
        let ended = false
        for (let seed = 0; seed < 4; seed++) {
          const power = makePowerDisk()
          let count = 0
          const failing = intercept(power.disk, (_, effect) =>
            Effect.suspend(() => {
              count++
              if (count < point) {
                return effect
              }
              // The operation at which the power fails may have got through or not
              return count === point && seed % 2 === 0
                ? Effect.zipRight(Effect.ignore(effect), Effect.die("no power"))
                : Effect.die("no power")
            })
          )
          const acknowledged = new Map<string, Option.Option<TokenStore.Entry>>()
          let flying: TokenStore.Write | undefined
          yield* TestClock.setTime(0)
          const exit = yield* Effect.exit(
            life(
              GenerationStore.make(failing, "/sessions"),
              power.setTime,
              (write) => {
                flying = write
              },
              () => {
                acknowledged.set(present(flying).key, present(flying).next)
                flying = undefined
              }
            )
          )
          if (Exit.isSuccess(exit)) {
            ended = true
            break
          }
          cuts++
          power.reboot(seeded(point * 1000 + seed))
          const store = GenerationStore.make(power.disk, "/sessions")
          for (const at of [key, ...neighbours]) {
            const text = (found: Option.Option<TokenStore.Entry>) =>
              Option.getOrElse(
                Option.map(found, ({ payload }) => Redacted.value(payload)),
                () => "nothing"
              )
            const allowed = [text(acknowledged.get(at) ?? Option.none())]
            if (flying?.key === at) {
              allowed.push(text(flying.next))
            }
            const found = text(yield* store.get(at))
            assert.include(allowed, found, `power cut at operation ${point}, seed ${seed}, ${at}`)
          }
          // And it goes on
          yield* TokenStore.set(store, key, yield* entry("41"))
          assert.strictEqual(yield* increment(store, key), 42)
          assert.deepStrictEqual(yield* textOf(store, key), Option.some("42"))
        }
        if (ended) {
          break
        }
      }
      assert.isAbove(cuts, 800)
    })
  )
})
