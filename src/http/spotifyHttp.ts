import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** Sends one request to a Spotify host. */
export interface Send {
  (
    request: HttpClientRequest.HttpClientRequest
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
}

/**
 * The program's client, made safe for requests with secrets. It follows no redirects, which would carry the
 * secrets to another host. It sends no trace headers, which fail the CORS check of Spotify's hosts in a
 * browser.
 */
export const make: Effect.Effect<Send, never, HttpClient.HttpClient> = Effect.gen(function* () {
  const client = (yield* HttpClient.HttpClient).pipe(
    HttpClient.withTracerPropagation(false),
    // Its span would record the full URL and every response header; callers make their own spans
    HttpClient.withTracerDisabledWhen(() => true)
  )
  const init = yield* Effect.serviceOption(FetchHttpClient.RequestInit)
  const manual: globalThis.RequestInit = { ...Option.getOrElse(init, () => ({})), redirect: "manual" }
  return (request) => Effect.provideService(client.execute(request), FetchHttpClient.RequestInit, manual)
})

/** Whether the answer is a redirect. A browser reports a redirect that was not followed as status 0. */
export const isRedirect = (status: number): boolean =>
  status === 0 || (status >= 300 && status < 400 && status !== 304)
