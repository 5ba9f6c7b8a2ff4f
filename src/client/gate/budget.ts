import type * as Effect from "effect/Effect"
import * as RollingCount from "./rollingCount.js"

/** A budget of the options, with its defaults. Times are milliseconds. */
export interface Spec {
  readonly name: string
  readonly fits: (route: string) => boolean
  /** Undefined if it is learned from Spotify's answers. */
  readonly limit: number | undefined
  readonly window: number
  /** The calls that background work leaves to others, of a limit. */
  readonly reserveOf: (limit: number) => number
  /** The share of the limit from which on the budget is low. */
  readonly warnAt: number
}

export type Level = "Open" | "Low" | "Ended"

export interface Status {
  readonly limit: number | undefined
  readonly used: number
  /** Until Spotify accepts calls again; undefined unless it said so. */
  readonly ended: number | undefined
  /** When the next call may begin; undefined if one may begin now. */
  readonly opensAt: number | undefined
}

export interface Budget {
  readonly spec: Spec
  /** When such a call may begin, if it is not yet. */
  readonly refusal: (background: boolean, now: number) => number | undefined
  /** Whether a call may begin without {@link refill}. */
  readonly isReady: (background: boolean, now: number) => boolean
  /** Takes a permit; only after {@link isReady}. */
  readonly take: (background: boolean) => void
  /** Gets permits from the store; absent if the budget is of this process alone. */
  readonly refill: ((background: boolean) => Effect.Effect<void>) | undefined
  /** A call ended. It counts from now on, since Spotify may have counted it as late as this, or not at all. */
  readonly end: (counts: boolean, now: number) => void
  /** Spotify said that no call is accepted until then. */
  readonly close: (until: number, now: number) => void
  /** Whether the level is worse than at the last call of this. */
  readonly worse: (now: number) => Exclude<Level, "Open"> | undefined
  readonly status: (now: number) => Status
}

/** After so many windows a learned limit is forgotten, since Spotify may have raised it. */
export const remembered = 7

/** What was learned of a limit. */
export interface Lesson {
  /** Since when the calls have been counted. */
  readonly since: number
  /** The calls within the window when Spotify refused the next one, and when that was. */
  readonly learned: { readonly limit: number; readonly at: number } | undefined
}

/** The limits of a budget: the known one, and what calls keep to. */
interface Limits {
  readonly known: number | undefined
  readonly foreground: number
  readonly background: number
}

export const limitsOf = (spec: Spec): ((lesson: Lesson, now: number) => Limits) => {
  const of = (known: number | undefined, foreground: number): Limits => ({
    known,
    foreground,
    background: known === undefined ? Infinity : known - spec.reserveOf(known)
  })
  if (spec.limit !== undefined) {
    const fixed = of(spec.limit, spec.limit)
    return () => fixed
  }
  // A learned limit may be too low, so only background work keeps to it
  return ({ learned }, now) =>
    of(
      learned !== undefined && now < learned.at + remembered * spec.window ? learned.limit : undefined,
      Infinity
    )
}

/** Learns from a refusal, if all calls before it in the window were counted. */
export const learn = (spec: Spec, lesson: Lesson, used: number, now: number): Lesson =>
  spec.limit === undefined && lesson.since <= now - spec.window && used > 0
    ? { ...lesson, learned: { limit: used, at: now } }
    : lesson

const rank: Record<Level, number> = { Open: 0, Low: 1, Ended: 2 }

/** Tells each worse level once. */
export const levels = (spec: Spec) => {
  let before: Level = "Open"
  return (isEnded: boolean, used: number, limit: number | undefined): Exclude<Level, "Open"> | undefined => {
    const level: Level =
      isEnded || (spec.limit !== undefined && used >= spec.limit)
        ? "Ended"
        : limit !== undefined && used >= limit * spec.warnAt
          ? "Low"
          : "Open"
    const isWorse = rank[level] > rank[before]
    before = level
    return isWorse && level !== "Open" ? level : undefined
  }
}

/** A budget of this process. */
export const make = (spec: Spec, now: number): Budget => {
  const counted = RollingCount.make(spec.window)
  let lesson: Lesson = { since: now, learned: undefined }
  let inFlight = 0
  let ended = 0
  const limits = limitsOf(spec)
  const level = levels(spec)

  const used = (now: number) => counted.total(now) + inFlight

  const refusal = (background: boolean, now: number): number | undefined => {
    if (ended > now) {
      return ended
    }
    const over = used(now) - limits(lesson, now)[background ? "background" : "foreground"] + 1
    return over > 0 ? counted.opensAt(over, now) : undefined
  }

  const status = (now: number): Status => ({
    limit: limits(lesson, now).known,
    used: used(now),
    ended: ended > now ? ended : undefined,
    opensAt: refusal(false, now)
  })

  return {
    spec,
    refusal,
    isReady: (background, now) => refusal(background, now) === undefined,
    take: () => {
      inFlight += 1
    },
    refill: undefined,
    end: (counts, now) => {
      inFlight -= 1
      if (counts) {
        counted.add(now, 1)
      }
    },
    close: (until, now) => {
      lesson = learn(spec, lesson, counted.total(now), now)
      ended = Math.max(ended, until)
    },
    worse: (now) => level(ended > now, used(now), limits(lesson, now).known),
    status
  }
}

const noBudgets: ReadonlyArray<Budget> = []

/** The budgets of each route, which are looked up once. */
export const byRoute = (budgets: ReadonlyArray<Budget>): ((route: string) => ReadonlyArray<Budget>) => {
  if (budgets.length === 0) {
    return () => noBudgets
  }
  const known = new Map<string, ReadonlyArray<Budget>>()
  return (route) => {
    let found = known.get(route)
    if (found === undefined) {
      found = budgets.filter(({ spec }) => spec.fits(route))
      known.set(route, found)
    }
    return found
  }
}
