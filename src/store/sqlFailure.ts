/**
 * Classifies the failure of a statement by the codes of databases and drivers. Their messages and details may
 * quote the row, so only the code leaves this file.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"

/** The meaning of a failed statement. */
export interface SqlFailure {
  /** The SQLSTATE, or the driver's own code. */
  readonly code: string | undefined
  /** Whether the statement may have taken effect all the same. */
  readonly applied: "no" | "unknown"
  /** The same statement may succeed if it is retried. */
  readonly transient: boolean
  readonly missingTable: boolean
  /** MySQL read only the length of the statement, and closed the connection. */
  readonly packetTooLarge: boolean
  readonly duplicateKey: boolean
}

/** Five characters of the classes that exist; Node's own `EPIPE` is not one. */
const sqlState = /^[0-9FHPX][0-9A-Z]{4}$/

/**
 * SQLSTATEs that do not say whether a statement took effect: the connection broke, or the server was stopped
 * or failed. PostgreSQL ends a backend with 57P01 even after a local commit, if it was waiting for a replica;
 * MySQL says 70100. All others roll a single statement back.
 */
const undecided = /^(08|57P|58|XX|40003|70100)/

/** Of SQLSTATE: serialization, deadlock, lock not available, cancelled, and a prepared statement that is lost. */
const transientStates = new Set(["40001", "40P01", "55P03", "57014", "26000", "0A000"])

/**
 * Of drivers: a lock, of MariaDB a row that has changed since the snapshot, a prepared statement that is lost,
 * and a server that takes no more connections just now.
 */
const transientCodes =
  /^(SQLITE_BUSY|SQLITE_LOCKED|ER_(LOCK_DEADLOCK|LOCK_WAIT_TIMEOUT|CHECKREAD|NEED_REPREPARE|UNKNOWN_STMT_HANDLER|CON_COUNT_ERROR)$)/

/** The connection was never made, so nothing was sent. */
const neverConnected = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"])

const packetTooLarge = "ER_NET_PACKET_TOO_LARGE"

const textField = (value: unknown, field: string): string | undefined =>
  Predicate.isRecord(value) && typeof value[field] === "string" ? value[field] : undefined

const decidedNo = (code: string | undefined, state: string | undefined): boolean =>
  (state !== undefined && !undecided.test(state)) ||
  (code !== undefined &&
    (neverConnected.has(code) ||
      code === packetTooLarge ||
      (code.startsWith("SQLITE_") && !code.startsWith("SQLITE_IOERR")) ||
      transientCodes.test(code)))

export const fromSqlError = (error: SqlError): SqlFailure => {
  const { cause } = error
  const code = textField(cause, "code")
  const state = [textField(cause, "sqlState"), code].find(
    (found) => found !== undefined && sqlState.test(found)
  )
  // @effect/sql-pg fails with this message before it has a connection, and mysql2 with this call of the system
  const noConnection =
    error.message.startsWith("Failed to acquire connection") || textField(cause, "syscall") === "connect"
  return {
    // MySQL has one SQLSTATE, HY000, for hundreds of errors
    code: code?.startsWith("ER_") === true ? code : (state ?? code),
    applied: noConnection || decidedNo(code, state) ? "no" : "unknown",
    transient:
      (state !== undefined && transientStates.has(state)) ||
      (code !== undefined && transientCodes.test(code)),
    missingTable:
      state === "42P01" || state === "42S02" || /no such table/i.test(textField(cause, "message") ?? ""),
    packetTooLarge: code === packetTooLarge,
    duplicateKey: code === "ER_DUP_ENTRY"
  }
}

/**
 * Retries for about four seconds, which many processes on one SQLite file need, with jitter to spread them.
 */
const policy = Schedule.exponential("5 millis", 1.6).pipe(
  Schedule.union(Schedule.spaced("200 millis")),
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(25))
)

/** Retries a statement that was not applied and may succeed soon. */
export const retryTransient = <A, R>(
  effect: Effect.Effect<A, SqlFailure, R>
): Effect.Effect<A, SqlFailure, R> =>
  Effect.retry(effect, {
    schedule: policy,
    while: (failure) => failure.transient && failure.applied === "no"
  })
