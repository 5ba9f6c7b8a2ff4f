import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Scope } from "effect/Scope"
import { CallOptions } from "../CallOptions.js"
import type { Service as Cache } from "../ResponseCache.js"
import { CurrentSession, SessionService } from "../../session/SessionService.js"
import { SpotifyConfig } from "../../accounts/SpotifyConfig.js"
import type { SpotifyError } from "../SpotifyError.js"
import { newVersion } from "../../store/TokenStore.js"
import * as Attempts from "./attempts.js"
import type { Endpoint, Execute } from "./endpoint.js"
import * as QuotaMode from "./quotaMode.js"
import * as Request from "./request.js"
import * as Telemetry from "./telemetry.js"
import * as TimeLimit from "./timeLimit.js"

export interface Settings extends Attempts.Settings {
  readonly cache: Option.Option<Cache>
  /** How long single calls wait for others of their kind, in milliseconds; undefined if they do not. */
  readonly batchWindow: number | undefined
}

type AnyEndpoint = Endpoint<never, unknown>

/** Whether the running fiber bypasses the cache. */
class Uncached extends Context.Reference<Uncached>()("effect-spotify/Uncached", {
  defaultValue: () => false
}) {}

/** The same calls, bypassing the cache. */
export const uncached = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, Uncached, true)

/** The cache key of a call. */
type Call = Parameters<Cache["changed"]>[0]

export interface Interpreter {
  /** Runs an operation with the flat parameters of a method. */
  readonly execute: Execute
  /** Runs an operation whose parameters are already sorted. */
  readonly executeParts: <A>(
    endpoint: Endpoint<never, A>,
    parts: Request.Parts
  ) => Effect.Effect<A, SpotifyError>
}

/**
 * The one place that turns an operation into a request and its answer into the result. It refuses closed
 * operations, uses the cache if there is one, and makes as many attempts as needed.
 */
export const make = (
  settings: Settings
): Effect.Effect<Interpreter, never, SpotifyConfig | SessionService | HttpClient.HttpClient | Scope> =>
  Effect.gen(function* () {
    const config = yield* SpotifyConfig
    const attempts = yield* Attempts.make(settings)
    const session = yield* SessionService
    const client = yield* newVersion
    const withDefaults = (endpoint: AnyEndpoint, parts: Request.Parts): Request.Parts =>
      parts.query["market"] === undefined && Option.isSome(config.market) && endpoint.query.includes("market")
        ? { ...parts, query: { ...parts.query, market: config.market.value } }
        : parts

    const language = Option.getOrElse(config.locale, () => "")

    /** The current owner of cached answers: one authorization of this client, or none. */
    const owner = Effect.zipWith(sessionKey, session.authorizationId, (key, id) =>
      Option.map(id, (id) => JSON.stringify([client, key, id]))
    )

    /**
     * Bounds the whole call only if a time limit was set. To bound every call would cost a tenth of a small
     * request, since it takes a timer and a fiber.
     */
    const bounded = <A>(endpoint: AnyEndpoint, call: Effect.Effect<A, SpotifyError>) =>
      Effect.withFiberRuntime<A, SpotifyError>((fiber) => {
        const limit = Context.get(fiber.currentContext, CallOptions).totalTimeout ?? settings.totalTimeout
        return limit === undefined ? call : TimeLimit.bounded(endpoint, Duration.decode(limit), call)
      })

    const { guard, quota } = QuotaMode.make(
      config.quotaMode,
      config.quotaMode === "extended" && settings.batchWindow !== undefined
        ? { window: settings.batchWindow, scope: yield* Effect.scope, session: sessionKey, bounded }
        : undefined
    )

    /** A read through the cache, which may fetch, revalidate, or answer without a request. */
    const read = (
      cache: Cache,
      endpoint: AnyEndpoint,
      request: HttpClientRequest.HttpClientRequest,
      call: Call
    ) =>
      Effect.flatMap(
        TimeLimit.shared(
          cache.read({ ...call, name: `${endpoint.operationId} ${language} ${request.url}` }, (etag) =>
            Effect.zipWith(
              TimeLimit.unhurried(
                attempts(
                  endpoint,
                  etag === undefined ? request : HttpClientRequest.setHeader(request, "if-none-match", etag)
                )
              ),
              // The token was taken after the cache look-up, and may by then belong to another user
              Effect.orElseSucceed(owner, () => Option.none<string>()),
              ({ answer, value }, now) => ({
                value,
                storable: Option.contains(now, call.session),
                notModified: answer.status === 304,
                etag: answer.etag,
                cacheControl: answer.cacheControl,
                length: answer.body.length
              })
            )
          )
        ),
        ({ origin, value }) => Telemetry.cached(origin, value)
      )

    const perform = (
      endpoint: AnyEndpoint,
      request: HttpClientRequest.HttpClientRequest,
      parameters: Record<string, unknown>
    ): Effect.Effect<unknown, SpotifyError> => {
      const attempted = Effect.map(attempts(endpoint, request), ({ value }) => value)
      const sent = bounded(endpoint, attempted)
      if (Option.isNone(settings.cache)) {
        return sent
      }
      const cache = settings.cache.value
      const call = (session: string): Call => ({ session, path: endpoint.path, parameters })
      if (endpoint.method !== "GET") {
        return Effect.tap(sent, () =>
          owner.pipe(
            Effect.flatMap(
              Option.match({ onNone: () => Effect.void, onSome: (_) => cache.changed(call(_)) })
            ),
            // The command succeeded, so answers that it may have changed are no longer served
            Effect.ignore
          )
        )
      }
      // A custom request has a schema that its name does not identify
      return endpoint.operationId === ""
        ? sent
        : Effect.flatMap(Uncached, (uncached) =>
            uncached
              ? sent
              : bounded(
                  endpoint,
                  Effect.flatMap(
                    owner,
                    Option.match({
                      onNone: () => attempted,
                      onSome: (_) => read(cache, endpoint, request, call(_))
                    })
                  )
                )
          )
    }

    const run = (endpoint: AnyEndpoint, parts: Request.Parts) => {
      const request = Request.make(config.apiUrl, endpoint, withDefaults(endpoint, parts))
      return Either.isLeft(request)
        ? Effect.fail(request.left)
        : Telemetry.call(endpoint, guard(endpoint, perform(endpoint, request.right, parts.path)))
    }

    const execute = (endpoint: AnyEndpoint, params: Record<string, unknown>) =>
      run(endpoint, Request.partsOf(endpoint, params))

    // The descriptor's phantom types declare the parameters and the result; its schema guarantees them
    return {
      execute: Object.assign(execute, { quota }) as Execute,
      executeParts: run as Interpreter["executeParts"]
    }
  })

const sessionKey = Effect.map(
  CurrentSession,
  Option.getOrElse(() => "")
)
