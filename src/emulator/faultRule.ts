import * as Option from "effect/Option"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

export const HeaderValue = Schema.String.pipe(Schema.pattern(/^[\x20-\x7e]+$/))

const isHeaderName = (name: string): boolean => /^[\w!#$%&'*+.^`|~-]+$/.test(name)

export const Headers = Schema.Record({ key: Schema.String, value: HeaderValue }).pipe(
  Schema.filter((headers) => Object.keys(headers).every(isHeaderName) || "not a header name")
)

const units = "milli|second|minute|hour|day|week"

const Text = Schema.TemplateLiteral(Schema.Number, " ", Schema.String).pipe(
  Schema.filter(
    (text) =>
      new RegExp(`^\\d+(\\.\\d+)? (${units})s?$`).test(text) ||
      `a duration has a form such as "30 seconds" or "14 hours"`
  )
)

/** Milliseconds, or a text such as `14 hours`, like Effect's durations. */
export const Wait = Schema.Union(Schema.Number.pipe(Schema.between(0, 1e11)), Text).pipe(
  Schema.transform(Schema.DurationFromSelf, {
    strict: true,
    decode: (input) => Option.getOrElse(Duration.decodeUnknown(input), () => Duration.zero),
    encode: Duration.toMillis
  })
)

const optional = Schema.optional

const Status = Schema.Int.pipe(Schema.between(200, 599))

const Share = Schema.Number.pipe(Schema.between(0, 1))

const Fault = Schema.Union(
  Schema.Struct({ kind: Schema.Literal("latency"), delay: Wait, upTo: optional(Wait) }),
  Schema.Struct({ kind: Schema.Literal("timeout", "reset"), processed: optional(Schema.Boolean) }),
  Schema.Struct({
    kind: Schema.Literal("rateLimit"),
    retryAfter: optional(Schema.Union(Wait, Schema.Literal("none", "garbage"))),
    reason: optional(Schema.String)
  }),
  Schema.Struct({
    kind: Schema.Literal("error"),
    status: optional(Status),
    format: optional(Schema.Literal("json", "html", "text", "empty"))
  }),
  Schema.Struct({ kind: Schema.Literal("truncated", "brokenOff"), keep: optional(Share) }),
  Schema.Struct({ kind: Schema.Literal("garbage") }),
  Schema.Struct({
    kind: Schema.Literal("respond"),
    status: Status,
    body: optional(Schema.String),
    contentType: optional(HeaderValue),
    headers: optional(Headers)
  })
)

/** A rule in the form that HTTP clients send. */
export const FaultRule = Schema.Struct({
  fault: Fault,
  method: optional(Schema.String),
  path: optional(Schema.String.pipe(Schema.startsWith("/"))),
  target: optional(Schema.Literal("accounts", "api")),
  skip: optional(Schema.Int.pipe(Schema.nonNegative())),
  times: optional(Schema.Int.pipe(Schema.positive())),
  probability: optional(Share)
})
