import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

const limit = 1024 * 1024

/**
 * A longer body is read and discarded up to here: stopping early would close the connection before the
 * answer.
 */
const patience = 32 * limit

/** The body as text, or none if it is longer than 1 MiB or incomplete. */
export const readText = (
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<Option.Option<string>> =>
  Effect.suspend(() => {
    // A web request without a body has no stream, which the platform reports as an error
    if (request.source instanceof Request && request.source.body === null) {
      return Effect.succeedSome("")
    }
    const decoder = new TextDecoder()
    let size = 0
    let text = ""
    return request.stream.pipe(
      Stream.takeWhile((bytes) => {
        size += bytes.length
        return size <= patience
      }),
      Stream.runForEach((bytes) =>
        Effect.sync(() => {
          text = size > limit ? "" : text + decoder.decode(bytes, { stream: true })
        })
      ),
      Effect.map(() => (size > limit ? Option.none() : Option.some(text + decoder.decode()))),
      Effect.orElseSucceed(Option.none<string>)
    )
  })

/** The media type of the request, in lower case and without parameters. */
export const contentType = (request: HttpServerRequest.HttpServerRequest): string =>
  (request.headers["content-type"] ?? "").split(";", 1).join("").trim().toLowerCase()
