/**
 * Provides a valid access token at any time. It is refreshed before it expires, once for any number of
 * callers, and stored before any caller gets it.
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
import * as AppRecord from "./appRecord.js"
import * as AppSession from "./appSession.js"
import * as Backoff from "./backoff.js"
import * as FixedSession from "./fixedSession.js"
import * as UserSession from "./userSession.js"
import { LoginService } from "./LoginService.js"
import type { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import type { TokenStore, Write } from "../store/TokenStore.js"

/**
 * - `User`: the session of a user who logged in, by either user flow
 * - `App`: the app's own session, by client credentials
 * - `Token`: a token from elsewhere, which cannot be refreshed
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "User" | "App" | "Token"

/**
 * Every member acts on the selected session: the one of {@link withSession}, or the only session of a program
 * with a single user.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The kind of session, for the advice in error messages. Absent if it is unknown. */
  readonly kind?: Kind
  /** A valid token. Reads from memory if possible, and waits only if the old token is about to expire. */
  readonly accessToken: Effect.Effect<Redacted.Redacted<string>, SessionError>
  /**
   * The scopes that the user granted, if known. None for the app's own session, which has no scopes, and for
   * a token from elsewhere without them. Reads from memory if possible.
   */
  readonly scopes: Effect.Effect<Option.Option<ReadonlyArray<Scope>>, SessionError>
  /**
   * Identifies the login or import that the current token comes from. It changes with each login, import and
   * sign-out. Use it to key data that is kept for a session, such as cached answers. None if it is unknown;
   * then nothing may be kept. Fails as `accessToken` does.
   */
  readonly authorizationId: Effect.Effect<Option.Option<string>, SessionError>
  /**
   * A new token in place of this one, which the Web API refused with 401. All callers with the same refused
   * token share one refresh, and a late caller gets the same result. Within 30 seconds of such a refresh
   * there is no other, and the same token comes back. With `confirm` there is one more refresh, which finds
   * out whether the grant was revoked meanwhile.
   */
  readonly renew: (
    refused: Redacted.Redacted<string>,
    options?: { readonly confirm?: boolean | undefined }
  ) => Effect.Effect<Redacted.Redacted<string>, SessionError>
  /** Fetches a new token now, even if the old one is valid. Rarely needed. */
  readonly refresh: Effect.Effect<Redacted.Redacted<string>, SessionError>
  /** The state of the session as data. Reads only the store. */
  readonly session: Effect.Effect<Session, SessionError>
  /**
   * Removes the session from memory and from the store. A refresh in progress does not bring it back. Spotify
   * has no way for an app to revoke its tokens, but users can remove the app on their account page.
   */
  readonly signOut: Effect.Effect<void, SessionError>
  /** Events of all sessions of this process, from the time of subscription. */
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
 * The selected session. None means the program's only session.
 *
 * @since 0.1.0
 * @category references
 */
export class CurrentSession extends Context.Reference<CurrentSession>()("effect-spotify/CurrentSession", {
  defaultValue: () => Option.none<SessionKey>()
}) {}

/**
 * Changes how an effect or stream runs, by a value. Data-first or data-last.
 *
 * @since 0.1.0
 * @category models
 */
export interface With<in Value> {
  (
    value: Value
  ): <S extends Stream.Stream<unknown, unknown, unknown>>(
    self: S
  ) => S extends Effect.Effect<infer A, infer E, infer R>
    ? Effect.Effect<A, E, R>
    : S extends Stream.Stream<infer A, infer E, infer R>
      ? Stream.Stream<A, E, R>
      : never
  <A, E, R>(self: Effect.Effect<A, E, R>, value: Value): Effect.Effect<A, E, R>
  <A, E, R>(self: Stream.Stream<A, E, R>, value: Value): Stream.Stream<A, E, R>
}

/**
 * Selects the session for all calls inside the effect or stream.
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
export const withSession: With<SessionKey> = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R> | Stream.Stream<A, E, R>, key: SessionKey) =>
    Effect.isEffect(self)
      ? Effect.provideService(self, CurrentSession, Option.some(key))
      : Stream.provideService(self, CurrentSession, Option.some(key))
)

/**
 * The options of sessions. The defaults suit most programs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * `one`: calls without a selected session use the program's only session. `many`: they fail with
   * `NotAuthenticated`, so that no user sees another user's account. @default "one"
   */
  readonly sessions?: "one" | "many" | undefined
  /**
   * A new token is fetched in the background from this long before the old one expires, but not before three
   * quarters of its life have passed. Jitter spreads it over a fifth of this time. @default 5 minutes
   */
  readonly refreshAhead?: Duration.DurationInput | undefined
  /**
   * Callers wait for the new token from this long before the old one expires, at most an eighth of its life.
   * @default 30 seconds
   */
  readonly waitAhead?: Duration.DurationInput | undefined
  /**
   * How long a token is served from memory before the store is checked for its session. A sign-out or a login
   * in another instance is noticed within this time. Most checks run in the background, and no call fails if
   * the store does not answer. `Duration.infinity` checks only at the next refresh. @default 30 seconds
   */
  readonly maxStaleness?: Duration.DurationInput | undefined
  /**
   * The total time limit of one token request. A refresh whose response was lost is repeated once, at once,
   * with half this limit. @default 30 seconds
   */
  readonly timeout?: Duration.DurationInput | undefined
  /** The time limit of one store operation. @default 10 seconds */
  readonly storeTimeout?: Duration.DurationInput | undefined
  /**
   * The waits between failed refreshes, unless Spotify gives one. The number of failures is in the session's
   * record, so all processes share it. A schedule that ends keeps its last wait. @default from about a
   * second, doubling to 5 minutes, each cut by up to half at random
   */
  readonly refreshRetry?: Schedule.Schedule<unknown> | undefined
  /**
   * How the write of a new token is retried while its callers wait. @default three retries in about a second
   */
  readonly storeRetry?: Schedule.Schedule<unknown> | undefined
  /**
   * How that write is retried afterwards, while the token is served from memory. @default without end, from
   * 250 milliseconds up to 2 seconds apart, each cut by up to half at random
   */
  readonly unstoredRetry?: Schedule.Schedule<unknown> | undefined
  /**
   * How long a rejected refresh token is kept for `LoginService.restore`. Spotify asks apps to discard it at
   * once, but has also rejected good tokens during an incident. @default zero
   */
  readonly quarantine?: Duration.DurationInput | undefined
  /**
   * The maximum number of pending logins that this process began. Each is a record in the store for ten
   * minutes, and anybody can begin one. Beyond the limit `LoginService.begin` fails with `TooManyLogins`, and
   * the routes of `LoginRoutes` answer 503 with `Retry-After`. A failed login counts until it expires. In any
   * case, all processes that share a store have 32,768 places for logins there. @default 10000
   */
  readonly maxPendingLogins?: number | undefined
  /**
   * Whether to refuse login responses without an issuer (`iss` of RFC 9207, section 2.4). For servers that
   * promise to send it; Spotify does not. An issuer that is present is always compared.
   * @default false, and true with `issuer`
   */
  readonly requireIssuer?: boolean | undefined
  /**
   * The issuer that login responses must name, as in the server's metadata. It is compared character by
   * character. With another issuer, or with none, the login fails with `AuthorizationResponseInvalid`.
   * @default the origin of `accountsUrl`, if a response names an issuer
   */
  readonly issuer?: string | undefined
  /**
   * Receives a new token that could not be stored before the program ended. The write is the argument for
   * `TokenStore.commit`; its payload is the session with its secrets. @default the token is lost, with an
   * error in the log
   */
  readonly onUnpersisted?: ((key: SessionKey, write: Write) => Effect.Effect<void>) | undefined
}

/**
 * The options of the app's own session.
 *
 * @since 0.1.0
 * @category models
 */
export type AppOptions = Pick<Options, "refreshAhead" | "waitAhead" | "timeout" | "storeTimeout">

const appSettings = (options: AppOptions): Pick<UserSession.Settings, "windows" | "timeout"> => ({
  windows: {
    advisory: Duration.decode(options.refreshAhead ?? "5 minutes"),
    mandatory: Duration.decode(options.waitAhead ?? "30 seconds")
  },
  timeout: Duration.decode(options.timeout ?? "30 seconds")
})

const settings = (options: Options): UserSession.Settings => ({
  ...appSettings(options),
  sessions: options.sessions ?? "one",
  maxStaleness: Duration.decode(options.maxStaleness ?? "30 seconds"),
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
 * Sessions of users who log in through Spotify, for servers, which can keep a client secret. `LoginService`
 * does the login. Fails to build without a client secret.
 *
 * The login also uses PKCE, which protects the code in the browser.
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
 * Sessions of users who log in through Spotify, for programs that cannot keep a client secret: command lines,
 * desktop, mobile and browser apps. A client secret in the configuration is ignored.
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
 * The app's own session, without a user. It reads the catalogue, but nothing under `/me`. Fails to build
 * without a client secret. The token is kept in the store, so that processes can share it. If the store
 * fails, each process requests its own token.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClientCredentials = (
  options: AppOptions = {}
): Layer.Layer<SessionService, ClientMisconfigured, SpotifyConfig | TokenStore | HttpClient.HttpClient> =>
  Layer.scoped(
    SessionService,
    Effect.flatMap(AppRecord.make(Duration.decode(options.storeTimeout ?? "10 seconds")), (place) =>
      AppSession.make(appSettings(options), place)
    )
  )

/**
 * The same without a store, for small programs: only this process has the token, and each process requests its
 * own. Bundlers leave out everything that has to do with stores and users.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClientCredentialsInMemory = (
  options: Omit<AppOptions, "storeTimeout"> = {}
): Layer.Layer<SessionService, ClientMisconfigured, SpotifyConfig | HttpClient.HttpClient> =>
  Layer.scoped(
    SessionService,
    Effect.flatMap(AppSession.memory, (place) => AppSession.make(appSettings(options), place))
  )

/**
 * A session with a token from elsewhere, which is never refreshed. When Spotify refuses it, calls fail with
 * `ReauthorizationRequired`. Whitespace around it is removed. Calls with text that cannot be a token (RFC
 * 6750, section 2.1) fail with `ClientMisconfigured`. For tests, short scripts, and programs that get tokens
 * from their own server.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAccessToken = (
  accessToken: Redacted.Redacted<string>,
  options: { readonly scopes?: ReadonlyArray<Scope> | undefined } = {}
): Layer.Layer<SessionService> =>
  Layer.scoped(SessionService, FixedSession.make(accessToken, Option.fromNullable(options.scopes)))
