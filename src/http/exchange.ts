import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as BoundedBody from "./boundedBody.js"
import * as SpotifyHttp from "./spotifyHttp.js"
import * as Timed from "./timed.js"

/** How an answer begins. */
export interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** An answer whose body has been read. */
export interface Exchanged extends Head {
  /** None if the body is longer than the limit. */
  readonly body: Option.Option<string>
}

/** How one exchange is bounded. */
export interface Bounds {
  /** How long it may take in all. */
  readonly timeout: Duration.Duration
  /** The most bytes of the body, after decompression, by the answer's status. */
  readonly limit: (status: number) => number
  /** Told before the body is read, for those to whom the body is not all. */
  readonly onHead?: ((head: Head) => void) | undefined
}

/** What became of an exchange that brought no answer; `body`: the answer began, but did not end. */
export type Failure =
  | { readonly _tag: "Timeout" }
  | { readonly _tag: "Request" | "Body"; readonly error: HttpClientError.HttpClientError }

/** A request and the whole of its answer, in one step. */
export interface Exchange {
  (request: HttpClientRequest.HttpClientRequest, bounds: Bounds): Effect.Effect<Exchanged, Failure>
}

/**
 * Where a transport keeps an {@link Exchange} of its own. One that has it makes no span, sends no trace
 * headers and follows no redirect.
 *
 * It buys about half of the processor time of a small request against a response with a stream, a timer
 * fiber and three changes of fiber references (bench row `request`).
 */
export const Direct: unique symbol = Symbol.for("effect-spotify/http/Direct")

interface WithDirect {
  readonly [Direct]?: Exchange
}

/** What any client can do, by its response's stream. */
const generic =
  (send: SpotifyHttp.Send): Exchange =>
  (request, { limit, onHead, timeout }) =>
    Timed.timed(
      Effect.matchEffect(send(request), {
        onFailure: (error) => Effect.fail<Failure>({ _tag: "Request", error }),
        onSuccess: (response) => {
          onHead?.(response)
          return Effect.mapBoth(BoundedBody.readText(response, limit(response.status)), {
            onFailure: (error): Failure => ({ _tag: "Body", error }),
            onSuccess: (body) => ({ status: response.status, headers: response.headers, body })
          })
        }
      }),
      timeout,
      (): Failure => ({ _tag: "Timeout" })
    )

/** The client's own exchange if it has one. A client that was changed by a combinator has none. */
export const make: Effect.Effect<Exchange, never, HttpClient.HttpClient> = Effect.gen(function* () {
  const client = yield* HttpClient.HttpClient
  const send = yield* SpotifyHttp.make
  return (client as WithDirect)[Direct] ?? generic(send)
})
