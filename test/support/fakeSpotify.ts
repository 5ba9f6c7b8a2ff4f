import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** One request as a server sees it. */
export interface Seen {
  readonly method: string
  readonly url: URL
  readonly headers: Record<string, string>
  readonly body: string
  readonly form: URLSearchParams
}

export type Handler = (request: Seen) => Effect.Effect<Response, HttpClientError.HttpClientError>

export const json = (body: unknown, init?: ResponseInit): Response =>
  new Response(JSON.stringify(body), {
    ...init,
    headers: { "content-type": "application/json", ...(init?.headers as Record<string, string> | undefined) }
  })

/** A connection that breaks, with the error a Node transport gives. */
export const broken = (code: string) => (request: Seen) =>
  Effect.fail(
    new HttpClientError.RequestError({
      request: HttpClientRequest.get(request.url),
      reason: "Transport",
      cause: Object.assign(new Error(`connect ${code}`), { code })
    })
  )

/** An `HttpClient` that answers from a function, so that a test holds every byte in its hand. */
export const client = (handler: Handler): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const response = yield* handler({
        method: request.method,
        url,
        headers: { ...request.headers },
        body,
        form: new URLSearchParams(body)
      })
      return HttpClientResponse.fromWeb(request, response)
    })
  )

export const layer = (handler: Handler): Layer.Layer<HttpClient.HttpClient> =>
  Layer.succeed(HttpClient.HttpClient, client(handler))
