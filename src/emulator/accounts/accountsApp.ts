import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { isOwnPage } from "../ownPage.js"
import { readText } from "../requestBody.js"
import type { State } from "../state.js"
import * as Authorize from "./authorize.js"
import * as Pages from "./pages.js"
import * as TokenEndpoint from "./tokenEndpoint.js"

type Response = Effect.Effect<HttpServerResponse.HttpServerResponse>

/** A header holds only ASCII, and a redirect URI may hold any character that a browser can send. */
const ascii = (location: string) => location.replace(/[^\x21-\x7e]/gu, encodeURIComponent)

const redirect = (location: string) =>
  HttpServerResponse.redirect(ascii(location), { status: 303, headers: { "cache-control": "no-store" } })

/**
 * Keeps the browser logged in, as Spotify does. The user is not asked again for scopes that were allowed
 * before.
 */
const cookie = "emulator_user"

const authorize = (
  state: State,
  request: HttpServerRequest.HttpServerRequest,
  query: URLSearchParams
): Response =>
  Either.match(Authorize.read(state, query), {
    onLeft: (message) => Effect.succeed(Pages.error(message)),
    onRight: (login) => {
      if (state.behaviour.consent === "automatic") {
        return Effect.map(Authorize.decide(state, login, state.behaviour), redirect)
      }
      const known = request.cookies[cookie] ?? ""
      const userId = state.index.users.has(known) ? known : undefined
      return userId !== undefined && !login.showDialog && Authorize.isApproved(state, login, userId)
        ? Effect.map(Authorize.decide(state, login, { userId, decision: "allow" }), redirect)
        : Effect.succeed(Pages.consent(state, login, query, userId ?? state.behaviour.userId))
    }
  })

const decision = (state: State, request: HttpServerRequest.HttpServerRequest): Response =>
  Effect.gen(function* () {
    // The decision is the user's: a page of another site must not submit it
    if (!isOwnPage(state, request)) {
      return HttpServerResponse.setStatus(Pages.error("The answer came from another web page"), 403)
    }
    const form = new URLSearchParams(Option.getOrElse(yield* readText(request), () => ""))
    const login = Authorize.read(state, form)
    if (Either.isLeft(login)) {
      return Pages.error(login.left)
    }
    if (form.get("_decision") !== "allow") {
      return redirect(yield* Authorize.decide(state, login.right, { userId: "", decision: "deny" }))
    }
    const userId = form.get("_user") ?? ""
    if (!state.index.users.has(userId)) {
      return Pages.error("Choose a user")
    }
    const location = yield* Authorize.decide(state, login.right, { userId, decision: "allow" })
    return HttpServerResponse.unsafeSetCookie(redirect(location), cookie, userId, {
      httpOnly: true,
      sameSite: "lax",
      path: "/authorize"
    })
  })

/** Some clients send the browser to `/authorize/?…`. */
export const isAuthorize = (path: string): boolean => path === "/authorize" || path === "/authorize/"

const notAllowed = (allow: string): Response =>
  Effect.succeed(HttpServerResponse.empty({ status: 405, headers: { allow } }))

/** The accounts service: login pages for users, tokens for programs. */
export const handle = (state: State, request: HttpServerRequest.HttpServerRequest, url: URL): Response => {
  if (isAuthorize(url.pathname)) {
    return request.method === "GET" ? authorize(state, request, url.searchParams) : notAllowed("GET")
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
