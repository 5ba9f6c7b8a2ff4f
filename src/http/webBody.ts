import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { foreignCause } from "../foreignCause.js"

/**
 * The fetch `Response` inside the platform's response, if it is where this version of the platform keeps it.
 * Any other response is read as a stream. For a body of one chunk, an Effect stream costs several times as
 * much as fetch itself (bench row `request/…/share`).
 */
export const webResponseOf = (response: HttpClientResponse.HttpClientResponse): Response | undefined => {
  const inner = Predicate.hasProperty(response, "original") ? response.original : response
  return Predicate.hasProperty(inner, "source") && inner.source instanceof Response ? inner.source : undefined
}

/** Reads the body of a fetch response as text, and stops with none once it exceeds `limit` bytes. */
export const readText = (
  response: HttpClientResponse.HttpClientResponse,
  source: Response,
  limit: number
): Effect.Effect<Option.Option<string>, HttpClientError.ResponseError> =>
  Effect.async((resume) => {
    if (source.body === null) {
      resume(Effect.succeedSome(""))
      return
    }
    const failed = (cause: unknown) =>
      resume(
        Effect.fail(
          new HttpClientError.ResponseError({
            request: response.request,
            response,
            reason: "Decode",
            cause: foreignCause(cause)
          })
        )
      )
    if (source.body.locked) {
      failed(new TypeError("the body was read before"))
      return
    }
    const reader = source.body.getReader()
    const decoder = new TextDecoder()
    let size = 0
    let text = ""
    const leave = () => reader.cancel().then(undefined, () => {})
    const take = ({ done, value }: ReadableStreamReadResult<Uint8Array>): void => {
      if (done) {
        resume(Effect.succeedSome(text + decoder.decode()))
        return
      }
      size += value.length
      if (size > limit) {
        void leave()
        resume(Effect.succeedNone)
        return
      }
      text += decoder.decode(value, { stream: true })
      reader.read().then(take, failed)
    }
    reader.read().then(take, failed)
    return Effect.promise(leave)
  })
