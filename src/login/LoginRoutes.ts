/**
 * The login of a web server: the routes that send a browser to Spotify and receive its callback, the cookies
 * that bind the two together, and the session of each request. It runs in an `HttpRouter`, or as a plain
 * function from `Request` to `Response`.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Scope } from "effect/Scope"
import { ClientMisconfigured, NotAuthenticated, type ReauthorizationRequired } from "../accounts/AuthError.js"
import * as ReturnTo from "../accounts/returnTo.js"
import type * as SpotifyScope from "../accounts/Scope.js"
import { SessionKey } from "../session/Session.js"
import { WebCrypto } from "../accounts/webCrypto.js"
import * as BrowserCookie from "./browserCookie.js"
import * as Handlers from "./handlers.js"
import type { CompletedLogin, Paths } from "./handlers.js"
import * as Origin from "./origin.js"
import * as Page from "./page.js"
import * as Signer from "./signer.js"
import { LoginService } from "../session/LoginService.js"
import { SessionService, withSession } from "../session/SessionService.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import { generate, type LoginRefused, LoginRoutesMisconfigured } from "./LoginRoutesError.js"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  LoginRefused,
  /**
   * @since 0.1.0
   * @category errors
   */
  LoginRoutesMisconfigured
} from "./LoginRoutesError.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  CompletedLogin,
  /**
   * @since 0.1.0
   * @category models
   */
  Paths
} from "./handlers.js"

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
  readonly onLogin?: ((login: CompletedLogin) => Effect.Effect<void, LoginRefused, R>) | undefined
  /**
   * Runs after a logout or another login in the same browser has removed a session, even one that had already
   * ended. It never runs for a browser that does not come back, so data that a program keeps for a session
   * needs its own expiry.
   */
  readonly onLogout?: ((key: SessionKey) => Effect.Effect<void, never, R>) | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly paths: Paths
  /** Answers a request to one of the paths. None for any other request. */
  readonly handle: (
    request: HttpServerRequest.HttpServerRequest
  ) => Option.Option<Effect.Effect<HttpServerResponse.HttpServerResponse>>
  /**
   * The session that a `Cookie` header names, for frameworks that give headers and no request. None if there
   * is no cookie, or none signed by this server. With `idleTimeout` or `absoluteTimeout` also none if the
   * session has ended or the store cannot tell. Only a call shows whether the session still works.
   */
  readonly sessionOf: (cookieHeader: string | undefined) => Effect.Effect<Option.Option<SessionKey>>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class LoginRoutes extends Context.Tag("effect-spotify/LoginRoutes")<LoginRoutes, Service>() {}

/** Longer than a login lives, so that a late callback is recognized as late. */
const bindingLife = "15 minutes"

/** Whether the timeout is set. Fails unless it is longer than zero. */
const isSet = (option: string, timeout: Duration.DurationInput | undefined) =>
  timeout === undefined || Option.exists(Duration.decodeUnknown(timeout), Duration.greaterThan(Duration.zero))
    ? Effect.succeed(timeout !== undefined)
    : new LoginRoutesMisconfigured({ reason: "Timeout", option })

/** Paths that routers and browsers read exactly as written. */
const plainPath = /^\/[A-Za-z0-9/._~!$&'()+,;=:@%-]*$/

const ownPath = (option: string, path: string) =>
  plainPath.test(path) && ReturnTo.path(path, "") === path
    ? Effect.succeed(path)
    : new LoginRoutesMisconfigured({ reason: "Path", option })

const pageOf = (option: string, path = "/") =>
  ReturnTo.path(path, "") === path
    ? Effect.succeed(path)
    : new LoginRoutesMisconfigured({ reason: "Path", option })

const webAddress = (redirectUri: Option.Option<string>): Effect.Effect<URL, ClientMisconfigured> =>
  Effect.suspend(() => {
    if (Option.isNone(redirectUri)) {
      return new ClientMisconfigured({ code: "redirect_uri_missing" })
    }
    const url = new URL(redirectUri.value)
    return url.protocol === "https:" || url.protocol === "http:"
      ? Effect.succeed(url)
      : new ClientMisconfigured({
          code: "redirect_uri_invalid",
          detail: "a web server needs https, or http on a loopback address"
        })
  })

const pathsOf = (url: URL, prefix: string | undefined): Effect.Effect<Paths, LoginRoutesMisconfigured> =>
  Effect.gen(function* () {
    const callback = yield* ownPath("redirectUri", url.pathname)
    const before = prefix ?? callback.replace(/\/[^/]*\/?$/, "")
    const path = (name: string) => ownPath("prefix", `${before}/${name}`)
    const paths = {
      login: yield* path("login"),
      callback,
      logout: yield* path("logout"),
      status: yield* path("status")
    }
    return new Set(Object.values(paths)).size === 4
      ? paths
      : yield* new LoginRoutesMisconfigured({ reason: "Path", option: "prefix" })
  })

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
    const url = yield* webAddress(config.redirectUri)
    const paths = yield* pathsOf(url, options.prefix)
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
      afterLogin: yield* pageOf("afterLogin", options.afterLogin),
      afterLogout: yield* pageOf("afterLogout", options.afterLogout),
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

/**
 * Answers requests to the login's paths and passes all others to the app, which may be an `HttpRouter`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withRoutes = <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R | LoginRoutes> =>
  Effect.gen(function* () {
    const { handle } = yield* LoginRoutes
    const request = yield* HttpServerRequest.HttpServerRequest
    const answer = handle(request)
    return yield* Option.isSome(answer) ? answer.value : app
  })

/**
 * The session that the request's cookie names: see `sessionOf` of {@link Service}.
 *
 * @since 0.1.0
 * @category combinators
 */
export const requestSession: Effect.Effect<
  Option.Option<SessionKey>,
  never,
  LoginRoutes | HttpServerRequest.HttpServerRequest
> = Effect.gen(function* () {
  const { sessionOf } = yield* LoginRoutes
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  return yield* sessionOf(headers["cookie"])
})

/**
 * Runs an effect with the session of the request. Fails with `NotAuthenticated` if the browser has none.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withRequestSession = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E | NotAuthenticated, R | LoginRoutes | HttpServerRequest.HttpServerRequest> =>
  Effect.flatMap(requestSession, (key): Effect.Effect<A, E | NotAuthenticated, R> =>
    Option.isSome(key) ? withSession(self, key.value) : new NotAuthenticated({ reason: "SignedOut" })
  )

const unauthorized = () =>
  Page.secured(HttpServerResponse.unsafeJson({ error: "not_authenticated" }, { status: 401 }))

/**
 * Handles a request when nobody is signed in or the authorization has ended. A person who opens a page is
 * sent to the login and back again. A script gets 401 with `{"error":"not_authenticated"}`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const orLogIn = <E, R>(
  app: HttpApp.Default<E, R>
): HttpApp.Default<Exclude<E, NotAuthenticated | ReauthorizationRequired>, R | LoginRoutes> =>
  Effect.catchAll(app, (error) => {
    if (!isSignedOut(error)) {
      // The check above narrows the type
      return Effect.fail(error as Exclude<E, NotAuthenticated | ReauthorizationRequired>)
    }
    return Effect.gen(function* () {
      const { paths } = yield* LoginRoutes
      const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
      return method === "GET" && Origin.isNavigation(headers)
        ? Page.redirect(`${paths.login}?${new URLSearchParams({ returnTo: ReturnTo.path(url) })}`)
        : unauthorized()
    })
  })

const isSignedOut = (error: unknown): error is NotAuthenticated | ReauthorizationRequired =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "NotAuthenticated" || error._tag === "ReauthorizationRequired")

/**
 * A server as one function, for runtimes and frameworks that use `Request` and `Response`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebHandler {
  readonly handler: (request: Request) => Promise<Response>
  /** Closes the services that the handler has built. */
  readonly dispose: () => Promise<void>
}

/** Rejects with the error itself, which code without Effect can recognize. */
const promised = <A, E, R, RE>(
  runtime: ManagedRuntime.ManagedRuntime<R, RE>,
  effect: Effect.Effect<A, E, R>
): Promise<A> =>
  runtime
    // oxlint-disable-next-line no-restricted-properties -- code without Effect calls here
    .runPromiseExit(effect)
    .then((exit) => (Exit.isSuccess(exit) ? exit.value : Promise.reject(Cause.squash(exit.cause))))

const answerTo = <E, R, RE>(
  runtime: ManagedRuntime.ManagedRuntime<R, RE>,
  app: HttpApp.Default<E, R | Scope>
): ((request: Request) => Promise<Response>) => {
  let handler: ((request: Request) => Promise<Response>) | undefined
  return (request) =>
    promised(runtime, runtime.runtimeEffect).then((built) =>
      (handler ??= HttpApp.toWebHandlerRuntime(built)(app))(request)
    )
}

/**
 * Turns the app into a plain web handler for Deno, Bun, Next, Hono, Cloudflare Workers and others. Nothing is
 * built before the first request. If the layer fails to build, the handler rejects with the error itself.
 *
 * With a runtime, such as a `SpotifyRuntime`, the handler uses the runtime's services, and its `dispose` does
 * nothing.
 *
 * With a layer, the lifetime `process` builds it once and keeps tokens in memory. `request` builds it for
 * each request and closes it before the response is returned. Cloudflare Workers need that, because they end
 * the work of a request with the request, so that requests cannot share it. The response body must then not
 * be a stream, and the `TokenStore` must be outside the layer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toWebHandler: {
  <E, R, RE>(
    app: HttpApp.Default<E, R | LoginRoutes | Scope>,
    runtime: ManagedRuntime.ManagedRuntime<R | LoginRoutes, RE>
  ): WebHandler
  <E, R, RE>(
    app: HttpApp.Default<E, R | LoginRoutes | Scope>,
    layer: Layer.Layer<R | LoginRoutes, RE>,
    options?: {
      /** @default "process" */
      readonly lifetime?: "process" | "request" | undefined
    }
  ): WebHandler
} = <E, R, RE>(
  app: HttpApp.Default<E, R | LoginRoutes | Scope>,
  from: ManagedRuntime.ManagedRuntime<R | LoginRoutes, RE> | Layer.Layer<R | LoginRoutes, RE>,
  options: { readonly lifetime?: "process" | "request" | undefined } = {}
): WebHandler => {
  const whole = withRoutes(app)
  if ("runtimeEffect" in from) {
    return { handler: answerTo(from, whole), dispose: () => Promise.resolve() }
  }
  if (options.lifetime !== "request") {
    const runtime = ManagedRuntime.make(from)
    return { handler: answerTo(runtime, whole), dispose: () => runtime.dispose() }
  }
  return {
    handler: (request) => {
      const runtime = ManagedRuntime.make(from)
      return answerTo(runtime, whole)(request).finally(() => runtime.dispose())
    },
    dispose: () => Promise.resolve()
  }
}

/**
 * The login for handlers without Effect, in frameworks that use `Request` and `Response`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebLogin {
  /** Answers a request to one of the routes. Undefined for any other request. */
  readonly handle: (request: Request) => Promise<Response | undefined>
  /**
   * Calls the handler with the session of the request. If there is no session, or the handler rejects because
   * nobody is signed in, it answers as `orLogIn` does. Other errors reject.
   */
  readonly withSession: (
    request: Request,
    handler: (session: SessionKey) => Response | Promise<Response>
  ) => Promise<Response>
  /** The session that the request's cookie names: see {@link Service.sessionOf}. */
  readonly sessionOf: (request: Pick<Request, "headers">) => Promise<SessionKey | undefined>
  /**
   * The response to a request that failed with `NotAuthenticated` or `ReauthorizationRequired`: a redirect to
   * the login and back for a person, 401 for a script. Undefined for any other error.
   */
  readonly orLogIn: (request: Request, error: unknown) => Promise<Response | undefined>
}

/**
 * The login for handlers without Effect. It uses the same runtime as their calls.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { LoginRoutes, Spotify, SpotifyRuntime } from "effect-spotify"
 *
 * const spotify = SpotifyRuntime.make(Spotify.layerWebServer({ scopes: ["user-read-private"] }))
 * const login = LoginRoutes.toWebLogin(spotify)
 *
 * const serve = async (request: Request) =>
 *   (await login.handle(request)) ??
 *   login.withSession(request, async (session) => {
 *     const me = await spotify.run((client) => client.me.profile, { session, signal: request.signal })
 *     return new Response(`Hello ${me.display_name ?? me.id}`)
 *   })
 * ```
 */
export const toWebLogin = (runtime: ManagedRuntime.ManagedRuntime<LoginRoutes, unknown>): WebLogin => {
  const self: WebLogin = {
    handle: (request) =>
      promised(
        runtime,
        Effect.map(LoginRoutes, ({ handle }) => handle(HttpServerRequest.fromWeb(request)))
      ).then((answer) => (Option.isSome(answer) ? answerTo(runtime, answer.value)(request) : undefined)),
    withSession: (request, handler) =>
      self
        .sessionOf(request)
        .then((key) => key ?? Promise.reject(new NotAuthenticated({ reason: "SignedOut" })))
        .then(handler)
        .catch((error: unknown) =>
          self.orLogIn(request, error).then((answer) => answer ?? Promise.reject(error))
        ),
    sessionOf: ({ headers }) =>
      promised(
        runtime,
        Effect.flatMap(LoginRoutes, ({ sessionOf }) =>
          Effect.map(sessionOf(headers.get("cookie") ?? undefined), Option.getOrUndefined)
        )
      ),
    orLogIn: (request, error) =>
      isSignedOut(error)
        ? answerTo(runtime, orLogIn(Effect.fail(error)))(request)
        : Promise.resolve(undefined)
  }
  return self
}
