import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as WebBody from "./webBody.js"

/** Reads a body as text. The result is none if the body is longer than `limit` bytes after decompression. */
export interface ReadText {
  (limit: number): Effect.Effect<Option.Option<string>, HttpClientError.ResponseError>
}

/** The key under which a response may carry its own {@link ReadText}, which avoids the stream. */
export const Bounded: unique symbol = Symbol.for("effect-spotify/http/Bounded")

interface WithBounded {
  readonly [Bounded]?: ReadText
}

const readStream = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number
): Effect.Effect<Option.Option<string>, HttpClientError.ResponseError> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let size = 0
    let text = ""
    return response.stream.pipe(
      Stream.takeWhile((bytes) => {
        size += bytes.length
        return size <= limit
      }),
      Stream.runForEach((bytes) =>
        Effect.sync(() => {
          text += decoder.decode(bytes, { stream: true })
        })
      ),
      Effect.map(() => (size > limit ? Option.none() : Option.some(text + decoder.decode()))),
      // Some transports give an empty body no stream at all
      Effect.catchIf(
        (error) => error.reason === "EmptyBody",
        () => Effect.succeedSome("")
      )
    )
  })

/**
 * Reads the body as text, and stops with none once it exceeds `limit` bytes after decompression. Invalid
 * UTF-8 becomes U+FFFD: the parser that follows reports the error.
 */
export const readText = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number
): Effect.Effect<Option.Option<string>, HttpClientError.ResponseError> => {
  const own = (response as WithBounded)[Bounded]
  if (own !== undefined) {
    return own(limit)
  }
  const source = WebBody.webResponseOf(response)
  return source === undefined ? readStream(response, limit) : WebBody.readText(response, source, limit)
}
