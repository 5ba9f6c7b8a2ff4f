import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Accounts from "./accounts/accountsApp.js"
import * as ControlRoutes from "./controlRoutes.js"
import type { Controls } from "./controls.js"
import * as FaultResponse from "./faultResponse.js"
import * as Faults from "./faults.js"
import * as LoggedAddress from "./loggedAddress.js"
import { isOwnHost } from "./ownPage.js"
import * as ServerClock from "./serverClock.js"
import type { RequestRecord, State, Target } from "./state.js"
import { record } from "./state.js"
import * as StatusPage from "./statusPage.js"
import * as Api from "./web/apiApp.js"

const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

/**
 * Cross-origin requests are allowed where Spotify allows them: the token endpoint and the Web API, not the
 * login.
 */
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

const respond = (
  state: State,
  decision: Faults.Decision,
  target: Target,
  request: HttpServerRequest.HttpServerRequest,
  url: URL
): FaultResponse.Answer => {
  if (request.method === "OPTIONS" && isOpen(url.pathname)) {
    return Effect.succeed(HttpServerResponse.setHeaders(preflight, cors))
  }
  const processed = Effect.suspend(() => (target === "api" ? Api : Accounts).handle(state, request, url))
  const answer = FaultResponse.apply(decision, target, processed)
  return isOpen(url.pathname) ? Effect.map(answer, HttpServerResponse.setHeaders(cors)) : answer
}

let written = { second: Number.NaN, text: "" }

/** The HTTP date format. Cached per second, since many requests share one. */
const httpDate = (millis: number): string => {
  const second = Math.floor(millis / 1000)
  if (second !== written.second) {
    written = { second, text: DateTime.toDateUtc(DateTime.unsafeMake(second * 1000)).toUTCString() }
  }
  return written.text
}

const logged = (
  state: State,
  request: HttpServerRequest.HttpServerRequest,
  url: URL,
  onRequest: OnRequest
): FaultResponse.Answer => {
  const target: Target = isBelow(url.pathname, "/v1") ? "api" : "accounts"
  const { method } = request
  return Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    // Preflights come from the browser, not the program, so they get no faults
    const decision =
      method === "OPTIONS"
        ? Faults.nothing
        : Faults.take(state.faults, { at: began, method, target, path: url.pathname })
    const note = (status: number): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (at) => {
        const entry: RequestRecord = {
          at,
          target,
          method,
          path: LoggedAddress.withoutTokens(url.pathname),
          query: target === "api" ? LoggedAddress.query(url) : "",
          status,
          faults: decision.kinds
        }
        record(state, entry)
        return onRequest(entry)
      })
    const { skewMillis } = state.faults
    return yield* respond(state, decision, target, request, url).pipe(
      ServerClock.ahead(skewMillis),
      Effect.map(HttpServerResponse.setHeader("date", httpDate(began + decision.delayMillis + skewMillis))),
      Effect.tap(({ status }) => note(status)),
      Effect.tapError(() => note(0)),
      Effect.onInterrupt(() => note(0))
    )
  })
}

export type OnRequest = (request: RequestRecord) => Effect.Effect<void>

/** Answers a request to the address. */
export type Handler = (request: HttpServerRequest.HttpServerRequest, url: URL) => FaultResponse.Answer

/** Answers a request whose host name is not the emulator's. */
const foreign = (state: State) =>
  HttpServerResponse.text(
    `The emulator's pages and controls answer to its own addresses alone, such as ${state.accountsUrl}. If this name is meant, start it with --allow-host NAME, or with allowedHosts of SpotifyEmulator.layerServer.\n`,
    { status: 403, headers: { "x-content-type-options": "nosniff" } }
  )

/** Spotify as one application: the accounts service, the Web API and the emulator's controls. */
export const make =
  (state: State, controls: Controls, onRequest: OnRequest): Handler =>
  (request, url) =>
    // Endpoints that are open to every web page need no check of the host name
    !isOpen(url.pathname) && !isOwnHost(state, request.headers["host"] ?? url.host)
      ? Effect.succeed(foreign(state))
      : isBelow(url.pathname, "/_control")
        ? ControlRoutes.handle(state, controls, request, url)
        : url.pathname === "/"
          ? StatusPage.handle(state, request)
          : logged(state, request, url, onRequest)

/** For a server at this origin. */
export const toApp = (handler: Handler, origin: string): HttpApp.Default<FaultResponse.ConnectionReset> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    // A request line may hold an absolute URL, or no valid one
    const address = request.url.startsWith("/") ? `${origin}${request.url}` : request.url
    const url = URL.canParse(address) ? new URL(address) : undefined
    return url === undefined
      ? Effect.succeed(HttpServerResponse.empty({ status: 400 }))
      : handler(request, url)
  })
