import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { ClientMisconfigured } from "../accounts/AuthError.js"
import { isGuessable } from "../guessable.js"
import { LoginRoutesMisconfigured } from "./LoginRoutesError.js"

/** The length of a SHA-256 digest (RFC 2104, section 3). */
const fewestBytes = 32

/** 256 random bits in Base64url. */
const idPattern = /^[A-Za-z0-9_-]{43}$/

const missing = new ClientMisconfigured({ code: "web_crypto_missing" })

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** Signs random ids, so that the server can recognize its own. */
export interface Signer {
  /** The id with its signature. `purpose` prevents the use of one cookie as another. */
  readonly sign: (purpose: string, id: string) => Effect.Effect<string>
  /** The id, if one of the secrets signed it for this purpose. */
  readonly verify: (purpose: string, signed: string) => Effect.Effect<string | undefined>
}

const importKey = (secret: Redacted.Redacted<string>) =>
  Effect.tryPromise({
    try: () =>
      globalThis.crypto.subtle.importKey(
        "raw",
        bytesOf(Redacted.value(secret)),
        { name: "HMAC", hash: "SHA-256" },
        false,
        ["sign", "verify"]
      ),
    catch: () => missing
  })

const message = (purpose: string, id: string) => bytesOf(`effect-spotify/cookie/v1\n${purpose}\n${id}`)

/**
 * Accepts only the canonical Base64url spelling. Other spellings decode to the same bytes but are no
 * signatures.
 */
const macOf = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const bytes = Either.getOrUndefined(Encoding.decodeBase64Url(text))
  return bytes !== undefined && Encoding.encodeBase64Url(bytes) === text ? new Uint8Array(bytes) : undefined
}

/** The first secret signs, and each verifies. Signatures are HMAC-SHA-256, compared by Web Crypto in constant time. */
export const make = (
  secrets: ReadonlyArray<Redacted.Redacted<string>>
): Effect.Effect<Signer, LoginRoutesMisconfigured | ClientMisconfigured> =>
  Effect.gen(function* () {
    const option = "secrets"
    for (const secret of secrets) {
      const bytes = bytesOf(Redacted.value(secret))
      if (bytes.length < fewestBytes) {
        return yield* new LoginRoutesMisconfigured({
          reason: bytes.length === 0 ? "SecretMissing" : "SecretTooShort",
          option
        })
      }
      if (isGuessable(bytes)) {
        return yield* new LoginRoutesMisconfigured({ reason: "SecretGuessable", option })
      }
    }
    const keys = yield* Effect.forEach(secrets, importKey)
    const [current] = keys
    if (current === undefined) {
      return yield* new LoginRoutesMisconfigured({ reason: "SecretMissing", option })
    }
    const isSignedBy = (key: CryptoKey, mac: Uint8Array<ArrayBuffer>, text: Uint8Array<ArrayBuffer>) =>
      Effect.promise(() => globalThis.crypto.subtle.verify("HMAC", key, mac, text))
    return {
      sign: (purpose, id) =>
        Effect.map(
          Effect.promise(() => globalThis.crypto.subtle.sign("HMAC", current, message(purpose, id))),
          (mac) => `${id}.${Encoding.encodeBase64Url(new Uint8Array(mac))}`
        ),
      verify: Effect.fnUntraced(function* (purpose, signed) {
        const dot = signed.length > 128 ? 0 : signed.lastIndexOf(".")
        const id = signed.slice(0, Math.max(0, dot))
        const mac = macOf(signed.slice(dot + 1))
        if (!idPattern.test(id) || mac === undefined) {
          return undefined
        }
        const found = yield* Effect.exists(keys, (key) => isSignedBy(key, mac, message(purpose, id)))
        return found ? id : undefined
      })
    }
  })
