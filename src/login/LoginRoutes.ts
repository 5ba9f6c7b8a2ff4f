/**
 * The login of a web server: the routes that send a browser to Spotify and take it back, the cookies that tie
 * the two together, and the session of whoever sends a request. It runs wherever there are web requests: in
 * an `HttpRouter`, or as a plain function from `Request` to `Response`.
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
 * What the status route tells the app's own pages. It holds no token, and no id.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly signedIn: boolean
  /** What the user granted. */
  readonly scopes: ReadonlyArray<SpotifyScope.Scope>
  /** Whether the user should log in again at a good moment. */
  readonly expiresSoon: boolean
  /** ISO 8601, if it is soon. */
  readonly reauthorizeBy: string | null
}

/**
 * What a program says about its login.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<R = never> {
  /**
   * Sign the cookies: at least 32 random bytes each. The first signs, and all are accepted, so put a new one
   * in front and take the old one away when the cookies that it signed have ended.
   */
  readonly secrets: Redacted.Redacted<string> | ReadonlyArray<Redacted.Redacted<string>>
  /**
   * What the paths of login, logout and status begin with, such as `/auth`. @default the redirect URI's path
   * without its last segment
   */
  readonly prefix?: string | undefined
  /** The cookie that names the session. */
  readonly sessionCookie?:
    | {
        /** Without a prefix such as `__Host-`, which is put there by itself. @default "spotify-session" */
        readonly name?: string | undefined
        /** Shares the cookie with all hosts of a domain, each of which can then set it. @default this host alone */
        readonly domain?: string | undefined
        /** How long the browser keeps it. @default 30 days */
        readonly life?: Duration.DurationInput | undefined
      }
    | undefined
  /**
   * Ends a session that its browser has not used for so long. A request counts where the app asks for its
   * session, or the status route answers it. The end stands in the session's record: see
   * `LoginService.Timeouts`. Sessions of before the option get it with their next request. @default none
   */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /** Ends a session so long after its login, however much it is used. @default none */
  readonly absoluteTimeout?: Duration.DurationInput | undefined
  /** The cookie that ties a pending login to its browser. */
  readonly loginCookie?:
    | {
        /** Without a prefix. @default "spotify-login" */
        readonly name?: string | undefined
      }
    | undefined
  /** @default the configured scopes */
  readonly scopes?: ReadonlyArray<SpotifyScope.Scope> | undefined
  /** Ask for what the browser's present session was granted as well. @default false */
  readonly keepScopes?: boolean | undefined
  /** Ask the user again although the scopes were granted before. @default false */
  readonly showDialog?: boolean | undefined
  /** The path after a login that named none. @default "/" */
  readonly afterLogin?: string | undefined
  /** The path after a logout. @default "/" */
  readonly afterLogout?: string | undefined
  /**
   * Runs before the browser gets its cookie: the place to note whose session this is, or to fail with
   * {@link LoginRefused}. A callback that comes twice runs it twice, with the same key.
   */
  readonly onLogin?: ((login: CompletedLogin) => Effect.Effect<void, LoginRefused, R>) | undefined
  /**
   * Runs after a session was forgotten: by a logout or by another login in the same browser, also where it had
   * ended by itself. Nobody is there to run it for a browser that never comes back: what a program keeps for a
   * session needs an end of its own.
   */
  readonly onLogout?: ((key: SessionKey) => Effect.Effect<void, never, R>) | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly paths: Paths
  /** Answers a request to one of the paths; none for any other request. */
  readonly handle: (
    request: HttpServerRequest.HttpServerRequest
  ) => Option.Option<Effect.Effect<HttpServerResponse.HttpServerResponse>>
  /**
   * The session that a `Cookie` header names: for frameworks that give headers and no request. None if there
   * is no cookie or if it is not one of this server's. With `idleTimeout` or `absoluteTimeout` also none if there
   * is no session that has not ended, as far as the store tells. Whether it works is seen by using it.
   */
  readonly sessionOf: (cookieHeader: string | undefined) => Effect.Effect<Option.Option<SessionKey>>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class LoginRoutes extends Context.Tag("effect-spotify/LoginRoutes")<LoginRoutes, Service>() {}

/** Longer than a login lives, so that a late one is told that it is late. */
const bindingLife = "15 minutes"

/** Whether there is such a timeout, which is longer than nothing then. */
const isSet = (option: string, timeout: Duration.DurationInput | undefined) =>
  timeout === undefined || Option.exists(Duration.decodeUnknown(timeout), Duration.greaterThan(Duration.zero))
    ? Effect.succeed(timeout !== undefined)
    : new LoginRoutesMisconfigured({ reason: "Timeout", option })

/** What a router or a browser could read in another way than it is written. */
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
 * See {@link layer}, which also keeps addresses with secrets out of the server's own spans.
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
    /** Whether the session has not ended. As long as nobody can tell, it is not there. */
    const touch = (key: SessionKey) =>
      hasEnds.includes(true)
        ? login.touch(timeouts).pipe(
            withSession(key),
            Effect.catchAll((error) =>
              Effect.as(
                Effect.logWarning(`Whether a session has ended cannot be told: ${error.message}`),
                false
              )
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

/** The platform's server spans hold the address of a request and the headers of its answer. */
const quietSpans = Effect.gen(function* () {
  const { paths } = yield* LoginRoutes
  const before = yield* FiberRef.get(HttpMiddleware.currentTracerDisabledWhen)
  yield* Effect.locallyScoped(
    HttpMiddleware.currentTracerDisabledWhen,
    (request) => Handlers.pathOf(request) === paths.callback || before(request)
  )
  // A login's answer sends the browser to an address with the state
  yield* Effect.locallyScopedWith(Headers.currentRedactedNames, (names) => [...names, "location"])
})

/**
 * The routes of a login. Give it to a server's layer, and add them to its app with {@link withRoutes}.
 *
 * The session cookie holds a random id, signed, which is the session's key: a new one for each login. The
 * program needs `sessions: "many"`, and a `TokenStore` that its instances share: a callback may reach
 * another instance than the login did. With an `https` redirect URI cookies are `Secure` and `__Host-`.
 *
 * Server spans of `@effect/platform` leave out callbacks, whose address holds a code; so does its access log.
 * What else logs addresses, such as a proxy, has to leave out the query of the callback by itself.
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
 * The secrets of the cookies from `SPOTIFY_COOKIE_SECRETS`: one, or several separated by spaces, the newest
 * first.
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
 * See {@link layer}; the options come from the program's `ConfigProvider`, by default the environment: the
 * {@link secrets} alone, or the `Config` that is given for each option. `onLogin` and `onLogout` are given as
 * they are.
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
 * Answers requests to the login's paths and leaves all others to the app, which may be an `HttpRouter`.
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
 * Runs an effect for the session of the request. Fails with `NotAuthenticated` when its browser has none.
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
 * What an app does when nobody is signed in, or the authorization is gone: a person who opens a page is sent
 * to the login and back again, and a script gets 401 with `{"error":"not_authenticated"}`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const orLogIn = <E, R>(
  app: HttpApp.Default<E, R>
): HttpApp.Default<Exclude<E, NotAuthenticated | ReauthorizationRequired>, R | LoginRoutes> =>
  Effect.catchAll(app, (error) => {
    if (!isSignedOut(error)) {
      // The type follows from the line above
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
 * A server as one function, for runtimes and frameworks that speak `Request` and `Response`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebHandler {
  readonly handler: (request: Request) => Promise<Response>
  /** Closes what the handler has built. */
  readonly dispose: () => Promise<void>
}

/** Rejects with the error itself, as code without Effect can tell it. */
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
 * Makes the app a plain web handler: for Deno, Bun, Next, Hono, Cloudflare Workers and the like. Nothing
 * happens before the first request. When the layer does not build, the handler rejects with the error itself.
 *
 * With a runtime, such as a `SpotifyRuntime`, the handler uses what that has built, and its `dispose` does nothing.
 *
 * With a layer the lifetime `process` builds it once and keeps tokens in memory. `request` builds it for each
 * request and closes it before the answer is given: Cloudflare Workers end what a request began together with the
 * request, so nothing may be shared between two of them. The answer's body must not be a stream then, and the
 * `TokenStore` is to be one outside of the layer.
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
 * The login for handlers without Effect, in frameworks that speak `Request` and `Response`.
 *
 * @since 0.1.0
 * @category models
 */
export interface WebLogin {
  /** Answers a request to one of the routes; undefined for any other request. */
  readonly handle: (request: Request) => Promise<Response | undefined>
  /**
   * Answers with what the handler makes of the session of the request. When there is none, or the handler rejects
   * since nobody is signed in, the answer is that of `orLogIn`; other errors reject.
   */
  readonly withSession: (
    request: Request,
    handler: (session: SessionKey) => Response | Promise<Response>
  ) => Promise<Response>
  /** The session that the request's cookie names: see {@link Service.sessionOf}. */
  readonly sessionOf: (request: Pick<Request, "headers">) => Promise<SessionKey | undefined>
  /**
   * The answer to a request that failed with `NotAuthenticated` or `ReauthorizationRequired`: the way to the login
   * and back for a person, 401 for a script. Undefined for any other error.
   */
  readonly orLogIn: (request: Request, error: unknown) => Promise<Response | undefined>
}

/**
 * The login for handlers without Effect, over the runtime that runs their calls too.
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
