import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { readText } from "../requestBody.js"
import type { State } from "../state.js"
import * as Authorize from "./authorize.js"
import * as Pages from "./pages.js"
import * as TokenEndpoint from "./tokenEndpoint.js"

type Response = Effect.Effect<HttpServerResponse.HttpServerResponse>

/** A header holds ASCII only, and a redirect URI may hold anything that a browser can send. */
const ascii = (location: string) => location.replace(/[^\x21-\x7e]/gu, encodeURIComponent)

const redirect = (location: string) =>
  HttpServerResponse.redirect(ascii(location), { status: 303, headers: { "cache-control": "no-store" } })

const authorize = (state: State, query: URLSearchParams): Response =>
  Either.match(Authorize.read(state, query), {
    onLeft: (message) => Effect.succeed(Pages.error(message)),
    onRight: (login) =>
      state.behaviour.consent === "form"
        ? Effect.succeed(Pages.consent(state, login, query))
        : Effect.map(Authorize.decide(state, login, state.behaviour), redirect)
  })

const decision = (state: State, request: HttpServerRequest.HttpServerRequest): Response =>
  Effect.gen(function* () {
    const form = new URLSearchParams(Option.getOrElse(yield* readText(request), () => ""))
    const login = Authorize.read(state, form)
    if (Either.isLeft(login)) {
      return Pages.error(login.left)
    }
    const userId = form.get("_user") ?? ""
    if (!state.index.users.has(userId)) {
      return Pages.error("Choose a user")
    }
    const location = yield* Authorize.decide(state, login.right, {
      userId,
      decision: form.get("_decision") === "allow" ? "allow" : "deny"
    })
    return redirect(location)
  })

/** Some clients send the browser to `/authorize/?…`. */
export const isAuthorize = (path: string): boolean => path === "/authorize" || path === "/authorize/"

const notAllowed = (allow: string): Response =>
  Effect.succeed(HttpServerResponse.empty({ status: 405, headers: { allow } }))

/** The accounts service: login pages for people, tokens for programs. */
export const handle = (state: State, request: HttpServerRequest.HttpServerRequest, url: URL): Response => {
  if (isAuthorize(url.pathname)) {
    return request.method === "GET" ? authorize(state, url.searchParams) : notAllowed("GET")
  }
  switch (url.pathname) {
    case "/authorize/decision":
      return request.method === "POST" ? decision(state, request) : notAllowed("POST")
    case "/api/token":
      return request.method === "POST" ? TokenEndpoint.handle(state, request) : notAllowed("POST")
    default:
      return Effect.succeed(Pages.error("Page not found").pipe(HttpServerResponse.setStatus(404)))
  }
}
