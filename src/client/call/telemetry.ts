import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Metrics from "../../Metrics.js"
import type { Origin } from "../ResponseCache.js"
import type { SpotifyError } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"

type AnyEndpoint = Endpoint<never, unknown>

/** Effect's default tracer discards every span. */
const silent = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** A span costs a tenth of a small request, so it is made only if a tracer keeps it (bench row `request`). */
export const isTraced = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  Context.get(fiber.currentDefaultServices, Tracer.Tracer) !== silent

/** Route templates and Spotify's words, never an address, a header or a body. */
const attributes = (endpoint: AnyEndpoint) => ({
  "spotify.operation": `${endpoint.group}.${endpoint.name}`,
  "http.request.method": endpoint.method,
  "http.route": endpoint.path
})

type Outcome = "success" | "interrupted" | "defect" | SpotifyError["_tag"]

const outcomeOf = (cause: Cause.Cause<SpotifyError>): Outcome =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => (Cause.isInterruptedOnly(cause) ? "interrupted" : "defect"),
    onSome: (error) => error._tag
  })

/** Counts and times a call, in a span if a tracer keeps it. */
export const call = <A>(
  endpoint: AnyEndpoint,
  effect: Effect.Effect<A, SpotifyError>
): Effect.Effect<A, SpotifyError> =>
  Effect.withFiberRuntime<A, SpotifyError>((fiber) => {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    const began = clock.unsafeCurrentTimeMillis()
    const operation = `${endpoint.group}.${endpoint.name}`
    const count = (outcome: Outcome) =>
      Metrics.callEnded(operation, outcome, clock.unsafeCurrentTimeMillis() - began)
    // Like `Effect.onExit` with fewer steps, since every call pays for them
    const counted = Effect.uninterruptibleMask((restore) =>
      Effect.matchCauseEffect(restore(effect), {
        onFailure: (cause) => {
          count(outcomeOf(cause))
          return Effect.failCause(cause)
        },
        onSuccess: (value) => {
          count("success")
          return Effect.succeed(value)
        }
      })
    )
    return isTraced(fiber)
      ? Effect.withSpan(counted, `SpotifyClient.${operation}`, {
          captureStackTrace: false,
          attributes: attributes(endpoint)
        })
      : counted
  })

/** The span of one request of a call. */
export const attempt = <A extends { readonly status: number }, E>(
  endpoint: AnyEndpoint,
  number: number,
  waited: number,
  effect: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.tap(effect, ({ status }) => Effect.annotateCurrentSpan("http.response.status_code", status)).pipe(
    Effect.withSpan(`${endpoint.method} ${endpoint.path}`, {
      kind: "client",
      captureStackTrace: false,
      attributes: {
        ...attributes(endpoint),
        "spotify.attempt": number,
        "spotify.wait_ms": waited
      }
    })
  )

/** Records where an answer came from. */
export const cached = <A>(origin: Origin, value: A): Effect.Effect<A> =>
  Effect.withFiberRuntime<A>((fiber) => {
    Metrics.cacheRead(origin)
    return isTraced(fiber)
      ? Effect.as(Effect.annotateCurrentSpan("spotify.cache", origin), value)
      : Effect.succeed(value)
  })
