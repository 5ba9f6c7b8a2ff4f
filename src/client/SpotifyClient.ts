/**
 * Spotify's Web API, with a token from the session.
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
import * as Scopes from "../accounts/Scope.js"
import * as Decode from "./decode/decode.js"
import type * as CallOptions from "./CallOptions.js"
import * as Endpoint from "./call/endpoint.js"
import * as Retry from "./call/retry.js"
import * as Execute from "./call/execute.js"
import { type Groups, make as groups } from "./groups.js"
import { MissingScopes, type ScopedGroup } from "./scopedClient.js"
import type { ScopedOperations } from "./scopedOperations.js"
import * as RateGate from "./RateGate.js"
import { ResponseCache } from "./ResponseCache.js"
import { SessionService } from "../session/SessionService.js"
import type { SpotifyConfig } from "../accounts/SpotifyConfig.js"
import type { SessionError } from "../session/Session.js"
import type { SpotifyError } from "./SpotifyError.js"

/**
 * The groups of the Web API. Parameters and results have Spotify's own names. Lists are streams that fetch
 * as they are taken; next to each is a method for a single page.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends Groups {
  /**
   * Any other operation, or a known one with a schema of your own. It has what the methods have: token,
   * renewal, rate limits, errors.
   */
  readonly execute: <A, I>(request: Request<A, I>) => Effect.Effect<A, SpotifyError>
  /** What the selected session's user granted, as far as it is known: see `SessionService.scopes`. */
  readonly grantedScopes: Effect.Effect<Option.Option<ReadonlyArray<Scopes.Scope>>, SessionError>
  /** What is held back by Spotify's limits, and until when. */
  readonly status: Effect.Effect<RateGate.Status>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class SpotifyClient extends Context.Tag("effect-spotify/SpotifyClient")<SpotifyClient, Service>() {
  /**
   * What the effect gives, with the service: `SpotifyClient.use((spotify) => …)`.
   *
   * @since 0.1.0
   */
  static readonly use = <A, E, R>(
    f: (service: Service) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R | SpotifyClient> => Effect.flatMap(SpotifyClient, f)
}

/**
 * A request that no method makes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request<A, I> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** Below the Web API's address, with parameters in braces, such as `/browse/categories/{id}`. */
  readonly path: `/${string}`
  /** For the braces of the path; percent-encoded. */
  readonly params?: Record<string, string> | undefined
  /** Lists are joined by commas, undefined members are left out. */
  readonly query?: Record<string, string | number | boolean | ReadonlyArray<string> | undefined> | undefined
  /** Sent as JSON. */
  readonly body?: unknown
  /** What the answer is. */
  readonly schema: Schema.Schema<A, I>
}

/**
 * An answer that deviates from Spotify's documentation, yet decodes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Drift {
  /** Such as `albums.get`. */
  readonly operation: string
  /** Such as `GET /albums/{id}`. */
  readonly route: string
  /** Where in the answer. */
  readonly path: string
  /**
   * - `UnknownValue`: an enumeration does not list it
   * - `UndocumentedNull`: null where none is documented
   * - `UnknownMember`: it is not documented
   * - `MissingMember`: it is absent, though it ought to be there
   * - `WrongType`: it is taken for absent, or for the number that its text says
   * - `OmittedEntry`: nothing can be made of the entry, and the list goes on without it
   */
  readonly kind:
    "UnknownValue" | "UndocumentedNull" | "UnknownMember" | "MissingMember" | "WrongType" | "OmittedEntry"
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long one attempt may take. @default 30 seconds */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * How long one call may take in all, with its waits and further attempts. Once set, here or for single calls,
   * it ends the wait for a refresh or the token store too: `waitedFor` of `ServiceUnavailable` says what it was.
   * A method that makes many requests has this time for all of them, and a stream for each of its pages.
   * @default 2 minutes for each request
   */
  readonly totalTimeout?: Duration.DurationInput | undefined
  /**
   * When calls are tried again after a failure that may pass: no connection, a lost answer, 500, 502, 503 or
   * 504. By what a repeated call does: `safe` ones read, `idempotent` ones change nothing more, `command`s do
   * it twice and are only repeated when the request surely never left. `false` is never. A read whose answer
   * is empty or cut is asked for once more, unless its kind is never tried again. See
   * {@link CallOptions} for single calls. @default three more tries within about two seconds, each wait cut
   * by up to half at random
   */
  readonly retry?:
    | {
        readonly safe?: CallOptions.Retry | false | undefined
        readonly idempotent?: CallOptions.Retry | false | undefined
        readonly command?: CallOptions.Retry | false | undefined
      }
    | undefined
  /**
   * Requests at the same time, unless the program provides a `RateGate`. Sessions take turns. @default 64
   */
  readonly concurrency?: number | undefined
  /**
   * How long a call may wait for Spotify's rate limit in all. A longer `Retry-After`, which can be hours,
   * fails at once with `RateLimited`. @default 30 seconds
   */
  readonly maxRateLimitWait?: Duration.DurationInput | undefined
  /**
   * `lenient` accepts what Spotify sends that its documentation does not mention. `strict` fails with `DecodeError` on
   * it, for a check in CI; a command that was done still succeeds, and is only reported. @default "lenient"
   */
  readonly decoding?: "lenient" | "strict" | undefined
  /**
   * Whether a call fails with `Forbidden`, reason `InsufficientScope`, before it is sent, if it needs a scope
   * that the user is known not to have granted. What a session cannot say is left to Spotify. @default true
   */
  readonly checkScopes?: boolean | undefined
  /**
   * Whether `get`s of one kind that run at the same time share one request, for apps declared to be in
   * extended quota mode; it has no effect on others. Never across sessions or markets. Calls that begin in
   * the same turn of the event loop are gathered, or those within a `window` that each then waits out.
   * `getMany` is faster where the ids are known together. @default false
   */
  readonly batching?: boolean | { readonly window: Duration.DurationInput } | undefined
  /**
   * Told about each deviation. Looking for them costs about as much as decoding; without this, only those of
   * answers that had to be mended are counted.
   */
  readonly onDrift?: ((drift: Drift) => Effect.Effect<void>) | undefined
}

const batchWindow = (batching: Options["batching"]): number | undefined =>
  typeof batching === "object" ? Duration.toMillis(batching.window) : batching === true ? 0 : undefined

const custom =
  (interpreter: Execute.Interpreter) =>
  <A, I>({ body, method, params, path, query, schema }: Request<A, I>): Effect.Effect<A, SpotifyError> =>
    interpreter.executeParts(
      Endpoint.json(schema)<never>({ operationId: "", group: "client", name: "execute", method, path }),
      { path: params ?? {}, query: query ?? {}, body }
    )

/**
 * See {@link layer}. Requests that callers share end with the scope.
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
    const gate = Option.isSome(shared)
      ? shared.value
      : yield* RateGate.make({ concurrency: options.concurrency })
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
      ...groups(interpreter.execute),
      execute: custom(interpreter),
      grantedScopes: session.scopes,
      status: gate.status
    }
  })

/**
 * The client over a session. Build it once, at the edge of the program.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
 * import * as Layer from "effect/Layer"
 *
 * const MainLayer = SpotifyClient.layer().pipe(
 *   Layer.provide(SessionService.layerClientCredentials()),
 *   Layer.provide([TokenStore.layerMemory, SpotifyConfig.layerConfig(), FetchHttpClient.layer])
 * )
 * ```
 */
export const layer = (
  options?: Options
): Layer.Layer<SpotifyClient, never, SpotifyConfig | SessionService | HttpClient.HttpClient> =>
  Layer.scoped(SpotifyClient, make(options))

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  MissingScopes,
  /**
   * @since 0.1.0
   * @category combinators
   */
  requiredScopes,
  /**
   * @since 0.1.0
   * @category models
   */
  type MissingScope,
  /**
   * @since 0.1.0
   * @category models
   */
  type Operation,
  /**
   * @since 0.1.0
   * @category models
   */
  type RequiredOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  type ScopedGroup,
  /**
   * @since 0.1.0
   * @category models
   */
  type ScopeOf
} from "./scopedClient.js"

/**
 * The client, with {@link MissingScope} in place of each method whose scopes are not among `S`. One with more
 * scopes can be given where one with fewer is wanted, and so can the whole client.
 *
 * @since 0.1.0
 * @category models
 * @example
 * ```ts
 * import type { SpotifyClient } from "effect-spotify"
 * import * as Stream from "effect/Stream"
 *
 * const favourites = (spotify: SpotifyClient.Scoped<"user-top-read">) =>
 *   Stream.take(spotify.me.topTracks(), 10)
 * ```
 */
export type Scoped<in S extends string> = {
  readonly [Group in keyof Service]: Group extends keyof ScopedOperations
    ? ScopedGroup<Group, S>
    : Service[Group]
}

/**
 * The client of the selected session, typed by these scopes: a method that needs another one does not
 * compile. They are checked once, here. Where it is not known what was granted, with the app's own session
 * or a token that came without its scopes, nothing is checked and Spotify decides at each call.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { SpotifyClient } from "effect-spotify"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function* () {
 *   const spotify = yield* SpotifyClient.withScopes("user-top-read", "user-library-read")
 *   // spotify.player.pause() would not compile: Type 'MissingScope<"user-modify-playback-state">' has no
 *   // call signatures
 *   return yield* Stream.runCollect(spotify.me.topTracks())
 * })
 * ```
 */
export const withScopes: {
  <const S extends Scopes.DocumentedScope = never>(
    ...scopes: ReadonlyArray<S>
  ): Effect.Effect<Scoped<S>, MissingScopes | SessionError, SpotifyClient>
  // With the documented ones in a signature of their own, editors complete them
  <const S extends Scopes.Scope>(
    ...scopes: ReadonlyArray<S>
  ): Effect.Effect<Scoped<S>, MissingScopes | SessionError, SpotifyClient>
} = <S extends Scopes.Scope>(
  ...scopes: ReadonlyArray<S>
): Effect.Effect<Scoped<S>, MissingScopes | SessionError, SpotifyClient> =>
  Effect.flatMap(SpotifyClient, (client) =>
    Effect.flatMap(client.grantedScopes, (known) => {
      const granted = Option.getOrElse(known, () => scopes)
      const missing = Scopes.missing(scopes, granted)
      return missing.length === 0
        ? // The same client: its type has fewer methods, as the compiler sees only once S is known
          Effect.succeed(client as Scoped<S>)
        : Effect.fail(new MissingScopes({ missing, granted }))
    })
  )
