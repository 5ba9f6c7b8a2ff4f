import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Accounts from "../../auth/Accounts.js"
import { ClientMisconfigured, NotAuthenticated } from "../../auth/AuthError.js"
import { defaultKey, type SessionKey } from "../../auth/Session.js"
import { SessionEvent } from "../../auth/SessionEvent.js"
import type { Token } from "../../auth/Token.js"
import { WebCrypto } from "../../auth/WebCrypto.js"
import { SpotifyConfig } from "../../SpotifyConfig.js"
import type { SessionError } from "../../SpotifyError.js"
import * as TokenStore from "../../TokenStore.js"
import * as BoundedStore from "./boundedStore.js"
import * as LiveTokens from "./liveTokens.js"
import * as Login from "./login.js"
import * as RecordStore from "./recordStore.js"
import * as Renewal from "./renewal.js"
import * as SessionEvents from "./sessionEvents.js"
import { fromRecord, newRecord, SessionRecord } from "./sessionRecord.js"
import type { Settings } from "./settings.js"
import * as StoreKey from "./storeKey.js"

/** RFC 6749, section 2.1: whether the app can keep a secret. */
export type Client = "confidential" | "public"

/** A store that hiccups; three tries in about half a second. */
const storeRetry = Schedule.intersect(
  Schedule.jittered(Schedule.exponential("100 millis")),
  Schedule.recurs(3)
)

/** A store that is gone for longer. */
const unstoredRetry = Schedule.jittered(
  Schedule.union(Schedule.exponential("250 millis"), Schedule.spaced("5 seconds"))
)

/** How long a lease outlives the longest refresh with its write. */
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

/** Sessions of users: what both user flows share. */
export const make = Effect.fnUntraced(function* (settings: Settings, client: Client) {
  const config = yield* configure(client)
  const accounts = yield* Effect.provideService(
    Accounts.make({ timeout: settings.timeout }),
    SpotifyConfig,
    config
  )
  const store = BoundedStore.make(yield* TokenStore.TokenStore, settings.storeTimeout)
  const crypto = yield* WebCrypto
  const records = RecordStore.make(store, SessionRecord)
  const events = yield* SessionEvents.make
  const storeKey = (key: SessionKey) => StoreKey.session(config.clientId, key)

  const select = (context: Context.Context<never>): Either.Either<SessionKey, NotAuthenticated> =>
    Option.match(settings.selected(context), {
      onSome: Either.right,
      onNone: () =>
        settings.sessions === "one"
          ? Either.right(defaultKey)
          : Either.left(new NotAuthenticated({ reason: "NoSessionSelected" }))
    })
  const selected = Effect.contextWithEffect((context: Context.Context<never>) => select(context))

  const renewal = Renewal.make({
    store,
    records,
    refreshToken: accounts.refreshToken,
    owner: yield* TokenStore.newVersion,
    lease: Duration.sum(Duration.sum(settings.timeout, Duration.times(settings.storeTimeout, 2)), leaseSlack),
    storeRetry,
    unstoredRetry,
    scope: yield* Effect.scope,
    isFresh: LiveTokens.isFresh(settings.windows),
    onRefreshed: (key, stored) =>
      events.publish(stored ? SessionEvent.Refreshed({ key }) : SessionEvent.RefreshNotStored({ key })),
    onRejected: (key, reason) => events.publish(SessionEvent.Rejected({ key, reason }))
  })

  const tokens = yield* LiveTokens.make<SessionError>({
    windows: settings.windows,
    select,
    fetch: (key, refused) => renewal({ key, storeKey: storeKey(key), refused })
  })

  const signIn = Effect.fnUntraced(function* (key: SessionKey, token: Token) {
    const record = newRecord(yield* TokenStore.newVersion, token, Option.some(token.obtainedAt))
    const entry = yield* records.entry(record)
    // Whatever is there belongs to an earlier login, and the latest one always wins
    yield* TokenStore.set(store, storeKey(key), entry)
    yield* tokens.forget(key)
    yield* events.publish(SessionEvent.SignedIn({ key, scopes: token.scopes }))
    return fromRecord(key, Option.some(record), yield* Clock.currentTimeMillis)
  })

  return {
    login: Login.make({ config, accounts, crypto, store, storeRetry, selected, signIn }),
    session: {
      accessToken: tokens.accessToken,
      scopes: Effect.asSome(tokens.scopes),
      renew: tokens.renew,
      refresh: tokens.refresh,
      session: Effect.gen(function* () {
        const key = yield* selected
        const stored = yield* records.read(storeKey(key))
        return fromRecord(
          key,
          Option.map(stored, ({ record }) => record),
          yield* Clock.currentTimeMillis
        )
      }),
      signOut: Effect.gen(function* () {
        const key = yield* selected
        yield* TokenStore.remove(store, storeKey(key))
        yield* tokens.forget(key)
        yield* events.publish(SessionEvent.SignedOut({ key }))
      }).pipe(Effect.uninterruptible),
      events: events.stream
    }
  }
})
