/**
 * Classifies the errors of Redis and its clients. Errors of some clients contain the whole command with its
 * arguments, so only a code leaves this file.
 */
import * as Predicate from "effect/Predicate"

export interface RedisFailure {
  /** The first word of Redis' own error, or the client's code. */
  readonly code: string
  /** Whether a write may have taken effect all the same. */
  readonly applied: "no" | "unknown"
}

/** Errors with which Redis refuses a command before it has any effect. The script writes only at its end. */
const refusals = new Set(
  `READONLY LOADING NOSCRIPT OOM MISCONF NOREPLICAS BUSY WRONGTYPE
   CLUSTERDOWN MASTERDOWN MOVED ASK TRYAGAIN CROSSSLOT
   NOAUTH NOPERM WRONGPASS NOPROTO DENIED`.split(/\s+/)
)

/** Client errors which mean that the command was never sent, and refusals of a gateway before Redis. */
const neverSent = new Set(
  "ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH UNAUTHORIZED TOO_MANY_REQUESTS".split(" ")
)

/**
 * A capitalized word at the start is Redis' code. Before version 7 the code of a command within a script
 * comes after a dash further on.
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
