import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Duration from "effect/Duration"
import * as FaultResponse from "../faultResponse.js"
import * as Faults from "../faults.js"

/**
 * How many calls Spotify accepts in a rolling window. A call beyond it answers 429, with the time until the
 * oldest counted call leaves the window in `Retry-After`. Answers of 429 do not count.
 *
 * Spotify publishes neither its numbers nor its groups of operations, so an emulator has no quota unless it is
 * given one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Quota {
  /** The number of calls in a window. */
  readonly limit: number
  /** For example `"30 seconds"` or `"24 hours"`. */
  readonly window: Duration.DurationInput
  /**
   * The operations that are counted together, as paths such as `/v1/artists/:id/albums`. `:name` matches one
   * segment, and `/*` at the end matches any rest. @default all
   */
  readonly paths?: ReadonlyArray<string> | undefined
  /** @default every method */
  readonly method?: string | undefined
  /**
   * Whether each app has its own count, or the apps of a developer account share one, as in development mode
   * since July 2026. @default "client"
   */
  readonly per?: "client" | "account" | undefined
  /**
   * Spotify's text for a used-up quota.
   * @default "QUOTA_EXCEEDED" if the window is longer than 30 seconds, else none, as for a rate limit
   */
  readonly reason?: string | undefined
}

/** A quota with the times of its calls, oldest first, by app or developer account. */
export interface Counted {
  readonly quota: Quota
  readonly window: number
  readonly fits: (method: string, path: string) => boolean
  readonly calls: Map<string, Array<number>>
}

/** Spotify's rate limit counts the calls of 30 seconds (its "Rate limits" page). */
const rateLimitWindow = 30_000

export const make = (quotas: ReadonlyArray<Quota>): ReadonlyArray<Counted> =>
  quotas.map((quota) => {
    const { method, paths = [undefined] } = quota
    const fits = paths.map((path) => Faults.fits({ method, path }))
    return {
      quota,
      window: Duration.toMillis(quota.window),
      fits: (method, path) => fits.some((fit) => fit(method, "api", path)),
      calls: new Map()
    }
  })

interface App {
  readonly clientId: string
  readonly account: string
}

const callsOf = ({ calls, quota, window }: Counted, app: App, now: number): Array<number> => {
  const key = quota.per === "account" ? app.account : app.clientId
  const known = (calls.get(key) ?? []).filter((at) => at > now - window)
  calls.set(key, known)
  return known
}

/** Counts a call, or gives the answer of 429. */
export const take = (
  counted: ReadonlyArray<Counted>,
  app: App,
  request: { readonly method: string; readonly path: string; readonly now: number }
): HttpServerResponse.HttpServerResponse | undefined => {
  const { method, now, path } = request
  const affected = counted
    .filter(({ fits }) => fits(method, path))
    .map((one) => ({ ...one, known: callsOf(one, app, now) }))
  const full = affected.find(({ known, quota }) => known.length >= quota.limit)
  if (full === undefined) {
    affected.forEach(({ known }) => known.push(now))
    return undefined
  }
  const { known, quota, window } = full
  return FaultResponse.rateLimit("api", {
    kind: "rateLimit",
    retryAfter: (known[known.length - quota.limit] ?? now) + window - now,
    reason: quota.reason ?? (window > rateLimitWindow ? "QUOTA_EXCEEDED" : undefined)
  })
}
