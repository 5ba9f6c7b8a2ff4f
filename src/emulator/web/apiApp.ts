import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { readText } from "../requestBody.js"
import * as RouteTable from "../routeTable.js"
import type { AccessToken, State } from "../state.js"
import type { ApiError } from "./apiError.js"
import { refuse, response } from "./apiError.js"
import type { Answer, Route } from "./call.js"
import { requireScopes } from "./call.js"
import * as Catalogue from "./catalogueRoutes.js"
import * as Library from "./libraryRoutes.js"
import * as PlaylistItems from "./playlistItemRoutes.js"
import * as Playlists from "./playlistRoutes.js"
import * as Search from "./search.js"
import * as Users from "./userRoutes.js"

const routes: ReadonlyArray<Route> = [
  ...Catalogue.routes,
  ...Search.routes,
  ...Users.routes,
  ...Library.routes,
  ...Playlists.routes,
  ...PlaylistItems.routes
]

const find = RouteTable.make(routes)

const authenticate = (
  state: State,
  authorization: string | undefined,
  now: number
): Effect.Effect<AccessToken, ApiError> => {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1]
  if (bearer === undefined) {
    return Effect.fail(
      refuse(401, authorization === undefined ? "No token provided" : "Invalid access token")
    )
  }
  const token = state.accessTokens.get(bearer)
  if (token === undefined || token.grant?.revoked === true) {
    return Effect.fail(refuse(401, "Invalid access token"))
  }
  return now >= token.expiresAt ? Effect.fail(refuse(401, "The access token expired")) : Effect.succeed(token)
}

const isPersonal = (route: Route): boolean => route.path === "/me" || route.path.startsWith("/me/")

const answer = (state: State, request: HttpServerRequest.HttpServerRequest, url: URL): Answer =>
  Effect.gen(function* () {
    const matches = find(url.pathname.slice("/v1".length))
    if (matches.length === 0) {
      return yield* refuse(404, "Service not found")
    }
    const match = matches.find(({ route }) => route.method === request.method)
    if (match === undefined) {
      const allow = [...new Set(matches.map(({ route }) => route.method))].join(", ")
      return HttpServerResponse.empty({ status: 405, headers: { allow } })
    }
    const { params, route } = match
    const now = yield* Clock.currentTimeMillis
    const token = yield* authenticate(state, request.headers["authorization"], now)
    if (isPersonal(route) && token.grant === undefined) {
      return yield* refuse(401, "Valid user authentication required")
    }
    if (route.availability === "extended" && state.quotaMode === "development") {
      return yield* refuse(403, "Forbidden")
    }
    const text = yield* Effect.cached(readText(request))
    const call = { state, request, text, grant: token.grant, params, query: url.searchParams, now }
    yield* requireScopes(call, route.scopes ?? [])
    return yield* route.handle(call)
  })

/** The Web API, everything below `/v1`. */
export const handle = (
  state: State,
  request: HttpServerRequest.HttpServerRequest,
  url: URL
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  answer(state, request, url).pipe(Effect.catchTag("ApiError", (error) => Effect.succeed(response(error))))
