/**
 * The login of a web server on Node whose handlers know nothing of Effect: for Express, and whatever else calls
 * functions of `(request, response, next)`. Frameworks that take a `Response`, such as Fastify, use
 * `LoginRoutes.toWebLogin` with {@link toRequest}.
 *
 * @since 0.1.0
 */
import type * as ManagedRuntime from "effect/ManagedRuntime"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as LoginRoutes from "../login/LoginRoutes.js"
import type { SessionKey } from "../session/Session.js"

/**
 * Goes on with the next handler, or with the handler of errors.
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
  /** Answers a request to one of the routes, and goes on with all others. */
  readonly routes: (request: IncomingMessage, response: ServerResponse, next: Next) => void
  /** The session that the request's cookie names: see `sessionOf` of `LoginRoutes.WebLogin`. */
  readonly sessionOf: (request: IncomingMessage) => Promise<SessionKey | undefined>
  /**
   * A handler of errors: answers `NotAuthenticated` and `ReauthorizationRequired` with the way to the login and back
   * for a person, and with 401 for a script; goes on with all other errors.
   */
  readonly orLogIn: (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void
}

/** What was asked for, before a framework took the path of a router from it. */
const targetOf = (request: IncomingMessage): string => {
  const target =
    "originalUrl" in request && typeof request.originalUrl === "string" ? request.originalUrl : request.url
  return target?.startsWith("/") === true ? target : "/"
}

/**
 * A request of Node's as a `Request`, without its body. The address has the path and the query as they were sent; the
 * host stands in the headers.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toRequest = (request: IncomingMessage): Request => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    // HTTP/2 has members of its own there, which no Headers take
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

/** What goes on is called outside of the chain: what it throws is not the login's. */
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
 * The login over the runtime that runs the calls too.
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
          // No two spellings are the same path here
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
