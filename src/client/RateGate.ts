/**
 * Keeps an app within Spotify's limits. All calls, fibers and users of a client id share one gate, so that a
 * limit that one call meets delays the others, or fails them at once.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Admission from "./gate/admission.js"
import * as BudgetState from "./gate/budget.js"
import * as Closures from "./gate/closures.js"
import * as RoutePattern from "./gate/routePattern.js"
import * as SharedBudget from "./gate/sharedBudget.js"
import * as SharedClosures from "./gate/sharedClosures.js"
import * as FairSemaphore from "./gate/fairSemaphore.js"
import * as Metrics from "../Metrics.js"
import { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import type { RateLimited } from "./SpotifyError.js"
import * as StoreKey from "../store/storeKey.js"
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
  readonly budgets: ReadonlyArray<BudgetStatus>
}

/**
 * The state of a budget. If it is shared, it is as of the last exchange with the store, which a gate in use has
 * every `pollInterval`.
 *
 * @since 0.1.0
 * @category models
 */
export interface BudgetStatus {
  readonly name: string
  /** None until it is learned, if the options give none. */
  readonly limit: Option.Option<number>
  /** Calls within the window, including those in progress. */
  readonly used: number
  /** None if the limit is unknown. Zero if Spotify says that the quota is used up. */
  readonly left: Option.Option<number>
  /** When the next call may begin. None if one may begin now. */
  readonly opensAt: Option.Option<DateTime.Utc>
}

/**
 * How many calls of some routes may begin in a rolling window. Calls beyond it wait or fail with `RateLimited`
 * before they are sent. Each request counts, including retries; answers from the cache do not.
 *
 * Spotify publishes neither its limits nor which routes share one. Without `limit` the budget learns it: when
 * Spotify says that a quota is used up, all routes of the budget close until the time it names, and the calls
 * counted until then are the limit that background work keeps to from then on.
 *
 * @since 0.1.0
 * @category models
 */
export interface Budget {
  /** Names it in errors, events and the store. */
  readonly name: string
  /**
   * The routes that are counted together, such as `GET /artists/{id}/albums`. The names in braces do not
   * matter. A `*` at the end matches any rest, and without a method a route matches every method: `/playlists*`.
   * @default every route
   */
  readonly routes?: ReadonlyArray<string> | undefined
  /** The number of calls in a window. @default learned from Spotify's answers */
  readonly limit?: number | undefined
  /** For example `"30 seconds"` or `"24 hours"`. */
  readonly window: Duration.DurationInput
  /** How many calls background work leaves to others, see `CallOptions`. @default a tenth of the limit */
  readonly reserve?: number | undefined
  /** The share of the limit that is used when the budget counts as low. @default 0.8 */
  readonly warnAt?: number | undefined
  /**
   * The developer account whose apps share the budget: any name, the same for all its client ids. Spotify
   * counts the quota of development mode for each account since July 2026. Only a shared gate uses it.
   * @default the client id has a budget of its own
   */
  readonly account?: string | undefined
}

/**
 * - `Low`: the share of `warnAt` is used
 * - `Ended`: no call is left, by count or because Spotify said so, and calls fail until `opensAt`
 *
 * Each process publishes an event once, and again only after the state was better.
 *
 * @since 0.1.0
 * @category models
 */
export type BudgetEvent = Data.TaggedEnum<{
  Low: { readonly budget: BudgetStatus }
  Ended: { readonly budget: BudgetStatus }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const BudgetEvent: Data.TaggedEnum.Constructor<BudgetEvent> = Data.taggedEnum<BudgetEvent>()

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
  /** Background work leaves the reserves of budgets to others. @default "foreground" */
  readonly priority?: "foreground" | "background" | undefined
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
  /** @default none */
  readonly budgets?: ReadonlyArray<Budget> | undefined
  /** Receives the events of budgets, for example to tell the people who run the program. They are logged too. */
  readonly onBudget?: ((event: BudgetEvent) => Effect.Effect<void>) | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SharedOptions extends Options {
  /** How often a gate in use reads closures and budgets of other processes, and writes its own. @default 2 seconds */
  readonly pollInterval?: Duration.DurationInput | undefined
}

const remedy: Record<Reason, string> = {
  RateLimit:
    "Spotify's rate limit is reached: calls wait for it as long as they may, or fail with RateLimited",
  Quota:
    "The daily quota of this app in development mode is used up: these calls fail with RateLimited until then; others may work",
  Network:
    "A request failed without a reason; in a browser that is mostly a 429 without CORS headers, so the gate slows down"
}

/** The budgets of a gate. A program whose gate has none does without their code. */
interface Counting {
  readonly of: (route: string) => ReadonlyArray<BudgetState.Budget>
  /** Runs a call and counts it in these budgets. */
  readonly pass: <A, E, R>(
    admission: Admission.Admission,
    permitOf: FairSemaphore.FairSemaphore["permit"],
    budgets: ReadonlyArray<BudgetState.Budget>,
    call: Call,
    attempt: (waited: number) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | RateLimited, R>
  /** What there is to say of the budget that a closure ends. */
  readonly close: (route: string, closure: Closures.Closure, now: number) => Effect.Effect<void> | undefined
  readonly status: (now: number) => ReadonlyArray<BudgetStatus>
}

interface Parts {
  readonly concurrency: number | undefined
  readonly closures: Closures.Closures
  readonly counting: Counting | undefined
  readonly share: (route: string, closure: Closures.Closure) => Effect.Effect<void>
  readonly used: () => void
}

const noBudgets: ReadonlyArray<BudgetState.Budget> = []

const fromParts = ({ closures, concurrency, counting, share, used }: Parts): Service => {
  const semaphore = FairSemaphore.make(concurrency ?? 64)
  const admission = Admission.make(closures)

  return {
    pass: (call, attempt) => {
      const budgets = counting?.of(call.route) ?? noBudgets
      if (counting !== undefined && budgets.length > 0) {
        used()
        return counting.pass(admission, semaphore.permit, budgets, call, attempt)
      }
      // Like `Effect.ensuring` with fewer steps, since every request pays for them
      return Effect.uninterruptibleMask((restore) => {
        used()
        const permit = semaphore.permit(call.queue)
        // Most calls find the route open and a slot free, and then need no clock
        const passed =
          closures.areNone() && permit.tryEnter()
            ? attempt(0)
            : Effect.flatMap(
                admission.admit({ call, background: false, permit, budgets, holds: false }),
                attempt
              )
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
      })
    },
    close: (route, until, reason) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const closure = { until: until.epochMillis, reason }
        const told = counting?.close(route, closure, now) ?? Effect.void
        const closed = closures.close(route, closure, now)
        if (closed === undefined) {
          return Effect.void
        }
        Metrics.gateClosed(reason)
        return Effect.logWarning(remedy[reason]).pipe(
          Effect.annotateLogs({
            route: closed === Closures.everything ? "all routes" : closed,
            until: DateTime.formatIso(until)
          }),
          Effect.zipRight(share(closed, closure)),
          Effect.zipRight(told)
        )
      }),
    status: Effect.map(Clock.currentTimeMillis, (now) => ({
      inFlight: semaphore.inFlight(),
      waiting: semaphore.waiting(),
      closed: closures
        .all(now)
        .map(([route, { reason, until }]) => ({ route, reason, until: DateTime.unsafeMake(until) })),
      budgets: counting?.status(now) ?? []
    }))
  }
}

const time = (millis: number | undefined): Option.Option<DateTime.Utc> =>
  Option.map(Option.fromNullable(millis), DateTime.unsafeMake)

const statusOf = ({ spec, status }: BudgetState.Budget, now: number): BudgetStatus => {
  const { ended, limit, opensAt, used } = status(now)
  return {
    name: spec.name,
    limit: Option.fromNullable(limit),
    used,
    left:
      ended === undefined
        ? Option.map(Option.fromNullable(limit), (limit) => Math.max(0, limit - used))
        : Option.some(0),
    opensAt: time(opensAt)
  }
}

/** Whether a failed attempt certainly sent no request, so that Spotify cannot have counted it. */
const neverSent = (cause: Cause.Cause<unknown>): boolean =>
  Option.exists(
    Cause.failureOption(cause),
    (error) => !Predicate.isTagged(error, "ServiceUnavailable") || ("sent" in error && error.sent === "no")
  )

/** A rate limit ends within its window of 30 seconds, so a longer wait than this is for a quota. */
const longestRateLimit = 10 * 60 * 1000

/** The budget that Spotify says is used up: of those of the route the one with the longest window. */
const endedBy = (
  budgets: ReadonlyArray<BudgetState.Budget>,
  { reason, until }: Closures.Closure,
  now: number
): BudgetState.Budget | undefined =>
  reason === "Quota" || (reason === "RateLimit" && until - now > longestRateLimit)
    ? [...budgets].sort((one, other) => other.spec.window - one.spec.window)[0]
    : undefined

const countingOf = (
  budgets: ReadonlyArray<BudgetState.Budget>,
  onBudget: Options["onBudget"] = () => Effect.void
): Counting => {
  const budgetsOf = BudgetState.byRoute(budgets)

  const report = (
    budget: BudgetState.Budget,
    level: Exclude<BudgetState.Level, "Open">,
    now: number
  ): Effect.Effect<void> => {
    const status = statusOf(budget, now)
    return Effect.zipRight(
      Effect.annotateLogs(
        Effect.logWarning(
          level === "Low"
            ? "A budget is nearly used up"
            : "A budget is used up: its calls wait as long as they may, or fail with RateLimited"
        ),
        {
          budget: status.name,
          used: status.used,
          ...(Option.isSome(status.opensAt) ? { until: DateTime.formatIso(status.opensAt.value) } : {})
        }
      ),
      onBudget(BudgetEvent[level]({ budget: status }))
    )
  }

  /** Releases what the call held. Budgets that are now low or have ended say so in the effect. */
  const leave = (
    entry: Admission.Entry,
    clock: Clock.Clock,
    counts: boolean
  ): Effect.Effect<void> | undefined => {
    entry.permit.end()
    if (!entry.holds) {
      return undefined
    }
    const now = clock.unsafeCurrentTimeMillis()
    let told: Effect.Effect<void> | undefined
    for (const budget of entry.budgets) {
      budget.end(counts, now)
      const level = budget.worse(now)
      if (level !== undefined) {
        told =
          told === undefined ? report(budget, level, now) : Effect.zipRight(told, report(budget, level, now))
      }
    }
    return told
  }

  const pass: Counting["pass"] = (admission, permitOf, budgets, call, attempt) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.clockWith((clock) => {
        const entry: Admission.Entry = {
          call,
          background: call.priority === "background",
          permit: permitOf(call.queue),
          budgets,
          holds: false
        }
        const passed = admission.tryEnter(entry, clock.unsafeCurrentTimeMillis())
          ? attempt(0)
          : Effect.flatMap(admission.admit(entry), attempt)
        return Effect.matchCauseEffect(restore(passed), {
          onFailure: (cause) => {
            const told = leave(entry, clock, !neverSent(cause))
            return told === undefined
              ? Effect.failCause(cause)
              : Effect.zipRight(told, Effect.failCause(cause))
          },
          onSuccess: (value) => {
            const told = leave(entry, clock, true)
            return told === undefined ? Effect.succeed(value) : Effect.as(told, value)
          }
        })
      })
    )

  return {
    of: budgetsOf,
    pass,
    close: (route, closure, now) => {
      const ended = endedBy(budgetsOf(route), closure, now)
      ended?.close(closure.until, now)
      const level = ended?.worse(now)
      return ended === undefined || level === undefined ? undefined : report(ended, level, now)
    },
    status: (now) => budgets.map((budget) => statusOf(budget, now))
  }
}

const specOf = (budget: Budget): Effect.Effect<BudgetState.Spec> => {
  const { limit, name, reserve, routes = ["*"], warnAt = 0.8 } = budget
  const window = Duration.toMillis(budget.window)
  const wrong =
    limit !== undefined && !(Number.isInteger(limit) && limit > 0)
      ? "its limit is not a positive whole number"
      : !(window >= 1000 && Number.isFinite(window))
        ? "its window is shorter than a second or has no end"
        : reserve !== undefined && !(reserve >= 0 && reserve < (limit ?? Infinity))
          ? "its reserve is not between zero and the limit"
          : undefined
  const fits = routes.map(RoutePattern.make)
  return wrong === undefined
    ? Effect.succeed({
        name,
        fits: (route) => fits.some((fit) => fit(route)),
        limit,
        window,
        reserveOf: (limit) => reserve ?? Math.floor(limit / 10),
        warnAt
      })
    : Effect.dieMessage(`RateGate: the budget ${JSON.stringify(name)} cannot be kept: ${wrong}`)
}

const budgetsFrom = <R>(
  { budgets = [] }: Options,
  make: (spec: BudgetState.Spec, budget: Budget) => Effect.Effect<BudgetState.Budget, never, R>
): Effect.Effect<ReadonlyArray<BudgetState.Budget>, never, R> =>
  new Set(budgets.map(({ account, name }) => JSON.stringify([account, name]))).size < budgets.length
    ? Effect.dieMessage("RateGate: two budgets have the same name")
    : Effect.forEach(budgets, (budget) => Effect.flatMap(specOf(budget), (spec) => make(spec, budget)))

const ofOneProcess = (concurrency: number | undefined, counting?: Counting): Service =>
  fromParts({
    concurrency,
    closures: Closures.make(),
    counting,
    share: () => Effect.void,
    used: () => {}
  })

/** The gate of a client that is given none. @internal */
export const withoutBudgets = (concurrency: number | undefined): Effect.Effect<Service> =>
  Effect.sync(() => ofOneProcess(concurrency))

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service> =>
  Effect.map(
    budgetsFrom(options, (spec) => Effect.map(Clock.currentTimeMillis, (now) => BudgetState.make(spec, now))),
    (budgets) => ofOneProcess(options.concurrency, countingOf(budgets, options.onBudget))
  )

/**
 * A gate for the clients of one process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<RateGate> => Layer.effect(RateGate, make(options))

/**
 * A gate that shares its closures and budgets with all processes that use the same token store and client id.
 * If the store fails, the gate works for this process alone: each process then keeps to what was left of a
 * budget when it last read the store.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeShared = (
  options: SharedOptions = {}
): Effect.Effect<Service, never, SpotifyConfig | TokenStore | Scope.Scope> =>
  Effect.gen(function* () {
    const { clientId } = yield* SpotifyConfig
    const store = yield* TokenStore
    const pollInterval = options.pollInterval ?? "2 seconds"
    const closures = Closures.make()
    const shared = yield* SharedClosures.make({ clientId, closures, store, pollInterval })
    const budgets = yield* budgetsFrom(options, (spec, { account, name }) =>
      SharedBudget.make({ spec, key: StoreKey.budget(clientId, name, account), store, pollInterval })
    )
    const { concurrency, onBudget } = options
    return fromParts({ concurrency, closures, counting: countingOf(budgets, onBudget), ...shared })
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
