import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as WebBody from "./webBody.js"

/** Reads a body as text, or none if it is longer than `limit` bytes after decompression. */
export interface ReadText {
  (limit: number): Effect.Effect<Option.Option<string>, HttpClientError.ResponseError>
}

/** Where a response keeps a {@link ReadText} of its own, which spares the stream. */
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
      // An empty body has no stream at all with some transports
      Effect.catchIf(
        (error) => error.reason === "EmptyBody",
        () => Effect.succeedSome("")
      )
    )
  })

/**
 * The body as text, or none if it is longer than `limit` bytes after decompression; reading stops there.
 * Bytes that are not UTF-8 become U+FFFD, so that the parser after it, not this, says what is wrong.
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
