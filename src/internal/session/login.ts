import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Accounts from "../../auth/Accounts.js"
import {
  AuthorizationResponseInvalid,
  type ClientMisconfigured,
  type NotAuthenticated
} from "../../auth/AuthError.js"
import * as Callback from "../../auth/Callback.js"
import * as Pkce from "../../auth/Pkce.js"
import { type Session, SessionKey } from "../../auth/Session.js"
import type { Token } from "../../auth/Token.js"
import { type Service as Crypto, WebCrypto } from "../../auth/WebCrypto.js"
import type { LoginError, Service } from "../../LoginService.js"
import type * as SpotifyConfig from "../../SpotifyConfig.js"
import type * as TokenStore from "../../TokenStore.js"
import * as RecordStore from "./recordStore.js"
import { detached } from "./singleFlight.js"
import * as StoreKey from "./storeKey.js"

/** Long enough to type a password and find a second factor; RFC 6749, section 4.1.2 asks for no more. */
const life = { minutes: 10 } as const

const Pending = Schema.TaggedStruct("Pending", {
  v: Schema.Literal(1),
  key: Schema.String.pipe(Schema.fromBrand(SessionKey)),
  verifier: Schema.Redacted(Schema.String),
  redirectUri: Schema.NullOr(Schema.String),
  scopes: Schema.Array(Schema.String),
  expiresAt: Schema.DateTimeUtcFromNumber
})

/** Left behind so that a reload is told apart from a forgery. */
const Completed = Schema.TaggedStruct("Completed", { v: Schema.Literal(1) })

const LoginRecord = Schema.Union(Pending, Completed)

/** Tells nothing by the time it takes, whatever the two have in common. */
const equalDigests = (a: Uint8Array, b: Uint8Array): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) {
    difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  }
  return difference === 0
}

const invalid = (reason: AuthorizationResponseInvalid["reason"]) =>
  new AuthorizationResponseInvalid({ reason })

export const make = (options: {
  readonly config: SpotifyConfig.Service
  readonly accounts: Accounts.Service
  readonly crypto: Crypto
  readonly store: TokenStore.Service
  readonly storeRetry: Schedule.Schedule<unknown>
  readonly selected: Effect.Effect<SessionKey, NotAuthenticated>
  /** Stores the session and lets everybody know. */
  readonly signIn: (
    key: SessionKey,
    token: Token
  ) => Effect.Effect<Session, TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt>
}): Service => {
  const { accounts, config, crypto, store } = options
  const records = RecordStore.make(store, LoginRecord)
  const issuer = new URL(config.accountsUrl).origin

  const digestOf = (state: string): Effect.Effect<Uint8Array, ClientMisconfigured> =>
    crypto.sha256(new TextEncoder().encode(state))

  const keyOf = (digest: Uint8Array) => StoreKey.login(config.clientId, Encoding.encodeBase64Url(digest))

  const begin: Service["begin"] = Effect.fn("LoginService.begin")(function* (begin = {}) {
    const key = yield* options.selected
    const pkce = yield* Effect.provideService(Pkce.make, WebCrypto, crypto)
    const state = Encoding.encodeBase64Url(yield* crypto.randomBytes(32))
    const scopes = begin.scopes ?? config.scopes
    const url = yield* accounts.authorizeUrl({ ...begin, scopes, state, codeChallenge: pkce.challenge })
    const expiresAt = DateTime.add(yield* DateTime.now, life)
    const entry = yield* records.entry(
      Pending.make({
        v: 1,
        key,
        verifier: pkce.verifier,
        redirectUri: begin.redirectUri ?? null,
        scopes,
        expiresAt
      }),
      expiresAt
    )
    yield* store
      .commit({ key: keyOf(yield* digestOf(state)), expected: Option.none(), next: Option.some(entry) })
      .pipe(
        // Two equal states of 256 random bits mean that the generator is broken
        Effect.catchTag("TokenStoreConflict", (error) => Effect.die(error))
      )
    return { url, state, expiresAt }
  })

  const pendingLogin = Effect.fnUntraced(function* (digest: Uint8Array) {
    const stored = yield* records.read(keyOf(digest))
    if (Option.isNone(stored)) {
      return yield* invalid("State")
    }
    const { record, version } = stored.value
    if (record._tag === "Completed") {
      return yield* invalid("AlreadyUsed")
    }
    if (record.expiresAt.epochMillis <= (yield* Clock.currentTimeMillis)) {
      return yield* invalid("Expired")
    }
    return { record, version }
  })

  /** Ends the login before the code is sent, so that no second caller sends it too. */
  const consume = (digest: Uint8Array, version: TokenStore.Version, disposableAt: DateTime.Utc) =>
    Effect.flatMap(records.entry(Completed.make({ v: 1 }), disposableAt), (entry) =>
      store
        .commit({ key: keyOf(digest), expected: Option.some(version), next: Option.some(entry) })
        .pipe(Effect.catchTag("TokenStoreConflict", () => invalid("AlreadyUsed")))
    )

  const complete: Service["complete"] = Effect.fn("LoginService.complete")(function* (
    callbackUrl,
    expected = {}
  ) {
    const callback = yield* Callback.parse(callbackUrl)
    const digest = yield* digestOf(Redacted.value(callback.state))
    if (expected.state !== undefined && !equalDigests(digest, yield* digestOf(expected.state))) {
      return yield* invalid("State")
    }
    const { record, version } = yield* pendingLogin(digest)
    if (Option.exists(callback.issuer, (found) => found !== issuer)) {
      return yield* invalid("Issuer")
    }
    // From here on the code is spent: what Spotify gives for it must reach the store
    const finish: Effect.Effect<Session, LoginError> = Effect.gen(function* () {
      yield* consume(digest, version, record.expiresAt)
      const code = yield* callback.code
      const token = yield* detached(
        accounts.exchangeCode({
          code,
          codeVerifier: record.verifier,
          redirectUri: record.redirectUri ?? undefined,
          scopes: record.scopes
        })
      )
      return yield* Effect.retry(options.signIn(record.key, token), {
        schedule: options.storeRetry,
        while: (error) => error._tag === "TokenStoreUnavailable"
      })
    })
    return yield* Effect.uninterruptible(finish)
  })

  return { begin, complete }
}
