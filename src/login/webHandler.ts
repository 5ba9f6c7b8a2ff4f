import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import { NotAuthenticated } from "../accounts/AuthError.js"
import type { SessionKey } from "../session/Session.js"
import { isSignedOut, LoginRoutes, orLogIn, withRoutes } from "./routes.js"

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
