import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Controls } from "./controls.js"
import { mostAllowedUsers } from "./accounts/registeredApp.js"
import { FaultRule, Headers, HeaderValue, Wait } from "./faultRule.js"
import { isOwnPage } from "./ownPage.js"
import { parseJson } from "./parseJson.js"
import { contentType, readText } from "./requestBody.js"
import type { State } from "./state.js"
import type { Habits } from "./web/habits.js"

type Failure = ParseResult.ParseError

interface ControlRoute {
  readonly method: "GET" | "POST"
  /** The path below `/_control`. */
  readonly path: string
  readonly handle: (
    text: string,
    controls: Controls,
    state: State
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse, Failure>
}

const done = HttpServerResponse.empty({ status: 204 })

const command = <A, I>(
  path: string,
  schema: Schema.Schema<A, I>,
  run: (options: A, controls: Controls) => Effect.Effect<void>
): ControlRoute => {
  const decode = Schema.decodeUnknown(parseJson(schema))
  return {
    method: "POST",
    path,
    handle: (text, controls) =>
      decode(text.trim() === "" ? "{}" : text).pipe(
        Effect.flatMap((options) => run(options, controls)),
        Effect.as(done)
      )
  }
}

const report = (path: string, read: (controls: Controls) => Effect.Effect<unknown>): ControlRoute => ({
  method: "GET",
  path,
  handle: (_, controls) => Effect.map(read(controls), (body) => HttpServerResponse.unsafeJson(body))
})

const Count = Schema.optional(Schema.Int.pipe(Schema.between(1, 10_000)))

const Seconds = Schema.optional(Schema.Number.pipe(Schema.between(0, 10_000_000)))

const ClientId = Schema.optional(Schema.String)

const setUser: ControlRoute = {
  method: "POST",
  path: "/user",
  handle: (text, controls, state) => {
    const known = Schema.String.pipe(Schema.filter((user) => state.index.users.has(user) || "no such user"))
    return command("/user", Schema.Struct({ user: known }), ({ user }, controls) =>
      controls.setUser(user)
    ).handle(text, controls, state)
  }
}

const Switch = Schema.Boolean

const EveryNth = Schema.NonNegativeInt

const HabitSwitches = Schema.partialWith(
  Schema.Struct({
    playerAnswer: Schema.Literal("text", "accepted", "no content"),
    errorBody: Schema.Literal("object", "without message", "empty", "text", "string"),
    playbackLag: Schema.NonNegative,
    closedPlaylistLinks: Switch,
    nullsInSearch: Switch,
    nullPlaylistItems: Switch,
    nullsInPages: Switch,
    nullSearchPage: Switch,
    nullPlaylistImages: Switch,
    nullPlaylistTotals: Switch,
    emptyLinkedFrom: Switch,
    bothSpellings: Switch,
    nestedDisallows: Switch,
    undocumentedMembers: Switch,
    chapterType: Switch,
    integralFloats: Switch,
    upperCaseAlbumType: Switch,
    localDurationObject: Switch,
    combinedTokenMessage: Switch,
    namelessPlaylists: Switch,
    nullOwners: Switch,
    emptyImages: Switch,
    emptyAddedBy: Switch,
    nullSavedItems: Switch,
    playlistItemsLink: Switch,
    bareTracks: Switch,
    createAnswer: Schema.Literal("playlist", "nulls", "empty"),
    addAnswer: Schema.Literal("snapshot", "object", "empty"),
    zeroOffsets: Switch,
    shortPages: Switch,
    zeroPages: EveryNth,
    missingTokens: EveryNth,
    unauthorizedScopes: Switch,
    unaskedNotModified: EveryNth,
    emptyBodies: EveryNth,
    cutBodies: EveryNth
  } satisfies Record<keyof Habits, Schema.Schema.AnyNoContext>),
  { exact: true }
)

const Quota = Schema.Struct({
  limit: Schema.NonNegativeInt,
  window: Wait,
  paths: Schema.optional(Schema.Array(Schema.String.pipe(Schema.startsWith("/")))),
  method: Schema.optional(Schema.String),
  per: Schema.optional(Schema.Literal("client", "account")),
  reason: Schema.optional(Schema.String)
})

const decodePlan = Schema.decodeUnknown(
  parseJson(
    Schema.Struct({
      rules: Schema.Array(FaultRule),
      seed: Schema.optional(Schema.Union(Schema.String, Schema.Number))
    })
  )
)

const planFaults: ControlRoute = {
  method: "POST",
  path: "/faults",
  handle: (text, controls) =>
    decodePlan(text).pipe(
      Effect.flatMap(({ rules, seed }) => controls.faults.plan(rules, { seed })),
      Effect.map((body) => HttpServerResponse.unsafeJson(body))
    )
}

const routes: ReadonlyArray<ControlRoute> = [
  command("/expire-access-tokens", Schema.Struct({}), (_, controls) => controls.expireAccessTokens),
  command(
    "/rate-limit-next",
    Schema.Struct({ count: Count, retryAfterSeconds: Seconds }),
    ({ count, retryAfterSeconds = 1 }, controls) =>
      controls.rateLimitNext({ count, retryAfter: Duration.seconds(retryAfterSeconds) })
  ),
  command(
    "/fail-next",
    Schema.Struct({
      count: Count,
      status: Schema.Int.pipe(Schema.between(200, 599)),
      body: Schema.optional(Schema.String),
      contentType: Schema.optional(HeaderValue),
      headers: Schema.optional(Headers),
      target: Schema.optional(Schema.Literal("accounts", "api"))
    }),
    (options, controls) => controls.failNext(options)
  ),
  command(
    "/revoke-grant",
    Schema.Struct({ user: Schema.optional(Schema.String), clientId: Schema.optional(Schema.String) }),
    (options, controls) => controls.revokeGrant(options)
  ),
  command("/expire-refresh-tokens", Schema.Struct({}), (_, controls) => controls.expireRefreshTokens),
  command("/refuse-refresh-next", Schema.Struct({ count: Count }), (options, controls) =>
    controls.refuseRefreshNext(options)
  ),
  command(
    "/rotation",
    Schema.Struct({ mode: Schema.Literal("never", "always"), graceSeconds: Seconds }),
    ({ graceSeconds = 0, mode }, controls) =>
      controls.setRotation(mode, { grace: Duration.seconds(graceSeconds) })
  ),
  command(
    "/allowed-users",
    Schema.Struct({
      users: Schema.Union(
        Schema.Literal("everybody"),
        Schema.Array(Schema.String).pipe(Schema.maxItems(mostAllowedUsers))
      ),
      clientId: ClientId,
      wording: Schema.optional(Schema.String)
    }),
    ({ users, ...options }, controls) => controls.setAllowedUsers(users, options)
  ),
  command(
    "/owner-premium",
    Schema.Struct({ premium: Schema.Boolean, clientId: ClientId }),
    ({ premium, ...options }, controls) => controls.setOwnerPremium(premium, options)
  ),
  command(
    "/clock-skew",
    Schema.Struct({ aheadSeconds: Schema.Number.pipe(Schema.between(-1e9, 1e9)) }),
    ({ aheadSeconds }, controls) =>
      controls.faults.setClockSkew(
        aheadSeconds < 0 ? { behind: Duration.seconds(-aheadSeconds) } : Duration.seconds(aheadSeconds)
      )
  ),
  command("/habits", HabitSwitches, (habits, controls) => controls.setHabits(habits)),
  command("/quotas", Schema.Struct({ quotas: Schema.Array(Quota) }), ({ quotas }, controls) =>
    controls.setQuotas(quotas)
  ),
  planFaults,
  command("/faults/clear", Schema.Struct({}), (_, controls) => controls.faults.clear),
  report("/faults", (controls) => controls.faults.planned),
  report("/faults/injected", (controls) => controls.faults.injected),
  command("/consent", Schema.Struct({ mode: Schema.Literal("automatic", "form") }), ({ mode }, controls) =>
    controls.setConsent(mode)
  ),
  command(
    "/decision",
    Schema.Struct({ decision: Schema.Literal("allow", "deny") }),
    ({ decision }, controls) => controls.setDecision(decision)
  ),
  setUser,
  report("/requests", (controls) => controls.requests),
  report("/token-requests", (controls) => controls.tokenRequests)
]

const refuse = (status: number, error: string) => HttpServerResponse.unsafeJson({ error }, { status })

/** A form of the status page holds its JSON in one field, and gets the status page as its answer. */
const readForm = (text: string): string => new URLSearchParams(text).get("json") ?? ""

const backToPage = HttpServerResponse.redirect("/", { status: 303 })

/** The controls over HTTP: all paths below `/_control`. */
export const handle = (
  state: State,
  controls: Controls,
  request: HttpServerRequest.HttpServerRequest,
  url: URL
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.gen(function* () {
    if (!isOwnPage(state, request)) {
      return refuse(403, "other web pages cannot use the controls")
    }
    const matches = routes.filter(({ path }) => `/_control${path}` === url.pathname)
    if (matches.length === 0) {
      const names = new Set(routes.map(({ path }) => path.slice(1)))
      return refuse(404, `no such control; there are ${[...names].join(", ")}`)
    }
    const route = matches.find(({ method }) => method === request.method)
    if (route === undefined) {
      return HttpServerResponse.empty({
        status: 405,
        headers: { allow: matches.map(({ method }) => method).join(", ") }
      })
    }
    const text = yield* readText(request)
    if (Option.isNone(text)) {
      return refuse(413, "the body is too long")
    }
    const isForm = contentType(request) === "application/x-www-form-urlencoded"
    const response = yield* route.handle(isForm ? readForm(text.value) : text.value, controls, state)
    return isForm ? backToPage : response
  }).pipe(
    Effect.catchTag("ParseError", (error) =>
      Effect.succeed(refuse(400, ParseResult.TreeFormatter.formatErrorSync(error)))
    )
  )
