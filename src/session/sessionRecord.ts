import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Authorized, reauthorizeBy, Session, type SessionKey } from "./Session.js"
import { Token } from "../accounts/Token.js"
import * as RecordStore from "../store/recordStore.js"
import type * as TokenStore from "../store/TokenStore.js"

/**
 * The largest difference between two machines' clocks that is accepted. A time further in the future is
 * wrong. It equals the longest wait that is accepted from Spotify.
 */
const tolerance = 15 * 60 * 1000

/** If the clock is earlier than this, it was set back and cannot judge a token obtained then. */
export const judgedFrom = (obtainedAt: number): number => obtainedAt - tolerance

/** Whether a "not before" time is plausible by this clock. */
export const plausible = (notBefore: number, now: number): boolean => notBefore <= now + 2 * tolerance

/** How many days before the end of an authorization its user should be told. */
export type NoticeDays = 30 | 7

/** The last reauthorization notice. */
const Noticed = Schema.optionalWith(Schema.OptionFromNullOr(Schema.Literal(30, 7)), { default: Option.none })

/** In milliseconds. They are in the record, so that every process ends the session at the same time. */
const Times = Schema.Struct({
  loggedInAt: Schema.Number,
  /** When its user was last active. */
  seenAt: Schema.Number,
  idle: Schema.NullOr(Schema.Number),
  absolute: Schema.NullOr(Schema.Number)
})

const times = Schema.optionalWith(Schema.OptionFromNullOr(Times), { default: Option.none })

/** The times from which the app's own end of a session follows. */
export type Times = typeof Times.Type

const Active = Schema.TaggedStruct("Active", {
  v: Schema.Literal(1),
  // A new login gets a new one; the result of a refresh may only replace the record it started from
  authorizationId: Schema.String,
  authorizedAt: Schema.OptionFromNullOr(Schema.DateTimeUtcFromNumber),
  token: Token,
  // The process that is refreshing. A lease has no expiry time: others measure how long they have seen it
  // unchanged
  lease: Schema.OptionFromNullOr(Schema.String),
  // Shared by all processes, so that their retries do not make an outage worse
  nextAttemptAt: Schema.OptionFromNullOr(Schema.DateTimeUtcFromNumber),
  failures: Schema.NonNegativeInt,
  // A request with this refresh token got no response, so the server may have rotated it
  unanswered: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  noticed: Noticed,
  times
})

const Rejected = Schema.TaggedStruct("Rejected", {
  v: Schema.Literal(1),
  authorizationId: Schema.String,
  authorizedAt: Schema.OptionFromNullOr(Schema.DateTimeUtcFromNumber),
  rejectedAt: Schema.DateTimeUtcFromNumber,
  reason: Schema.Literal("Expired", "Revoked", "Rejected", "CrashedDuringRotation", "CannotRefresh"),
  // The rejected session, kept for as long as the operator wants
  quarantined: Schema.optionalWith(
    Schema.OptionFromNullOr(
      Schema.Struct({ token: Token, until: Schema.DateTimeUtcFromNumber, noticed: Noticed })
    ),
    { default: Option.none }
  ),
  times
})

/** The stored form of a working session. */
export type ActiveRecord = typeof Active.Type

/**
 * The stored form of a session that Spotify ended.
 */
export type RejectedRecord = typeof Rejected.Type

/**
 * The stored form of a session.
 */
export const SessionRecord = Schema.Union(Active, Rejected)

export type SessionRecord = typeof SessionRecord.Type

export const newRecord = (
  authorizationId: string,
  token: Token,
  authorizedAt: Option.Option<DateTime.Utc>,
  times: Option.Option<Times> = Option.none()
): ActiveRecord =>
  Active.make({
    v: 1,
    authorizationId,
    authorizedAt,
    token,
    lease: Option.none(),
    nextAttemptAt: Option.none(),
    failures: 0,
    unanswered: false,
    noticed: Option.none(),
    times
  })

export const rejectedRecord = (
  record: ActiveRecord,
  reason: RejectedRecord["reason"],
  rejectedAt: DateTime.Utc,
  quarantine: Duration.Duration
): RejectedRecord =>
  Rejected.make({
    v: 1,
    authorizationId: record.authorizationId,
    authorizedAt: record.authorizedAt,
    rejectedAt,
    reason,
    quarantined: Duration.greaterThan(quarantine, Duration.zero)
      ? Option.some({
          token: record.token,
          until: DateTime.addDuration(rejectedAt, quarantine),
          noticed: record.noticed
        })
      : Option.none(),
    times: record.times
  })

/** The session as it was before Spotify ended it, if it is still kept. */
export const restoredRecord = (record: RejectedRecord, now: number): Option.Option<ActiveRecord> =>
  record.quarantined.pipe(
    Option.filter(({ until }) => until.epochMillis > now),
    Option.map(({ noticed, token }) => ({
      ...newRecord(record.authorizationId, token, record.authorizedAt, record.times),
      noticed
    }))
  )

/** When the earliest of the times ends the session. */
export const endOf = ({ absolute, idle, loggedInAt, seenAt }: Times): number =>
  Math.min(seenAt + (idle ?? Infinity), loggedInAt + (absolute ?? Infinity))

/** When the app ends the session; infinite if it sets no times. */
export const endsAt = ({ times }: SessionRecord): number =>
  Option.match(times, { onNone: () => Infinity, onSome: endOf })

/**
 * The reauthorization notice that is due and was not given yet. It is written into the record with the
 * refresh, so that only one process gives it.
 */
export const noticeDue = ({ authorizedAt, noticed }: ActiveRecord, now: number): Option.Option<NoticeDays> =>
  Option.flatMap(authorizedAt, (at) => {
    const by = reauthorizeBy(at)
    const passed = (days: NoticeDays) => DateTime.subtract(by, { days }).epochMillis <= now
    const days = passed(7) ? 7 : passed(30) ? 30 : undefined
    return days === undefined || Option.exists(noticed, (last) => last <= days)
      ? Option.none()
      : Option.some(days)
  })

/** The sessions in a store. A session past its end reads as absent, and the store may drop it. */
export const makeRecords = (store: TokenStore.Service): RecordStore.Records<SessionRecord> => {
  const records = RecordStore.make(store, SessionRecord)
  return {
    ...records,
    read: (key) =>
      Effect.zipWith(records.read(key), Clock.currentTimeMillis, (stored, now) =>
        Option.filter(stored, ({ record }) => now < endsAt(record))
      ),
    entry: (record) => records.entry(record, Option.getOrUndefined(DateTime.make(endsAt(record))))
  }
}

/** The state of a session at a given time, from its record. */
export const fromRecord = (key: SessionKey, record: Option.Option<SessionRecord>, now: number): Session => {
  if (Option.isNone(record)) {
    return Session.SignedOut({ key })
  }
  if (record.value._tag === "Rejected") {
    return Session.Rejected({ key, reason: record.value.reason, rejectedAt: record.value.rejectedAt })
  }
  const { authorizedAt, token } = record.value
  const authorized: Authorized = {
    key,
    scopes: token.scopes,
    accessTokenExpiresAt: Option.some(token.expiresAt),
    authorizedAt,
    reauthorizeBy: Option.map(authorizedAt, reauthorizeBy)
  }
  const { reauthorizeBy: by } = authorized
  return Option.isSome(by) && DateTime.subtract(by.value, { days: 30 }).epochMillis <= now
    ? Session.ExpiresSoon({ ...authorized, reauthorizeBy: by })
    : Session.Active(authorized)
}
