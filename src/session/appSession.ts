import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import { ClientMisconfigured, TokenEndpointUnavailable, TokenResponseInvalid } from "../accounts/AuthError.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import type { Token } from "../accounts/Token.js"
import * as TokenEndpoint from "../accounts/tokenEndpoint.js"
import { detached } from "../concurrency/singleFlight.js"
import * as TokenStore from "../store/TokenStore.js"
import * as ClientRefusal from "./clientRefusal.js"
import * as LiveTokens from "./liveTokens.js"
import { defaultKey, Session, type SessionError } from "./Session.js"
import { SessionEvent } from "./SessionEvent.js"
import * as SessionEvents from "./sessionEvents.js"
import type { Settings } from "./userSession.js"

/** Where the app's token lies. No failure keeps the app from a token of its own. */
export interface Place {
  readonly token: Effect.Effect<Option.Option<Token>>
  readonly put: (token: Token) => Effect.Effect<void>
  readonly remove: Effect.Effect<void, TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt>
}

/** Only this process has the token. */
export const memory: Effect.Effect<Place> = Effect.map(Ref.make(Option.none<Token>()), (held) => ({
  token: Ref.get(held),
  put: (token) => Ref.set(held, Option.some(token)),
  remove: Ref.set(held, Option.none())
}))

/**
 * The app's own session. Its token can be requested again at any time and nothing rotates, so it needs no lease.
 */
export const make = Effect.fnUntraced(function* (
  settings: Pick<Settings, "windows" | "timeout">,
  place: Place
) {
  const config = yield* SpotifyConfig
  if (Option.isNone(config.clientSecret)) {
    return yield* new ClientMisconfigured({ code: "client_secret_missing" })
  }
  // Client credentials have no user grant to lose, so a refused app is misconfigured
  const accounts = yield* TokenEndpoint.make(
    settings.timeout,
    () => new ClientMisconfigured({ code: "invalid_client" })
  )
  const events = yield* SessionEvents.make
  const isFresh = LiveTokens.isFresh(settings.windows)
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
      const shared = Option.filter(
        yield* place.token,
        (token) => Redacted.value(token.accessToken) !== refused
      )
      if (Option.isSome(shared) && isFresh(shared.value, now)) {
        return held(shared.value)
      }
      const refusal = yield* clientRefusal.current
      if (refusal !== undefined) {
        return yield* refusal.error
      }
      const token = yield* Effect.either(detached(accounts.clientCredentials))
      if (Either.isRight(token) && token.right.expiresAt.epochMillis > clock.unsafeCurrentTimeMillis()) {
        yield* place.put(token.right)
        yield* events.publish(SessionEvent.Refreshed({ key }))
        return held(token.right)
      }
      const error = Either.isLeft(token)
        ? token.left
        : new TokenResponseInvalid({ path: "expires_in", problem: "over on arrival" })
      if (error._tag === "ClientMisconfigured") {
        yield* clientRefusal.remember(error)
        return yield* error
      }
      return Option.isSome(shared) && shared.value.expiresAt.epochMillis > now
        ? { ...held(shared.value), notBefore: notBefore(error, now) }
        : yield* error
    })
  })

  return {
    kind: "App" as const,
    accessToken: tokens.accessToken,
    scopes: Effect.succeedNone,
    authorizationId: tokens.authorizationId,
    renew: tokens.renew,
    refresh: tokens.refresh,
    session: Effect.map(
      place.token,
      Option.match({
        onNone: () => Session.SignedOut({ key: defaultKey }),
        onSome: ({ expiresAt, scopes }) =>
          Session.Active({
            key: defaultKey,
            scopes,
            accessTokenExpiresAt: Option.some(expiresAt),
            authorizedAt: Option.none(),
            reauthorizeBy: Option.none()
          })
      })
    ),
    signOut: place.remove.pipe(
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
