/**
 * Keeps an app within Spotify's limits. All calls, fibers and users of a client id share one gate, so that a
 * limit that one call meets delays the others, or fails them at once.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Closures from "./gate/closures.js"
import * as SharedClosures from "./gate/sharedClosures.js"
import * as FairSemaphore from "./gate/fairSemaphore.js"
import * as Metrics from "../Metrics.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import { RateLimited } from "./SpotifyError.js"
import { TokenStore } from "../store/TokenStore.js"

/**
 * Why a route is closed.
 *
 * - `RateLimit`: the app made too many calls within Spotify's 30 seconds
 * - `Quota`: the daily quota of an app in development mode is used up
 * - `Network`: a request failed without a reason. In a browser this can be a 429, which Spotify sends without
 *   CORS headers
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = Closures.Reason

/**
 * The state of the gate.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  /** Requests in progress. */
  readonly inFlight: number
  /** Calls that wait for a free slot. */
  readonly waiting: number
  readonly closed: ReadonlyArray<{
    /** A route such as `GET /artists/{id}/albums`; `*` means all routes. */
    readonly route: string
    readonly until: DateTime.Utc
    readonly reason: Reason
  }>
}

/**
 * A call at the gate.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  readonly operation: string
  readonly route: string
  /**
   * The session of the call. Sessions take turns, so that one user's thousand calls do not delay another's
   * single call.
   */
  readonly queue: string
  /** The longest time that the call may wait for closed routes, in milliseconds. */
  readonly budget: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Runs one attempt once its route is open and a slot is free. The attempt receives the milliseconds that it
   * waited for closed routes. Fails at once if that wait would exceed the call's budget.
   */
  readonly pass: <A, E, R>(
    call: Call,
    attempt: (waited: number) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | RateLimited, R>
  /** Closes a route for all users of the gate. */
  readonly close: (route: string, until: DateTime.Utc, reason: Reason) => Effect.Effect<void>
  readonly status: Effect.Effect<Status>
}

/**
 * Optional: a `SpotifyClient` without it makes its own gate. Provide one to several clients of the same client
 * id.
 *
 * @since 0.1.0
 * @category tags
 */
export class RateGate extends Context.Tag("effect-spotify/RateGate")<RateGate, Service>() {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The number of concurrent requests. @default 64 */
  readonly concurrency?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SharedOptions extends Options {
  /** How often a gate in use reads the closures of other processes. @default 2 seconds */
  readonly pollInterval?: Duration.DurationInput | undefined
}

/** A wait of zero also counts; otherwise a server could hold a call forever. */
const leastWait = 100

const remedy: Record<Reason, string> = {
  RateLimit:
    "Spotify's rate limit is reached: calls wait for it as long as they may, or fail with RateLimited",
  Quota:
    "The daily quota of this app in development mode is used up: these calls fail with RateLimited until then; others may work",
  Network:
    "A request failed without a reason; in a browser that is mostly a 429 without CORS headers, so the gate slows down"
}

const fromParts = (
  options: Options,
  closures: Closures.Closures,
  share: (route: string, closure: Closures.Closure) => Effect.Effect<void>,
  used: () => void
): Service => {
  const semaphore = FairSemaphore.make(options.concurrency ?? 64)

  const admit = (
    call: Call,
    permit: FairSemaphore.Permit,
    waited: number
  ): Effect.Effect<number, RateLimited> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const closure = closures.of(call.route, now)
      if (closure === undefined) {
        return permit.tryEnter() ? Effect.succeed(waited) : queue(call, permit, waited)
      }
      const wait = closure.until - now
      const cost = Math.max(wait, leastWait)
      if (waited + cost > call.budget) {
        return new RateLimited({
          operation: call.operation,
          route: call.route,
          retryAt: DateTime.unsafeMake(closure.until),
          quotaExceeded: closure.reason === "Quota"
        })
      }
      Metrics.gateWait(wait)
      return Effect.zipRight(Effect.sleep(wait), admit(call, permit, waited + cost))
    })

  /** The route may have been closed while the call waited for its slot. */
  const queue = (
    call: Call,
    permit: FairSemaphore.Permit,
    waited: number
  ): Effect.Effect<number, RateLimited> =>
    Effect.flatMap(Effect.zipRight(permit.enter, Clock.currentTimeMillis), (now) => {
      if (closures.of(call.route, now) === undefined) {
        return Effect.succeed(waited)
      }
      permit.end()
      return admit(call, permit, waited)
    })

  return {
    pass: (call, attempt) =>
      // Like `Effect.ensuring` with fewer steps, since every request pays for them
      Effect.uninterruptibleMask((restore) => {
        used()
        const permit = semaphore.permit(call.queue)
        // Most calls find the route open and a slot free, and then need no clock
        const passed =
          closures.areNone() && permit.tryEnter()
            ? attempt(0)
            : Effect.flatMap(admit(call, permit, 0), attempt)
        return Effect.matchCauseEffect(restore(passed), {
          onFailure: (cause) => {
            permit.end()
            return Effect.failCause(cause)
          },
          onSuccess: (value) => {
            permit.end()
            return Effect.succeed(value)
          }
        })
      }),
    close: (route, until, reason) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const closure = { until: until.epochMillis, reason }
        const closed = closures.close(route, closure, now)
        if (closed === undefined) {
          return Effect.void
        }
        Metrics.gateClosed(reason)
        return Effect.zipRight(
          Effect.logWarning(remedy[reason]).pipe(
            Effect.annotateLogs({
              route: closed === Closures.everything ? "all routes" : closed,
              until: DateTime.formatIso(until)
            })
          ),
          share(closed, closure)
        )
      }),
    status: Effect.map(Clock.currentTimeMillis, (now) => ({
      inFlight: semaphore.inFlight(),
      waiting: semaphore.waiting(),
      closed: closures
        .all(now)
        .map(([route, { reason, until }]) => ({ route, reason, until: DateTime.unsafeMake(until) }))
    }))
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service> =>
  Effect.sync(() =>
    fromParts(
      options,
      Closures.make(),
      () => Effect.void,
      () => {}
    )
  )

/**
 * A gate for the clients of one process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<RateGate> => Layer.effect(RateGate, make(options))

/**
 * A gate that shares its closures with all processes that use the same token store and client id. If the store
 * fails, the gate works for this process alone.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeShared = (
  options: SharedOptions = {}
): Effect.Effect<Service, never, SpotifyConfig | TokenStore | Scope.Scope> =>
  Effect.gen(function* () {
    const { clientId } = yield* SpotifyConfig
    const closures = Closures.make()
    const shared = yield* SharedClosures.make({
      clientId,
      closures,
      store: yield* TokenStore,
      pollInterval: options.pollInterval ?? "2 seconds"
    })
    return fromParts(options, closures, shared.share, shared.used)
  })

/**
 * A gate for all processes that share a token store, such as Redis or a SQL database.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerShared = (
  options?: SharedOptions
): Layer.Layer<RateGate, never, SpotifyConfig | TokenStore> => Layer.scoped(RateGate, makeShared(options))
