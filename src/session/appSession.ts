import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Accounts from "../accounts/Accounts.js"
import { ClientMisconfigured, TokenEndpointUnavailable, TokenResponseInvalid } from "../accounts/AuthError.js"
import { defaultKey, type SessionError } from "./Session.js"
import { SessionEvent } from "./SessionEvent.js"
import type { Token } from "../accounts/Token.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import * as TokenStore from "../store/TokenStore.js"
import * as BoundedStore from "../store/boundedStore.js"
import * as ClientRefusal from "./clientRefusal.js"
import * as LiveTokens from "./liveTokens.js"
import * as RecordStore from "../store/recordStore.js"
import * as SessionEvents from "./sessionEvents.js"
import { fromRecord, newRecord, SessionRecord } from "./sessionRecord.js"
import { detached } from "../concurrency/singleFlight.js"
import * as StoreKey from "../store/storeKey.js"
import type { Settings } from "./userSession.js"

/**
 * The app's own session. Its token can be requested again at any time and nothing rotates, so it needs no
 * lease, and failures of the store are tolerated.
 */
export const make = Effect.fnUntraced(function* (
  settings: Pick<Settings, "windows" | "timeout" | "storeTimeout">
) {
  const config = yield* SpotifyConfig
  if (Option.isNone(config.clientSecret)) {
    return yield* new ClientMisconfigured({ code: "client_secret_missing" })
  }
  const accounts = yield* Accounts.make({ timeout: settings.timeout })
  const store = BoundedStore.make(yield* TokenStore.TokenStore, settings.storeTimeout)
  const records = RecordStore.make(store, SessionRecord)
  const events = yield* SessionEvents.make
  const storeKey = StoreKey.app(config.clientId)
  const isFresh = LiveTokens.isFresh(settings.windows)

  const storeFailed = (error: TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt) =>
    Effect.logWarning(
      "The app's token cannot be shared through the store; each process fetches its own",
      error
    )

  const stored: Effect.Effect<Option.Option<Token>> = records.read(storeKey).pipe(
    Effect.map(
      Option.flatMap(({ record }) => (record._tag === "Active" ? Option.some(record.token) : Option.none()))
    ),
    Effect.catchAll((error) => Effect.as(storeFailed(error), Option.none()))
  )

  const put = (token: Token) =>
    TokenStore.newVersion.pipe(
      Effect.flatMap((id) => records.entry(newRecord(id, token, Option.none()), token.expiresAt)),
      Effect.flatMap((entry) => TokenStore.set(store, storeKey, entry)),
      Effect.catchAll(storeFailed)
    )

  const clientRefusal = ClientRefusal.make()
  let authorizationId: string = yield* TokenStore.newVersion
  const held = (token: Token) => ({ token, authorizationId, notBefore: 0, endsAt: Infinity })

  const tokens = yield* LiveTokens.make({
    windows: settings.windows,
    select: () => Either.right(defaultKey),
    ends: () => false,
    fetch: Effect.fnUntraced(function* (key, refused) {
      const clock = yield* Effect.clock
      const now = yield* clock.currentTimeMillis
      const shared = Option.filter(yield* stored, (token) => Redacted.value(token.accessToken) !== refused)
      if (Option.isSome(shared) && isFresh(shared.value, now)) {
        return held(shared.value)
      }
      const refusal = yield* clientRefusal.current
      if (refusal !== undefined) {
        return yield* refusal.error
      }
      const token = yield* detached(accounts.clientCredentials).pipe(
        // Client credentials have no user grant to lose, so a refused app is misconfigured
        Effect.catchTag("InvalidGrant", () => new ClientMisconfigured({ code: "invalid_client" })),
        Effect.tapErrorTag("ClientMisconfigured", clientRefusal.remember),
        Effect.filterOrFail(
          (token) => token.expiresAt.epochMillis > clock.unsafeCurrentTimeMillis(),
          () => new TokenResponseInvalid({ path: "expires_in", problem: "over on arrival" })
        ),
        Effect.either
      )
      if (Either.isLeft(token)) {
        const retry =
          token.left._tag === "TokenEndpointUnavailable" || token.left._tag === "TokenResponseInvalid"
        return retry && Option.isSome(shared) && shared.value.expiresAt.epochMillis > now
          ? { ...held(shared.value), notBefore: notBefore(token.left, now) }
          : yield* token.left
      }
      yield* put(token.right)
      yield* events.publish(SessionEvent.Refreshed({ key }))
      return held(token.right)
    })
  })

  return {
    kind: "App" as const,
    accessToken: tokens.accessToken,
    scopes: Effect.succeedNone,
    authorizationId: tokens.authorizationId,
    renew: tokens.renew,
    refresh: tokens.refresh,
    session: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const record = Option.map(yield* stored, (token) => newRecord("", token, Option.none()))
      return fromRecord(defaultKey, record, now)
    }),
    signOut: TokenStore.remove(store, storeKey).pipe(
      Effect.zipRight(
        Effect.map(TokenStore.newVersion, (id) => {
          authorizationId = id
        })
      ),
      Effect.zipRight(tokens.forget(defaultKey)),
      Effect.zipRight(events.publish(SessionEvent.SignedOut({ key: defaultKey })))
    ),
    events: events.stream
  }
})

/** While the old token is valid, a failed refresh is retried after half a minute, or when Spotify says. */
const notBefore = (error: SessionError, now: number): number =>
  error instanceof TokenEndpointUnavailable && error.retryAt !== undefined
    ? error.retryAt.epochMillis
    : now + 30_000
