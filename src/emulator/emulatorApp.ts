import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Accounts from "./accounts/accountsApp.js"
import * as ControlRoutes from "./controlRoutes.js"
import type { Controls } from "./controls.js"
import type { Fault, State, Target } from "./state.js"
import { record, takeFault } from "./state.js"
import * as Api from "./web/apiApp.js"

type Respond = Effect.Effect<HttpServerResponse.HttpServerResponse>

const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

/** Web pages may call what Spotify lets them call: the token endpoint and the Web API, not the login. */
const isOpen = (path: string): boolean => path === "/api/token" || isBelow(path, "/v1")

const cors = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Retry-After, WWW-Authenticate"
}

const preflight = HttpServerResponse.empty({
  status: 204,
  headers: {
    "access-control-allow-headers": "Accept, Accept-Language, Authorization, Content-Type, If-None-Match",
    "access-control-allow-methods": "DELETE, GET, OPTIONS, PATCH, POST, PUT",
    "access-control-max-age": "600"
  }
})

const statusesWithoutBody = new Set([204, 205, 304])

const faultResponse = (fault: Fault): HttpServerResponse.HttpServerResponse =>
  fault.body === "" || statusesWithoutBody.has(fault.status)
    ? HttpServerResponse.empty({ status: fault.status, headers: fault.headers })
    : HttpServerResponse.text(fault.body, {
        status: fault.status,
        headers: fault.headers,
        contentType: fault.contentType ?? "text/plain; charset=utf-8"
      })

const respond = (
  state: State,
  target: Target,
  request: HttpServerRequest.HttpServerRequest,
  url: URL
): Respond => {
  if (!isOpen(url.pathname)) {
    return Accounts.handle(state, request, url)
  }
  if (request.method === "OPTIONS") {
    return Effect.succeed(HttpServerResponse.setHeaders(preflight, cors))
  }
  return Effect.suspend(() => {
    const fault = takeFault(state, target)
    return fault !== undefined
      ? Effect.succeed(faultResponse(fault))
      : target === "api"
        ? Api.handle(state, request, url)
        : Accounts.handle(state, request, url)
  }).pipe(Effect.map(HttpServerResponse.setHeaders(cors)))
}

const logged = (state: State, request: HttpServerRequest.HttpServerRequest, url: URL): Respond => {
  const target: Target = isBelow(url.pathname, "/v1") ? "api" : "accounts"
  return Effect.gen(function* () {
    const response = yield* respond(state, target, request, url)
    const at = yield* Clock.currentTimeMillis
    return yield* Effect.sync(() => {
      record(state, {
        at,
        target,
        method: request.method,
        path: url.pathname,
        query: target === "api" ? url.search.slice(1) : "",
        status: response.status
      })
      return response
    })
  })
}

/** Spotify as one application: accounts service, Web API and the emulator's controls. */
export const make = (state: State, controls: Controls): HttpApp.Default =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const origin = new URL(state.apiUrl).origin
    // A request line may name a whole address, or nothing that is one
    const address = request.url.startsWith("/") ? `${origin}${request.url}` : request.url
    const url = URL.canParse(address) ? new URL(address) : undefined
    return url === undefined
      ? Effect.succeed(HttpServerResponse.empty({ status: 400 }))
      : isBelow(url.pathname, "/_control")
        ? ControlRoutes.handle(state, controls, request, url)
        : logged(state, request, url)
  })
