import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
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

/**
 * Whole chunks are decoded at once: Node 20's `TextDecoder` is slow to make, and slow for parts of a text. A
 * decoder keeps nothing between whole texts, so one is enough.
 */
let decoder: TextDecoder | undefined

const textOf = (chunks: ReadonlyArray<Uint8Array>, size: number): string => {
  decoder ??= new TextDecoder()
  const [first] = chunks
  if (chunks.length === 1) {
    return decoder.decode(first)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return decoder.decode(whole)
}

/** A body that is being read. */
export interface Reading {
  /** Gives up the rest. */
  readonly cancel: () => Promise<void>
}

/** Reads the chunks of a body one by one, until `add` says that it may not go on. */
export type ReadChunks = (
  body: ReadableStream<Uint8Array>,
  add: (chunk: Uint8Array) => boolean,
  onEnd: () => void,
  onFailure: (cause: unknown) => void
) => ReadableStreamGenericReader

/** Takes the buffers that the body makes. */
export const takeBuffers: ReadChunks = (body, add, onEnd, onFailure) => {
  const reader = body.getReader()
  const taken = ({ done, value }: ReadableStreamReadResult<Uint8Array>): void => {
    if (done) {
      onEnd()
    } else if (add(value)) {
      next()
    }
  }
  const next = (): void => void reader.read().then(taken, onFailure)
  next()
  return reader
}

/**
 * Reads a body to its end. `onText` gets nothing if the body is longer than `limit` bytes, and then leaves the
 * rest to the caller.
 */
export const read = (
  body: ReadableStream<Uint8Array>,
  limit: number,
  onText: (text: string | undefined) => void,
  onFailure: (cause: unknown) => void,
  readChunks: ReadChunks = takeBuffers
): Reading => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  const add = (chunk: Uint8Array): boolean => {
    size += chunk.length
    if (size > limit) {
      onText(undefined)
      return false
    }
    chunks.push(chunk)
    return true
  }
  const reader = readChunks(body, add, () => onText(textOf(chunks, size)), onFailure)
  return { cancel: () => reader.cancel().then(undefined, () => {}) }
}

export const readBefore = (): TypeError => new TypeError("the body was read before")

/** The error for a body that could not be read. */
export const unreadable = (
  response: HttpClientResponse.HttpClientResponse,
  cause: unknown
): HttpClientError.ResponseError =>
  new HttpClientError.ResponseError({
    request: response.request,
    response,
    reason: "Decode",
    cause: foreignCause(cause)
  })

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
    if (source.body.locked) {
      resume(Effect.fail(unreadable(response, readBefore())))
      return
    }
    const reading = read(
      source.body,
      limit,
      (text) => {
        if (text === undefined) {
          void reading.cancel()
        }
        resume(Effect.succeed(Option.fromNullable(text)))
      },
      (cause) => resume(Effect.fail(unreadable(response, cause)))
    )
    return Effect.promise(reading.cancel)
  })
