import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { CallOptions, type Retry as RetryPolicy } from "../CallOptions.js"
import * as Metrics from "../../Metrics.js"
import type { Service as Gate } from "../RateGate.js"
import { CurrentSession, SessionService } from "../../session/SessionService.js"
import type { SpotifyConfig } from "../../accounts/SpotifyConfig.js"
import {
  Forbidden,
  RateLimited,
  ServiceUnavailable,
  type SpotifyError,
  Unauthorized
} from "../SpotifyError.js"
import { type Decode, isCut } from "../decode/decode.js"
import type { Endpoint } from "./endpoint.js"
import * as RetryAfter from "../../http/retryAfter.js"
import * as Request from "./request.js"
import { problem, refusalOf, toError } from "./response.js"
import * as Retry from "./retry.js"
import * as ScopeCheck from "./scopeCheck.js"
import * as Send from "./send.js"
import * as Telemetry from "./telemetry.js"
import * as TimeLimit from "./timeLimit.js"

export interface Settings {
  /** The time limit of one attempt. */
  readonly timeout: Duration.Duration
  /** The time limit of one call, in milliseconds; undefined if none was set. */
  readonly totalTimeout: number | undefined
  /** The total time that one call may wait for rate limits, in milliseconds. */
  readonly maxWait: number
  readonly retry: Retry.Policies
  readonly gate: Gate
  readonly decode: Decode
  /** Whether calls that certainly lack a scope fail without a request. */
  readonly checkScopes: boolean
}

/** The time limit of one call if none was set, in milliseconds. */
const longest = 120_000

/** The least that one wait takes from a call's budget for rate limits, in milliseconds. */
const leastCost = 100

/**
 * The longest wait before a refused but possibly valid token is sent again, in milliseconds; the shortest is
 * half of it.
 */
const patience = 1000

/** For a route that fails without a reason, in milliseconds. Spotify counts calls within this window. */
const maxPause = 30_000

/** A little more than a day; no longer wait has been seen. */
const maxRetryAfter = 26 * 60 * 60 * 1000

/** The values that all attempts of a call share. */
interface Bounds {
  readonly clock: Clock.Clock
  readonly policy: RetryPolicy
  readonly timeout: Duration.Duration
  /** Milliseconds since the epoch. */
  readonly deadline: number
  /** The session of the call. */
  readonly queue: string
  readonly priority: "foreground" | "background" | undefined
  /** Whether a tracer keeps the spans of attempts. */
  readonly traced: boolean
  readonly wait: TimeLimit.Wait
}

/** The state of a call between its attempts. */
interface Progress {
  /** The remaining time for rate limits, in milliseconds. */
  readonly budget: number
  readonly attempts: number
  readonly rateLimits: number
  readonly retry: Retry.State | undefined
  /** Set once the Web API has refused a token: the call is sent once more with this one. */
  readonly renewed: Redacted.Redacted<string> | undefined
  /** Set once a possibly valid token was refused: the call is sent once more after a wait. */
  readonly patient: boolean
  /** Set once a body was lost on its way: the call is sent once more. */
  readonly reread: boolean
}

type AnyEndpoint = Endpoint<never, unknown>

/**
 * Makes one call, in as many attempts as its kind, its schedule and its time allow. The result is `finish` of the
 * decoded value and its answer.
 */
export type Attempts = <A>(
  endpoint: AnyEndpoint,
  request: HttpClientRequest.HttpClientRequest,
  finish: (value: unknown, answer: Send.Answer) => A
) => Effect.Effect<A, SpotifyError>

/** What stays the same in all attempts of a call. */
interface Call<A> {
  readonly endpoint: AnyEndpoint
  readonly request: HttpClientRequest.HttpClientRequest
  readonly bounds: Bounds
  readonly finish: (value: unknown, answer: Send.Answer) => A
}

export const make = (
  settings: Settings
): Effect.Effect<Attempts, never, SpotifyConfig | SessionService | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const session = yield* SessionService
    const send = yield* Send.make
    const scopes = ScopeCheck.make(session.scopes)
    const { gate } = settings

    /**
     * Closes the route as Spotify asks. The call then waits at the gate, or fails at once if it may not wait.
     */
    const rateLimited = (
      endpoint: AnyEndpoint,
      answer: Send.Answer,
      progress: Progress
    ): Effect.Effect<Progress, RateLimited> =>
      Effect.gen(function* () {
        const call = Request.callOf(endpoint)
        const now = yield* Clock.currentTimeMillis
        const quotaExceeded = problem(answer.body, "").reason === "QUOTA_EXCEEDED"
        const jitter = yield* Random.nextRange(0.5, 1)
        const retryAt = Option.getOrElse(RetryAfter.parse(answer.retryAfter, now, maxRetryAfter), () =>
          DateTime.unsafeMake(now + Math.ceil(1000 * 2 ** Math.min(progress.rateLimits, 10) * jitter))
        )
        yield* gate.close(call.route, retryAt, quotaExceeded ? "Quota" : "RateLimit")
        const wait = retryAt.epochMillis - now
        if (quotaExceeded || Math.max(wait, leastCost) > progress.budget) {
          return yield* new RateLimited({ ...call, requestId: answer.requestId, retryAt, quotaExceeded })
        }
        // The gate counts the time that calls wait there. A wait of zero also counts; otherwise a server could
        // hold the call forever
        const budget = wait > 0 ? progress.budget : progress.budget - leastCost
        return { ...progress, budget, rateLimits: progress.rateLimits + 1 }
      })

    let opaque = 0

    /**
     * A browser shows a 429 as a failure without a reason, since Spotify sends it without CORS headers. So the
     * route slows down as after a 429.
     */
    const slowDown = (endpoint: AnyEndpoint, now: number): Effect.Effect<void> => {
      const pause = Math.min(500 * 2 ** Math.min(opaque, 10), maxPause)
      opaque += 1
      return gate.close(Request.callOf(endpoint).route, DateTime.unsafeMake(now + pause), "Network")
    }

    /** Waits as the schedule says if the call has the time, else returns the failure. */
    const again = (
      endpoint: AnyEndpoint,
      error: SpotifyError,
      bounds: Bounds,
      progress: Progress
    ): Effect.Effect<Progress, SpotifyError> => {
      if (error._tag !== "ServiceUnavailable") {
        return Effect.fail(error)
      }
      return Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (error.kind === "Timeout" && now >= bounds.deadline) {
          return yield* TimeLimit.timedOut(endpoint, bounds.wait)
        }
        if (error.kind === "Network") {
          yield* slowDown(endpoint, now)
        }
        if (!Retry.applies(error, endpoint.idempotency)) {
          return yield* error
        }
        const next = yield* Retry.step(bounds.policy, progress.retry, error, now)
        const wait = Math.max(next?.wait ?? 0, (error.retryAt?.epochMillis ?? now) - now)
        if (next === undefined || now + wait >= bounds.deadline) {
          return yield* error
        }
        yield* Effect.logDebug(`${error.message}: trying again in ${Math.ceil(wait)} ms`)
        bounds.wait.on = "Retry"
        yield* Effect.sleep(wait)
        return { ...progress, retry: next.state }
      })
    }

    /** Adds the scopes that the operation needs, if known. */
    const insufficient = (endpoint: AnyEndpoint, { description, requestId }: Forbidden | Unauthorized) =>
      Effect.flatMap(
        scopes.possible(endpoint),
        (scopes) =>
          new Forbidden({
            ...Request.callOf(endpoint),
            reason: "InsufficientScope",
            description,
            requestId,
            scopes
          })
      )

    /**
     * What to do about a 401: send the same token once more after a wait unless it is known to be dead, then
     * get a new one. Neither if that cannot help.
     */
    const refused = Effect.fnUntraced(function* (
      endpoint: AnyEndpoint,
      answer: Send.Answer,
      error: Unauthorized,
      bounds: Bounds,
      progress: Progress
    ) {
      const { kind } = session
      const refusal = refusalOf(error.description, answer.authenticate)
      const lacks =
        refusal === "Scope" || (refusal === "Other" && (yield* scopes.missing(endpoint)).length > 0)
      if (lacks && kind !== "App") {
        return yield* insufficient(endpoint, error)
      }
      const final = new Unauthorized({
        ...Request.callOf(endpoint),
        requestId: error.requestId,
        description: error.description,
        session: kind,
        scopes: refusal === "Other" && kind !== "App" ? yield* scopes.possible(endpoint) : []
      })
      // No other token of the session would change this
      const isSettled = lacks || (refusal === "User" && (kind === "App" || kind === "Token"))
      if (isSettled || progress.renewed !== undefined) {
        return yield* final
      }
      const now = yield* Clock.currentTimeMillis
      const pause = yield* Random.nextIntBetween(patience / 2, patience + 1)
      if (refusal === "Other" && !progress.patient && now + pause < bounds.deadline) {
        yield* Effect.logDebug(`${error.message}: the same token once more in ${pause} ms`)
        bounds.wait.on = "Retry"
        yield* Effect.sleep(pause)
        return { ...progress, patient: true }
      }
      bounds.wait.on = "Session"
      const renewed = yield* session.renew(answer.token, { confirm: refusal !== "User" })
      return Redacted.value(renewed) === Redacted.value(answer.token)
        ? yield* final
        : { ...progress, renewed }
    })

    const settle = <A>(
      call: Call<A>,
      answer: Send.Answer,
      progress: Progress
    ): Effect.Effect<A, SpotifyError> => {
      const { bounds, endpoint, finish, request } = call
      opaque = 0
      if (answer.status === 401 || answer.status === 429) {
        bounds.wait.sent = "no"
      }
      if (answer.status >= 200 && answer.status < 300) {
        const decoded = settings.decode(endpoint, answer.status, answer.body, answer.requestId)
        // Nearly every answer is decoded at once, and this way takes two steps less
        if (Exit.isExit(decoded) && Exit.isSuccess(decoded)) {
          return Effect.succeed(finish(decoded.value, answer))
        }
        return Effect.matchEffect(decoded, {
          onFailure: (error) =>
            isCut(error, answer.body) &&
            endpoint.idempotency === "safe" &&
            !progress.reread &&
            bounds.policy !== Schedule.stop &&
            bounds.clock.unsafeCurrentTimeMillis() < bounds.deadline
              ? repeat(call, "DecodeError")({ ...progress, reread: true })
              : Effect.fail(error),
          onSuccess: (value) => Effect.succeed(finish(value, answer))
        })
      }
      // 304 is valid only for the cache, and only if the request had the entity tag of the cached answer
      if (answer.status === 304 && request.headers["if-none-match"] !== undefined) {
        return Effect.succeed(finish(undefined, answer))
      }
      if (answer.status === 429) {
        return Effect.flatMap(rateLimited(endpoint, answer, progress), repeat(call, "RateLimited"))
      }
      const secret = Redacted.value(answer.token)
      const error = toError(
        endpoint,
        request.url,
        answer.status,
        problem(answer.body, secret),
        answer.requestId
      )
      switch (error._tag) {
        case "Forbidden":
          return error.reason === "InsufficientScope" ? insufficient(endpoint, error) : Effect.fail(error)
        case "Unauthorized":
          return Effect.flatMap(
            refused(endpoint, answer, error, bounds, progress),
            repeat(call, "Unauthorized")
          )
        case "ServiceUnavailable":
          return Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Effect.flatMap(
              again(endpoint, comingBack(error, answer.retryAfter, now), bounds, progress),
              repeat(call, "ServiceUnavailable")
            )
          )
        default:
          return Effect.fail(error)
      }
    }

    const repeat =
      <A>(call: Call<A>, reason: SpotifyError["_tag"]) =>
      (progress: Progress): Effect.Effect<A, SpotifyError> => {
        Metrics.retried(reason)
        return attempt(call, { ...progress, attempts: progress.attempts + 1 })
      }

    const attempt = <A>(call: Call<A>, progress: Progress): Effect.Effect<A, SpotifyError> => {
      const { bounds, endpoint, request } = call
      const { clock, deadline, queue, priority, traced, wait } = bounds
      const left = deadline - clock.unsafeCurrentTimeMillis()
      let budget = Math.min(progress.budget, left)
      const { operation, route } = Request.callOf(endpoint)
      wait.on = "RateGate"
      const attempted = gate.pass({ operation, route, queue, budget, priority }, (waited) => {
        budget = progress.budget - waited
        wait.on = "Session"
        return Effect.flatMap(
          // Taken when the request leaves, since a token may expire in the queue
          progress.renewed === undefined ? session.accessToken : Effect.succeed(progress.renewed),
          (token) => {
            const left = deadline - clock.unsafeCurrentTimeMillis()
            if (left <= 0) {
              return Effect.fail(TimeLimit.timedOut(endpoint, wait))
            }
            wait.on = "Answer"
            wait.sent = "unknown"
            const timeout = Duration.min(bounds.timeout, Duration.millis(left))
            const sent = send(endpoint, request, timeout, token, (done) => {
              wait.done = Effect.suspend(() =>
                settings.decode(endpoint, done.status, done.body, done.requestId)
              )
            })
            return traced ? Telemetry.attempt(endpoint, progress.attempts, waited, sent) : sent
          }
        )
      })
      return Effect.matchEffect(attempted, {
        onFailure: (error) =>
          Effect.flatMap(
            again(endpoint, error, bounds, { ...progress, budget }),
            repeat(call, "ServiceUnavailable")
          ),
        onSuccess: (answer) => settle(call, answer, { ...progress, budget })
      })
    }

    return <A>(
      endpoint: AnyEndpoint,
      request: HttpClientRequest.HttpClientRequest,
      finish: (value: unknown, answer: Send.Answer) => A
    ) =>
      Effect.withFiberRuntime<A, SpotifyError>((fiber) => {
        const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
        const override = Context.get(fiber.currentContext, CallOptions)
        const limit = override.totalTimeout ?? settings.totalTimeout
        const now = clock.unsafeCurrentTimeMillis()
        const bounds: Bounds = {
          clock,
          policy:
            override.retry === false
              ? Schedule.stop
              : (override.retry ?? settings.retry[endpoint.idempotency]),
          timeout: override.timeout === undefined ? settings.timeout : Duration.decode(override.timeout),
          deadline:
            limit === undefined
              ? now + longest
              : (Context.get(fiber.currentContext, TimeLimit.Began) ?? now) + Duration.toMillis(limit),
          queue: Option.getOrElse(Context.get(fiber.currentContext, CurrentSession), () => ""),
          priority: override.priority,
          traced: Telemetry.isTraced(fiber),
          wait: Context.get(fiber.currentContext, TimeLimit.CurrentWait)
        }
        const progress: Progress = {
          budget: millis(override.maxRateLimitWait, settings.maxWait),
          attempts: 1,
          rateLimits: 0,
          retry: undefined,
          renewed: undefined,
          patient: false,
          reread: false
        }
        const call = { endpoint, request, bounds, finish }
        return settings.checkScopes && endpoint.scopes.length > 0
          ? Effect.flatMap(scopes.check(endpoint), () => attempt(call, progress))
          : attempt(call, progress)
      })
  })

const millis = (given: Duration.DurationInput | undefined, fallback: number): number =>
  given === undefined ? fallback : Duration.toMillis(given)

/** A failing server may say how long to wait. */
const comingBack = (
  error: ServiceUnavailable,
  retryAfter: string | undefined,
  now: number
): ServiceUnavailable => {
  const retryAt = RetryAfter.parse(retryAfter, now, maxRetryAfter)
  return Option.isNone(retryAt)
    ? error
    : new ServiceUnavailable({
        operation: error.operation,
        route: error.route,
        requestId: error.requestId,
        kind: error.kind,
        sent: error.sent,
        status: error.status,
        retryAt: retryAt.value
      })
}
