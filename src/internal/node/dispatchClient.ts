import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { IncomingHttpHeaders } from "node:http"
import { clearTimeout, setTimeout } from "node:timers"
import type * as Undici from "undici"
import * as Direct from "../http/exchange.js"
import { unsent } from "../http/transportFailure.js"
import * as Bytes from "./bytes.js"
import { dispatch, type Payload } from "./dispatch.js"
import { NodeResponse } from "./response.js"
import { targetOf } from "./target.js"

type Request = HttpClientRequest.HttpClientRequest

const interrupted = new Error("the request was interrupted")

const failure = (request: Request, cause: Error, started: boolean): HttpClientError.RequestError => {
  // What undici says of options it cannot use, such as a header with a line break
  const invalid = "code" in cause && cause.code === "UND_ERR_INVALID_ARG"
  const error = new HttpClientError.RequestError({
    request,
    reason: invalid ? "Encode" : "Transport",
    cause
  })
  return started ? error : unsent(error)
}

const invalidUrl = (request: Request, cause: unknown) =>
  new HttpClientError.RequestError({ request, reason: "InvalidUrl", cause })

/** A body that is there already, or undefined for one that takes a step of its own. */
const payloadOf = (body: HttpBody.HttpBody): Payload | undefined => {
  switch (body._tag) {
    case "Empty":
      return null
    case "Uint8Array":
      return body.body
    case "Raw":
      // Whatever the caller has: undici refuses what it cannot send
      return body.body as Payload
    case "FormData":
    case "Stream":
      return undefined
  }
}

/** Runs `use` with the request and its body as undici takes them. */
const withPayload = <A, E>(
  request: Request,
  use: (request: Request, payload: Payload) => Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  const { body } = request
  const payload = payloadOf(body)
  if (payload !== undefined) {
    return use(request, payload)
  }
  switch (body._tag) {
    case "Stream":
      return Effect.flatMap(Effect.runtime(), (runtime) =>
        // The types of undici leave out what its documents list: any async iterable
        use(request, Stream.toAsyncIterableRuntime(body.stream, runtime) as unknown as Payload)
      )
    case "FormData":
      // undici knows its own forms only, not those of the platform, which names the boundary in a header
      return Effect.flatMap(
        Effect.sync(() => new Response(body.formData)),
        (encoded) =>
          Effect.flatMap(
            Effect.promise(() => encoded.arrayBuffer()),
            (bytes) =>
              use(
                HttpClientRequest.setHeader(
                  request,
                  "content-type",
                  encoded.headers.get("content-type") ?? "multipart/form-data"
                ),
                new Uint8Array(bytes)
              )
          )
      )
    default:
      return use(request, null)
  }
}

const execute =
  (dispatcher: Undici.Dispatcher, patience: number) =>
  (
    request: Request
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
    const target = targetOf(request)
    if (Either.isLeft(target)) {
      return Effect.fail(invalidUrl(request, target.left))
    }
    return withPayload(request, (sent, payload) =>
      Effect.async((resume) => {
        const exchange = dispatch(dispatcher, patience, sent, target.right, payload, {
          onAnswer: (status, headers, body) =>
            resume(Effect.succeed(new NodeResponse(request, status, headers, body))),
          onFailure: (cause, started) => resume(Effect.fail(failure(request, cause, started)))
        })
        return Effect.sync(() => exchange.abort(interrupted))
      })
    )
  }

/** A header that comes more than once has its values in a list, as `set-cookie` does. */
const single = (headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> => {
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (Array.isArray(value)) {
      return Object.fromEntries(
        Object.entries(headers).map(([key, of]) => [key, Array.isArray(of) ? of.join(", ") : of])
      )
    }
  }
  // None of its values is a list
  return headers as Readonly<Record<string, string | undefined>>
}

const late = new Error("the exchange took too long")

/** Node's timers hold no longer time, in milliseconds; what is longer needs no timer. */
const longest = 2 ** 31

/**
 * A request and its whole answer in one step of the fiber. The timer is Node's own, which costs a hundredth
 * of a fiber that sleeps.
 */
const direct =
  (dispatcher: Undici.Dispatcher, patience: number): Direct.Exchange =>
  (request, { limit, timeout }) => {
    const target = targetOf(request)
    if (Either.isLeft(target)) {
      return Effect.fail({ _tag: "Request", error: invalidUrl(request, target.left) })
    }
    return withPayload(request, (sent, payload) =>
      Effect.async((resume) => {
        let timer: ReturnType<typeof setTimeout> | undefined
        const settle = (effect: Effect.Effect<Direct.Exchanged, Direct.Failure>) => {
          clearTimeout(timer)
          resume(effect)
        }
        const exchange = dispatch(dispatcher, patience, sent, target.right, payload, {
          onFailure: (cause, started) =>
            settle(Effect.fail({ _tag: "Request", error: failure(request, cause, started) })),
          onAnswer: (status, headers, body) => {
            body.read(
              Bytes.gather(
                Bytes.codingOf(headers["content-encoding"]),
                limit(status),
                {
                  onDone: (chunks) =>
                    settle(
                      Effect.succeed({
                        status,
                        headers: single(headers),
                        body: chunks === undefined ? Option.none() : Option.some(Bytes.textOf(chunks))
                      })
                    ),
                  onFailure: (cause) => {
                    const response = new NodeResponse(request, status, headers, body)
                    settle(Effect.fail({ _tag: "Body", error: response.unreadable(cause) }))
                  }
                },
                () => body.abort()
              )
            )
          }
        })
        const millis = Duration.toMillis(timeout)
        if (millis < longest) {
          // @effect-diagnostics-next-line globalTimers:off -- below Effect: a callback of the dispatcher arms it
          timer = setTimeout(() => {
            exchange.abort(late)
            resume(Effect.fail({ _tag: "Timeout" }))
          }, millis)
        }
        return Effect.sync(() => {
          clearTimeout(timer)
          exchange.abort(interrupted)
        })
      })
    )
  }

/** The client over a dispatcher, which stays the caller's to close. */
export const make = (dispatcher: Undici.Dispatcher, patience: number): HttpClient.HttpClient =>
  Object.assign(
    HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
      Effect.flatMap(execute(dispatcher, patience)),
      Effect.succeed
    ),
    { [Direct.Direct]: direct(dispatcher, patience) }
  )
