/**
 * The client's metrics. The names are those that a metrics exporter shows. Every tag has few values, and none
 * of them comes from a user.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"
import * as MetricLabel from "effect/MetricLabel"

/**
 * @since 0.1.0
 * @category models
 */
export type Counter = Metric.Metric.Counter<number>

const key = (name: string, description: string) => MetricKey.counter(name, { description, incremental: true })

const callsKey = key("spotify_calls_total", "Calls to the Web API that ended")
const retriesKey = key("spotify_retries_total", "Attempts beyond the first of a call")
const gateWaitsKey = key("spotify_gate_wait_ms_total", "Milliseconds that calls waited for closed routes")
const gateClosuresKey = key("spotify_gate_closures_total", "Routes of the Web API that were closed")
const cacheReadsKey = key("spotify_cache_reads_total", "Reads by way of the cache")
const sessionEventsKey = key("spotify_session_events_total", "Logins, refreshes and ends of sessions")
const driftKey = key("spotify_drift_total", "Deviations of answers from Spotify's documentation")

/**
 * Completed calls, by `operation` and `outcome`: `success`, or the tag of the error.
 *
 * @since 0.1.0
 * @category metrics
 */
export const calls: Counter = Metric.fromMetricKey(callsKey)

/**
 * Durations of calls in milliseconds, including waits and retries.
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
 * Attempts beyond a call's first, by `reason`: `RateLimited`, `ServiceUnavailable`, `Unauthorized` or `DecodeError`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const retries: Counter = Metric.fromMetricKey(retriesKey)

/**
 * Milliseconds that calls waited for rate limits and quotas.
 *
 * @since 0.1.0
 * @category metrics
 */
export const gateWaits: Counter = Metric.fromMetricKey(gateWaitsKey)

/**
 * Rate limits and quotas that closed a route, by `reason`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const gateClosures: Counter = Metric.fromMetricKey(gateClosuresKey)

/**
 * Reads through a `ResponseCache`, by `origin`: `hit`, `revalidated` or `miss`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const cacheReads: Counter = Metric.fromMetricKey(cacheReadsKey)

/**
 * Session events, by `event`: the tags of `SessionEvent`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const sessionEvents: Counter = Metric.fromMetricKey(sessionEventsKey)

/**
 * Deviations of answers from Spotify's documentation, by `operation` and `kind`. With `onDrift` or in strict
 * mode it counts all of them, otherwise only those in answers that had to be repaired.
 *
 * @since 0.1.0
 * @category metrics
 */
export const drift: Counter = Metric.fromMetricKey(driftKey)

/**
 * Tagged counters are made once per value, because `Metric.tagged` looks up a key at every count. That costs
 * more than the rest of a call's telemetry (bench row `request`).
 */
const tagged = (untagged: MetricKey.MetricKey.Counter<number>, ...tags: ReadonlyArray<string>) => {
  const made = new Map<string, Counter>()
  return (...values: ReadonlyArray<string>): Counter => {
    const name = values.join(" ")
    let found = made.get(name)
    if (found === undefined) {
      const labels = tags.map((tag, i) => MetricLabel.make(tag, values[i] ?? ""))
      found = Metric.fromMetricKey(MetricKey.taggedWithLabels(untagged, labels))
      made.set(name, found)
    }
    return found
  }
}

const callsBy = tagged(callsKey, "operation", "outcome")
const retriesBy = tagged(retriesKey, "reason")
const closuresBy = tagged(gateClosuresKey, "reason")
const readsBy = tagged(cacheReadsKey, "origin")
const eventsBy = tagged(sessionEventsKey, "event")
const driftBy = tagged(driftKey, "operation", "kind")

/** @internal */
export const callEnded = (operation: string, outcome: string, milliseconds: number): void => {
  callsBy(operation, outcome).unsafeUpdate(1, [])
  duration.unsafeUpdate(milliseconds, [])
}

/** @internal */
export const retried = (reason: string): void => retriesBy(reason).unsafeUpdate(1, [])

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
