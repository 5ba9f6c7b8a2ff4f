/**
 * Proof Key for Code Exchange, the S256 method of RFC 7636.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { ClientMisconfigured } from "./AuthError.js"
import * as Base64 from "../base64.js"
import { WebCrypto } from "./webCrypto.js"

/**
 * A verifier, which stays in the program until the code is exchanged, and its challenge, which is sent in the
 * authorize URL.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pkce {
  readonly verifier: Redacted.Redacted<string>
  readonly challenge: string
}

/**
 * The challenge of a verifier: `BASE64URL(SHA-256(verifier))`, RFC 7636, section 4.2.
 *
 * @since 0.1.0
 * @category constructors
 */
export const challenge = (verifier: Redacted.Redacted<string>): Effect.Effect<string, ClientMisconfigured> =>
  Effect.gen(function* () {
    const crypto = yield* WebCrypto
    const digest = yield* crypto.sha256(new TextEncoder().encode(Redacted.value(verifier)))
    return Base64.encodeUrl(digest)
  })

/**
 * A new verifier of 256 random bits (43 characters) with its challenge.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Pkce, ClientMisconfigured> = Effect.gen(function* () {
  const crypto = yield* WebCrypto
  const verifier = Redacted.make(Base64.encodeUrl(yield* crypto.randomBytes(32)))
  return { verifier, challenge: yield* challenge(verifier) }
})
