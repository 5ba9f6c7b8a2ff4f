import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Schedule from "effect/Schedule"
import type * as Accounts from "../accounts/Accounts.js"
import {
  AuthorizationResponseInvalid,
  type ClientMisconfigured,
  type NotAuthenticated,
  TooManyLogins
} from "../accounts/AuthError.js"
import * as Base64 from "../base64.js"
import * as Callback from "../accounts/callback.js"
import * as Pkce from "../accounts/Pkce.js"
import * as ReturnTo from "../accounts/returnTo.js"
import * as Scope from "../accounts/Scope.js"
import * as ScopeNames from "../accounts/scopeNames.js"
import type { Session, SessionKey } from "./Session.js"
import type { Token } from "../accounts/Token.js"
import { type Service as Crypto, WebCrypto } from "../accounts/webCrypto.js"
import type { CompletedLogin, LoginError, Service, Timeouts } from "./LoginService.js"
import type * as SpotifyConfig from "../accounts/SpotifyConfig.js"
import type * as TokenStore from "../store/TokenStore.js"
import { Completed, Exchanging, Failed, LoginRecord, Pending } from "./loginRecord.js"
import * as PendingLogins from "./pendingLogins.js"
import * as RecordStore from "../store/recordStore.js"
import { detached } from "../concurrency/singleFlight.js"
import * as StoreKey from "../store/storeKey.js"

/**
 * Long enough to type a password and a second factor. RFC 6749, section 4.1.2 recommends at most this for
 * codes.
 */
const life = Duration.minutes(10)

/** How many places a login tries. If half of the store's places are taken, one in 256 logins is refused. */
const mostTries = 8

/** How long a repeated callback is accepted. Browsers repeat it at once. */
const repeatable = 60_000

/**
 * A process that exchanges the code renews the record at every `pulse`. If it has not for `silence`
 * milliseconds, it has died. Others check at every `pause`, for at most `most` milliseconds in total.
 */
const exchanging = { pulse: "1 second", silence: 5_000, pause: "100 millis", most: 60_000 } as const

/** Compares in constant time. */
const equalDigests = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) {
    difference |= a.charCodeAt(i) ^ (b.charCodeAt(i) || 0)
  }
  return difference === 0
}

/**
 * Repeats a pulse while an effect runs, until the pulse fails. A pulse is never interrupted in the middle.
 */
const whilePulsing =
  <E1>(pulse: Effect.Effect<void, E1>) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.acquireUseRelease(
      Effect.sleep(exchanging.pulse).pipe(
        Effect.interruptible,
        Effect.zipRight(pulse),
        Effect.forever,
        Effect.ignore,
        Effect.fork
      ),
      () => effect,
      Fiber.interrupt
    )

/** All members of `CompleteOptions`. Untyped programs may give none of them. */
interface Proof extends Timeouts {
  readonly state?: string | undefined
  readonly binding?: Redacted.Redacted<string> | undefined
  readonly unsafeAnyBrowser?: boolean
}

const invalid = (reason: AuthorizationResponseInvalid["reason"]) =>
  new AuthorizationResponseInvalid({ reason })

type StoreError = TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt

export const make = (options: {
  readonly config: SpotifyConfig.Service
  readonly accounts: Accounts.Service
  readonly crypto: Crypto
  readonly store: TokenStore.Service
  readonly storeRetry: Schedule.Schedule<unknown>
  readonly maxPendingLogins: number
  /** Whether a response without an issuer is refused too. */
  readonly requireIssuer: boolean
  readonly issuer: string | undefined
  readonly selected: Effect.Effect<SessionKey, NotAuthenticated>
  /** The session that is stored under the key. */
  readonly describe: (key: SessionKey) => Effect.Effect<Session, StoreError>
  /** Stores the session and publishes the event. */
  readonly signIn: (key: SessionKey, token: Token, timeouts: Timeouts) => Effect.Effect<Session, StoreError>
}): Pick<Service, "begin" | "complete"> => {
  const { accounts, config, crypto, store } = options
  const records = RecordStore.make(store, LoginRecord)
  const issuer = options.issuer ?? new URL(config.accountsUrl).origin
  const waiting = PendingLogins.make(options.maxPendingLogins, Duration.toMillis(life))
  /** The logins that this process is completing, by the digest of their state. */
  const running = new Map<
    string,
    { readonly code: string; readonly result: Deferred.Deferred<CompletedLogin, LoginError> }
  >()

  const digestOf = (text: string): Effect.Effect<string, ClientMisconfigured> =>
    Effect.map(crypto.sha256(new TextEncoder().encode(text)), Base64.encodeUrl)

  const keyOf = (digest: string) => StoreKey.login(config.clientId, digest)

  const read = (digest: string) =>
    Effect.map(
      records.read(keyOf(digest)),
      Option.filter(({ record }) => equalDigests(record.login, digest))
    )

  /** The scopes that the user granted before, so that a request for more does not lose them. */
  const grantedScopes = (key: SessionKey) =>
    options.describe(key).pipe(
      Effect.map((session) =>
        session._tag === "Active" || session._tag === "ExpiresSoon" ? session.scopes : []
      ),
      // Only a new login can replace a corrupt record
      Effect.catchTag("TokenStoreCorrupt", () => Effect.succeed([]))
    )

  /** Logged once, not for each request of a flood. */
  let refusing = false
  const refuse = Effect.fnUntraced(function* (until: number) {
    const error = new TooManyLogins({ retryAt: DateTime.unsafeMake(until) })
    if (!refusing) {
      refusing = true
      yield* Effect.logWarning(`A login was refused: ${error.message}`)
    }
    return yield* error
  })

  /**
   * Removes a login whose browser has begun others since. A login that is being exchanged may succeed, and
   * counts until its result is known.
   */
  const forget = Effect.fnUntraced(function* (replaced: PendingLogins.PendingLogin) {
    const { record, version } = Option.getOrUndefined(yield* read(replaced.digest)) ?? {}
    if (record?._tag === "Exchanging") {
      waiting.restore(replaced)
    } else if (version !== undefined && record?._tag !== "Completed") {
      const key = keyOf(replaced.digest)
      yield* store.commit({ key, expected: Option.some(version), next: Option.none() })
    }
  }, Effect.ignore)

  /** Puts a login in its place. If another login has the place, returns when it will be free. */
  const occupy = Effect.fnUntraced(function* (digest: string, entry: TokenStore.Entry, now: number) {
    const key = keyOf(digest)
    const put = (expected: TokenStore.Write["expected"]) =>
      store.commit({ key, expected, next: Option.some(entry) }).pipe(
        Effect.as(undefined),
        Effect.catchTag("TokenStoreConflict", () => Effect.succeed(now + Duration.toMillis(life)))
      )
    const freeAt = yield* put(Option.none())
    if (freeAt === undefined) {
      return
    }
    const other = yield* Effect.catchTag(store.get(key), "TokenStoreCorrupt", () => Effect.succeedNone)
    const end = Option.flatMap(other, ({ disposableAt }) => disposableAt)
    if (Option.isNone(other) || Option.isNone(end)) {
      return freeAt
    }
    // An end that is too far away dates from before the clock was set back
    const { epochMillis } = end.value
    return epochMillis > now && epochMillis <= freeAt
      ? epochMillis
      : yield* put(Option.some(other.value.version))
  })

  const begin: Service["begin"] = Effect.fn("LoginService.begin")(function* (begin = {}) {
    const key = yield* options.selected
    const pkce = yield* Effect.provideService(Pkce.make, WebCrypto, crypto)
    const wanted = begin.scopes === undefined ? config.scopes : ScopeNames.separated(begin.scopes)
    // The configured scopes were checked when the program started
    yield* ScopeNames.warnUnknown(Scope.missing(wanted, config.scopes))
    const scopes =
      begin.keepScopes === true ? [...new Set([...(yield* grantedScopes(key)), ...wanted])] : wanted
    const now = yield* DateTime.now
    const expiresAt = DateTime.addDuration(now, life)
    const binding = begin.binding === undefined ? null : yield* digestOf(Redacted.value(begin.binding))
    let until = expiresAt.epochMillis
    for (let tries = 0; tries < mostTries; tries++) {
      const state = Base64.encodeUrl(yield* crypto.randomBytes(32))
      const login = yield* digestOf(state)
      const url = yield* accounts.authorizeUrl({ ...begin, scopes, state, codeChallenge: pkce.challenge })
      const entry = yield* records.entry(
        Pending.make({
          v: 1,
          login,
          key,
          returnTo: ReturnTo.path(begin.returnTo),
          binding,
          verifier: pkce.verifier,
          redirectUri: begin.redirectUri ?? null,
          scopes,
          expiresAt
        }),
        expiresAt
      )
      const added = waiting.add({ digest: login, binding, expiresAt: expiresAt.epochMillis }, now.epochMillis)
      if (Either.isLeft(added)) {
        return yield* refuse(added.left)
      }
      const freeAt = yield* occupy(login, entry, now.epochMillis).pipe(
        Effect.onError(() => Effect.sync(() => waiting.remove(login)))
      )
      if (freeAt === undefined) {
        refusing = false
        yield* Effect.forEach(added.right, forget, { discard: true })
        return { url, state, expiresAt }
      }
      waiting.remove(login)
      added.right.forEach(waiting.restore)
      until = Math.min(until, freeAt)
    }
    return yield* refuse(until)
  })

  /** Writes a later state of the login, and returns its version. */
  const advance = (
    digest: string,
    version: TokenStore.Version,
    record: LoginRecord,
    disposableAt: DateTime.Utc
  ) =>
    Effect.flatMap(records.entry(record, disposableAt), (entry) =>
      Effect.as(
        store.commit({ key: keyOf(digest), expected: Option.some(version), next: Option.some(entry) }),
        entry.version
      )
    )

  /** From here on the code is used, so Spotify's response must reach the store. */
  const exchange = (
    digest: string,
    pending: Pending,
    version: TokenStore.Version,
    callback: Callback.Callback,
    code: string,
    timeouts: Timeouts
  ): Effect.Effect<CompletedLogin, LoginError> =>
    Effect.gen(function* () {
      const { binding, expiresAt, key, returnTo } = pending
      const common = { v: 1, login: digest, key, returnTo, binding, code } as const
      // Taken before the code is sent, so that no second caller sends it too
      const taken = yield* Effect.either(advance(digest, version, Exchanging.make(common), expiresAt))
      if (Either.isLeft(taken)) {
        return taken.left._tag === "TokenStoreConflict"
          ? yield* Effect.interruptible(overtaken(digest, code, undefined))
          : yield* taken.left
      }
      const own = yield* Ref.make(taken.right)
      const put = (record: LoginRecord): Effect.Effect<void, StoreError | TokenStore.TokenStoreConflict> =>
        Ref.get(own).pipe(
          Effect.flatMap((version) => advance(digest, version, record, expiresAt)),
          // The write with the unknown outcome was applied, because only one process writes to a login during
          // its exchange
          Effect.catchTag("TokenStoreConflict", (conflict) =>
            Effect.flatMap(read(digest), (stored): ReturnType<typeof advance> =>
              Option.isSome(stored) && stored.value.record._tag === "Exchanging"
                ? advance(digest, stored.value.version, record, expiresAt)
                : Effect.fail(conflict)
            )
          ),
          Effect.flatMap((next) => Ref.set(own, next))
        )
      const session = yield* callback.code.pipe(
        Effect.flatMap((code) =>
          detached(
            accounts.exchangeCode({
              code,
              codeVerifier: pending.verifier,
              redirectUri: pending.redirectUri ?? undefined,
              scopes: pending.scopes
            })
          )
        ),
        Effect.flatMap((token) =>
          Effect.retry(options.signIn(key, token, timeouts), {
            schedule: options.storeRetry,
            while: (error) => error._tag === "TokenStoreUnavailable"
          })
        ),
        whilePulsing(put(Exchanging.make(common))),
        Effect.tapError(() => Effect.ignore(put(Failed.make({ v: 1, login: digest }))))
      )
      // Failed logins still count, because otherwise they could fill a store
      waiting.remove(digest)
      yield* Effect.ignore(put(Completed.make({ ...common, completedAt: yield* DateTime.now })))
      return { ...session, returnTo }
    })

  /** Runs once in this process. Concurrent callers with the same code get the same result. */
  const shared = (
    digest: string,
    code: string,
    run: Effect.Effect<CompletedLogin, LoginError>
  ): Effect.Effect<CompletedLogin, LoginError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const other = running.get(digest)
        if (other !== undefined) {
          return other.code === code ? restore(Deferred.await(other.result)) : invalid("AlreadyUsed")
        }
        const result = Deferred.unsafeMake<CompletedLogin, LoginError>(FiberId.none)
        running.set(digest, { code, result })
        return Effect.onExit(run, (exit) => {
          running.delete(digest)
          return Deferred.done(result, exit)
        })
      })
    )

  const completedBefore = ({ key, returnTo }: Pick<Completed, "key" | "returnTo">) =>
    Effect.map(options.describe(key), (session): CompletedLogin => ({ ...session, returnTo }))

  /** The result of a login whose code was taken before. */
  const overtaken = (
    digest: string,
    code: string,
    here: Deferred.Deferred<CompletedLogin, LoginError> | undefined
  ): Effect.Effect<CompletedLogin, LoginError> =>
    Effect.gen(function* () {
      const began = yield* Clock.currentTimeMillis
      let sign: { readonly version: TokenStore.Version | undefined; readonly at: number } = {
        version: undefined,
        at: began
      }
      for (;;) {
        const stored = yield* read(digest)
        const now = yield* Clock.currentTimeMillis
        const { record, version } = Option.getOrUndefined(stored) ?? {}
        if (record?._tag === "Completed" && equalDigests(record.code, code)) {
          const age = now - record.completedAt.epochMillis
          return Math.abs(age) < repeatable ? yield* completedBefore(record) : yield* invalid("AlreadyUsed")
        }
        if (record?._tag !== "Exchanging" || !equalDigests(record.code, code)) {
          return yield* invalid("AlreadyUsed")
        }
        if (here !== undefined) {
          return yield* Deferred.await(here)
        }
        if (version !== sign.version) {
          sign = { version, at: now }
        }
        if (now - sign.at >= exchanging.silence || now - began >= exchanging.most) {
          return yield* invalid("AlreadyUsed")
        }
        yield* Effect.sleep(exchanging.pause)
      }
    })

  const complete: Service["complete"] = Effect.fn("LoginService.complete")(function* (
    callbackUrl,
    expected: Proof = {}
  ) {
    const callback = yield* Callback.parse(callbackUrl)
    const digest = yield* digestOf(Redacted.value(callback.state))
    if (expected.state !== undefined && !equalDigests(digest, yield* digestOf(expected.state))) {
      return yield* invalid("State")
    }
    const stored = yield* read(digest)
    if (Option.isNone(stored)) {
      return yield* invalid("State")
    }
    const { record, version } = stored.value
    if (record._tag === "Failed") {
      return yield* invalid("AlreadyUsed")
    }
    const secret = expected.binding === undefined ? "" : Redacted.value(expected.binding)
    const isThisBrowser =
      expected.binding === undefined && record.binding === null
        ? expected.state !== undefined || expected.unsafeAnyBrowser === true
        : secret !== "" && equalDigests(record.binding ?? "", yield* digestOf(secret))
    if (!isThisBrowser) {
      return yield* invalid("OtherBrowser")
    }
    const isOther = Option.match(callback.issuer, {
      onNone: () => options.requireIssuer,
      onSome: (found) => found !== issuer
    })
    if (isOther) {
      return yield* invalid("Issuer")
    }
    const code = yield* digestOf(Either.isRight(callback.code) ? Redacted.value(callback.code.right) : "")
    if (record._tag !== "Pending") {
      return yield* overtaken(digest, code, running.get(digest)?.result)
    }
    if (record.expiresAt.epochMillis <= (yield* Clock.currentTimeMillis)) {
      return yield* invalid("Expired")
    }
    return yield* shared(digest, code, exchange(digest, record, version, callback, code, expected))
  })

  return { begin, complete }
}
