import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { assert } from "vitest"
import { all } from "../../../src/client/api/endpoints.js"
import * as Drift from "../../../src/client/decode/drift.js"
import { decodeResponse } from "../../../src/testing/operations.js"
import { available, location, omitted, refused, successes } from "./recordings.js"

/** How many entries are left out, by the operation's use that leaves out the fewest. */
const omissions = (operationId: string, body: unknown): number =>
  Math.min(
    ...all
      .filter((endpoint) => endpoint.operationId === operationId && endpoint.response !== "discard")
      .map(
        ({ success }) =>
          Drift.read(success)(body).findings.filter(({ kind }) => kind === "OmittedEntry").length
      )
  )

describe.skipIf(!available)(`answers recorded from Spotify (skipped without ${location})`, () => {
  it.effect("decode with every entry, or are listed with the reason", () =>
    Effect.gen(function* () {
      const problems: Array<string> = []
      const decoded: Array<string> = []
      for (const { body, file, operationId } of successes()) {
        const result = yield* Effect.either(decodeResponse(operationId, body))
        const [left = 0] = omitted[file] ?? []
        if (Either.isRight(result)) {
          assert.notProperty(refused, file, "this one decodes by now")
          decoded.push(operationId)
          if (body !== null && typeof body === "object") {
            assert.strictEqual(omissions(operationId, body), left, file)
          }
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
