import { assert, describe, it } from "@effect/vitest"
import { TokenStore } from "effect-spotify"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as GenerationStore from "../../../src/node/fileStore/generationStore.js"
import { intercept, makePowerDisk, seeded } from "./support/disks.js"
import { increment, textOf } from "./support/records.js"

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
