/**
 * The login of a web server: the routes that send a browser to Spotify and receive its callback, the cookies
 * that bind the two together, and the session of each request. It runs in an `HttpRouter`, or as a plain
 * function from `Request` to `Response`.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { ClientMisconfigured } from "../accounts/AuthError.js"
import type * as SpotifyScope from "../accounts/Scope.js"
import { SessionKey } from "../session/Session.js"
import { WebCrypto } from "../accounts/webCrypto.js"
import * as BrowserCookie from "./browserCookie.js"
import * as Handlers from "./handlers.js"
import * as Paths from "./paths.js"
import { LoginRoutes, type Service } from "./routes.js"
import * as Signer from "./signer.js"
import { LoginService } from "../session/LoginService.js"
import { SessionService, withSession } from "../session/SessionService.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import { generate, type LoginRefused, LoginRoutesMisconfigured } from "./LoginRoutesError.js"

/** @since 0.1.0 */
export type { CompletedLogin, Paths } from "./handlers.js"

/** @since 0.1.0 */
export { LoginRefused, LoginRoutesMisconfigured } from "./LoginRoutesError.js"

/** @since 0.1.0 */
export {
  LoginRoutes,
  orLogIn,
  requestSession,
  type Service,
  withRequestSession,
  withRoutes
} from "./routes.js"

/** @since 0.1.0 */
export { toWebHandler, toWebLogin, type WebHandler, type WebLogin } from "./webHandler.js"

/**
 * The answer of the status route to the app's own pages. It contains no token and no id.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly signedIn: boolean
  /** What the user granted. */
  readonly scopes: ReadonlyArray<SpotifyScope.Scope>
  /** Whether the user should log in again soon. */
  readonly expiresSoon: boolean
  /** ISO 8601, or null if `expiresSoon` is false. */
  readonly reauthorizeBy: string | null
}

/**
 * The options of the login.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<R = never> {
  /**
   * The secrets that sign the cookies, at least 32 random bytes each. The first one signs, and all are
   * accepted. To rotate, put a new one in front and remove the old one when the cookies that it signed have
   * expired.
   */
  readonly secrets: Redacted.Redacted<string> | ReadonlyArray<Redacted.Redacted<string>>
  /**
   * The prefix of the paths of login, logout and status, such as `/auth`. @default the redirect URI's path
   * without its last segment
   */
  readonly prefix?: string | undefined
  /** The cookie that names the session. */
  readonly sessionCookie?:
    | {
        /** Without a prefix such as `__Host-`, which is added automatically. @default "spotify-session" */
        readonly name?: string | undefined
        /**
         * Shares the cookie with all hosts of a domain, each of which can then set it. @default only this
         * host
         */
        readonly domain?: string | undefined
        /** How long the browser keeps it. @default 30 days */
        readonly life?: Duration.DurationInput | undefined
      }
    | undefined
  /**
   * Ends a session that its browser has not used for this long. A request counts as use if the app asks for
   * its session or the status route answers it. The session's record stores the timeout: see
   * `LoginService.Timeouts`. Sessions older than the option get it with their next request. @default none
   */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** Ends a session this long after its login, even if it is in use. @default none */
  readonly absoluteTimeout?: Duration.DurationInput | undefined
  /** The cookie that binds a pending login to its browser. */
  readonly loginCookie?:
    | {
        /** Without a prefix. @default "spotify-login" */
        readonly name?: string | undefined
      }
    | undefined
  /** @default the configured scopes */
  readonly scopes?: ReadonlyArray<SpotifyScope.Scope> | undefined
  /** Also ask for the scopes of the browser's current session. @default false */
  readonly keepScopes?: boolean | undefined
  /** Ask the user again even if the scopes were granted before. @default false */
  readonly showDialog?: boolean | undefined
  /** The path after a login without `returnTo`. @default "/" */
  readonly afterLogin?: string | undefined
  /** The path after a logout. @default "/" */
  readonly afterLogout?: string | undefined
  /**
   * Runs before the browser gets its cookie. Use it to record whose session this is, or to refuse the user
   * with {@link LoginRefused}. A repeated callback runs it again with the same key.
   */
  readonly onLogin?: ((login: Handlers.CompletedLogin) => Effect.Effect<void, LoginRefused, R>) | undefined
  /**
   * Runs after a logout or another login in the same browser has removed a session, even one that had already
   * ended. It never runs for a browser that does not come back, so data that a program keeps for a session
   * needs its own expiry.
   */
  readonly onLogout?: ((key: SessionKey) => Effect.Effect<void, never, R>) | undefined
}

/** Longer than a login lives, so that a late callback is recognized as late. */
const bindingLife = "15 minutes"

/** Whether the timeout is set. Fails unless it is longer than zero. */
const isSet = (option: string, timeout: Duration.DurationInput | undefined) =>
  timeout === undefined || Option.exists(Duration.decodeUnknown(timeout), Duration.greaterThan(Duration.zero))
    ? Effect.succeed(timeout !== undefined)
    : new LoginRoutesMisconfigured({ reason: "Timeout", option })

/**
 * See {@link layer}, which also keeps URLs with secrets out of the server's own spans.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <R = never>(
  options: Options<R>
): Effect.Effect<
  Service,
  LoginRoutesMisconfigured | ClientMisconfigured,
  SessionService | LoginService | SpotifyConfig | R
> =>
  Effect.gen(function* () {
    const config = yield* SpotifyConfig
    const context = yield* Effect.context<R>()
    const url = yield* Paths.webAddress(config.redirectUri)
    const paths = yield* Paths.pathsOf(url, options.prefix)
    const signer = yield* Signer.make(
      Redacted.isRedacted(options.secrets) ? [options.secrets] : options.secrets
    )
    const common = { secure: url.protocol === "https:", signer }
    const cookie = yield* BrowserCookie.make({
      ...common,
      option: "sessionCookie",
      purpose: "session",
      name: options.sessionCookie?.name ?? "spotify-session",
      domain: options.sessionCookie?.domain,
      life: options.sessionCookie?.life ?? "30 days"
    })
    const binding = yield* BrowserCookie.make({
      ...common,
      option: "loginCookie",
      purpose: "login",
      name: options.loginCookie?.name ?? "spotify-login",
      domain: undefined,
      life: bindingLife
    })
    if (cookie.name === binding.name) {
      return yield* new LoginRoutesMisconfigured({ reason: "Cookie", option: "loginCookie" })
    }
    const { onLogin = () => Effect.void } = options
    const { absoluteTimeout, idleTimeout } = options
    const timeouts = { absoluteTimeout, idleTimeout }
    const hasEnds = yield* Effect.forEach(["absoluteTimeout", "idleTimeout"] as const, (option) =>
      isSet(option, options[option])
    )
    const login = yield* LoginService
    /** Whether the session has not ended. If the store cannot tell, it counts as absent. */
    const touch = (key: SessionKey) =>
      hasEnds.includes(true)
        ? login.touch(timeouts).pipe(
            withSession(key),
            Effect.catchAll((error) =>
              Effect.as(Effect.logWarning(`Cannot tell whether a session has ended: ${error.message}`), false)
            )
          )
        : Effect.succeed(true)
    const handle = Handlers.make({
      sessions: yield* SessionService,
      login,
      crypto: yield* WebCrypto,
      paths,
      redirectUri: url,
      session: cookie,
      touch,
      timeouts,
      binding,
      scopes: options.scopes ?? config.scopes,
      keepScopes: options.keepScopes ?? false,
      showDialog: options.showDialog,
      afterLogin: yield* Paths.pageOf("afterLogin", options.afterLogin),
      afterLogout: yield* Paths.pageOf("afterLogout", options.afterLogout),
      onLogin: (login) => Effect.provide(onLogin(login), context),
      onLogout: (key) => Effect.provide(options.onLogout?.(key) ?? Effect.void, context)
    })
    return {
      paths,
      handle: (request) => Option.fromNullable(handle(request)),
      sessionOf: Effect.fnUntraced(function* (header) {
        const key = Option.map(yield* cookie.read(header), SessionKey)
        return Option.isSome(key) && (yield* touch(key.value)) ? key : Option.none()
      })
    }
  })

/** The platform's server spans contain the URL of a request and the headers of its response. */
const quietSpans = Effect.gen(function* () {
  const { paths } = yield* LoginRoutes
  const before = yield* FiberRef.get(HttpMiddleware.currentTracerDisabledWhen)
  yield* Effect.locallyScoped(
    HttpMiddleware.currentTracerDisabledWhen,
    (request) => Handlers.pathOf(request) === paths.callback || before(request)
  )
  // A login redirects the browser to a URL with the state
  yield* Effect.locallyScopedWith(Headers.currentRedactedNames, (names) => [...names, "location"])
})

/**
 * The routes of a login. Provide this layer to the server's layer, and add the routes to its app with
 * {@link withRoutes}.
 *
 * The session cookie holds a signed random id, which is the session's key. Each login gets a new one. The
 * program needs `sessions: "many"` and a `TokenStore` that its instances share, because a callback may reach
 * a different instance than its login. With an `https` redirect URI cookies are `Secure` and `__Host-`.
 *
 * The server spans and the access log of `@effect/platform` leave out callbacks, whose URLs contain a code.
 * Configure anything else that logs URLs, such as a proxy, to leave out the query of the callback.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
 * import { LoginRoutes, SpotifyClient } from "effect-spotify"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const me = Effect.gen(function* () {
 *   const spotify = yield* SpotifyClient.SpotifyClient
 *   const profile = yield* spotify.me.profile
 *   return HttpServerResponse.text(`Hello ${profile.display_name ?? profile.id}`)
 * }).pipe(LoginRoutes.withRequestSession, LoginRoutes.orLogIn)
 *
 * const server = HttpRouter.empty.pipe(
 *   HttpRouter.get("/me", me),
 *   LoginRoutes.withRoutes,
 *   HttpServer.serve(),
 *   Layer.provide(LoginRoutes.layerConfig({ secrets: LoginRoutes.secrets, afterLogin: Config.succeed("/me") }))
 * )
 * ```
 */
export const layer = <R = never>(
  options: Options<R>
): Layer.Layer<
  LoginRoutes,
  LoginRoutesMisconfigured | ClientMisconfigured,
  SessionService | LoginService | SpotifyConfig | R
> => Layer.provideMerge(Layer.scopedDiscard(quietSpans), Layer.effect(LoginRoutes, make(options)))

const variable = "SPOTIFY_COOKIE_SECRETS"

/**
 * Reads the cookie secrets from `SPOTIFY_COOKIE_SECRETS`: one or more, separated by spaces, the newest first.
 *
 * @since 0.1.0
 * @category configuration
 */
export const secrets: Config.Config<ReadonlyArray<Redacted.Redacted<string>>> = Config.suspend(() =>
  Config.option(Config.redacted(Config.nonEmptyString(variable))).pipe(
    Config.mapOrFail(
      Either.fromOption(() => ConfigError.MissingData([variable], `set it to a secret: ${generate}`))
    ),
    Config.map((text) =>
      Redacted.value(text)
        .split(/\s+/)
        .filter((secret) => secret !== "")
        .map((secret) => Redacted.make(secret))
    )
  )
)

/**
 * See {@link layer}. Reads the options from the program's `ConfigProvider`, by default the environment.
 * Without an argument it reads only the {@link secrets}; otherwise it reads the given `Config` of each
 * option. Pass `onLogin` and `onLogout` as plain functions.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { LoginRoutes } from "effect-spotify"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 *
 * const Routes = LoginRoutes.layerConfig({
 *   secrets: LoginRoutes.secrets,
 *   afterLogin: Config.succeed("/me"),
 *   idleTimeout: Config.duration("IDLE_TIMEOUT").pipe(Config.withDefault("1 day")),
 *   onLogin: ({ key }) => Effect.logInfo(`signed in: ${key}`)
 * })
 * ```
 */
export const layerConfig = <R = never>(
  options: Config.Config.Wrap<Omit<Options, "onLogin" | "onLogout">> &
    Pick<Options<R>, "onLogin" | "onLogout"> = { secrets }
): Layer.Layer<
  LoginRoutes,
  LoginRoutesMisconfigured | ClientMisconfigured | ConfigError.ConfigError,
  SessionService | LoginService | SpotifyConfig | R
> => {
  const { onLogin, onLogout, ...members } = options
  const configured = Config.unwrap(Config.isConfig(options) ? options : members)
  return Layer.unwrapEffect(Effect.map(configured, (options) => layer<R>({ onLogin, onLogout, ...options })))
}
