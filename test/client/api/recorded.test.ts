import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { assert } from "vitest"
import { decodeResponse } from "../../../src/testing/operations.js"
import { available, location, refused, successes } from "./recordings.js"

describe.skipIf(!available)(`answers recorded from Spotify (skipped without ${location})`, () => {
  it.effect("decode, or are listed with the reason", () =>
    Effect.gen(function* () {
      const problems: Array<string> = []
      const decoded: Array<string> = []
      for (const { body, file, operationId } of successes()) {
        const result = yield* Effect.either(decodeResponse(operationId, body))
        if (Either.isRight(result)) {
          assert.notProperty(refused, file, "this one decodes by now")
          decoded.push(operationId)
        } else if (!(file in refused)) {
          problems.push(`${file}: ${result.left.message}`)
        }
      }
      assert.deepStrictEqual(problems, [])
      console.log(
        `${decoded.length} recorded answers of ${new Set(decoded).size} operations decode, ${Object.keys(refused).length} refused`
      )
      assert.isAtLeast(decoded.length, 200)
    })
  )
})
