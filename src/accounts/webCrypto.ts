/**
 * Random secrets and digests.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { ClientMisconfigured } from "./AuthError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Bytes from a cryptographically secure generator. */
  readonly randomBytes: (length: number) => Effect.Effect<Uint8Array, ClientMisconfigured>
  /** The SHA-256 digest. */
  readonly sha256: (bytes: Uint8Array) => Effect.Effect<Uint8Array, ClientMisconfigured>
}

const missing = new ClientMisconfigured({ code: "web_crypto_missing" })

const platform: Service = {
  randomBytes: (length) =>
    Effect.try({
      try: () => globalThis.crypto.getRandomValues(new Uint8Array(length)),
      catch: () => missing
    }),
  sha256: (bytes) =>
    Effect.tryPromise({
      try: () => globalThis.crypto.subtle.digest("SHA-256", new Uint8Array(bytes)),
      catch: () => missing
    }).pipe(Effect.map((digest) => new Uint8Array(digest)))
}

/**
 * The source of secrets: the platform's Web Crypto, unless a test provides another.
 *
 * @since 0.1.0
 * @category references
 */
export class WebCrypto extends Context.Reference<WebCrypto>()("effect-spotify/WebCrypto", {
  defaultValue: () => platform
}) {}
