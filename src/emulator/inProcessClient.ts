import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Handler } from "./emulatorApp.js"
import * as InProcessMessage from "./inProcessMessage.js"

const noBody: BodyInit | undefined = undefined

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<BodyInit | undefined> => {
  switch (request.body._tag) {
    case "Empty":
      return Effect.succeed(noBody)
    case "Uint8Array":
      return Effect.succeed(new Uint8Array(request.body.body))
    case "FormData":
      return Effect.succeed(request.body.formData)
    case "Raw":
      // A raw body is made for the platform. If the platform does not accept it, the code below fails
      return Effect.succeed(request.body.body as BodyInit)
    case "Stream":
      return Stream.toReadableStreamEffect(request.body.stream)
  }
}

const transportError = (request: HttpClientRequest.HttpClientRequest, description: string, cause?: unknown) =>
  new HttpClientError.RequestError({ request, reason: "Transport", description, cause })

const toWeb = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL
): Effect.Effect<Request, HttpClientError.RequestError> =>
  Effect.flatMap(bodyOf(request), (body) =>
    Effect.try({
      try: () => {
        // The platform requires `duplex` for a streaming body, but the DOM types lack it
        const init: RequestInit & { readonly duplex?: "half" } = {
          method: request.method,
          headers: request.headers,
          ...(body === undefined ? {} : { body, duplex: "half" })
        }
        return new Request(url, init)
      },
      catch: (cause) => transportError(request, "the request cannot be sent", cause)
    })
  )

/** An answer whose body fails before its end. */
const brokenOff = (sent: HttpServerResponse.HttpServerResponse): Response => {
  const chunks = sent.body._tag === "Uint8Array" ? [sent.body.body] : []
  const body = new ReadableStream<Uint8Array>({
    // The error waits until the bytes before it are read
    pull: (controller) => {
      const chunk = chunks.shift()
      if (chunk === undefined) {
        controller.error(new TypeError("terminated"))
      } else {
        controller.enqueue(chunk)
      }
    }
  })
  return new Response(body, { status: sent.status, headers: sent.headers })
}

const incoming = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL
): Effect.Effect<HttpServerRequest.HttpServerRequest, HttpClientError.RequestError> =>
  InProcessMessage.isPlainRequest(request)
    ? Effect.succeed(InProcessMessage.request(request, url))
    : Effect.map(toWeb(request, url), HttpServerRequest.fromWeb)

const outgoing = (
  request: HttpClientRequest.HttpClientRequest,
  response: HttpServerResponse.HttpServerResponse
): HttpClientResponse.HttpClientResponse =>
  InProcessMessage.isPlainResponse(response)
    ? InProcessMessage.response(request, response)
    : HttpClientResponse.fromWeb(
        request,
        HttpServerResponse.toWeb(response, { withoutBody: request.method === "HEAD" })
      )

/**
 * A client without sockets. The app runs in the fiber that sends the request, and so under its clock.
 * Requests to origins not in `origins` fail.
 */
export const make = (handler: Handler, origins: ReadonlySet<string>): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    origins.has(url.origin)
      ? Effect.flatMap(incoming(request, url), (received) => handler(received, url)).pipe(
          Effect.map((response) => outgoing(request, response)),
          Effect.catchTag("ConnectionReset", ({ sent }) =>
            sent === undefined
              ? Effect.fail(transportError(request, "the connection was reset"))
              : Effect.succeed(HttpClientResponse.fromWeb(request, brokenOff(sent)))
          )
        )
      : Effect.fail(transportError(request, `the emulator stands in for ${[...origins].join(" and ")} only`))
  )
