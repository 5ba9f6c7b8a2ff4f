/**
 * What an error of Redis or of its client means. Errors of some clients carry the whole command with its
 * arguments, so nothing but a code leaves this file.
 */
import * as Predicate from "effect/Predicate"

export interface RedisFailure {
  /** The first word of Redis' own error, or the client's code. */
  readonly code: string
  /** Whether a write took effect nevertheless. */
  readonly applied: "no" | "unknown"
}

/** Answers with which Redis refuses a command before it does anything. The script writes last of all. */
const refusals = new Set(
  `READONLY LOADING NOSCRIPT OOM MISCONF NOREPLICAS BUSY WRONGTYPE
   CLUSTERDOWN MASTERDOWN MOVED ASK TRYAGAIN CROSSSLOT
   NOAUTH NOPERM WRONGPASS NOPROTO DENIED`.split(/\s+/)
)

/** Clients say by these that the command never left. */
const neverSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"])

/**
 * A word in capitals at the start is Redis' code. Before version 7 the code of a command within a script
 * stands behind a dash further on.
 */
const leading = /^-?([A-Z]{2,}) /
const inScript = /^ERR Error running script[^-]*-([A-Z]{2,}) /

export const fromUnknown = (error: unknown): RedisFailure => {
  const message = Predicate.isRecord(error) && typeof error["message"] === "string" ? error["message"] : ""
  const own = Predicate.isRecord(error) && typeof error["code"] === "string" ? error["code"] : undefined
  const reply = inScript.exec(message)?.[1] ?? leading.exec(`${message} `)?.[1]
  if (reply !== undefined && (refusals.has(reply) || reply === "ERR")) {
    return { code: reply, applied: refusals.has(reply) ? "no" : "unknown" }
  }
  return {
    code: own !== undefined && /^[A-Z_]{2,40}$/.test(own) ? own : "CONNECTION",
    applied: own !== undefined && neverSent.has(own) ? "no" : "unknown"
  }
}
