import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Controls } from "./controls.js"
import { readText } from "./requestBody.js"
import type { State } from "./state.js"

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
  const decode = Schema.decodeUnknown(Schema.parseJson(schema))
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

const HeaderValue = Schema.String.pipe(Schema.pattern(/^[\x20-\x7e]+$/))

const isHeaderName = (name: string): boolean => /^[\w!#$%&'*+.^`|~-]+$/.test(name)

const Headers = Schema.Record({ key: Schema.String, value: HeaderValue }).pipe(
  Schema.filter((headers) => Object.keys(headers).every(isHeaderName) || "not a header name")
)

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
  command("/rotation", Schema.Struct({ mode: Schema.Literal("never", "always") }), ({ mode }, controls) =>
    controls.setRotation(mode)
  ),
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

/** The controls over HTTP, everything below `/_control`. */
export const handle = (
  state: State,
  controls: Controls,
  request: HttpServerRequest.HttpServerRequest,
  url: URL
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.gen(function* () {
    // Any web page can send requests to this machine; a browser then says which page it was
    const own = new URL(state.apiUrl).origin
    if ((request.headers["origin"] ?? own) !== own) {
      return refuse(403, "controls are not for other web pages")
    }
    const matches = routes.filter(({ path }) => `/_control${path}` === url.pathname)
    if (matches.length === 0) {
      return refuse(404, `no such control; there are ${routes.map(({ path }) => path.slice(1)).join(", ")}`)
    }
    const route = matches.find(({ method }) => method === request.method)
    if (route === undefined) {
      return HttpServerResponse.empty({
        status: 405,
        headers: { allow: matches.map(({ method }) => method).join(", ") }
      })
    }
    const text = yield* readText(request)
    return Option.isNone(text)
      ? refuse(413, "the body is too long")
      : yield* route.handle(text.value, controls, state)
  }).pipe(
    Effect.catchTag("ParseError", (error) =>
      Effect.succeed(refuse(400, ParseResult.TreeFormatter.formatErrorSync(error)))
    )
  )
