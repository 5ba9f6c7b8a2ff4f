import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"

const random = (bytes: number): Effect.Effect<string> =>
  Effect.sync(() => Encoding.encodeBase64Url(globalThis.crypto.getRandomValues(new Uint8Array(bytes))))

/** As long as Spotify's codes: several hundred characters, which is too much for some parsers. */
export const code: Effect.Effect<string> = Effect.map(random(234), (text) => `AQ${text}`)

export const accessToken: Effect.Effect<string> = Effect.map(random(160), (text) => `BQ${text}`)

export const refreshToken: Effect.Effect<string> = Effect.map(random(96), (text) => `AQ${text}`)

/** `BASE64URL(SHA-256(verifier))`, RFC 7636, section 4.2. */
export const challenge = (verifier: string): Effect.Effect<string> =>
  Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))).pipe(
    Effect.map((digest) => Encoding.encodeBase64Url(new Uint8Array(digest)))
  )
