/**
 * A live access token, always: fetched before the old one ends, once for any number of callers, and stored
 * before anybody uses it.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import type { Scope } from "../accounts/Scope.js"
import type { Session, SessionError, SessionKey } from "./Session.js"
import type { SessionEvent } from "./SessionEvent.js"
import * as AppSession from "./appSession.js"
import * as Backoff from "./backoff.js"
import * as FixedSession from "./fixedSession.js"
import type { Settings } from "./settings.js"
import * as UserSession from "./userSession.js"
import { LoginService } from "./LoginService.js"
import type { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import type { TokenStore, Write } from "../store/TokenStore.js"

/**
 * - `User`: of a user who logged in, by either user flow
 * - `App`: the app's own, by client credentials
 * - `Token`: one from elsewhere, which cannot be renewed
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "User" | "App" | "Token"

/**
 * Every member acts on the selected session: the one of {@link withSession}, or the only one of a program
 * that serves a single user.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Whose token it is, for what an error says to do; absent if it is not known. */
  readonly kind?: Kind
  /** A token that is good now. Reads memory as long as it can; waits only when the old one is about to end. */
  readonly accessToken: Effect.Effect<Redacted.Redacted<string>, SessionError>
  /**
   * What the user granted, as far as it is known: none for the app's own session, which has no scopes, and
   * for a token from elsewhere that came without them. Reads memory as long as it can.
   */
  readonly scopes: Effect.Effect<Option.Option<ReadonlyArray<Scope>>, SessionError>
  /**
   * Names the login or import that the present token comes from: another one after each login, import and
   * sign-out. For what is kept of a session, such as answers in a cache. None if it is not known, and then
   * nothing may be kept. Fails where `accessToken` does.
   */
  readonly authorizationId: Effect.Effect<Option.Option<string>, SessionError>
  /**
   * A token other than this one, which the Web API answered with 401. Any number of callers that were
   * refused the same token share one refresh, and a late one gets what the others got. Within 30 seconds of
   * such a refresh there is no other: the same token comes back. With `confirm` there is one, which finds
   * out whether the grant was revoked meanwhile.
   */
  readonly renew: (
    refused: Redacted.Redacted<string>,
    options?: { readonly confirm?: boolean | undefined }
  ) => Effect.Effect<Redacted.Redacted<string>, SessionError>
  /** A new token now, although the old one may be good. Rarely needed. */
  readonly refresh: Effect.Effect<Redacted.Redacted<string>, SessionError>
  /** What state the session is in, as data. Reads the store and asks nobody else. */
  readonly session: Effect.Effect<Session, SessionError>
  /**
   * Forgets the session, here and in the store. A refresh under way does not bring it back. Spotify has no
   * way for an app to revoke its tokens; the user can remove the app on their account page.
   */
  readonly signOut: Effect.Effect<void, SessionError>
  /** What happens to all sessions of this process, from the time of subscription on. */
  readonly events: Stream.Stream<SessionEvent>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class SessionService extends Context.Tag("effect-spotify/SessionService")<SessionService, Service>() {
  /**
   * What the effect gives, with the service: `SessionService.use((sessions) => …)`.
   *
   * @since 0.1.0
   */
  static readonly use = <A, E, R>(
    f: (service: Service) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | SessionService> => Effect.flatMap(SessionService, f)
}

/**
 * The selected session: none means the only one of the program.
 *
 * @since 0.1.0
 * @category references
 */
export class CurrentSession extends Context.Reference<CurrentSession>()("effect-spotify/CurrentSession", {
  defaultValue: () => Option.none<SessionKey>()
}) {}

/**
 * Selects the session that calls inside of the effect, or of the stream, are made for.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { Session, SessionService, SpotifyClient } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 *
 * const nameOf = (userId: string) =>
 *   Effect.gen(function* () {
 *     const spotify = yield* SpotifyClient.SpotifyClient
 *     const me = yield* spotify.me.profile
 *     return me.display_name
 *   }).pipe(SessionService.withSession(Session.SessionKey(userId)))
 * ```
 */
export const withSession: {
  (
    key: SessionKey
  ): <S extends Stream.Stream<unknown, unknown, unknown>>(
    self: S
  ) => S extends Effect.Effect<infer A, infer E, infer R>
    ? Effect.Effect<A, E, R>
    : S extends Stream.Stream<infer A, infer E, infer R>
      ? Stream.Stream<A, E, R>
      : never
  <A, E, R>(self: Effect.Effect<A, E, R>, key: SessionKey): Effect.Effect<A, E, R>
  <A, E, R>(self: Stream.Stream<A, E, R>, key: SessionKey): Stream.Stream<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R> | Stream.Stream<A, E, R>, key: SessionKey) =>
  Effect.isEffect(self)
    ? Effect.provideService(self, CurrentSession, Option.some(key))
    : Stream.provideService(self, CurrentSession, Option.some(key))
)

/**
 * How sessions behave. Every default is what most programs want.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * `one`: calls without a selected session are made for the only one. `many`: they fail with
   * `NotAuthenticated`, so that no user ever sees another's account. @default "one"
   */
  readonly sessions?: "one" | "many" | undefined
  /**
   * A new token is fetched in the background from this long before the old one's end, but not before three
   * quarters of its life are over; spread over a fifth of it at random. @default 5 minutes
   */
  readonly refreshAhead?: Duration.DurationInput | undefined
  /**
   * Callers wait for the new token from this long before the old one's end, at most an eighth of its life.
   * @default 30 seconds
   */
  readonly waitAhead?: Duration.DurationInput | undefined
  /**
   * How long a token is served from memory until the store is asked whether its session still is there: a
   * sign-out or a login of another instance is seen within this time. The store is mostly asked in the
   * background, and one that does not answer costs no call. `Duration.infinity` asks at the next refresh
   * only. @default 30 seconds
   */
  readonly maxStaleness?: Duration.DurationInput | undefined
  /**
   * How long one token request may take in all. A refresh whose answer was lost is sent once more at once,
   * for half as long. @default 30 seconds
   */
  readonly timeout?: Duration.DurationInput | undefined
  /** How long one operation of the store may take. @default 10 seconds */
  readonly storeTimeout?: Duration.DurationInput | undefined
  /**
   * The waits between refreshes that fail, unless Spotify names one. Only the waits count: their number
   * stands in the session's record, so that all processes share it, and a schedule that ends goes on with
   * its last wait. @default from about a second, doubling to 5 minutes, each cut by up to half at random
   */
  readonly refreshRetry?: Schedule.Schedule<unknown> | undefined
  /**
   * How the write of a new token is tried again while its callers wait. @default three more tries in about
   * a second
   */
  readonly storeRetry?: Schedule.Schedule<unknown> | undefined
  /**
   * How that write is tried again afterwards, while the token is served from memory. @default without end,
   * every 250 milliseconds at first and every 2 seconds at last, each cut by up to half at random
   */
  readonly unstoredRetry?: Schedule.Schedule<unknown> | undefined
  /**
   * How long a refresh token that Spotify rejected is kept for `LoginService.restore`. Spotify asks to
   * discard it at once; it has also rejected good ones during an incident. @default zero
   */
  readonly quarantine?: Duration.DurationInput | undefined
  /**
   * How many logins that this process began may wait for their users at a time. Each is a record in the store for
   * ten minutes, and anybody can begin one; when so many wait, `LoginService.begin` fails with `TooManyLogins`
   * and the routes of `LoginRoutes` answer 503 with `Retry-After`. One that came to nothing counts until its end.
   * All processes that share a store have 32,768 places for logins there, whatever this is. @default 10000
   */
  readonly maxPendingLogins?: number | undefined
  /**
   * Whether an answer to a login is refused that does not name its issuer, `iss` of RFC 9207, section 2.4. For
   * servers that promise to name it; Spotify does not. One that is named is compared in any case.
   * @default false, and true with `issuer`
   */
  readonly requireIssuer?: boolean | undefined
  /**
   * The issuer that an answer to a login must name, as a server's metadata has it. Compared character by
   * character: with another one, or with none, the login fails with `AuthorizationResponseInvalid`.
   * @default the origin of `accountsUrl`, wherever an answer names one
   */
  readonly issuer?: string | undefined
  /**
   * What to do with a new token that the store still refused when the program ended. The write
   * is what `TokenStore.commit` takes; its payload is the session with its secrets. @default it is lost, with
   * an error in the log
   */
  readonly onUnpersisted?: ((key: SessionKey, write: Write) => Effect.Effect<void>) | undefined
}

/**
 * The options of a session that is the app's own.
 *
 * @since 0.1.0
 * @category models
 */
export type AppOptions = Pick<Options, "refreshAhead" | "waitAhead" | "timeout" | "storeTimeout">

const settings = (options: Options): Settings => ({
  sessions: options.sessions ?? "one",
  windows: {
    advisory: Duration.decode(options.refreshAhead ?? "5 minutes"),
    mandatory: Duration.decode(options.waitAhead ?? "30 seconds")
  },
  maxStaleness: Duration.decode(options.maxStaleness ?? "30 seconds"),
  timeout: Duration.decode(options.timeout ?? "30 seconds"),
  storeTimeout: Duration.decode(options.storeTimeout ?? "10 seconds"),
  refreshRetry: options.refreshRetry ?? Backoff.refreshRetry,
  storeRetry: options.storeRetry ?? Backoff.storeRetry,
  unstoredRetry: options.unstoredRetry ?? Backoff.unstoredRetry,
  quarantine: Duration.decode(options.quarantine ?? Duration.zero),
  maxPendingLogins: options.maxPendingLogins ?? 10_000,
  requireIssuer: options.issuer !== undefined || options.requireIssuer === true,
  issuer: options.issuer,
  onUnpersisted: options.onUnpersisted ?? (() => Effect.void),
  selected: (context) => Context.get(context, CurrentSession)
})

const layerUser = (options: Options, client: UserSession.Client) =>
  Layer.scopedContext(
    Effect.map(UserSession.make(settings(options), client), ({ login, session }) =>
      Context.make(SessionService, session).pipe(Context.add(LoginService, login))
    )
  )

/**
 * Sessions of users who log in through Spotify, for programs that can keep a secret: servers. The login
 * itself is `LoginService`. Fails to build without a client secret.
 *
 * The login uses PKCE as well, which protects the code on its way through the browser.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAuthorizationCode = (
  options: Options = {}
): Layer.Layer<
  SessionService | LoginService,
  ClientMisconfigured,
  SpotifyConfig | TokenStore | HttpClient.HttpClient
> => layerUser(options, "confidential")

/**
 * Sessions of users who log in through Spotify, for programs that cannot keep a secret: command lines,
 * desktops, phones and browsers. A client secret in the configuration is not used.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPkce = (
  options: Options = {}
): Layer.Layer<
  SessionService | LoginService,
  ClientMisconfigured,
  SpotifyConfig | TokenStore | HttpClient.HttpClient
> => layerUser(options, "public")

/**
 * The app's own session, without a user: the catalogue, but nothing under `/me`. Fails to build without a
 * client secret. The token is kept in the store so that several processes share it; a store that fails
 * only costs a token request.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClientCredentials = (
  options: AppOptions = {}
): Layer.Layer<SessionService, ClientMisconfigured, SpotifyConfig | TokenStore | HttpClient.HttpClient> =>
  Layer.scoped(SessionService, AppSession.make(settings(options)))

/**
 * A token from elsewhere, used as it is and never renewed: when Spotify refuses it, calls fail with
 * `ReauthorizationRequired`. Blanks around it are dropped; calls with what cannot be a token (RFC 6750,
 * section 2.1) fail with `ClientMisconfigured`. For tests, short scripts, and programs that get their tokens from a server of
 * their own.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAccessToken = (
  accessToken: Redacted.Redacted<string>,
  options: { readonly scopes?: ReadonlyArray<Scope> | undefined } = {}
): Layer.Layer<SessionService> =>
  Layer.scoped(SessionService, FixedSession.make(accessToken, Option.fromNullable(options.scopes)))
