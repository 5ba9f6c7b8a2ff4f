import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type * as Undici from "undici"
import * as Direct from "../../http/exchange.js"
import { foreignCause } from "../../foreignCause.js"
import { dispatch, headersOf, type Payload } from "./dispatch.js"
import { requestFailed } from "./requestFailed.js"
import { NodeResponse } from "./response.js"
import { targetOf } from "./target.js"
import { WholeAnswer } from "./wholeAnswer.js"

type Request = HttpClientRequest.HttpClientRequest

const interrupted = new Error("the request was interrupted")

const invalidUrl = (request: Request, cause: unknown) =>
  new HttpClientError.RequestError({ request, reason: "InvalidUrl", cause: foreignCause(cause) })

/** A body that is available at once, or undefined for one that needs another step. */
const payloadOf = (body: HttpBody.HttpBody): Payload | undefined => {
  switch (body._tag) {
    case "Empty":
      return null
    case "Uint8Array":
      return body.body
    case "Raw":
      // The caller's own value: undici refuses what it cannot send
      return body.body as Payload
    case "FormData":
    case "Stream":
      return undefined
  }
}

/** Runs `use` with the request and with its body in undici's form. */
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
        // undici's types omit a form that its documentation lists: any async iterable
        use(request, Stream.toAsyncIterableRuntime(body.stream, runtime) as unknown as Payload)
      )
    case "FormData":
      // undici does not accept the platform's `FormData`. `Response` encodes it and sets the boundary in a
      // header
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
          onFailure: (cause, started) => resume(Effect.fail(requestFailed(request, cause, started)))
        })
        return Effect.sync(() => exchange.abort(interrupted))
      })
    )
  }

/** Sends a request and reads its whole answer in one step of the fiber. */
const direct =
  (dispatcher: Undici.Dispatcher): Direct.Exchange =>
  (request, bounds) => {
    const target = targetOf(request)
    if (Either.isLeft(target)) {
      return Effect.fail({ _tag: "Request", error: invalidUrl(request, target.left) })
    }
    return withPayload(request, (sent, payload) =>
      // A mask and a handler cost less than half of the finalizer that `Effect.async` makes from a canceler
      Effect.uninterruptibleMask((restore) => {
        const answer = new WholeAnswer(request, bounds)
        const millis = Duration.toMillis(bounds.timeout)
        const arrived = Effect.async<Direct.Exchanged, Direct.Failure>((resume) =>
          answer.start(dispatcher, target.right, payload, headersOf(sent), millis, resume)
        )
        return Effect.catchAllCause(restore(arrived), (cause) => {
          answer.abort(interrupted)
          return Effect.failCause(cause)
        })
      })
    )
  }

/** The client over a dispatcher. The caller closes the dispatcher. */
export const make = (dispatcher: Undici.Dispatcher, patience: number): HttpClient.HttpClient =>
  Object.assign(
    HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
      Effect.flatMap(execute(dispatcher, patience)),
      Effect.succeed
    ),
    { [Direct.Direct]: direct(dispatcher) }
  )
