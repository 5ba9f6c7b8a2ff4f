import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Metrics from "../../Metrics.js"
import { DecodeError } from "../SpotifyError.js"
import * as Drift from "./drift.js"
import type { Endpoint } from "../call/endpoint.js"
import { callOf } from "../call/request.js"
import * as Validator from "./validator.js"

/** Decodes the body of a success into the result of its operation. */
export interface Decode {
  (
    endpoint: Endpoint<never, unknown>,
    status: number,
    body: string,
    requestId?: string
  ): Effect.Effect<unknown, DecodeError>
}

/** A deviation of an answer from Spotify's documentation, with its call. */
export interface ObservedDrift extends Omit<Drift.Finding, "detail"> {
  readonly operation: string
  readonly route: string
}

export interface Options {
  readonly strict: boolean
  readonly onDrift: ((drift: ObservedDrift) => Effect.Effect<void>) | undefined
}

const maxProblem = 160

/** Whether the schema is the user's own. */
const isCustom = ({ operationId }: AnyEndpoint): boolean => operationId === ""

type AnyEndpoint = Endpoint<never, unknown>

const formatPath = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    ""
  )

const kindOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? "an object"
        : typeof value

/** The expected type and the kind of the value; never the value, which may be anything. */
const describe = (issue: ParseResult.ArrayFormatterIssue, body: unknown): string => {
  const found = issue.path.reduce<unknown>(
    (value, part) =>
      Predicate.isRecord(value) || Array.isArray(value) ? Reflect.get(value, part) : undefined,
    body
  )
  const expected = issue.message
    .replace(/, actual [\s\S]*$/, "")
    // The members in type notation do not help the reader
    .replace(/^Expected (?:\{|ReadonlyArray<)[\s\S]*/, (whole) =>
      whole.startsWith("Expected {") ? "Expected an object" : "Expected a list"
    )
  return `${expected}, found ${kindOf(found)}`
}

/** The answer means that nothing is playing. */
const isNothing = (body: string): boolean => /^\s*(null|\{\s*\})\s*$/.test(body)

/**
 * Whether the body was lost, truncated or replaced on its way, so that it may arrive whole the next time.
 */
export const isCut = ({ path }: DecodeError, body: string): boolean => path === "" || isNothing(body)

const invalid = (endpoint: AnyEndpoint, path: string, problem: string) =>
  new DecodeError({ ...callOf(endpoint), path, problem: problem.slice(0, maxProblem) })

const parse = (body: string): Either.Either<unknown, string> => {
  try {
    return Either.right(JSON.parse(body))
  } catch {
    const start = body.trimStart().charAt(0)
    return Either.left(start === "" ? "an empty body" : start === "<" ? "a web page" : "not JSON")
  }
}

/** Built once for each operation, at its first call. */
interface Decoder {
  readonly check: Validator.Check
  readonly read: (value: unknown) => Drift.Reading
}

export const make = ({ onDrift, strict }: Options): Decode => {
  const decoders = new WeakMap<AnyEndpoint, Decoder>()
  const looks = strict || onDrift !== undefined
  const decoderOf = (endpoint: AnyEndpoint): Decoder => {
    const known = decoders.get(endpoint)
    if (known !== undefined) {
      return known
    }
    const decoder: Decoder = {
      check: endpoint.checkOf?.(endpoint.success.ast) ?? (() => Validator.Refused),
      read: Drift.read(endpoint.success)
    }
    decoders.set(endpoint, decoder)
    return decoder
  }

  /** A failing hook must not fail the call that it observes. */
  const report = (endpoint: AnyEndpoint, findings: ReadonlyArray<Drift.Finding>) =>
    Effect.forEach(
      findings,
      ({ kind, path }) => {
        const call = callOf(endpoint)
        Metrics.drifted(call.operation, kind)
        return (onDrift === undefined ? Effect.void : onDrift({ ...call, path, kind })).pipe(
          Effect.catchAllCause((cause) =>
            Cause.isInterrupted(cause)
              ? Effect.failCause(cause)
              : Effect.logWarning("The drift hook failed", cause)
          )
        )
      },
      { discard: true }
    )

  /** Reports deviations from the documentation. */
  const reported = (
    endpoint: AnyEndpoint,
    findings: ReadonlyArray<Drift.Finding>,
    value: unknown
  ): Effect.Effect<unknown, DecodeError> => {
    const [first] = findings
    if (first === undefined) {
      return Effect.succeed(value)
    }
    return Effect.zipRight(
      report(endpoint, findings),
      strict ? Effect.fail(invalid(endpoint, first.path, first.kind)) : Effect.succeed(value)
    )
  }

  const refused = (endpoint: AnyEndpoint, parsed: unknown, error: ParseResult.ParseError["issue"]) => {
    const [issue] = ParseResult.ArrayFormatter.formatIssueSync(error)
    return Effect.fail(
      issue === undefined
        ? invalid(endpoint, "", "not what was expected")
        : invalid(endpoint, formatPath(issue.path), describe(issue, parsed))
    )
  }

  /** Schema's own result, if deviations are not allowed. */
  const bySchema = (endpoint: AnyEndpoint, parsed: unknown, findings: ReadonlyArray<Drift.Finding>) => {
    // Made on demand: few operations ever get such an answer, and Schema caches what it makes
    const value = ParseResult.decodeUnknownEither(endpoint.success)(parsed)
    return Either.isLeft(value)
      ? refused(endpoint, parsed, value.left)
      : reported(endpoint, findings, value.right)
  }

  const json = (endpoint: AnyEndpoint, body: string): Effect.Effect<unknown, DecodeError> => {
    const read = parse(body)
    if (Either.isLeft(read)) {
      return Effect.fail(invalid(endpoint, "", read.left))
    }
    const parsed = read.right
    const decoder = decoderOf(endpoint)
    const checked = decoder.check(parsed)
    if (checked !== Validator.Refused) {
      return looks ? reported(endpoint, decoder.read(parsed).findings, checked) : Effect.succeed(checked)
    }
    if (isCustom(endpoint)) {
      return bySchema(endpoint, parsed, looks ? decoder.read(parsed).findings : [])
    }
    const { findings, value } = decoder.read(parsed)
    return strict || value === Drift.Unusable
      ? bySchema(endpoint, parsed, findings)
      : reported(endpoint, findings, value)
  }

  /** An answer without a body, if the schema of a custom request accepts it. */
  const nothing = (endpoint: AnyEndpoint): Effect.Effect<unknown, DecodeError> =>
    Option.match(ParseResult.decodeUnknownOption(endpoint.success)(undefined), {
      onNone: () => json(endpoint, ""),
      onSome: Effect.succeed
    })

  /** Takes what the answer has: a command that took effect does not fail, not even in strict mode. */
  const written = (endpoint: AnyEndpoint, body: string): Effect.Effect<unknown> => {
    const parsed = Either.getOrUndefined(parse(body))
    const decoder = decoderOf(endpoint)
    const checked = looks ? Validator.Refused : decoder.check(parsed)
    if (checked !== Validator.Refused) {
      return Effect.succeed(checked)
    }
    const { findings, value } = decoder.read(parsed)
    return Effect.as(report(endpoint, findings), value === Drift.Unusable ? {} : value)
  }

  const decode = (
    endpoint: AnyEndpoint,
    status: number,
    body: string
  ): Effect.Effect<unknown, DecodeError> => {
    switch (endpoint.response) {
      case "discard":
        return Effect.void
      case "json":
        // The body of a read with another status was lost
        return isCustom(endpoint) && body.trim() === "" && (status === 204 || endpoint.method !== "GET")
          ? nothing(endpoint)
          : json(endpoint, body)
      case "written":
        return written(endpoint, body)
      case "jsonOrNone":
        return status === 204 || body.trim() === ""
          ? Effect.succeedNone
          : isNothing(body)
            ? Effect.as(
                reported(endpoint, [{ path: "", kind: "UndocumentedNull" }], undefined),
                Option.none()
              )
            : Effect.map(json(endpoint, body), Option.some)
    }
  }

  return (endpoint, status, body, requestId) =>
    requestId === undefined
      ? decode(endpoint, status, body)
      : Effect.mapError(
          decode(endpoint, status, body),
          ({ path, problem }) => new DecodeError({ ...callOf(endpoint), path, problem, requestId })
        )
}
