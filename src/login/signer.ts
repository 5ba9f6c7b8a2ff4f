import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Redacted from "effect/Redacted"
import { ClientMisconfigured } from "../accounts/AuthError.js"
import { LoginRoutesMisconfigured } from "./LoginRoutesError.js"

/** As many as a digest of SHA-256 has (RFC 2104, section 3). */
const fewestBytes = 32

/** Far below what 16 random bytes in hexadecimal have (110), and above what a pattern over the alphabet has. */
const leastBits = 90

/** 256 random bits in Base64url. */
const idPattern = /^[A-Za-z0-9_-]{43}$/

const missing = new ClientMisconfigured({ code: "web_crypto_missing" })

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** Random ids that this server gave out, told from those it did not. */
export interface Signer {
  /** The id with its signature; `purpose` keeps one cookie from being used as another. */
  readonly sign: (purpose: string, id: string) => Effect.Effect<string>
  /** The id, if one of the secrets signed it for this purpose. */
  readonly verify: (purpose: string, signed: string) => Effect.Effect<string | undefined>
}

/** What the frequencies of the values tell of their entropy, in bits for all of them. */
const bitsOf = (values: ReadonlyArray<number>): number => {
  const counts = new Map<number, number>()
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts.values()].reduce((sum, count) => sum + count * Math.log2(values.length / count), 0)
}

/** The secret without its repetitions, which add nothing: `abcabcab` is `abc`. */
const unrepeated = (bytes: ReadonlyArray<number>): ReadonlyArray<number> => {
  const period = bytes.findIndex(
    (_, start) => start > 0 && bytes.every((byte, at) => at < start || byte === bytes[at - start])
  )
  return period > 0 && period <= bytes.length / 2 ? bytes.slice(0, period) : bytes
}

/**
 * One byte over and over, a repeated word, `0123456789abcdef…`, `aabbccdd…`: long, and yet guessed. No test
 * tells a random secret from a sentence; this one only never refuses a random one.
 */
const isGuessable = (secret: string): boolean => {
  const bytes = unrepeated([...bytesOf(secret)])
  const steps = bytes.slice(1).map((byte, at) => byte - (bytes[at] ?? 0))
  return bytes.length < fewestBytes || Math.min(bitsOf(bytes), bitsOf(steps)) < leastBits
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

/** The one spelling of these bytes in Base64url; others decode to the same, and are no signatures. */
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
      const { length } = bytesOf(Redacted.value(secret))
      if (length < fewestBytes) {
        return yield* new LoginRoutesMisconfigured({
          reason: length === 0 ? "SecretMissing" : "SecretTooShort",
          option
        })
      }
      if (isGuessable(Redacted.value(secret))) {
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
        const [id = "", text = "", ...rest] = signed.length > 128 ? [] : signed.split(".")
        const mac = macOf(text)
        if (!idPattern.test(id) || mac === undefined || rest.length > 0) {
          return undefined
        }
        const found = yield* Effect.exists(keys, (key) => isSignedBy(key, mac, message(purpose, id)))
        return found ? id : undefined
      })
    }
  })
