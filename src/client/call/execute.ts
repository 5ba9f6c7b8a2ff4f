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
import type { SessionError } from "../../session/Session.js"
import { SpotifyConfig } from "../../accounts/SpotifyConfig.js"
import type { SpotifyError } from "../SpotifyError.js"
import { newVersion } from "../../store/TokenStore.js"
import * as Attempts from "./attempts.js"
import type { Batching, Endpoint, Execute } from "./endpoint.js"
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

const valueOf = (value: unknown) => value

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
  /** Runs a request with a schema of the user's own, which has no name in the cache. */
  readonly custom: <A>(endpoint: Endpoint<never, A>, parts: Request.Parts) => Effect.Effect<A, SpotifyError>
  /** What {@link documented} needs. */
  readonly inner: Inner
}

/** Runs the operations that the package describes. */
export interface Documented {
  /** Runs an operation with the flat parameters of a method. */
  readonly execute: Execute
  /** Runs an operation whose parameters are already sorted. */
  readonly executeParts: Interpreter["custom"]
}

type Perform = (
  request: HttpClientRequest.HttpClientRequest,
  parameters: Record<string, unknown>
) => Effect.Effect<unknown, SpotifyError>

interface Inner {
  readonly config: Effect.Effect.Success<typeof SpotifyConfig>
  readonly cache: Option.Option<Cache>
  readonly batching: Batching | undefined
  readonly attempts: Effect.Effect.Success<ReturnType<typeof Attempts.make>>
  /** The current owner of cached answers: one authorization of this client, or none. */
  readonly owner: Effect.Effect<Option.Option<string>, SessionError>
  readonly bounded: Batching["bounded"]
  /** Sends the request. A command that succeeds ends the cached answers that it may have changed. */
  readonly send: (endpoint: AnyEndpoint) => Perform
  readonly run: (
    endpoint: AnyEndpoint,
    parts: Request.Parts,
    perform: Perform
  ) => Effect.Effect<unknown, SpotifyError>
}

/**
 * The one place that turns an operation into a request and its answer into the result, with as many attempts as
 * needed.
 */
export const make = (
  settings: Settings
): Effect.Effect<Interpreter, never, SpotifyConfig | SessionService | HttpClient.HttpClient | Scope> =>
  Effect.gen(function* () {
    const config = yield* SpotifyConfig
    const attempts = yield* Attempts.make(settings)
    const session = yield* SessionService
    const client = yield* newVersion

    const owner = Effect.zipWith(sessionKey, session.authorizationId, (key, id) =>
      Option.map(id, (id) => JSON.stringify([client, key, id]))
    )

    /**
     * Bounds the whole call only if a time limit was set. To bound every call would cost a tenth of a small
     * request, since it takes a timer and a fiber.
     */
    const bounded: Batching["bounded"] = (endpoint, call) =>
      Effect.withFiberRuntime((fiber) => {
        const limit = Context.get(fiber.currentContext, CallOptions).totalTimeout ?? settings.totalTimeout
        return limit === undefined ? call : TimeLimit.bounded(endpoint, Duration.decode(limit), call)
      })

    const send =
      (endpoint: AnyEndpoint): Perform =>
      (request, parameters) => {
        const sent = bounded(endpoint, attempts(endpoint, request, valueOf))
        if (Option.isNone(settings.cache) || endpoint.method === "GET") {
          return sent
        }
        const cache = settings.cache.value
        return Effect.tap(sent, () =>
          owner.pipe(
            Effect.flatMap(
              Option.match({
                onNone: () => Effect.void,
                onSome: (session) => cache.changed({ session, path: endpoint.path, parameters })
              })
            ),
            // The command succeeded, so answers that it may have changed are no longer served
            Effect.ignore
          )
        )
      }

    const run: Inner["run"] = (endpoint, parts, perform) => {
      const request = Request.make(config.apiUrl, endpoint, parts)
      return Either.isLeft(request)
        ? Effect.fail(request.left)
        : Telemetry.call(endpoint, perform(request.right, parts.path))
    }

    const batching =
      config.quotaMode === "extended" && settings.batchWindow !== undefined
        ? { window: settings.batchWindow, scope: yield* Effect.scope, session: sessionKey, bounded }
        : undefined

    return {
      // The schema of the descriptor guarantees the result that its phantom type declares
      custom: ((endpoint: AnyEndpoint, parts: Request.Parts) =>
        run(endpoint, parts, send(endpoint))) as Interpreter["custom"],
      inner: { config, cache: settings.cache, batching, attempts, owner, bounded, send, run }
    }
  })

/**
 * What the groups add to requests: operations that are closed to the app are refused, the market of the
 * configuration is the default, and reads go through the cache if there is one.
 */
const makeDocumented = ({
  attempts,
  batching,
  bounded,
  cache,
  config,
  owner,
  run,
  send
}: Inner): Documented => {
  const { guard, quota } = QuotaMode.make(config.quotaMode, batching)
  const language = Option.getOrElse(config.locale, () => "")

  const withDefaults = (endpoint: AnyEndpoint, parts: Request.Parts): Request.Parts =>
    parts.query["market"] === undefined && Option.isSome(config.market) && endpoint.query.includes("market")
      ? { ...parts, query: { ...parts.query, market: config.market.value } }
      : parts

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
                etag === undefined ? request : HttpClientRequest.setHeader(request, "if-none-match", etag),
                (value, answer) => ({ value, answer })
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

  const perform = (endpoint: AnyEndpoint): Perform => {
    const sending = send(endpoint)
    if (Option.isNone(cache) || endpoint.method !== "GET") {
      return sending
    }
    return (request, parameters) =>
      Effect.flatMap(Uncached, (uncached) =>
        uncached
          ? sending(request, parameters)
          : bounded(
              endpoint,
              Effect.flatMap(
                owner,
                Option.match({
                  onNone: () => attempts(endpoint, request, valueOf),
                  onSome: (session) =>
                    read(cache.value, endpoint, request, { session, path: endpoint.path, parameters })
                })
              )
            )
      )
  }

  const executeParts = (endpoint: AnyEndpoint, parts: Request.Parts) => {
    const performed = perform(endpoint)
    return run(endpoint, withDefaults(endpoint, parts), (request, parameters) =>
      guard(endpoint, performed(request, parameters))
    )
  }

  const execute = (endpoint: AnyEndpoint, params: Record<string, unknown>) =>
    executeParts(endpoint, Request.partsOf(endpoint, params))

  // The descriptor's phantom types declare the parameters and the result; its schema guarantees them
  return {
    execute: Object.assign(execute, { quota }) as Execute,
    executeParts: executeParts as Interpreter["custom"]
  }
}

const made = new WeakMap<Inner, Documented>()

/** The same one for all groups of a client. A program of custom requests does without its code. */
export const documented = ({ inner }: Interpreter): Documented => {
  const known = made.get(inner)
  if (known !== undefined) {
    return known
  }
  const first = makeDocumented(inner)
  made.set(inner, first)
  return first
}

const sessionKey = Effect.map(
  CurrentSession,
  Option.getOrElse(() => "")
)
