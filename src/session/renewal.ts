import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import type * as Accounts from "../accounts/Accounts.js"
import { setLatest } from "../boundedMap.js"
import {
  type AccountsError,
  type ClientMisconfigured,
  type InvalidGrant,
  NotAuthenticated,
  ReauthorizationRequired,
  TokenEndpointUnavailable,
  TokenResponseInvalid
} from "../accounts/AuthError.js"
import { reauthorizeBy, type SessionError, type SessionKey } from "./Session.js"
import { type RefreshError, SessionEvent } from "./SessionEvent.js"
import { renewed, type Token } from "../accounts/Token.js"
import type * as TokenStore from "../store/TokenStore.js"
import * as Backoff from "./backoff.js"
import type { ClientRefusal } from "./clientRefusal.js"
import * as Lease from "./lease.js"
import type { Records, Stored } from "../store/recordStore.js"
import {
  type ActiveRecord,
  endsAt,
  judgedFrom,
  noticeDue,
  plausible,
  rejectedRecord,
  type RejectedRecord,
  type SessionRecord
} from "./sessionRecord.js"
import { detached } from "../concurrency/singleFlight.js"
import * as Unstored from "./unstored.js"

/** A token to serve, and the time before which no new one should be requested. */
export interface Held {
  readonly token: Token
  /** The same for all tokens of one login or import; different for every other. */
  readonly authorizationId: string
  readonly notBefore: number
  /** When the app ends the session. */
  readonly endsAt: number
}

/** The dependencies of a flight. */
export interface Dependencies {
  readonly store: TokenStore.Service
  readonly records: Records<SessionRecord>
  readonly refreshToken: Accounts.Service["refreshToken"]
  /** Identifies this process in a lease. */
  readonly owner: string
  /** Longer than a refresh with its write can take, so that no running process loses its lease. */
  readonly lease: Duration.Duration
  /** The time limit of a request. */
  readonly timeout: Duration.Duration
  /** The time limit of the repetition of a request with an unknown outcome. */
  readonly repetition: Duration.Duration
  /** The time limit of a read or a write. */
  readonly storeTimeout: Duration.Duration
  /** The waits between failed refreshes, which are counted in the record. */
  readonly refreshRetry: Schedule.Schedule<unknown>
  /** For the write after Spotify's response, while callers wait. */
  readonly storeRetry: Schedule.Schedule<unknown>
  /** How long a session that Spotify rejected can be restored. */
  readonly quarantine: Duration.Duration
  readonly unstored: Unstored.Holder
  readonly clientRefusal: ClientRefusal
  readonly isFresh: (token: Token, now: number) => boolean
  readonly publish: (event: SessionEvent) => Effect.Effect<void>
}

/** The token that a record provides. */
export const serve = (record: ActiveRecord): Held => ({
  token: record.token,
  authorizationId: record.authorizationId,
  notBefore: Option.match(record.nextAttemptAt, { onNone: () => 0, onSome: (at) => at.epochMillis }),
  endsAt: endsAt(record)
})

/** The session, and the access token that the Web API refused, if any. */
export interface Flight {
  readonly key: SessionKey
  readonly storeKey: TokenStore.StoreKey
  readonly refused: string | undefined
}

/**
 * Since when foreign leases have been seen, by the clock of this process only, so that clocks need not agree.
 * A version names a lease. Kept for each clock and not for each service, because where a service lives for one
 * request, as on edge runtimes, none of them would see the end of a lease whose owner has died.
 */
const observations = new WeakMap<Clock.Clock, Map<TokenStore.Version, bigint>>()

/** The number of leases that are kept in memory. The oldest is dropped first. */
const maxObservations = 1_000

/** For how many milliseconds this process has seen the lease. */
const observe = (version: TokenStore.Version): Effect.Effect<number> =>
  Effect.clockWith((clock) =>
    Effect.map(clock.currentTimeNanos, (now) => {
      const seen = observations.get(clock) ?? new Map<TokenStore.Version, bigint>()
      observations.set(clock, seen)
      const since = seen.get(version)
      if (since !== undefined) {
        return Number((now - since) / 1_000_000n)
      }
      setLatest(seen, version, now, maxObservations)
      return 0
    })
  )

/**
 * The longest wait until the record is read again, in milliseconds: half of the time so far, up to four
 * seconds, but no longer than the lease. A store may bill each read, and edge runtimes limit the reads of a
 * request.
 */
const longestWait = (seen: number, lease: number): number =>
  Math.max(40, Math.min(Math.trunc(seen / 2), 4_000, lease - seen))

/** The errors after which a later refresh may succeed. */
type RefreshFailure = Exclude<AccountsError, InvalidGrant>

/** Why the last refresh of a session failed, and until when the next one must wait. */
interface Reason {
  readonly error: RefreshFailure
  readonly until: number
}

/** The number of sessions whose last failure is kept in memory. The oldest is dropped first. */
const maxReasons = 10_000

/** The state of the tokens before the refresh token was sent. */
interface Circumstances {
  /** The access token is still valid. */
  readonly valid: boolean
  /** It was sent before without a response: a lease was left behind, or a connection broke. */
  readonly unanswered: boolean
}

/** The request may have been processed, but its response is lost. */
const answerLost = (error: AccountsError): boolean =>
  error._tag === "TokenEndpointUnavailable"
    ? error.sent === "unknown" &&
      (error.kind === "Timeout" || error.kind === "Reset" || error.kind === "Network")
    : error._tag === "TokenResponseInvalid" && error.path === "body"

/**
 * Whether the error concerns the app itself, and so all its sessions. Other errors may concern only one
 * session.
 */
const refusesApp = (error: AccountsError): error is ClientMisconfigured =>
  error._tag === "ClientMisconfigured" &&
  (error.code === "invalid_client" || error.code === "unauthorized_client")

const reasonOf = (
  error: InvalidGrant,
  record: ActiveRecord,
  unanswered: boolean,
  now: number
): RejectedRecord["reason"] => {
  const over = Option.exists(record.authorizedAt, (at) => reauthorizeBy(at).epochMillis <= now)
  if (over || error.reason === "Expired") {
    return "Expired"
  }
  return unanswered ? "CrashedDuringRotation" : error.reason === "Revoked" ? "Revoked" : "Rejected"
}

/**
 * Refreshes one session, safely with other processes that do the same. The lease is in the record itself, and
 * the store's compare-and-set is the only lock. It provides exclusion, fencing and protection of a rotated
 * token, and cannot become stale.
 *
 * The lease is written before the request is sent. That proves that the store accepts writes right before
 * Spotify may rotate the token.
 */
export const make = (dependencies: Dependencies) => {
  const { isFresh, records, store, unstored } = dependencies

  const commit = (storeKey: TokenStore.StoreKey, expected: TokenStore.Version, entry: TokenStore.Entry) =>
    store.commit({ key: storeKey, expected: Option.some(expected), next: Option.some(entry) })

  const write = (storeKey: TokenStore.StoreKey, expected: TokenStore.Version, record: SessionRecord) =>
    Effect.flatMap(records.entry(record), (entry) =>
      Effect.as(commit(storeKey, expected, entry), entry.version)
    )

  const whileUnavailable = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
    Effect.retry(effect, {
      schedule: dependencies.storeRetry,
      while: (error) => error._tag === "TokenStoreUnavailable"
    })

  /** Published for a failed refresh, not for each caller during the wait before the next one. */
  const failed = (flight: Flight, error: RefreshError): Effect.Effect<void> =>
    dependencies.publish(SessionEvent.RefreshFailed({ key: flight.key, error: error._tag }))

  const reasons = new Map<SessionKey, Reason>()

  /** The error while the record says to wait: the original one, if this process saw it. */
  const reasonToWait = (flight: Flight, { nextAttemptAt }: ActiveRecord): RefreshFailure => {
    const known = reasons.get(flight.key)
    const retryAt = Option.getOrUndefined(nextAttemptAt)
    return known !== undefined && known.until === retryAt?.epochMillis
      ? known.error
      : new TokenEndpointUnavailable({ kind: "Busy", sent: "no", retryAt })
  }

  const remember = (flight: Flight, { nextAttemptAt }: ActiveRecord, error: RefreshFailure) => {
    if (Option.isSome(nextAttemptAt)) {
      setLatest(reasons, flight.key, { error, until: nextAttemptAt.value.epochMillis }, maxReasons)
    } else {
      reasons.delete(flight.key)
    }
  }

  /** The changes to the record that delay the next attempt in all processes. */
  const postponed = (
    record: ActiveRecord,
    now: number,
    given?: DateTime.Utc
  ): Effect.Effect<Pick<ActiveRecord, "failures" | "nextAttemptAt">> => {
    const failures = record.failures + 1
    return Effect.map(Backoff.wait(dependencies.refreshRetry, failures), (wait) => ({
      failures,
      nextAttemptAt: Option.some(given ?? DateTime.unsafeMake(Math.ceil(now + wait)))
    }))
  }

  const attempt = (flight: Flight): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const held = unstored.get(flight.key)
      if (held !== undefined) {
        const settled = yield* Effect.either(unstored.settle(flight.key, held))
        if (settled._tag === "Left") {
          const now = yield* Clock.currentTimeMillis
          return now < Math.min(held.record.token.expiresAt.epochMillis, endsAt(held.record))
            ? serve(held.record)
            : yield* settled.left
        }
      }
      const stored = yield* records.read(flight.storeKey)
      if (Option.isNone(stored)) {
        return yield* new NotAuthenticated({ reason: "SignedOut" })
      }
      const { record, version } = stored.value
      if (record._tag === "Rejected") {
        yield* discard(flight, { record, version })
        return yield* new ReauthorizationRequired({ reason: record.reason })
      }
      const now = yield* Clock.currentTimeMillis
      const accepted = Redacted.value(record.token.accessToken) !== flight.refused
      if (accepted && isFresh(record.token, now)) {
        return serve(record)
      }
      const valid =
        accepted &&
        record.token.expiresAt.epochMillis > now &&
        now >= judgedFrom(record.token.obtainedAt.epochMillis)
      if (
        Option.exists(record.nextAttemptAt, (at) => at.epochMillis > now && plausible(at.epochMillis, now))
      ) {
        return valid ? serve(record) : yield* reasonToWait(flight, record)
      }
      const refusal = yield* dependencies.clientRefusal.current
      if (refusal !== undefined) {
        return valid ? { ...serve(record), notBefore: refusal.until } : yield* refusal.error
      }
      if (Option.exists(record.lease, (owner) => owner !== dependencies.owner)) {
        const seen = yield* observe(version)
        const lease = Duration.toMillis(dependencies.lease)
        if (seen < lease) {
          if (valid) {
            return serve(record)
          }
          const longest = longestWait(seen, lease)
          yield* Effect.interruptible(
            Effect.sleep(yield* Random.nextIntBetween(Math.trunc(longest / 2), longest + 1))
          )
          return yield* attempt(flight)
        }
      }
      return yield* refresh(
        flight,
        { record, version },
        { valid, unanswered: record.unanswered || Option.isSome(record.lease) }
      )
    })

  const hasEnded = (record: ActiveRecord) =>
    Effect.map(Clock.currentTimeMillis, (now) => now >= endsAt(record))

  const leases = Lease.make({ store, records, owner: dependencies.owner, duration: dependencies.lease })

  // How long a lease must still last before the repetition, and before the first request
  const toWrite = Duration.sum(dependencies.repetition, dependencies.storeTimeout)
  const toSendAndWrite = Duration.sum(dependencies.timeout, toWrite)

  /**
   * Never interrupted once it is sent. If the response was lost, the request is repeated at once, during the
   * grace period of a server that has one. With a strict server there is nothing left to lose.
   */
  const send = Effect.fnUntraced(function* (
    flight: Flight,
    record: ActiveRecord,
    refreshToken: Redacted.Redacted<string>,
    taken: Lease.Lease
  ) {
    const lease = yield* leases.keep(flight.storeKey, record, taken, toSendAndWrite)
    if (yield* hasEnded(record)) {
      return yield* new NotAuthenticated({ reason: "SignedOut" })
    }
    const first = yield* Effect.either(detached(dependencies.refreshToken(refreshToken)))
    const once = { answer: first, repeated: false, lease }
    if (first._tag === "Right" || !answerLost(first.left) || (yield* hasEnded(record))) {
      return once
    }
    const kept = yield* Effect.either(leases.keep(flight.storeKey, record, lease, toWrite))
    if (kept._tag === "Left") {
      return kept.left._tag === "TokenStoreConflict" ? yield* kept.left : once
    }
    const second = yield* dependencies.refreshToken(refreshToken).pipe(
      Effect.timeoutFail({
        duration: dependencies.repetition,
        onTimeout: () => new TokenEndpointUnavailable({ kind: "Timeout", sent: "unknown" })
      }),
      detached,
      Effect.either
    )
    return { answer: second, repeated: true, lease: kept.right }
  })

  const refresh = (
    flight: Flight,
    { record, version }: Stored<ActiveRecord>,
    { unanswered, valid }: Circumstances
  ): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      if (Option.isNone(record.token.refreshToken)) {
        return valid ? serve(record) : yield* new ReauthorizationRequired({ reason: "CannotRefresh" })
      }
      const { value: refreshToken } = record.token.refreshToken
      const sent = yield* leases.take(flight.storeKey, version, record).pipe(
        Effect.flatMap((taken) => send(flight, record, refreshToken, taken)),
        Effect.either
      )
      if (sent._tag === "Left") {
        if (sent.left._tag === "TokenStoreConflict") {
          return yield* attempt(flight)
        }
        // A rotation that cannot be stored would lose the session, so no request is sent
        if (!valid || sent.left._tag === "NotAuthenticated") {
          return yield* sent.left
        }
        yield* failed(flight, sent.left)
        return serve(record)
      }
      const { answer, lease, repeated } = sent.right
      if (answer._tag === "Right") {
        return yield* keep(flight, record, lease.version, renewed(record.token, answer.right))
      }
      const error = answer.left
      const now = yield* Clock.currentTimeMillis
      if (error._tag === "InvalidGrant") {
        return yield* reject(
          flight,
          record,
          lease.version,
          reasonOf(error, record, unanswered || repeated, now)
        )
      }
      yield* failed(flight, error)
      if (refusesApp(error)) {
        yield* dependencies.clientRefusal.remember(error)
        yield* release(flight, lease.version, {
          ...record,
          lease: Option.none(),
          unanswered: unanswered || repeated
        })
        return valid ? serve(record) : yield* error
      }
      const given = error._tag === "TokenEndpointUnavailable" ? error.retryAt : undefined
      const waiting: ActiveRecord = {
        ...record,
        ...(yield* postponed(record, now, given)),
        lease: Option.none(),
        unanswered: unanswered || repeated || answerLost(error)
      }
      const told =
        error._tag === "TokenEndpointUnavailable"
          ? new TokenEndpointUnavailable({
              kind: error.kind,
              sent: error.sent,
              status: error.status,
              cause: error.cause,
              retryAt: Option.getOrUndefined(waiting.nextAttemptAt)
            })
          : error
      remember(flight, waiting, told)
      yield* release(flight, lease.version, waiting)
      return valid ? serve(waiting) : yield* told
    })

  /** Releases the lease. If the store is down, other processes let the lease run out. */
  const release = (flight: Flight, leased: TokenStore.Version, record: SessionRecord) =>
    write(flight.storeKey, leased, record).pipe(
      Effect.catchTag("TokenStoreConflict", () => Effect.void),
      Effect.catchAll((error) => Effect.logWarning("A session's record could not be updated", error))
    )

  /** A token that arrived after the end of the session is dropped, and so is the record. */
  const drop = (flight: Flight, expected: TokenStore.Version): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const gone = { key: flight.storeKey, expected: Option.some(expected), next: Option.none() }
      const dropped = yield* Effect.either(store.commit(gone))
      return dropped._tag === "Left" && dropped.left._tag === "TokenStoreConflict"
        ? yield* attempt(flight)
        : yield* new NotAuthenticated({ reason: "SignedOut" })
    })

  /** Stores the new token before any caller gets it. */
  const keep = (
    flight: Flight,
    record: ActiveRecord,
    expected: TokenStore.Version,
    token: Token
  ): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const arrived = yield* Clock.currentTimeMillis
      if (arrived >= endsAt(record)) {
        return yield* drop(flight, expected)
      }
      const notice = noticeDue(record, arrived)
      // Stored even if expired, because its refresh token may be new
      const over = token.expiresAt.epochMillis <= arrived
      const next: ActiveRecord = {
        ...record,
        ...(over ? yield* postponed(record, arrived) : { nextAttemptAt: Option.none(), failures: 0 }),
        token,
        lease: Option.none(),
        unanswered: false,
        noticed: Option.orElse(notice, () => record.noticed)
      }
      const write = Unstored.replacement(flight.storeKey, expected, yield* records.entry(next))
      const error = over
        ? new TokenResponseInvalid({ path: "expires_in", problem: "over on arrival" })
        : undefined
      if (error === undefined) {
        reasons.delete(flight.key)
      } else {
        remember(flight, next, error)
      }
      const kept = yield* Effect.either(whileUnavailable(store.commit(write)))
      if (kept._tag === "Left") {
        switch (kept.left._tag) {
          case "TokenStoreConflict":
            return yield* reconcile(flight, record, token)
          case "TokenStoreCorrupt":
            return yield* kept.left
          case "TokenStoreUnavailable":
            yield* unstored.hold(flight.key, { write, record: next })
        }
      }
      const { key } = flight
      if (kept._tag === "Left") {
        yield* dependencies.publish(SessionEvent.RefreshNotStored({ key }))
      } else if (!over) {
        yield* dependencies.publish(SessionEvent.Refreshed({ key }))
      }
      if (Option.isSome(notice) && Option.isSome(record.authorizedAt)) {
        const by = reauthorizeBy(record.authorizedAt.value)
        yield* dependencies.publish(SessionEvent.ReauthorizationDue({ key, by, days: notice.value }))
      }
      if (error !== undefined) {
        yield* failed(flight, error)
        return yield* error
      }
      return serve(next)
    })

  /**
   * Resolves a conflicting write during the request. The latest authorization wins, and within one
   * authorization the latest token.
   */
  const reconcile = (flight: Flight, record: ActiveRecord, token: Token): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const stored = yield* records.read(flight.storeKey)
      if (
        Option.isSome(stored) &&
        stored.value.record._tag === "Active" &&
        stored.value.record.authorizationId === record.authorizationId &&
        stored.value.record.token.obtainedAt.epochMillis < token.obtainedAt.epochMillis
      ) {
        yield* Effect.logInfo("Two processes refreshed a session at once: the later token is kept")
        return yield* keep(
          flight,
          stored.value.record,
          stored.value.version,
          renewed(stored.value.record.token, token)
        )
      }
      yield* Effect.logInfo(
        "A session was changed while it was refreshed: the stored session is kept, and the new token is dropped"
      )
      return yield* attempt(flight)
    })

  /** Erases a quarantined session after its time, in the process that first reads the record then. */
  const discard = (flight: Flight, { record, version }: Stored<RejectedRecord>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Option.exists(record.quarantined, ({ until }) => until.epochMillis <= now)
        ? release(flight, version, { ...record, quarantined: Option.none() })
        : Effect.void
    )

  /**
   * Accepts a rejection only if the record is unchanged, because the loser of a race must not end the
   * session.
   */
  const reject = (
    flight: Flight,
    record: ActiveRecord,
    leased: TokenStore.Version,
    reason: RejectedRecord["reason"]
  ): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const rejectedAt = yield* DateTime.now
      const tombstone = yield* records.entry(
        rejectedRecord(record, reason, rejectedAt, dependencies.quarantine)
      )
      const written = yield* Effect.either(whileUnavailable(commit(flight.storeKey, leased, tombstone)))
      if (written._tag === "Left") {
        return written.left._tag === "TokenStoreConflict" ? yield* attempt(flight) : yield* written.left
      }
      yield* dependencies.publish(SessionEvent.Rejected({ key: flight.key, reason }))
      return yield* new ReauthorizationRequired({ reason })
    })

  return (flight: Flight): Effect.Effect<Held, SessionError> =>
    Effect.tapError(attempt(flight), (error) =>
      error._tag === "TokenStoreUnavailable" || error._tag === "TokenStoreCorrupt"
        ? failed(flight, error)
        : Effect.void
    )
}
