import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"

/** How many levels of causes to follow. */
const maxDepth = 4

/** A member that may be a getter, which may throw. */
const member = (error: unknown, name: string): unknown =>
  Either.getOrUndefined(Either.try(() => (Predicate.hasProperty(error, name) ? error[name] : undefined)))

const field = (error: unknown, name: string, syntax: RegExp): string | undefined => {
  const value = member(error, name)
  return typeof value === "string" && syntax.test(value) ? value : undefined
}

/**
 * The inner error: `fetch` has it under `cause`, and a failed connection to several addresses under `errors`.
 */
const within = (error: unknown): unknown => {
  const errors = member(error, "errors")
  return Array.isArray(errors) && errors.length > 0 ? member(errors, "0") : member(error, "cause")
}

/**
 * The safe part of an error from a driver, a transport or the system: its name, code and system call, and
 * those of its causes. Messages, stacks and members can contain what was sent: Node's parser keeps the raw
 * bytes of an answer that echoes the request, and database drivers quote the record.
 */
export const foreignCause = (error: unknown, depth = 0): Error => {
  const name = field(error, "name", /^(?:[A-Za-z]{1,40}(?:Error|Exception)|Error)$/) ?? "Error"
  const code =
    field(error, "code", /^[A-Z][A-Z0-9_]{1,40}$/) ?? field(error, "reason", /^[A-Z][A-Za-z]{1,30}$/)
  const syscall = field(error, "syscall", /^[a-z]{1,20}$/)
  const inner = depth < maxDepth ? within(error) : undefined
  const safe = new Error(
    [syscall, code].filter((part) => part !== undefined).join(" ") || "no code",
    inner === undefined || inner === null ? undefined : { cause: foreignCause(inner, depth + 1) }
  )
  safe.name = name
  safe.stack = `${name}: ${safe.message}`
  return Object.assign(safe, code === undefined ? {} : { code }, syscall === undefined ? {} : { syscall })
}
