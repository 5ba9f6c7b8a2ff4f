import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { QuotaMode } from "../../accounts/SpotifyConfig.js"
import { RequestRejected, type SpotifyError } from "../SpotifyError.js"
import { type Access, type Batching, type Endpoint, limitsOf, type Quota } from "./endpoint.js"
import { closed } from "./response.js"

type AnyEndpoint = Endpoint<never, unknown>

/** The interpreter's access to what is known about the app's quota. */
export interface QuotaMemory {
  /** The part that the groups of the client use. */
  readonly quota: Quota
  /** Runs an operation if it is open to this app, and learns from its answer. */
  readonly guard: <A>(
    endpoint: AnyEndpoint,
    call: Effect.Effect<A, SpotifyError>
  ) => Effect.Effect<A, SpotifyError>
}

/**
 * The time after which a refusal is forgotten, in milliseconds (an hour), so that an app with new rights can
 * use them.
 */
const memory = 60 * 60 * 1000

/** Whether Spotify says that the object, not the operation, does not exist. */
const namesId = (description: string): boolean => /\bid\b/i.test(description)

/**
 * What the app may call, and how much at once. The quota mode declares it, or with `auto` refusals teach it. It
 * is known per operation and for all sessions of the client, since Spotify refuses the app.
 */
export const make = (mode: QuotaMode, batching: Batching | undefined): QuotaMemory => {
  /** By operation id, the time until which an operation counts as closed. */
  const closedUntil = new Map<string, number>()
  /** The time until which an operation is called with the limit of every app. */
  const cappedUntil = new Map<string, number>()
  /** Operations that have succeeded: their 404 means that the object does not exist. */
  const opened = new Set<string>()

  const holds = (lessons: Map<string, number>, { operationId }: AnyEndpoint) =>
    Effect.map(Clock.currentTimeMillis, (now) => (lessons.get(operationId) ?? 0) > now)

  const learn = (lessons: Map<string, number>, { operationId }: AnyEndpoint) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      lessons.set(operationId, now + memory)
    })

  const accessOf = (endpoint: AnyEndpoint): Effect.Effect<Access> => {
    if (endpoint.availability === "all" || mode === "extended") {
      return Effect.succeed("open")
    }
    return mode === "development"
      ? Effect.succeed("closed")
      : Effect.map(holds(closedUntil, endpoint), (isClosed) =>
          isClosed ? "closed" : opened.has(endpoint.operationId) ? "open" : "unknown"
        )
  }

  /** With an id in the path, 404 may mean either. A success shows that the app has the operation. */
  const told = (endpoint: AnyEndpoint, error: SpotifyError): SpotifyError =>
    error._tag === "NotFound" &&
    endpoint.availability === "closed" &&
    !opened.has(endpoint.operationId) &&
    !namesId(error.description)
      ? closed(endpoint, error.description, error.requestId)
      : error

  const learning = <A>(
    endpoint: AnyEndpoint,
    call: Effect.Effect<A, SpotifyError>
  ): Effect.Effect<A, SpotifyError> =>
    call.pipe(
      Effect.tap(() =>
        Effect.sync(() => {
          opened.add(endpoint.operationId)
        })
      ),
      Effect.catchAll((failure) => {
        const error = told(endpoint, failure)
        return error._tag === "Forbidden" && error.reason === "OperationClosed"
          ? Effect.zipRight(learn(closedUntil, endpoint), error)
          : Effect.fail(error)
      })
    )

  return {
    guard: (endpoint, call) =>
      endpoint.availability === "all" || mode === "extended"
        ? call
        : Effect.flatMap(accessOf(endpoint), (access) =>
            access === "closed"
              ? closed(
                  endpoint,
                  mode === "development"
                    ? "not sent, as the app is declared to be in development mode"
                    : "not sent, as Spotify refused it within the last hour"
                )
              : learning(endpoint, call)
          ),
    quota: {
      accessOf,
      withLimit: (endpoint, wanted, run) => {
        const { development, extended } = limitsOf(endpoint)
        const least = run(Math.min(wanted ?? development, development))
        if (mode === "development") {
          return least
        }
        const limit = Math.min(wanted ?? extended, extended)
        return limit <= development
          ? least
          : Effect.flatMap(holds(cappedUntil, endpoint), (isCapped) =>
              isCapped
                ? least
                : Effect.catchIf(
                    run(limit),
                    (error) => error instanceof RequestRejected && error.maxLimit !== undefined,
                    () => Effect.zipRight(learn(cappedUntil, endpoint), least)
                  )
            )
      },
      batching
    }
  }
}
