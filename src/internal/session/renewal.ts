import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Accounts from "../../auth/Accounts.js"
import {
  type InvalidGrant,
  NotAuthenticated,
  ReauthorizationRequired,
  TokenEndpointUnavailable,
  TokenResponseInvalid
} from "../../auth/AuthError.js"
import { reauthorizeBy, type SessionKey } from "../../auth/Session.js"
import { renewed, type Token } from "../../auth/Token.js"
import type { SessionError } from "../../SpotifyError.js"
import type * as TokenStore from "../../TokenStore.js"
import type { Records, Stored } from "./recordStore.js"
import { type ActiveRecord, rejectedRecord, type SessionRecord } from "./sessionRecord.js"
import { detached } from "./singleFlight.js"

/** A token to serve, and the time before which no other should be asked for. */
export interface Held {
  readonly token: Token
  readonly notBefore: number
}

/** What the flight must know of the world around it. */
export interface Dependencies {
  readonly store: TokenStore.Service
  readonly records: Records<SessionRecord>
  readonly refreshToken: Accounts.Service["refreshToken"]
  /** Names this process in a lease. */
  readonly owner: string
  /** Longer than a refresh can take with its write, so that a living holder is never robbed. */
  readonly lease: Duration.Duration
  /** For the write after Spotify's answer, while callers wait. */
  readonly storeRetry: Schedule.Schedule<unknown>
  /** For the same write once they do not. */
  readonly unstoredRetry: Schedule.Schedule<unknown>
  readonly scope: Scope.Scope
  readonly isFresh: (token: Token, now: number) => boolean
  readonly onRefreshed: (key: SessionKey, stored: boolean) => Effect.Effect<void>
  readonly onRejected: (key: SessionKey, reason: ReauthorizationRequired["reason"]) => Effect.Effect<void>
}

/** Which session, and the access token that the Web API has refused, if it has. */
export interface Flight {
  readonly key: SessionKey
  readonly storeKey: TokenStore.StoreKey
  readonly refused: string | undefined
}

/** What Spotify gave and the store has not taken yet. */
interface Unstored {
  readonly expected: TokenStore.Version
  readonly entry: TokenStore.Entry
  readonly next: ActiveRecord
}

/** The state of a foreign lease, by the clock of this process alone: no two clocks need to agree. */
interface Sighting {
  readonly version: TokenStore.Version
  readonly since: bigint
}

/** After the first failure about a second, doubling up to five minutes, each spread over half its length. */
const pause = (failures: number) =>
  Effect.map(Random.next, (random) => Math.min(1000 * 2 ** failures, 5 * 60 * 1000) * (0.5 + random / 2))

const reasonOf = (
  error: InvalidGrant,
  record: ActiveRecord,
  stolen: boolean,
  now: number
): ReauthorizationRequired["reason"] => {
  const over = Option.exists(record.authorizedAt, (at) => reauthorizeBy(at).epochMillis <= now)
  if (over || error.reason === "Expired") {
    return "Expired"
  }
  return stolen ? "CrashedDuringRotation" : error.reason === "Revoked" ? "Revoked" : "Rejected"
}

/**
 * One refresh of one session, safe against other processes that do the same. The lease stands in the record
 * itself and the store's compare-and-set is the only lock: it gives exclusion, fencing and protection of a
 * rotated token at once, and cannot go stale.
 *
 * Written first, then sent: the lease proves that the store takes writes right before Spotify may rotate.
 */
export const make = (dependencies: Dependencies) => {
  const { isFresh, records, store } = dependencies

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

  const unstored = new Map<SessionKey, Unstored>()

  const serve = (record: ActiveRecord): Held => ({
    token: record.token,
    notBefore: Option.match(record.nextAttemptAt, { onNone: () => 0, onSome: (at) => at.epochMillis })
  })

  const attempt = (flight: Flight, sighting: Option.Option<Sighting>): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const held = unstored.get(flight.key)
      if (held !== undefined) {
        const settled = yield* Effect.either(settle(flight, held))
        if (settled._tag === "Left") {
          const now = yield* Clock.currentTimeMillis
          return held.next.token.expiresAt.epochMillis > now ? serve(held.next) : yield* settled.left
        }
      }
      const stored = yield* records.read(flight.storeKey)
      if (Option.isNone(stored)) {
        return yield* new NotAuthenticated({ reason: "SignedOut" })
      }
      const { record, version } = stored.value
      if (record._tag === "Rejected") {
        return yield* new ReauthorizationRequired({ reason: record.reason })
      }
      const now = yield* Clock.currentTimeMillis
      const accepted = Redacted.value(record.token.accessToken) !== flight.refused
      const valid = accepted && record.token.expiresAt.epochMillis > now
      if (accepted && isFresh(record.token, now)) {
        return serve(record)
      }
      if (Option.exists(record.nextAttemptAt, (at) => at.epochMillis > now)) {
        return valid
          ? serve(record)
          : yield* new TokenEndpointUnavailable({
              kind: "Busy",
              sent: "no",
              retryAt: Option.getOrUndefined(record.nextAttemptAt)
            })
      }
      const foreign = Option.exists(record.lease, (owner) => owner !== dependencies.owner)
      if (foreign) {
        const clock = yield* Clock.currentTimeNanos
        const seen = Option.filter(sighting, (earlier) => earlier.version === version)
        const since = Option.match(seen, { onNone: () => clock, onSome: (earlier) => earlier.since })
        if (clock - since < BigInt(Duration.toMillis(dependencies.lease)) * 1_000_000n) {
          if (valid) {
            return serve(record)
          }
          const wait = yield* Random.nextRange(10, 40)
          yield* Effect.interruptible(Effect.sleep(wait))
          return yield* attempt(flight, Option.some({ version, since }))
        }
      }
      return yield* refresh(flight, { record, version }, { stolen: foreign, valid })
    })

  const again = (flight: Flight) => attempt(flight, Option.none())

  const refresh = (
    flight: Flight,
    { record, version }: Stored<ActiveRecord>,
    { stolen, valid }: { readonly stolen: boolean; readonly valid: boolean }
  ): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      if (Option.isNone(record.token.refreshToken)) {
        return valid ? serve(record) : yield* new ReauthorizationRequired({ reason: "CannotRefresh" })
      }
      const leased = yield* Effect.either(
        write(flight.storeKey, version, { ...record, lease: Option.some(dependencies.owner) })
      )
      if (leased._tag === "Left") {
        return leased.left._tag === "TokenStoreConflict"
          ? yield* again(flight)
          : // A rotation that cannot be stored would burn the session: do not even ask for it
            valid
            ? serve(record)
            : yield* leased.left
      }
      const answer = yield* Effect.either(
        detached(dependencies.refreshToken(record.token.refreshToken.value))
      )
      if (answer._tag === "Right") {
        return yield* keep(flight, record, leased.right, renewed(record.token, answer.right))
      }
      const error = answer.left
      const now = yield* Clock.currentTimeMillis
      switch (error._tag) {
        case "InvalidGrant":
          return yield* reject(flight, record, leased.right, reasonOf(error, record, stolen, now))
        case "ClientMisconfigured":
          yield* release(flight, leased.right, { ...record, lease: Option.none() })
          return valid ? serve(record) : yield* error
        default: {
          const given = error._tag === "TokenEndpointUnavailable" ? error.retryAt : undefined
          const nextAttemptAt = given ?? DateTime.unsafeMake(Math.ceil(now + (yield* pause(record.failures))))
          const waiting: ActiveRecord = {
            ...record,
            lease: Option.none(),
            nextAttemptAt: Option.some(nextAttemptAt),
            failures: record.failures + 1
          }
          yield* release(flight, leased.right, waiting)
          if (valid) {
            return serve(waiting)
          }
          return yield* error._tag === "TokenEndpointUnavailable"
            ? new TokenEndpointUnavailable({
                kind: error.kind,
                sent: error.sent,
                status: error.status,
                cause: error.cause,
                retryAt: nextAttemptAt
              })
            : error
        }
      }
    })

  /** Gives the lease back. If the store is gone by now the lease runs out, as others see it. */
  const release = (flight: Flight, leased: TokenStore.Version, record: ActiveRecord) =>
    write(flight.storeKey, leased, record).pipe(
      Effect.catchTags({
        TokenStoreConflict: () => Effect.void,
        TokenStoreUnavailable: (error) =>
          Effect.logWarning("The refresh lease could not be given back", error),
        TokenStoreCorrupt: (error) => Effect.logWarning("The refresh lease could not be given back", error)
      })
    )

  /** Stores what Spotify gave, before anybody sees it. */
  const keep = (
    flight: Flight,
    record: ActiveRecord,
    expected: TokenStore.Version,
    token: Token
  ): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const next: ActiveRecord = {
        ...record,
        token,
        lease: Option.none(),
        nextAttemptAt: Option.none(),
        failures: 0
      }
      const entry = yield* records.entry(next)
      const kept = yield* Effect.either(whileUnavailable(commit(flight.storeKey, expected, entry)))
      if (kept._tag === "Left") {
        switch (kept.left._tag) {
          case "TokenStoreConflict":
            return yield* reconcile(flight, record, token)
          case "TokenStoreCorrupt":
            return yield* kept.left
          case "TokenStoreUnavailable":
            yield* holdUnstored(flight, { expected, entry, next })
        }
      }
      yield* dependencies.onRefreshed(flight.key, kept._tag === "Right")
      const now = yield* Clock.currentTimeMillis
      return token.expiresAt.epochMillis > now
        ? serve(next)
        : yield* new TokenResponseInvalid({ path: "expires_in", problem: "over on arrival" })
    })

  /**
   * The store went away between the lease and the result: the only copy of what may be a rotated token is
   * here. It is served from memory and written as soon as the store is back; the end of the scope waits
   * for one more try.
   */
  const holdUnstored = (flight: Flight, held: Unstored) =>
    Effect.suspend(() => {
      unstored.set(flight.key, held)
      return settle(flight, held).pipe(
        Effect.retry({ schedule: dependencies.unstoredRetry }),
        Effect.interruptible,
        Effect.onInterrupt(() => Effect.ignoreLogged(settle(flight, held))),
        Effect.ignoreLogged,
        Effect.forkIn(dependencies.scope)
      )
    })

  /** Succeeds when nothing is left to write. Fails only while the store is unavailable. */
  const settle = (flight: Flight, held: Unstored) =>
    Effect.suspend(() =>
      unstored.get(flight.key) === held
        ? commit(flight.storeKey, held.expected, held.entry).pipe(
            Effect.catchTags({
              // A login, a sign-out or a sibling was faster, and has the word
              TokenStoreConflict: () => Effect.void,
              TokenStoreCorrupt: () => Effect.void
            }),
            Effect.zipRight(Effect.sync(() => unstored.delete(flight.key))),
            Effect.asVoid
          )
        : Effect.void
    )

  /** Somebody wrote while Spotify answered. The newest authorization wins, and within one the newest token. */
  const reconcile = (flight: Flight, record: ActiveRecord, token: Token): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const stored = yield* records.read(flight.storeKey)
      if (
        Option.isSome(stored) &&
        stored.value.record._tag === "Active" &&
        stored.value.record.authorizationId === record.authorizationId &&
        stored.value.record.token.obtainedAt.epochMillis < token.obtainedAt.epochMillis
      ) {
        return yield* keep(
          flight,
          stored.value.record,
          stored.value.version,
          renewed(stored.value.record.token, token)
        )
      }
      return yield* again(flight)
    })

  /** Believes a refusal only if nobody has written since: the loser of a race must not end the session. */
  const reject = (
    flight: Flight,
    record: ActiveRecord,
    leased: TokenStore.Version,
    reason: ReauthorizationRequired["reason"]
  ): Effect.Effect<Held, SessionError> =>
    Effect.gen(function* () {
      const rejectedAt = yield* DateTime.now
      const tombstone = yield* records.entry(rejectedRecord(record, reason, rejectedAt))
      const buried = yield* Effect.either(whileUnavailable(commit(flight.storeKey, leased, tombstone)))
      if (buried._tag === "Left") {
        return buried.left._tag === "TokenStoreConflict" ? yield* again(flight) : yield* buried.left
      }
      yield* dependencies.onRejected(flight.key, reason)
      return yield* new ReauthorizationRequired({ reason })
    })

  return again
}
