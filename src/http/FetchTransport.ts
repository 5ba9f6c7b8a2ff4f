/**
 * An `HttpClient` over `fetch`, for pages, edge runtimes, Bun, Deno, and programs on Node without `undici`. It
 * makes no span, no second copy of the headers and no registration with the collector for a request, which the
 * platform's `FetchHttpClient` does. On Node, `NodeTransport` is faster still.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Direct from "./exchange.js"
import { FetchAnswer } from "./fetchAnswer.js"
import * as FetchCall from "./fetchCall.js"
import { FetchResponse } from "./fetchResponse.js"
import * as Timed from "./timed.js"

type Request = HttpClientRequest.HttpClientRequest

const execute =
  (own: FetchCall.Own) =>
  (request: Request): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
    FetchCall.withBody(request, (body) =>
      Effect.withFiberRuntime((fiber) => {
        const call = FetchCall.make(own, fiber, request, body)
        return Either.isLeft(call)
          ? Effect.fail(call.left)
          : Effect.async((resume) => {
              const controller = new AbortController()
              FetchCall.start(call.right, controller.signal).then(
                (source) => resume(Effect.succeed(new FetchResponse(request, source, controller))),
                (cause: unknown) => resume(Effect.fail(FetchCall.refused(request, call.right, cause)))
              )
              return Effect.sync(() => controller.abort())
            })
      })
    )

/** Sends a request and reads its whole answer in one step of the fiber. */
const direct =
  (own: FetchCall.Own): Direct.Exchange =>
  (request, bounds) =>
    FetchCall.withBody(request, (body) =>
      Effect.withFiberRuntime((fiber) => {
        const call = FetchCall.make(own, fiber, request, body)
        if (Either.isLeft(call)) {
          return Effect.fail<Direct.Failure>({ _tag: "Request", error: call.left })
        }
        call.right.init.redirect = "manual"
        const millis = Duration.toMillis(bounds.timeout)
        const onTimeout = (): Direct.Failure => ({ _tag: "Timeout" })
        // A mask and a handler cost less than half of the finalizer that `Effect.async` makes from a canceler
        const exchanged = (timeout: number | undefined) =>
          Effect.uninterruptibleMask((restore) => {
            const answer = new FetchAnswer(request, call.right, bounds)
            const arrived = Effect.async<Direct.Exchanged, Direct.Failure>((resume) =>
              answer.start(timeout, resume)
            )
            return Effect.catchAllCause(restore(arrived), (cause) => {
              answer.abort()
              return Effect.failCause(cause)
            })
          })
        return Timed.isTimer(fiber, millis)
          ? exchanged(millis)
          : Effect.timeoutFail(exchanged(undefined), { duration: bounds.timeout, onTimeout })
      })
    )

/**
 * The client without a layer.
 *
 * - A redirect is returned like any other answer. None is followed, unless `RequestInit` says so; this package
 *   follows none even then.
 * - It makes no span and sends no trace headers. This package makes its spans at a higher level.
 * - Interrupting a request, or the reading of its answer, aborts it.
 * - The platform's `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` replace the global `fetch` and add
 *   options to every request. They are taken from the context of the request, or of this effect.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<HttpClient.HttpClient> = Effect.gen(function* () {
  const fetch = yield* Effect.serviceOption(FetchHttpClient.Fetch)
  const init = yield* Effect.serviceOption(FetchHttpClient.RequestInit)
  const own = { fetch: Option.getOrUndefined(fetch), init: Option.getOrUndefined(init) }
  return Object.assign(
    HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
      Effect.flatMap(execute(own)),
      Effect.succeed
    ),
    { [Direct.Direct]: direct(own) }
  )
})

/**
 * The transport to use where there is `fetch`.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { FetchTransport, SessionService, SpotifyClient, SpotifyConfig, TokenStore } from "effect-spotify"
 * import * as Layer from "effect/Layer"
 *
 * const MainLayer = SpotifyClient.layer().pipe(
 *   Layer.provide(SessionService.layerClientCredentials()),
 *   Layer.provide([TokenStore.layerMemory, SpotifyConfig.layerConfig(), FetchTransport.layer])
 * )
 * ```
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.effect(HttpClient.HttpClient, make)
