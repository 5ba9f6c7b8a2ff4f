/**
 * What the client counts. The names are those that a metrics exporter shows; every tag has few values, and
 * none of them comes from a user.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import type { SpotifyError } from "./SpotifyError.js"

/**
 * Calls that ended, by `operation` and `outcome`: `success`, or the tag of the error.
 *
 * @since 0.1.0
 * @category metrics
 */
export const calls = Metric.counter("spotify_calls_total", {
  description: "Calls to the Web API that ended",
  incremental: true
})

/**
 * How long calls took in all, waits and retries included, in milliseconds.
 *
 * @since 0.1.0
 * @category metrics
 */
export const duration = Metric.histogram(
  "spotify_call_duration_ms",
  MetricBoundaries.fromIterable([25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600]),
  "Duration of calls to the Web API in milliseconds, waits and retries included"
)

/**
 * Attempts beyond a call's first, by `reason`: `RateLimited`, `ServiceUnavailable` or `Unauthorized`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const retries = Metric.counter("spotify_retries_total", {
  description: "Attempts beyond the first of a call",
  incremental: true
})

/**
 * Milliseconds that calls waited for closed routes.
 *
 * @since 0.1.0
 * @category metrics
 */
export const gateWaits = Metric.counter("spotify_gate_wait_ms_total", {
  description: "Milliseconds that calls waited for closed routes",
  incremental: true
})

/**
 * Routes that were closed, by `reason`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const gateClosures = Metric.counter("spotify_gate_closures_total", {
  description: "Routes of the Web API that were closed",
  incremental: true
})

/**
 * Reads by way of a `ResponseCache`, by `origin`: `hit`, `revalidated` or `miss`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const cacheReads = Metric.counter("spotify_cache_reads_total", {
  description: "Reads by way of the cache",
  incremental: true
})

/**
 * What happened to sessions, by `event`: the tags of `SessionEvent`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const sessionEvents = Metric.counter("spotify_session_events_total", {
  description: "Logins, refreshes and ends of sessions",
  incremental: true
})

/**
 * Answers that deviate from Spotify's documentation, by `operation` and `kind`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const drift = Metric.counter("spotify_drift_total", {
  description: "Deviations of answers from Spotify's documentation",
  incremental: true
})

type Counter = typeof calls

/** Tagged metrics are made once for each value; to make one costs more than the call that it counts. */
const tagged = (metric: Counter, ...tags: ReadonlyArray<string>) => {
  const made = new Map<string, Counter>()
  return (...values: ReadonlyArray<string>): Counter => {
    const name = values.join(" ")
    let found = made.get(name)
    if (found === undefined) {
      found = tags.reduce((counter, tag, i) => Metric.tagged(counter, tag, values[i] ?? ""), metric)
      made.set(name, found)
    }
    return found
  }
}

const callsBy = tagged(calls, "operation", "outcome")
const retriesBy = tagged(retries, "reason")
const closuresBy = tagged(gateClosures, "reason")
const readsBy = tagged(cacheReads, "origin")
const eventsBy = tagged(sessionEvents, "event")
const driftBy = tagged(drift, "operation", "kind")

/** @internal */
export const callEnded = (
  operation: string,
  outcome: "success" | "interrupted" | "defect" | SpotifyError["_tag"],
  milliseconds: number
): void => {
  callsBy(operation, outcome).unsafeUpdate(1, [])
  duration.unsafeUpdate(milliseconds, [])
}

/** @internal */
export const retried = (reason: SpotifyError["_tag"]): void => retriesBy(reason).unsafeUpdate(1, [])

/** @internal */
export const gateWait = (milliseconds: number): void => gateWaits.unsafeUpdate(milliseconds, [])

/** @internal */
export const gateClosed = (reason: string): void => closuresBy(reason).unsafeUpdate(1, [])

/** @internal */
export const cacheRead = (origin: string): void => readsBy(origin).unsafeUpdate(1, [])

/** @internal */
export const sessionEvent = (event: string): void => eventsBy(event).unsafeUpdate(1, [])

/** @internal */
export const drifted = (operation: string, kind: string): void => driftBy(operation, kind).unsafeUpdate(1, [])
