/**
 * Spotify's Web API without the groups of the client, for programs that must be small: one operation with its
 * schema, or a group alone.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import type * as Scopes from "../accounts/Scope.js"
import type { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import type { SessionError } from "../session/Session.js"
import { SessionService } from "../session/SessionService.js"
import type * as CallOptions from "./CallOptions.js"
import * as Endpoint from "./call/endpoint.js"
import * as Execute from "./call/execute.js"
import * as Retry from "./call/retry.js"
import * as Decode from "./decode/decode.js"
import * as RateGate from "./RateGate.js"
import { ResponseCache } from "./ResponseCache.js"
import type { SpotifyError } from "./SpotifyError.js"

/**
 * What every client can do, whatever groups it has.
 *
 * @since 0.1.0
 * @category models
 */
export interface Calls {
  /**
   * Any operation, with your own schema. It has the same token handling, renewal, rate limits and errors as the
   * methods.
   */
  readonly execute: <A, I>(request: Request<A, I>) => Effect.Effect<A, SpotifyError>
  /** The scopes that the selected session's user granted, if known: see `SessionService.scopes`. */
  readonly grantedScopes: Effect.Effect<Option.Option<ReadonlyArray<Scopes.Scope>>, SessionError>
  /** The current limits, and when they end. */
  readonly status: Effect.Effect<RateGate.Status>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service extends Calls {
  /** @internal */
  readonly interpreter: Execute.Interpreter
}

/**
 * @since 0.1.0
 * @category tags
 */
export class WebApi extends Context.Tag("effect-spotify/WebApi")<WebApi, Service>() {
  /**
   * Runs a function of the service: `WebApi.use((api) => …)`.
   *
   * @since 0.1.0
   */
  static readonly use = <A, E, R>(
    f: (service: Service) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | WebApi> => Effect.flatMap(WebApi, f)
}

/**
 * A request that has no method.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request<A, I> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Relative to the Web API's address, with parameters in braces, such as `/browse/categories/{id}`. */
  readonly path: `/${string}`
  /** Values for the braces of the path. They are percent-encoded. */
  readonly params?: Record<string, string> | undefined
  /** Lists are joined by commas, and undefined members are left out. */
  readonly query?: Record<string, string | number | boolean | ReadonlyArray<string> | undefined> | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  /**
   * The schema of the answer. An answer without a body, such as a 204, is `undefined` to it: use `Schema.Void`, or
   * `Schema.UndefinedOr` if there may be a body.
   */
  readonly schema: Schema.Schema<A, I>
}

/**
 * A deviation from Spotify's documentation in an answer that still decodes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Drift {
  /** For example `albums.get`. */
  readonly operation: string
  /** For example `GET /albums/{id}`. */
  readonly route: string
  /** The path in the answer. */
  readonly path: string
  /**
   * - `UnknownValue`: the enumeration does not list it
   * - `UndocumentedNull`: null is not documented here
   * - `UnknownMember`: the member is not documented
   * - `MissingMember`: the member is absent, but every answer should have it
   * - `WrongType`: the value is dropped, or read as the number in its text
   * - `OmittedEntry`: the entry cannot be used and is left out of the list
   */
  readonly kind:
    "UnknownValue" | "UndocumentedNull" | "UnknownMember" | "MissingMember" | "WrongType" | "OmittedEntry"
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The time limit of one attempt. @default 30 seconds */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * The time limit of one call, including its waits and retries. If set, here or for single calls, it also ends
   * the wait for a refresh or the token store: `waitedFor` of `ServiceUnavailable` names the wait. A method
   * that makes many requests has this time for all of them, and a stream for each page.
   * @default 2 minutes for each request
   */
  readonly totalTimeout?: Duration.DurationInput | undefined
  /**
   * When calls are retried after a transient failure: no connection, a lost answer, 500, 502, 503 or 504. The
   * kind says what a repeated call does: `safe` calls read, `idempotent` calls change nothing more, and
   * `command`s act twice, so they are repeated only if the request certainly never left. `false` means never. A
   * read whose answer is empty or truncated is retried once, unless its kind is never retried. See
   * {@link CallOptions} for single calls.
   * @default three retries within about two seconds, each wait shortened at random by up to half
   */
  readonly retry?:
    | {
        readonly safe?: CallOptions.Retry | false | undefined
        readonly idempotent?: CallOptions.Retry | false | undefined
        readonly command?: CallOptions.Retry | false | undefined
      }
    | undefined
  /**
   * The number of concurrent requests, unless the program provides a `RateGate`. Sessions take turns.
   * @default 64
   */
  readonly concurrency?: number | undefined
  /**
   * The total time that a call may wait for Spotify's rate limit. A longer `Retry-After`, which can be hours,
   * fails at once with `RateLimited`.
   * @default 30 seconds
   */
  readonly maxRateLimitWait?: Duration.DurationInput | undefined
  /**
   * `lenient` accepts answers that deviate from Spotify's documentation. `strict` fails with `DecodeError`
   * instead, for a check in CI. A command that was carried out still succeeds, and the deviation is only
   * reported.
   * @default "lenient"
   */
  readonly decoding?: "lenient" | "strict" | undefined
  /**
   * Whether a call fails with `Forbidden`, reason `InsufficientScope`, without a request if it needs a scope
   * that the user certainly did not grant. If the granted scopes are unknown, Spotify decides.
   * @default true
   */
  readonly checkScopes?: boolean | undefined
  /**
   * Whether concurrent `get`s of one kind share one request. Only apps declared to be in extended quota mode
   * can do so; for others it has no effect. Requests are never shared across sessions or markets. It gathers
   * calls that begin in the same turn of the event loop, or within a `window` that each of them waits out.
   * `getMany` is faster if all ids are known.
   * @default false
   */
  readonly batching?: boolean | { readonly window: Duration.DurationInput } | undefined
  /**
   * Receives each deviation. Looking for them costs about as much as decoding. Without this, only deviations
   * that had to be repaired are counted.
   */
  readonly onDrift?: ((drift: Drift) => Effect.Effect<void>) | undefined
}

const batchWindow = (batching: Options["batching"]): number | undefined =>
  typeof batching === "object" ? Duration.toMillis(batching.window) : batching === true ? 0 : undefined

const custom =
  (interpreter: Execute.Interpreter) =>
  <A, I>({ body, method, params, path, query, schema }: Request<A, I>): Effect.Effect<A, SpotifyError> =>
    interpreter.custom(
      Endpoint.custom<A>({ group: "client", name: "execute", method, path }, "json", schema),
      { path: params ?? {}, query: query ?? {}, body }
    )

/**
 * See {@link layer}. Shared requests end with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Service, never, SpotifyConfig | SessionService | HttpClient.HttpClient | Scope> =>
  Effect.gen(function* () {
    const session = yield* SessionService
    const shared = yield* Effect.serviceOption(RateGate.RateGate)
    const gate = Option.isSome(shared) ? shared.value : yield* RateGate.withoutBudgets(options.concurrency)
    const interpreter = yield* Execute.make({
      timeout: Duration.decode(options.timeout ?? "30 seconds"),
      totalTimeout: options.totalTimeout === undefined ? undefined : Duration.toMillis(options.totalTimeout),
      retry: Retry.policies(options.retry),
      gate,
      cache: yield* Effect.serviceOption(ResponseCache),
      maxWait: Duration.toMillis(options.maxRateLimitWait ?? "30 seconds"),
      checkScopes: options.checkScopes ?? true,
      batchWindow: batchWindow(options.batching),
      decode: Decode.make({ strict: options.decoding === "strict", onDrift: options.onDrift })
    })
    return {
      execute: custom(interpreter),
      grantedScopes: session.scopes,
      status: gate.status,
      interpreter
    }
  })

/**
 * The Web API for a session. Bundlers leave out every group that the program does not name: see
 * `docs/installing.md`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { ArtistsApi, FetchTransport, SessionService, SpotifyConfig, SpotifyId, WebApi } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const MainLayer = WebApi.layer().pipe(
 *   Layer.provide(SessionService.layerClientCredentialsInMemory()),
 *   Layer.provide([SpotifyConfig.layerConfig(), FetchTransport.layer])
 * )
 *
 * const program = Effect.gen(function* () {
 *   const artists = yield* ArtistsApi.group
 *   return yield* artists.get(SpotifyId.ArtistId.make("4Z8W4fKeB5YxbusRsdQVPb"))
 * }).pipe(Effect.provide(MainLayer))
 * ```
 */
export const layer = (
  options?: Options
): Layer.Layer<WebApi, never, SpotifyConfig | SessionService | HttpClient.HttpClient> =>
  Layer.scoped(WebApi, make(options))

/** A group over the program's client, made once for each, since it gathers the calls that share a request. @internal */
export const group = <Group extends object>(
  makeGroup: (execute: Endpoint.Execute) => Group
): Effect.Effect<Group, never, WebApi> => {
  const made = new WeakMap<Execute.Interpreter, Group>()
  return Effect.map(WebApi, ({ interpreter }) => {
    const known = made.get(interpreter)
    if (known !== undefined) {
      return known
    }
    const first = makeGroup(Execute.documented(interpreter).execute)
    made.set(interpreter, first)
    return first
  })
}
