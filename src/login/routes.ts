import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { NotAuthenticated, type ReauthorizationRequired } from "../accounts/AuthError.js"
import * as ReturnTo from "../accounts/returnTo.js"
import type { SessionKey } from "../session/Session.js"
import { withSession } from "../session/SessionService.js"
import type { Paths } from "./handlers.js"
import * as Origin from "./origin.js"
import * as Page from "./page.js"

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
// @effect-diagnostics-next-line deterministicKeys:off -- the public module is LoginRoutes
export class LoginRoutes extends Context.Tag("effect-spotify/LoginRoutes")<LoginRoutes, Service>() {}

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

export const isSignedOut = (error: unknown): error is NotAuthenticated | ReauthorizationRequired =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "NotAuthenticated" || error._tag === "ReauthorizationRequired")
