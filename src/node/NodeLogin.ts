/**
 * The login of a Node web server whose handlers do not use Effect: for Express, and for any other framework
 * with handlers of the form `(request, response, next)`. Frameworks whose handlers return a `Response`, such
 * as Fastify, use `LoginRoutes.toWebLogin` with {@link toRequest}.
 *
 * @since 0.1.0
 */
import type * as ManagedRuntime from "effect/ManagedRuntime"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as LoginRoutes from "../login/LoginRoutes.js"
import type { SessionKey } from "../session/Session.js"

/**
 * Continues with the next handler, or with the error handler.
 *
 * @since 0.1.0
 * @category models
 */
export type Next = (error?: unknown) => void

/**
 * @since 0.1.0
 * @category models
 */
export interface NodeLogin {
  /** Answers requests to the login routes, and passes all others on. */
  readonly routes: (request: IncomingMessage, response: ServerResponse, next: Next) => void
  /** The session of the request's cookie. See `sessionOf` of `LoginRoutes.WebLogin`. */
  readonly sessionOf: (request: IncomingMessage) => Promise<SessionKey | undefined>
  /**
   * An error handler. For `NotAuthenticated` and `ReauthorizationRequired` it sends a person to the login and
   * back, and answers a script with 401. It passes all other errors on.
   */
  readonly orLogIn: (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void
}

/** The requested target, before a framework removed the path of a router from it. */
const targetOf = (request: IncomingMessage): string => {
  const target =
    "originalUrl" in request && typeof request.originalUrl === "string" ? request.originalUrl : request.url
  return target?.startsWith("/") === true ? target : "/"
}

/**
 * Converts a Node request to a `Request` without its body. The address keeps the path and the query as they
 * were sent. The host is only in the headers.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toRequest = (request: IncomingMessage): Request => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    // HTTP/2 adds pseudo-headers, which `Headers` does not accept
    if (value !== undefined && !name.startsWith(":")) {
      headers.set(name, Array.isArray(value) ? value.join(", ") : value)
    }
  }
  const authority = request.headers[":authority"]
  if (typeof authority === "string" && !headers.has("host")) {
    headers.set("host", authority)
  }
  const scheme = "encrypted" in request.socket ? "https" : "http"
  return new Request(`${scheme}://127.0.0.1${targetOf(request)}`, {
    method: request.method ?? "GET",
    headers
  })
}

const write = (from: Response, to: ServerResponse): Promise<undefined> =>
  from.text().then((body) => {
    to.statusCode = from.status
    for (const [name, value] of from.headers) {
      to.appendHeader(name, value)
    }
    to.end(body)
    return undefined
  })

/** Calls `next` outside the promise chain, so that its exceptions are not taken for errors of the login. */
const settle = (
  asked: () => Promise<Response | undefined>,
  response: ServerResponse,
  pass: () => void,
  fail: (error: unknown) => void
): void => {
  Promise.resolve()
    .then(asked)
    .then((found) => (found === undefined ? pass : write(found, response)))
    .then((goOn) => goOn?.(), fail)
}

/**
 * The login, over the same runtime as the calls.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { SpotifyRuntime } from "effect-spotify"
 * import { NodeLogin, NodeSpotify } from "effect-spotify/node"
 * import { createServer } from "node:http"
 *
 * const spotify = SpotifyRuntime.make(NodeSpotify.layerWebServer({ scopes: ["user-read-private"] }))
 * const login = NodeLogin.make(spotify)
 *
 * createServer((request, response) => {
 *   const fail = (error: unknown) =>
 *     login.orLogIn(error, request, response, () => response.writeHead(500).end())
 *   login.routes(request, response, (error) =>
 *     error === undefined
 *       ? void login
 *           .sessionOf(request)
 *           .then((session) => spotify.run((client) => client.me.profile, { session }))
 *           .then((me) => response.end(`Hello ${me.display_name ?? me.id}`), fail)
 *       : fail(error)
 *   )
 * })
 * ```
 */
export const make = (runtime: ManagedRuntime.ManagedRuntime<LoginRoutes.LoginRoutes, unknown>): NodeLogin => {
  const login = LoginRoutes.toWebLogin(runtime)
  return {
    routes: (request, response, next) =>
      settle(
        () => {
          const asked = toRequest(request)
          // Only the exact spelling of a path counts as that path
          const isSpelledSo = new URL(asked.url).pathname === targetOf(request).split("?", 1)[0]
          return isSpelledSo ? login.handle(asked) : Promise.resolve(undefined)
        },
        response,
        () => next(),
        next
      ),
    sessionOf: (request) => login.sessionOf(toRequest(request)),
    orLogIn: (error, request, response, next) =>
      settle(
        () => login.orLogIn(toRequest(request), error),
        response,
        () => next(error),
        next
      )
  }
}
