import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { readText } from "../requestBody.js"
import type { AccessToken, State } from "../state.js"
import { ApiError, notFound, refuse, refuseToken, response } from "./apiError.js"
import * as Browse from "./browseRoutes.js"
import type { Call, Route } from "./call.js"
import { isExtendedApp, requireScopes } from "./call.js"
import * as Catalogue from "./catalogueRoutes.js"
import * as FixedAnswers from "./fixedAnswers.js"
import * as Library from "./libraryRoutes.js"
import * as OddAnswers from "./oddAnswers.js"
import * as PlayerCommands from "./playerCommands.js"
import * as Player from "./playerRoutes.js"
import * as PlaylistItems from "./playlistItemRoutes.js"
import * as Playlists from "./playlistRoutes.js"
import * as Quotas from "./quotas.js"
import * as Recommendations from "./recommendationRoutes.js"
import * as Router from "./router.js"
import * as Search from "./search.js"
import { checkMarket } from "./shape.js"
import * as Users from "./userRoutes.js"
import { write } from "./write.js"

export const routes: ReadonlyArray<Route> = [
  ...Catalogue.routes,
  ...Search.routes,
  ...Users.routes,
  ...Library.routes,
  ...Playlists.routes,
  ...PlaylistItems.routes,
  ...Player.routes,
  ...PlayerCommands.routes,
  ...Browse.routes,
  ...Recommendations.routes
]

const find = Router.make(routes)

const authenticate = (
  state: State,
  authorization: string | undefined,
  now: number
): Effect.Effect<AccessToken, ApiError> => {
  const no = (text: string) => Effect.fail(refuseToken(text, state.behaviour.habits))
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1]
  if (bearer === undefined) {
    return no(authorization === undefined ? "No token provided" : "Invalid access token")
  }
  const token = state.accessTokens.get(bearer)
  if (token === undefined || token.grant?.revoked === true) {
    return no("Invalid access token")
  }
  if (now >= token.expiresAt) {
    return no("The access token expired")
  }
  return OddAnswers.isTurn(state, "missingTokens")
    ? Effect.fail(refuse(401, "Access token missing"))
    : Effect.succeed(token)
}

const noPremium =
  "Active premium subscription required for the owner of the app. When the subscription status changes, it can take a few hours before requests are allowed again."

/** The plain text 403 for an app that may not serve this user. */
const barrier = (state: State, token: AccessToken): string | undefined => {
  const app = state.apps.get(token.clientId)
  const userId = token.grant?.userId
  return app?.ownerPremium === false
    ? noPremium
    : userId !== undefined && app?.allowedUsers?.includes(userId) === false
      ? state.behaviour.notAllowedText
      : undefined
}

const isPersonal = (route: Route): boolean => route.path === "/me" || route.path.startsWith("/me/")

/** Fails if Spotify does not offer the operation to this app. */
const checkAvailability = (route: Route, call: Call): Effect.Effect<void, ApiError> => {
  switch (route.availability) {
    case undefined:
      return Effect.void
    case "extended":
      return call.extended ? Effect.void : Effect.fail(refuse(403, "Forbidden"))
    default:
      return call.state.behaviour.closedOperations
        ? Effect.void
        : Effect.fail(
            route.availability === "closed 404" ? notFound : new ApiError({ status: 403, text: undefined })
          )
  }
}

/** The player reports a missing scope like an invalid token. */
const refusalOf = (route: Route, { habits }: Call): ApiError =>
  habits.unauthorizedScopes && route.path.startsWith("/me/player")
    ? refuse(401, "Permissions missing")
    : refuse(403, "Insufficient client scope")

const handled = (route: Route, call: Call) =>
  Effect.map(route.handle(call), (reply) => write(route, call, OddAnswers.reply(route, call, reply)))

/** The route's answer, from the cache if it was given before. */
const found = (
  route: Route,
  call: Call,
  url: URL
): Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError> => {
  const differs = call.request.headers["if-none-match"] !== undefined || call.habits.zeroPages > 0
  if (route.fixed !== true || differs) {
    return handled(route, call)
  }
  const { keep, known } = FixedAnswers.find(call, url)
  return known === undefined
    ? Effect.tap(handled(route, call), (response) => Effect.sync(() => keep(response)))
    : Effect.succeed(known)
}

const noText = Effect.succeedSome("")

const answer = (
  state: State,
  request: HttpServerRequest.HttpServerRequest,
  url: URL
): Effect.Effect<HttpServerResponse.HttpServerResponse, ApiError> =>
  Effect.gen(function* () {
    const match = find(url.pathname.slice("/v1".length))
    if (match === undefined) {
      return yield* refuse(404, "Service not found")
    }
    const route = match.routes.get(request.method)
    if (route === undefined) {
      return HttpServerResponse.empty({
        status: 405,
        headers: { allow: [...match.routes.keys()].join(", ") }
      })
    }
    const now = yield* Clock.currentTimeMillis
    const token = yield* authenticate(state, request.headers["authorization"], now)
    const app = state.apps.get(token.clientId)
    const limited =
      app === undefined || state.quotas.length === 0
        ? undefined
        : Quotas.take(state.quotas, app, { method: request.method, path: url.pathname, now })
    if (limited !== undefined) {
      return limited
    }
    const barred = barrier(state, token)
    if (barred !== undefined) {
      return HttpServerResponse.text(barred, { status: 403 })
    }
    if (isPersonal(route) && token.grant === undefined) {
      return yield* refuse(401, "Valid user authentication required")
    }
    const call: Call = {
      state,
      request,
      text: route.method === "GET" ? noText : yield* Effect.cached(readText(request)),
      grant: token.grant,
      extended: isExtendedApp(state, token.clientId),
      habits: state.behaviour.habits,
      params: match.params,
      query: url.searchParams,
      now
    }
    yield* checkAvailability(route, call)
    yield* checkMarket(call)
    yield* requireScopes(call, route.scopes ?? [], refusalOf(route, call))
    return OddAnswers.sent(route, call, yield* found(route, call, url))
  })

/** The Web API: all paths below `/v1`. */
export const handle = (
  state: State,
  request: HttpServerRequest.HttpServerRequest,
  url: URL
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  answer(state, request, url).pipe(
    Effect.catchTag("ApiError", (error) => Effect.succeed(response(error, state.behaviour.habits)))
  )
