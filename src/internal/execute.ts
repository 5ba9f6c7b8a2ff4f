import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type { Scope } from "../auth/Scope.js"
import { CurrentSession, SessionService } from "../SessionService.js"
import { SpotifyConfig } from "../SpotifyConfig.js"
import { Forbidden, RateLimited, ServiceUnavailable, type SpotifyError } from "../SpotifyError.js"
import type { Decode } from "./decode.js"
import type { Batching, Endpoint, Execute } from "./endpoint.js"
import * as GrantedScopes from "./grantedScopes.js"
import * as BoundedBody from "./http/boundedBody.js"
import * as RetryAfter from "./http/retryAfter.js"
import * as SpotifyHttp from "./http/spotifyHttp.js"
import * as TransportFailure from "./http/transportFailure.js"
import * as QuotaMode from "./quotaMode.js"
import * as Request from "./request.js"
import { problem, requestIdOf, toError } from "./response.js"

export interface Settings {
  /** How long one attempt may take. */
  readonly timeout: Duration.Duration
  /** How long one call may wait for rate limits in all, in milliseconds. */
  readonly maxWait: number
  readonly decode: Decode
  /** Whether calls that surely lack a scope fail before they are sent. */
  readonly checkScopes: boolean
  /** How long single calls wait for others of their kind, in milliseconds; undefined if they do not. */
  readonly batchWindow: number | undefined
}

/** The largest answers, pages of a hundred playlist entries, have been seen at about half a megabyte. */
const maxBody = 16 * 1024 * 1024

/** Of a failure, this much is read. */
const maxProblem = 64 * 1024

/** A day and a bit; longer waits have been seen nowhere. */
const maxRetryAfter = 26 * 60 * 60 * 1000

/** Where a call stands between its attempts. */
interface Progress {
  /** Milliseconds it may still wait. */
  readonly budget: number
  readonly rateLimits: number
  /** It was sent again with another token. */
  readonly replayed: boolean
}

type AnyEndpoint = Endpoint<never, unknown>

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly requestId: string | undefined
  readonly body: string
}

export interface Interpreter {
  /** Runs an operation with the flat parameters of a method. */
  readonly execute: Execute
  /** Runs an operation whose parameters are sorted already. */
  readonly executeParts: <A>(
    endpoint: Endpoint<never, A>,
    parts: Request.Parts
  ) => Effect.Effect<A, SpotifyError>
}

/**
 * The one place where an operation, the session and the transport meet: it builds the request, adds the
 * token, sends it, and turns whatever comes back into the result or an error.
 */
export const make = (
  settings: Settings
): Effect.Effect<Interpreter, never, SpotifyConfig | SessionService | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const config = yield* SpotifyConfig
    const session = yield* SessionService
    const send = yield* SpotifyHttp.make
    const { guard, quota } = QuotaMode.make(
      config.quotaMode,
      batching(config.quotaMode === "extended" ? settings.batchWindow : undefined)
    )

    const transportError =
      (endpoint: AnyEndpoint, sent?: "unknown") =>
      (error: Parameters<typeof TransportFailure.classify>[0]): ServiceUnavailable => {
        const failure = TransportFailure.classify(error)
        return new ServiceUnavailable({ ...Request.callOf(endpoint), ...failure, sent: sent ?? failure.sent })
      }

    const withDefaults = (endpoint: AnyEndpoint, parts: Request.Parts): Request.Parts =>
      parts.query["market"] === undefined && Option.isSome(config.market) && endpoint.query.includes("market")
        ? { ...parts, query: { ...parts.query, market: config.market.value } }
        : parts

    const headers = (token: Redacted.Redacted<string>) => ({
      accept: "application/json",
      authorization: `Bearer ${Redacted.value(token)}`,
      ...Option.match(config.locale, {
        onNone: () => ({}),
        onSome: (locale) => ({ "accept-language": locale })
      })
    })

    const body = (endpoint: AnyEndpoint, response: HttpClientResponse.HttpClientResponse, limit: number) =>
      Effect.mapError(BoundedBody.readText(response, limit), transportError(endpoint, "unknown"))

    const once = (
      endpoint: AnyEndpoint,
      request: HttpClientRequest.HttpClientRequest,
      token: Redacted.Redacted<string>
    ): Effect.Effect<Answer, SpotifyError> =>
      send(HttpClientRequest.setHeaders(request, headers(token))).pipe(
        Effect.mapError(transportError(endpoint)),
        Effect.flatMap((response) => {
          const success = response.status >= 200 && response.status < 300
          // A command's body means nothing, but reading it frees the connection
          const limit = success && endpoint.response !== "discard" ? maxBody : maxProblem
          return Effect.map(body(endpoint, response, limit), (text) => ({
            status: response.status,
            retryAfter: response.headers["retry-after"],
            requestId: requestIdOf(response.headers, Redacted.value(token)),
            body: Option.getOrElse(text, () => "")
          }))
        }),
        Effect.timeoutFail({
          duration: settings.timeout,
          onTimeout: () =>
            new ServiceUnavailable({ ...Request.callOf(endpoint), kind: "Timeout", sent: "unknown" })
        })
      )

    /** Waits as Spotify asks if the call's budget allows it, and fails at once if not. */
    const rateLimited = (
      endpoint: AnyEndpoint,
      answer: Answer,
      progress: Progress
    ): Effect.Effect<Progress, RateLimited> =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const quotaExceeded = problem(answer.body, "").reason === "QUOTA_EXCEEDED"
        const asked = RetryAfter.parse(answer.retryAfter, now, maxRetryAfter)
        const jitter = yield* Random.nextRange(0.5, 1)
        const wait = Option.match(asked, {
          onNone: () => Math.ceil(1000 * 2 ** progress.rateLimits * jitter),
          onSome: (at) => at.epochMillis - now
        })
        // A wait of no length costs something too, or a server could keep the call for ever
        const cost = Math.max(wait, 100)
        if (cost > progress.budget || quotaExceeded) {
          return yield* new RateLimited({
            ...Request.callOf(endpoint),
            requestId: answer.requestId,
            retryAt: DateTime.unsafeMake(now + wait),
            quotaExceeded
          })
        }
        yield* Effect.sleep(wait)
        // A wait of no length costs something too, or a server could keep the call for ever
        return {
          ...progress,
          budget: progress.budget - Math.max(wait, 100),
          rateLimits: progress.rateLimits + 1
        }
      })

    /** What was granted, if it is known; a session that cannot say makes no call fail. */
    const granted = Effect.orElseSucceed(session.scopes, () => Option.none<ReadonlyArray<Scope>>())

    const withMissingScopes = (endpoint: AnyEndpoint, error: Forbidden): Effect.Effect<never, Forbidden> =>
      Effect.flatMap(
        granted,
        Option.match({
          onNone: () => error,
          onSome: (scopes) =>
            new Forbidden({
              ...Request.callOf(endpoint),
              reason: error.reason,
              description: error.description,
              requestId: error.requestId,
              scopes: GrantedScopes.missingAfterRefusal(endpoint.scopes, scopes)
            })
        })
      )

    /** Fails if a scope is missing for certain. */
    const checkScopes = (endpoint: AnyEndpoint): Effect.Effect<void, Forbidden> =>
      Effect.flatMap(granted, (known) => {
        const scopes = Option.match(known, {
          onNone: () => [],
          onSome: (found) =>
            endpoint.scopesForPrivate === true ? [] : GrantedScopes.missing(endpoint.scopes, found)
        })
        return scopes.length === 0
          ? Effect.void
          : new Forbidden({
              ...Request.callOf(endpoint),
              reason: "InsufficientScope",
              scopes,
              description: "not sent, as the user did not grant what it needs"
            })
      })

    const attempt = (
      endpoint: AnyEndpoint,
      request: HttpClientRequest.HttpClientRequest,
      token: Redacted.Redacted<string>,
      progress: Progress
    ): Effect.Effect<unknown, SpotifyError> =>
      Effect.flatMap(once(endpoint, request, token), (answer) => {
        if (answer.status >= 200 && answer.status < 300) {
          return settings.decode(endpoint, answer.status, answer.body, answer.requestId)
        }
        if (answer.status === 429) {
          return Effect.flatMap(rateLimited(endpoint, answer, progress), (next) =>
            // The token may have ended during the wait
            Effect.flatMap(session.accessToken, (fresh) => attempt(endpoint, request, fresh, next))
          )
        }
        const error = toError(
          endpoint,
          answer.status,
          problem(answer.body, Redacted.value(token)),
          answer.requestId
        )
        if (error._tag === "Forbidden" && error.reason === "InsufficientScope") {
          return withMissingScopes(endpoint, error)
        }
        return answer.status === 401 && !progress.replayed
          ? Effect.flatMap(session.renew(token), (renewed) =>
              Redacted.value(renewed) === Redacted.value(token)
                ? Effect.fail(error)
                : attempt(endpoint, request, renewed, { ...progress, replayed: true })
            )
          : Effect.fail(error)
      })

    const begin = (endpoint: AnyEndpoint, request: HttpClientRequest.HttpClientRequest) =>
      Effect.flatMap(session.accessToken, (token) => {
        const first = attempt(endpoint, request, token, {
          budget: settings.maxWait,
          rateLimits: 0,
          replayed: false
        })
        return settings.checkScopes && endpoint.scopes.length > 0
          ? Effect.zipRight(checkScopes(endpoint), first)
          : first
      })

    const run = (endpoint: AnyEndpoint, parts: Request.Parts) => {
      const request = Request.make(config.apiUrl, endpoint, withDefaults(endpoint, parts))
      return Either.isLeft(request)
        ? Effect.fail(request.left)
        : guard(endpoint, begin(endpoint, request.right)).pipe(
            Effect.withSpan(`SpotifyClient.${endpoint.group}.${endpoint.name}`, {
              captureStackTrace: false,
              attributes: { "http.route": endpoint.path, "http.request.method": endpoint.method }
            })
          )
    }

    const execute = (endpoint: AnyEndpoint, params: Record<string, unknown>) =>
      run(endpoint, Request.partsOf(endpoint, params))

    // The descriptor's phantom types say what the parameters and the result are; its schema makes it true
    return {
      execute: Object.assign(execute, { quota }) as Execute,
      executeParts: run as Interpreter["executeParts"]
    }
  })

const batching = (window: number | undefined): Batching | undefined =>
  window === undefined
    ? undefined
    : {
        window,
        session: Effect.map(
          CurrentSession,
          Option.getOrElse(() => "")
        )
      }
