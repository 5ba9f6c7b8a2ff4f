import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { setLatest } from "../boundedMap.js"
import type { Timeouts } from "./LoginService.js"
import type { SessionKey } from "./Session.js"
import { endOf, type SessionRecord, type Times } from "./sessionRecord.js"
import * as SingleFlight from "../concurrency/singleFlight.js"
import type { Records } from "../store/recordStore.js"
import * as TokenStore from "../store/TokenStore.js"

/** More than the clocks of two instances differ. A clock further behind was set back. */
const skew = Duration.toMillis("5 minutes")

const longestPause = Duration.toMillis("1 minute")

/** How many sessions are kept in memory. The least recently checked one is dropped first. */
const capacity = 100_000

const millisOf = (timeout: Duration.DurationInput | undefined): number | null => {
  const millis = Duration.toMillis(timeout ?? Duration.infinity)
  return millis === Infinity ? null : millis
}

/** The times of a session whose user is active now. */
export const timesOf = (
  { absoluteTimeout, idleTimeout }: Timeouts,
  now: number,
  loggedInAt: number
): Times => ({ loggedInAt, seenAt: now, idle: millisOf(idleTimeout), absolute: millisOf(absoluteTimeout) })

/**
 * Moves the times with a clock that was set back: what had passed when the user was last active has still
 * passed.
 */
const placed = (times: Times, now: number): Times => {
  const back = times.seenAt - now
  return back > skew ? { ...times, loggedInAt: times.loggedInAt - back, seenAt: now } : times
}

/** Whether the session is over by the timeouts in the record or by the current ones. */
const isOver = (times: Times, next: Times): boolean =>
  next.seenAt >= Math.min(endOf(times), endOf({ ...times, idle: next.idle, absolute: next.absolute }))

/** Whether the new times justify a write. */
const isDue = (times: Times, next: Times): boolean =>
  next.seenAt - times.seenAt >= Math.min(longestPause, (next.idle ?? Infinity) / 10) ||
  times.seenAt - next.seenAt > skew ||
  next.idle !== times.idle ||
  next.absolute !== times.absolute

/** A session without times is dropped from memory after so long. Any lease that it had has ended long before. */
const unused = Duration.hours(1)

/** How many sessions each look at the store may drop. */
const swept = 100

/** What this process last saw of a session. */
interface Known {
  readonly times: Times | undefined
  readonly version: TokenStore.Version
  /** When it first saw the version, by its own clock. */
  readonly since: bigint
}

/** There is no session. `over` is the version of its record, if the session has ended. */
interface Gone {
  readonly over: TokenStore.Version | undefined
}

/** The timeouts of a check, which all its waiting callers share. */
class CurrentTimeouts extends Context.Reference<CurrentTimeouts>()("effect-spotify/CurrentTimeouts", {
  defaultValue: (): Timeouts => ({})
}) {}

type StoreError = TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt

export interface Presence {
  /** Records that the session's user is active, and returns whether the session exists. */
  readonly touch: (key: SessionKey, timeouts: Timeouts) => Effect.Effect<boolean, StoreError>
  /** Called after a login or a sign-out. */
  readonly forget: (key: SessionKey) => void
}

/**
 * Records when the users of sessions were last active. It writes into the session's record by
 * compare-and-set, but never over a lease, because the result of a refresh must find its lease unchanged.
 */
export const make = (options: {
  readonly store: TokenStore.Service
  readonly records: Records<SessionRecord>
  readonly storeKey: (key: SessionKey) => TokenStore.StoreKey
  /** A lease that was seen unchanged for this long has no holder any more. */
  readonly lease: Duration.Duration
  /** A token that is not stored yet will replace the record. */
  readonly isUnstored: (key: SessionKey) => boolean
  /** Called if the session has ended. */
  readonly onEnd: (key: SessionKey) => Effect.Effect<void>
}): Effect.Effect<Presence, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { records, store } = options
    const known = new Map<SessionKey, Known>()
    let forgotten = 0

    /**
     * Drops sessions that are over, so that the next look at them goes to the store. The oldest come first, in the
     * order of their last look at the store.
     */
    const sweep = (now: number, clock: bigint) => {
      let left = swept
      for (const [key, { since, times }] of known) {
        const isOver =
          times === undefined
            ? Duration.greaterThan(Duration.nanos(clock - since), unused)
            : now >= endOf(times)
        if (left-- === 0 || !isOver) {
          return
        }
        known.delete(key)
      }
    }

    const decide = Effect.fnUntraced(function* (key: SessionKey, current: Option.Option<TokenStore.Entry>) {
      if (Option.isNone(current)) {
        return [{ over: undefined }, Option.none()] as const
      }
      const timeouts = yield* CurrentTimeouts
      const now = yield* Clock.currentTimeMillis
      const clock = yield* Clock.currentTimeNanos
      const { record, version } = yield* records.decode(options.storeKey(key), current.value)
      const loggedInAt = Option.match(record.authorizedAt, {
        onNone: () => now,
        onSome: DateTime.toEpochMillis
      })
      const times = Option.match(record.times, {
        onNone: () => timesOf(timeouts, now, loggedInAt),
        onSome: (times) => placed(times, now)
      })
      const next = timesOf(timeouts, now, times.loggedInAt)
      if (isOver(times, next)) {
        return [{ over: version }, Option.none()] as const
      }
      const seen = known.get(key)
      const since = seen?.version === version ? seen.since : clock
      const isLeased =
        record._tag === "Active" &&
        (options.isUnstored(key) ||
          (Option.isSome(record.lease) && Duration.lessThan(Duration.nanos(clock - since), options.lease)))
      if (
        record._tag === "Rejected" ||
        isLeased ||
        !Option.match(record.times, { onNone: () => true, onSome: (times) => isDue(times, next) })
      ) {
        return [{ times: Option.getOrUndefined(record.times), version, since }, Option.none()] as const
      }
      const entry = yield* records.entry({
        ...record,
        times: Option.some(next),
        lease: Option.none(),
        unanswered: record.unanswered || Option.isSome(record.lease)
      })
      return [{ times: next, version: entry.version, since: clock }, Option.some(Option.some(entry))] as const
    })

    const flights = yield* SingleFlight.make(
      Effect.fnUntraced(function* (key: SessionKey) {
        const before = forgotten
        const storeKey = options.storeKey(key)
        sweep(yield* Clock.currentTimeMillis, yield* Clock.currentTimeNanos)
        const found = yield* TokenStore.modify<Known | Gone, StoreError>(store, storeKey, (current) =>
          decide(key, current)
        )
        if ("over" in found) {
          known.delete(key)
          if (found.over !== undefined) {
            // If the delete fails, the store drops the record later
            yield* Effect.ignore(
              store.commit({ key: storeKey, expected: Option.some(found.over), next: Option.none() })
            )
            yield* options.onEnd(key)
          }
          return false
        }
        if (before === forgotten) {
          setLatest(known, key, found, capacity)
        }
        return true
      }),
      {
        closed: (): StoreError => new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" }),
        reentrant: () => new TokenStore.TokenStoreUnavailable({ operation: "get", applied: "no" })
      }
    )

    return {
      touch: (key, timeouts) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const times = known.get(key)?.times
          const next = timesOf(timeouts, now, times?.loggedInAt ?? now)
          if (times === undefined || isOver(times, next)) {
            return flights.join(key)
          }
          // The user of a known session does not wait for the store
          return isDue(times, next) ? Effect.as(flights.launch(key), true) : Effect.succeed(true)
        }).pipe(Effect.provideService(CurrentTimeouts, timeouts)),
      forget: (key) => {
        forgotten += 1
        known.delete(key)
      }
    }
  })
