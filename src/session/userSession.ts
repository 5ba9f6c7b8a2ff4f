import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import * as Accounts from "../accounts/Accounts.js"
import { ClientMisconfigured, NotAuthenticated, ReauthorizationRequired } from "../accounts/AuthError.js"
import type { Scope } from "../accounts/Scope.js"
import { defaultKey, type SessionError, type SessionKey } from "./Session.js"
import { SessionEvent } from "./SessionEvent.js"
import type { Token } from "../accounts/Token.js"
import { WebCrypto } from "../accounts/webCrypto.js"
import type { Service, Timeouts } from "./LoginService.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import * as TokenStore from "../store/TokenStore.js"
import * as BoundedStore from "../store/boundedStore.js"
import * as LiveTokens from "./liveTokens.js"
import * as Login from "./login.js"
import * as Presence from "./presence.js"
import * as StoreChecks from "./storeChecks.js"
import * as Renewal from "./renewal.js"
import * as SessionEvents from "./sessionEvents.js"
import * as ClientRefusal from "./clientRefusal.js"
import {
  type ActiveRecord,
  endOf,
  endsAt,
  fromRecord,
  makeRecords,
  newRecord,
  restoredRecord,
  type SessionRecord
} from "./sessionRecord.js"
import * as StoreKey from "../store/storeKey.js"
import * as Unstored from "./unstored.js"

/** The options of `SessionService`, with their defaults filled in. */
export interface Settings {
  readonly sessions: "one" | "many"
  readonly windows: LiveTokens.Windows
  readonly maxStaleness: Duration.Duration
  readonly timeout: Duration.Duration
  readonly storeTimeout: Duration.Duration
  readonly refreshRetry: Schedule.Schedule<unknown>
  readonly storeRetry: Schedule.Schedule<unknown>
  readonly unstoredRetry: Schedule.Schedule<unknown>
  readonly quarantine: Duration.Duration
  readonly maxPendingLogins: number
  readonly requireIssuer: boolean
  readonly issuer: string | undefined
  readonly onUnpersisted: (key: SessionKey, write: TokenStore.Write) => Effect.Effect<void>
  readonly selected: (context: Context.Context<never>) => Option.Option<SessionKey>
}

/** The client type of RFC 6749, section 2.1: whether the app can keep a secret. */
export type Client = "confidential" | "public"

/** How much longer a lease lasts than the longest refresh with its write. */
const leaseSlack = Duration.seconds(5)

const configure = (client: Client) =>
  Effect.flatMap(SpotifyConfig, (config): Effect.Effect<SpotifyConfig["Type"], ClientMisconfigured> => {
    if (client === "public") {
      return Effect.succeed({ ...config, clientSecret: Option.none() })
    }
    return Option.isNone(config.clientSecret)
      ? new ClientMisconfigured({ code: "client_secret_missing" })
      : Effect.succeed(config)
  })

/**
 * RFC 6749, appendix A.17, without the spaces that no server uses, and with a limit above any known length.
 */
const refreshTokenSyntax = /^[\x21-\x7e]{1,16384}$/

/** The sessions of both user flows. */
export const make = Effect.fnUntraced(function* (settings: Settings, client: Client) {
  const config = yield* configure(client)
  const accounts = yield* Effect.provideService(
    Accounts.make({ timeout: settings.timeout }),
    SpotifyConfig,
    config
  )
  const store = BoundedStore.make(yield* TokenStore.TokenStore, settings.storeTimeout)
  const crypto = yield* WebCrypto
  const records = makeRecords(store)
  const events = yield* SessionEvents.makeForUsers
  const storeKey = (key: SessionKey) => StoreKey.session(config.clientId, key)

  // Created once, because every read of a token uses it
  const only = Either.right(defaultKey)
  const select = (context: Context.Context<never>): Either.Either<SessionKey, NotAuthenticated> => {
    const key = settings.selected(context)
    if (Option.isSome(key)) {
      return Either.right(key.value)
    }
    return settings.sessions === "one"
      ? only
      : Either.left(new NotAuthenticated({ reason: "NoSessionSelected" }))
  }
  const selected = Effect.contextWithEffect((context: Context.Context<never>) => select(context))

  const unstored = yield* Unstored.make({
    store,
    retry: settings.unstoredRetry,
    onUnpersisted: settings.onUnpersisted
  })
  // Half the time limit, for the repetition of a request whose response was lost
  const repetition = Duration.times(settings.timeout, 0.5)
  const lease = [repetition, Duration.times(settings.storeTimeout, 2), leaseSlack].reduce(
    (sum, part) => Duration.sum(sum, part),
    settings.timeout
  )

  const renewal = Renewal.make({
    store,
    records,
    refreshToken: accounts.refreshToken,
    owner: yield* TokenStore.newVersion,
    timeout: settings.timeout,
    repetition,
    storeTimeout: settings.storeTimeout,
    lease,
    refreshRetry: settings.refreshRetry,
    storeRetry: settings.storeRetry,
    quarantine: settings.quarantine,
    unstored,
    clientRefusal: ClientRefusal.make(),
    isFresh: LiveTokens.isFresh(settings.windows),
    publish: events.publish
  })

  const held = (key: SessionKey): Effect.Effect<Renewal.Held, SessionError> =>
    Effect.suspend(() => {
      const newer = unstored.get(key)
      return newer !== undefined
        ? Effect.succeed(Renewal.serve(newer.record))
        : Effect.flatMap(
            records.read(storeKey(key)),
            Option.match({
              onNone: () => new NotAuthenticated({ reason: "SignedOut" }),
              onSome: ({ record }): Effect.Effect<Renewal.Held, SessionError> =>
                record._tag === "Active"
                  ? Effect.succeed(Renewal.serve(record))
                  : new ReauthorizationRequired({ reason: record.reason })
            })
          )
    })

  const tokens = yield* LiveTokens.make({
    windows: settings.windows,
    select,
    fetch: (key, refused) => renewal({ key, storeKey: storeKey(key), refused }),
    check: { maxAge: Duration.toMillis(settings.maxStaleness), make: StoreChecks.make(held) },
    ends: (error) => error._tag === "NotAuthenticated" || error._tag === "ReauthorizationRequired"
  })

  /** Discards what this process knows about the session, which is out of date. */
  const forget = (key: SessionKey) =>
    Effect.suspend(() => {
      presence.forget(key)
      return Effect.zipRight(unstored.forget(key), tokens.forget(key))
    })

  const presence = yield* Presence.make({
    store,
    records,
    storeKey,
    lease,
    isUnstored: (key) => unstored.get(key) !== undefined,
    onEnd: (key) => Effect.zipRight(forget(key), events.publish(SessionEvent.SignedOut({ key })))
  })

  const put = Effect.fnUntraced(function* (key: SessionKey, record: ActiveRecord) {
    const entry = yield* records.entry(record)
    // Any existing record belongs to an earlier login, and the latest login always wins
    yield* TokenStore.set(store, storeKey(key), entry)
    yield* forget(key)
    yield* events.publish(SessionEvent.SignedIn({ key, scopes: record.token.scopes }))
  })

  const describe = (key: SessionKey, record: Option.Option<SessionRecord>) =>
    Effect.map(Clock.currentTimeMillis, (now) => fromRecord(key, record, now))

  const read = (key: SessionKey) =>
    Effect.flatMap(records.read(storeKey(key)), (stored) =>
      describe(
        key,
        Option.map(stored, ({ record }) => record)
      )
    )

  const signIn = Effect.fnUntraced(function* (key: SessionKey, token: Token, timeouts: Timeouts) {
    const at = token.obtainedAt.epochMillis
    const times = Option.liftPredicate(Presence.timesOf(timeouts, at, at), (times) => endOf(times) < Infinity)
    const record = newRecord(yield* TokenStore.newVersion, token, Option.some(token.obtainedAt), times)
    yield* put(key, record)
    return yield* describe(key, Option.some(record))
  })

  const importRefreshToken: Service["importRefreshToken"] = Effect.fn("LoginService.importRefreshToken")(
    function* ({ authorizedAt, refreshToken: given, scopes }) {
      const key = yield* selected
      // A token that is pasted or read from a file may have whitespace around it
      const refreshToken = Redacted.make(Redacted.value(given).trim())
      // A malformed token must not replace a working session
      if (!refreshTokenSyntax.test(Redacted.value(refreshToken))) {
        return yield* new ReauthorizationRequired({ reason: "Malformed" })
      }
      const token = withoutAccess(refreshToken, scopes ?? config.scopes, yield* DateTime.now)
      // Stored before it is used, because its first use may rotate it
      yield* put(key, newRecord(yield* TokenStore.newVersion, token, Option.fromNullable(authorizedAt)))
      yield* tokens.accessToken
      return yield* read(key)
    }
  )

  const restore = Effect.gen(function* () {
    const key = yield* selected
    const now = yield* Clock.currentTimeMillis
    const restored = yield* TokenStore.modify(store, storeKey(key), (current) =>
      Effect.gen(function* () {
        const found = Option.isSome(current)
          ? Option.some((yield* records.decode(storeKey(key), current.value)).record).pipe(
              Option.filter((record) => now < endsAt(record))
            )
          : Option.none()
        if (Option.isNone(found) || found.value._tag === "Active") {
          return [Option.isSome(found) ? "active" : "absent", Option.none()] as const
        }
        const record = restoredRecord(found.value, now)
        return Option.isNone(record)
          ? yield* new ReauthorizationRequired({ reason: found.value.reason })
          : (["restored", Option.some(Option.some(yield* records.entry(record.value)))] as const)
      })
    )
    if (restored === "absent") {
      return yield* new NotAuthenticated({ reason: "SignedOut" })
    }
    if (restored === "restored") {
      yield* forget(key)
      yield* events.publish(SessionEvent.Restored({ key }))
    }
    return yield* read(key)
  }).pipe(Effect.withSpan("LoginService.restore"))

  return {
    login: {
      ...Login.make({
        config,
        accounts,
        crypto,
        store,
        storeRetry: settings.storeRetry,
        maxPendingLogins: settings.maxPendingLogins,
        requireIssuer: settings.requireIssuer,
        issuer: settings.issuer,
        selected,
        signIn,
        describe: read
      }),
      importRefreshToken,
      restore,
      touch: (timeouts: Timeouts) => Effect.flatMap(selected, (key) => presence.touch(key, timeouts))
    },
    session: {
      kind: "User" as const,
      accessToken: tokens.accessToken,
      scopes: Effect.asSome(tokens.scopes),
      authorizationId: tokens.authorizationId,
      renew: tokens.renew,
      refresh: tokens.refresh,
      session: Effect.flatMap(selected, read),
      signOut: Effect.gen(function* () {
        const key = yield* selected
        yield* TokenStore.remove(store, storeKey(key))
        yield* forget(key)
        yield* events.publish(SessionEvent.SignedOut({ key }))
      }).pipe(Effect.uninterruptible),
      events: events.stream
    }
  }
})

/** A placeholder for the access token until the first refresh. It has already expired. */
const withoutAccess = (
  refreshToken: Redacted.Redacted<string>,
  scopes: ReadonlyArray<Scope>,
  now: DateTime.Utc
): Token => ({
  accessToken: Redacted.make("none"),
  refreshToken: Option.some(refreshToken),
  scopes,
  obtainedAt: now,
  expiresAt: now
})
