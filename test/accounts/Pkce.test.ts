import { assert, describe, it } from "@effect/vitest"
import { Pkce } from "effect-spotify"
import * as WebCrypto from "../../src/accounts/webCrypto.js"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

describe("Pkce", () => {
  it.effect("derives the challenge of RFC 7636, appendix B", () =>
    Effect.gen(function* () {
      const challenge = yield* Pkce.challenge(Redacted.make("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
      assert.strictEqual(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    })
  )

  it.effect("makes a verifier of 43 unreserved characters, another each time", () =>
    Effect.gen(function* () {
      const made = yield* Effect.replicateEffect(Pkce.make, 50)
      for (const pkce of made) {
        assert.match(Redacted.value(pkce.verifier), /^[A-Za-z0-9\-._~]{43}$/)
        assert.strictEqual(pkce.challenge, yield* Pkce.challenge(pkce.verifier))
      }
      assert.strictEqual(new Set(made.map((pkce) => Redacted.value(pkce.verifier))).size, 50)
    })
  )

  it.effect("says what to do where Web Crypto is missing", () =>
    Effect.gen(function* () {
      const original = Object.getOwnPropertyDescriptor(globalThis, "crypto")
      yield* Effect.acquireUseRelease(
        Effect.sync(() => Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true })),
        () =>
          Effect.gen(function* () {
            const error = yield* Effect.flip(Pkce.make)
            assert.strictEqual(error.code, "web_crypto_missing")
            assert.include(error.message, "https")
          }),
        () => Effect.sync(() => original && Object.defineProperty(globalThis, "crypto", original))
      )
    })
  )

  it.effect("takes its bytes from the provided generator", () =>
    Effect.gen(function* () {
      const pkce = yield* Pkce.make
      assert.strictEqual(Redacted.value(pkce.verifier), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    }).pipe(
      Effect.provideService(WebCrypto.WebCrypto, {
        randomBytes: (length) => Effect.succeed(new Uint8Array(length)),
        sha256: (bytes) => Effect.succeed(bytes)
      })
    )
  )
})
