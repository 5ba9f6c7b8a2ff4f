import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { shown } from "./shown.js"

export { shown }

/**
 * Runs a program with everything that observes it turned on (logs of all levels, spans, metrics, its own
 * exit), and fails if one of the secrets can be seen anywhere.
 */
export const expectNoLeak = <A, E>(
  secrets: () => ReadonlyArray<string>,
  program: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const seen: Array<string> = []
    const logger = Logger.make((entry) => {
      seen.push(shown(entry), Cause.pretty(entry.cause))
    })
    const tracer = Tracer.make({
      context: (f) => f(),
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        const span: Tracer.Span = {
          _tag: "Span",
          name,
          parent,
          context,
          links,
          kind,
          attributes,
          sampled: true,
          spanId: `span-${seen.length}`,
          traceId: Option.match(parent, { onNone: () => "trace", onSome: (found) => found.traceId }),
          status: { _tag: "Started", startTime },
          attribute: (key, value) => {
            attributes.set(key, value)
            seen.push(`${key}=${shown(value)}`)
          },
          event: (event, _time, data) => {
            seen.push(event, shown(data))
          },
          addLinks: () => {},
          end: (_time, exit) => {
            // Exporters look at failures only, and showing a response would read its body
            seen.push(name, ...(Exit.isFailure(exit) ? [shown(exit), Cause.pretty(exit.cause)] : []))
          }
        }
        return span
      }
    })
    const exit = yield* Effect.exit(program).pipe(
      Effect.provide(
        Layer.mergeAll(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.All))
      ),
      Effect.withTracer(tracer)
    )
    seen.push(shown(exit), Exit.isFailure(exit) ? Cause.pretty(exit.cause, { renderErrorCause: true }) : "")
    seen.push(shown(Chunk.fromIterable(Metric.unsafeSnapshot())))
    const everything = seen.join("\n")
    for (const secret of secrets()) {
      for (const form of [secret, encodeURIComponent(secret), btoa(secret)]) {
        assert.isFalse(
          everything.includes(form),
          `a secret was seen: …${everything.slice(Math.max(0, everything.indexOf(form) - 200), everything.indexOf(form) + 20)}`
        )
      }
    }
    return yield* exit
  })
