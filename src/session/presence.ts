import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Timeouts } from "./LoginService.js"
import type { SessionKey } from "./Session.js"
import { endOf, type SessionRecord, type Times } from "./sessionRecord.js"
import * as SingleFlight from "../concurrency/singleFlight.js"
import type { Records } from "../store/recordStore.js"
import * as TokenStore from "../store/TokenStore.js"

/** More than the clocks of two instances differ: one that is further behind was set back. */
const skew = Duration.toMillis("5 minutes")

const longestPause = Duration.toMillis("1 minute")

/** How many sessions are known; the one that was looked up longest ago gives way. */
const capacity = 100_000

const millisOf = (timeout: Duration.DurationInput | undefined): number | null => {
  const millis = Duration.toMillis(timeout ?? Duration.infinity)
  return millis === Infinity ? null : millis
}

/** The times of a session whose user is there now. */
export const timesOf = (
  { absoluteTimeout, idleTimeout }: Timeouts,
  now: number,
  loggedInAt: number
): Times => ({ loggedInAt, seenAt: now, idle: millisOf(idleTimeout), absolute: millisOf(absoluteTimeout) })

/** A clock set back takes the times along: what had passed when the user was last there has passed. */
const placed = (times: Times, now: number): Times => {
  const back = times.seenAt - now
  return back > skew ? { ...times, loggedInAt: times.loggedInAt - back, seenAt: now } : times
}

/** By the timeouts that the record has, and by those of now. */
const isOver = (times: Times, next: Times): boolean =>
  next.seenAt >= Math.min(endOf(times), endOf({ ...times, idle: next.idle, absolute: next.absolute }))

/** Whether the next times are worth a write. */
const isDue = (times: Times, next: Times): boolean =>
  next.seenAt - times.seenAt >= Math.min(longestPause, (next.idle ?? Infinity) / 10) ||
  times.seenAt - next.seenAt > skew ||
  next.idle !== times.idle ||
  next.absolute !== times.absolute

/** What this process saw of a session last. */
interface Known {
  readonly times: Option.Option<Times>
  readonly version: TokenStore.Version
  /** When it saw the version first, by its own clock. */
  readonly since: bigint
}

/** There is no session; the version is that of a record that is past its end. */
interface Gone {
  readonly over: TokenStore.Version | undefined
}

/** What a look is for: all who wait for it want the same. */
class CurrentTimeouts extends Context.Reference<CurrentTimeouts>()("effect-spotify/CurrentTimeouts", {
  defaultValue: (): Timeouts => ({})
}) {}

type StoreError = TokenStore.TokenStoreUnavailable | TokenStore.TokenStoreCorrupt

export interface Presence {
  /** Notes that the session's user is there, and tells whether the session is. */
  readonly touch: (key: SessionKey, timeouts: Timeouts) => Effect.Effect<boolean, StoreError>
  /** A login or a sign-out has written. */
  readonly forget: (key: SessionKey) => void
}

/**
 * When the users of sessions were last there. It stands in the session's record, and is written by a
 * compare-and-set that takes the place of no lease: the result of a refresh must find its lease as it was.
 */
export const make = (options: {
  readonly store: TokenStore.Service
  readonly records: Records<SessionRecord>
  readonly storeKey: (key: SessionKey) => TokenStore.StoreKey
  /** A lease that was seen unchanged for so long has no holder any more. */
  readonly lease: Duration.Duration
  /** The record is the one that a token, which the store has not taken yet, is to replace. */
  readonly isUnstored: (key: SessionKey) => boolean
  /** The session was found to be past its end. */
  readonly onEnd: (key: SessionKey) => Effect.Effect<void>
}): Effect.Effect<Presence, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { records, store } = options
    const known = new Map<SessionKey, Known>()
    let forgotten = 0

    const remember = (key: SessionKey, seen: Known) => {
      known.delete(key)
      known.set(key, seen)
      const oldest = known.size > capacity ? known.keys().next() : undefined
      if (oldest !== undefined && oldest.done === false) {
        known.delete(oldest.value)
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
        return [{ times: record.times, version, since }, Option.none()] as const
      }
      const entry = yield* records.entry({
        ...record,
        times: Option.some(next),
        lease: Option.none(),
        unanswered: record.unanswered || Option.isSome(record.lease)
      })
      return [
        { times: Option.some(next), version: entry.version, since: clock },
        Option.some(Option.some(entry))
      ] as const
    })

    const flights = yield* SingleFlight.make(
      Effect.fnUntraced(function* (key: SessionKey) {
        const before = forgotten
        const storeKey = options.storeKey(key)
        const found = yield* TokenStore.modify<Known | Gone, StoreError>(store, storeKey, (current) =>
          decide(key, current)
        )
        if ("over" in found) {
          known.delete(key)
          if (found.over !== undefined) {
            // What cannot be deleted now, or is already, the store drops
            yield* Effect.ignore(
              store.commit({ key: storeKey, expected: Option.some(found.over), next: Option.none() })
            )
            yield* options.onEnd(key)
          }
          return false
        }
        if (before === forgotten) {
          remember(key, found)
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
          const times = Option.getOrUndefined(known.get(key)?.times ?? Option.none())
          const next = timesOf(timeouts, now, times?.loggedInAt ?? now)
          if (times === undefined || isOver(times, next)) {
            return flights.join(key)
          }
          // Who is known to be there waits for no store
          return isDue(times, next) ? Effect.as(flights.launch(key), true) : Effect.succeed(true)
        }).pipe(Effect.provideService(CurrentTimeouts, timeouts)),
      forget: (key) => {
        forgotten += 1
        known.delete(key)
      }
    }
  })
