/** Why a route is closed. */
export type Reason = "RateLimit" | "Quota" | "Network"

export interface Closure {
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly reason: Reason
}

/** The closed routes and when they open. */
export interface Closures {
  /** Whether certainly nothing is closed. */
  readonly areNone: () => boolean
  /** The closure that applies to a route now, if any. */
  readonly of: (route: string, now: number) => Closure | undefined
  /** Adds a closure unless a later one exists. Returns what it newly closes, if anything. */
  readonly close: (route: string, closure: Closure, now: number) => string | undefined
  readonly all: (now: number) => ReadonlyArray<readonly [route: string, closure: Closure]>
}

/** The name for all routes together. */
export const everything = "*"

/** Spotify counts an app's calls in a rolling window of this length (its "Rate limits" page). */
export const window = 30_000

/**
 * Each route closes separately, since Spotify counts quotas in buckets that it does not publish, and some
 * routes have their own limit. If two routes reach the rate limit within one window, the whole app has. A quota
 * never closes more than its route.
 */
export const make = (): Closures => {
  const closed = new Map<string, Closure & { readonly at: number }>()

  const prune = (now: number) => {
    for (const [route, { at, until }] of closed) {
      if (until <= now && at + window <= now) {
        closed.delete(route)
      }
    }
  }

  const later = (a: Closure | undefined, b: Closure | undefined) =>
    a === undefined || (b !== undefined && b.until > a.until) ? b : a

  const open = (closure: Closure | undefined, now: number) =>
    closure !== undefined && closure.until > now ? closure : undefined

  const put = (route: string, closure: Closure, now: number): boolean => {
    const known = open(closed.get(route), now)
    if (known !== undefined && known.until >= closure.until) {
      return false
    }
    closed.set(route, { ...closure, at: now })
    return known === undefined
  }

  return {
    areNone: () => closed.size === 0,
    of: (route, now) =>
      closed.size === 0 ? undefined : later(open(closed.get(route), now), open(closed.get(everything), now)),
    close: (route, closure, now) => {
      prune(now)
      const elsewhere =
        closure.reason === "RateLimit" &&
        [...closed].some(
          ([other, { at, reason }]) => other !== route && reason === "RateLimit" && at + window > now
        )
      const news = put(route, closure, now)
      if (elsewhere) {
        return put(everything, closure, now) ? everything : undefined
      }
      return news ? route : undefined
    },
    all: (now) => [...closed].filter(([, { until }]) => until > now)
  }
}
