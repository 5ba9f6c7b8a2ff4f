import { assert, describe, it } from "@effect/vitest"
import * as Encoding from "effect/Encoding"
import * as FastCheck from "effect/FastCheck"
import * as Base64 from "../src/base64.js"

describe("Base64", () => {
  it("is that of Effect, for any bytes", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.strictEqual(Base64.encode(bytes), Encoding.encodeBase64(bytes))
        assert.strictEqual(Base64.encodeUrl(bytes), Encoding.encodeBase64Url(bytes))
      }),
      { numRuns: 500 }
    )
  })
})
