import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as ByIds from "../../../src/client/lists/byIds.js"
import { batch } from "../call/support.js"

describe("answers by their place", () => {
  it.effect("belong to the object that was asked about at that place", () =>
    Effect.gen(function* () {
      const found = yield* ByIds.byPlace(batch, ["a", "b"], [1, 2])
      assert.deepStrictEqual(
        [...found],
        [
          ["a", 1],
          ["b", 2]
        ]
      )
    })
  )

  it.effect("that are not there say nothing about any object", () =>
    Effect.forEach([null, undefined], (answers) =>
      Effect.map(ByIds.byPlace(batch, ["a"], answers), (found) => assert.strictEqual(found.size, 0))
    )
  )

  it.effect("whose number is another are nobody's", () =>
    Effect.forEach([[], [1, 2]], (answers) =>
      Effect.map(Effect.flip(ByIds.byPlace(batch, ["a"], answers)), ({ operation, problem }) =>
        assert.deepStrictEqual(
          [operation, problem],
          ["things.getSeveral", `${answers.length} answers to 1 questions`]
        )
      )
    )
  )

  it.effect("are false where Spotify says null", () =>
    Effect.map(
      ByIds.askWhether(batch, "ids", ["a", "b"], 20, () => Effect.succeed([null, true])),
      (found) =>
        assert.deepStrictEqual(
          [...found],
          [
            ["a", false],
            ["b", true]
          ]
        )
    )
  )
})

describe("an id that would shift the answers of the others", () => {
  it.effect("is refused before any request, by its name", () =>
    Effect.forEach(
      [
        ["ids", "an id"],
        ["uris", "a URI"]
      ] as const,
      ([parameter, name]) =>
        Effect.forEach(["", "a,b"], (key) =>
          Effect.gen(function* () {
            const asked = () => Effect.dieMessage("a request")
            const errors = [
              yield* Effect.flip(ByIds.each(batch, parameter, ["a", key], 20, asked)),
              yield* Effect.flip(ByIds.ask(batch, parameter, ["a", key], 20, asked))
            ]
            for (const error of errors) {
              assert.deepInclude(error, {
                _tag: "InvalidParameter",
                parameter,
                problem: `holds something that is not ${name}`
              })
            }
          })
        )
    )
  )
})
