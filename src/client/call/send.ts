import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { SpotifyConfig } from "../../accounts/SpotifyConfig.js"
import { ServiceUnavailable } from "../SpotifyError.js"
import type { Endpoint } from "./endpoint.js"
import * as Exchange from "../../http/exchange.js"
import * as TransportFailure from "../../http/transportFailure.js"
import * as Request from "./request.js"
import { requestIdOf } from "./response.js"

/** The largest answers seen, pages of a hundred playlist entries, have about half a megabyte. */
const maxBody = 16 * 1024 * 1024

/** The most that is read of a failure's body. */
const maxProblem = 64 * 1024

/** The answer, whatever its status. */
export interface Answer {
  readonly status: number
  readonly etag: string | undefined
  readonly cacheControl: string | undefined
  readonly authenticate: string | undefined
  readonly retryAfter: string | undefined
  readonly requestId: string | undefined
  readonly body: string
  readonly token: Redacted.Redacted<string>
}

/**
 * Sends one request of a call with a token, and reads the answer within limits of time and size. A command has
 * taken effect as soon as the answer's status says so. `onDone` is then called, whatever happens to the body.
 */
export type Send = (
  endpoint: Endpoint<never, unknown>,
  request: HttpClientRequest.HttpClientRequest,
  timeout: Duration.Duration,
  token: Redacted.Redacted<string>,
  onDone: (answer: Answer) => void
) => Effect.Effect<Answer, ServiceUnavailable>

export const make: Effect.Effect<Send, never, SpotifyConfig | HttpClient.HttpClient> = Effect.gen(
  function* () {
    const config = yield* SpotifyConfig
    const exchange = yield* Exchange.make

    const headers = (token: Redacted.Redacted<string>) => ({
      accept: "application/json",
      authorization: `Bearer ${Redacted.value(token)}`,
      ...Option.match(config.locale, {
        onNone: () => ({}),
        onSome: (locale) => ({ "accept-language": locale })
      })
    })

    return (endpoint, request, timeout, token, onDone) => {
      let done: Answer | undefined
      const onHead = (head: Exchange.Head) => {
        if (isSuccess(head.status)) {
          done = answer(head, "", token)
          onDone(done)
        }
      }
      return Effect.matchEffect(
        exchange(HttpClientRequest.setHeaders(request, headers(token)), {
          timeout,
          limit: limitOf(endpoint),
          onHead: endpoint.idempotency === "safe" ? undefined : onHead
        }),
        {
          onFailure: (failure) =>
            done === undefined ? Effect.fail(transportError(endpoint, failure)) : Effect.succeed(done),
          onSuccess: (found) =>
            Effect.succeed(
              answer(
                found,
                Option.getOrElse(found.body, () => ""),
                token
              )
            )
        }
      )
    }
  }
)

const answer = (
  { header, status }: Exchange.Head,
  body: string,
  token: Redacted.Redacted<string>
): Answer => ({
  status,
  etag: header("etag"),
  cacheControl: header("cache-control"),
  authenticate: header("www-authenticate"),
  retryAfter: header("retry-after"),
  requestId: requestIdOf(header, Redacted.value(token)),
  body,
  token
})

const isSuccess = (status: number) => status >= 200 && status < 300

const transportError = (
  endpoint: Endpoint<never, unknown>,
  failure: Exchange.Failure
): ServiceUnavailable => {
  const call = Request.callOf(endpoint)
  if (failure._tag === "Timeout") {
    return new ServiceUnavailable({ ...call, kind: "Timeout", sent: "unknown" })
  }
  const found = TransportFailure.classify(failure.error)
  return new ServiceUnavailable({
    ...call,
    ...found,
    sent: failure._tag === "Body" ? "unknown" : found.sent
  })
}

const limitOf = (endpoint: Endpoint<never, unknown>) => (status: number) =>
  // A command's body is ignored, but reading it frees the connection
  isSuccess(status) && endpoint.response !== "discard" ? maxBody : maxProblem
