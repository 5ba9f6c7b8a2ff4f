import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import type { Disk } from "../../../src/node/fileStore/disk.js"
import * as GenerationStore from "../../../src/node/fileStore/generationStore.js"
import { intercept, makePowerDisk, seeded } from "./support/disks.js"
import { create, entry, increment, remove, textOf } from "./support/records.js"

const key = TokenStore.StoreKey("the key")

const writers = 6
const times = 30

/** Writers on one disk, each of which may be held up before any of its operations, now and then for very long. */
const run = (seed: number) =>
  Effect.gen(function* () {
    const random = seeded(seed)
    const { disk } = makePowerDisk()
    let links = 0
    let begunAgain = 0
    const held = intercept(disk, (name, effect) =>
      Effect.suspend(() => {
        const luck = random()
        const turns = luck < 0.02 ? 1_000 * random() : luck < 0.1 ? 100 * random() : 2 * random()
        return Effect.yieldNow().pipe(
          Effect.repeatN(Math.floor(turns)),
          Effect.zipRight(effect),
          Effect.tapBoth({
            onFailure: ({ code }) =>
              Effect.sync(() => {
                begunAgain += name === "link" && code === "ENOENT" ? 1 : 0
              }),
            onSuccess: () =>
              Effect.sync(() => {
                links += name === "link" ? 1 : 0
              })
          })
        )
      })
    )
    const sums = yield* Effect.forEach(
      Array.from({ length: writers }, () => GenerationStore.make(held, "/store")),
      (store) => Effect.replicateEffect(increment(store, key), times),
      { concurrency: "unbounded" }
    )
    const text = yield* textOf(GenerationStore.make(disk, "/store"), key)
    return { begunAgain, links, sums: sums.flat().sort((a, b) => a - b), text }
  })

describe("FileTokenStore and writers that are held up anywhere", () => {
  it.effect("N14, C8: each write is acknowledged once, and each acknowledged write has happened once", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: writers * times }, (_, index) => index + 1)
      let robbed = 0
      for (let seed = 1; seed <= 4; seed++) {
        const { begunAgain, links, sums, text } = yield* run(seed)
        assert.deepStrictEqual(sums, all, `seed ${seed}`)
        assert.deepStrictEqual(text, Option.some(String(all.length)), `seed ${seed}`)
        assert.strictEqual(links, all.length, `seed ${seed}`)
        robbed += begunAgain
      }
      // It did come to what is hard: names were given up under writers that were after them
      assert.isAbove(robbed, 10)
    })
  )
})

const day = 86_400_000

/** A store whose operation of this number waits, if it comes to it. */
const makeHeld = Effect.fnUntraced(function* (disk: Disk, at: number) {
  const reached = yield* Deferred.make<boolean>()
  const released = yield* Deferred.make<void>()
  let count = 0
  const held = intercept(disk, (_, effect) =>
    Effect.suspend(() =>
      count++ === at
        ? Deferred.succeed(reached, true).pipe(
            Effect.zipRight(Deferred.await(released)),
            Effect.zipRight(effect)
          )
        : effect
    )
  )
  const store = GenerationStore.make(held, "/store")
  return {
    /** Creates the record, up to the operation; whether it is held there. */
    start: Effect.fnUntraced(function* (text: string) {
      const next = yield* entry(text)
      const fiber = yield* Effect.fork(
        Effect.zipLeft(Effect.either(store.commit(create(key, next))), Deferred.succeed(reached, false))
      )
      return { fiber, isHeld: yield* Deferred.await(reached) }
    }),
    release: Deferred.succeed(released, undefined)
  }
})

describe("FileTokenStore at midnight", () => {
  for (const removed of [false, true]) {
    it.effect(
      `of two who create a ${removed ? "record that was removed" : "new record"}, before it and after it, one wins`,
      () =>
        Effect.gen(function* () {
          let races = 0
          for (let first = 0, isHeld = true; isHeld; first++) {
            for (let second = 0, isSecondHeld = true; isSecondHeld; second++) {
              const { disk } = makePowerDisk()
              yield* TestClock.setTime(20 * day - 1)
              const store = GenerationStore.make(disk, "/store")
              if (removed) {
                const next = yield* entry("old")
                yield* store.commit(create(key, next))
                yield* store.commit(remove(key, next))
              }
              const evening = yield* makeHeld(disk, first)
              const morning = yield* makeHeld(disk, second)
              const one = yield* evening.start("evening")
              yield* TestClock.setTime(20 * day)
              const other = yield* morning.start("morning")
              yield* evening.release
              const outcomes = [yield* Fiber.join(one.fiber)]
              yield* morning.release
              outcomes.push(yield* Fiber.join(other.fiber))
              const won = outcomes.map(Either.isRight)
              const where = `held at ${first} and ${second}`
              assert.deepStrictEqual([...won].sort(), [false, true], where)
              assert.deepStrictEqual(
                yield* textOf(store, key),
                Option.some(won[0] === true ? "evening" : "morning"),
                where
              )
              isHeld = one.isHeld
              isSecondHeld = other.isHeld
              races += 1
            }
          }
          assert.isAbove(races, 100)
        })
    )
  }
})
