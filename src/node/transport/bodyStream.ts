import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Body, Reader } from "./body.js"
import { type codingOf, decompressor } from "./bytes.js"

/** How many bytes may wait for the consumer before the socket is paused. */
const mark = 64 * 1024

type Item = Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<unknown>>

/** Bytes between a producer with back pressure and a consumer that pulls. */
class Pipe {
  private chunks: Array<Uint8Array> = []
  private size = 0
  private last: Item | undefined
  private waiting: ((item: Item) => void) | undefined

  private readonly resume: () => void

  constructor(resume: () => void) {
    this.resume = resume
  }

  /** Returns whether there is room for more. */
  offer(bytes: Uint8Array): boolean {
    this.chunks.push(bytes)
    this.size += bytes.length
    this.wake()
    return this.size < mark
  }

  end(): void {
    this.finish(Effect.fail(Option.none()))
  }

  fail(cause: unknown): void {
    this.finish(Effect.fail(Option.some(cause)))
  }

  readonly pull: Item = Effect.async((resume) => {
    this.waiting = resume
    this.wake()
    return Effect.sync(() => {
      this.waiting = undefined
    })
  })

  private finish(item: Item): void {
    this.last ??= item
    this.wake()
  }

  private wake(): void {
    const { chunks, last, waiting } = this
    if (waiting === undefined) {
      return
    }
    if (chunks.length > 0) {
      this.waiting = undefined
      this.chunks = []
      const full = this.size >= mark
      this.size = 0
      waiting(Effect.succeed(Chunk.unsafeFromArray(chunks)))
      if (full) {
        this.resume()
      }
    } else if (last !== undefined) {
      this.waiting = undefined
      waiting(last)
    }
  }
}

const plain = (body: Body): readonly [Reader, Pipe, () => void] => {
  const pipe = new Pipe(() => body.resume())
  const reader: Reader = {
    onChunk: (bytes) => pipe.offer(bytes),
    onEnd: () => pipe.end(),
    onFailure: (cause) => pipe.fail(cause)
  }
  return [reader, pipe, () => {}]
}

const decompressed = (
  body: Body,
  coding: NonNullable<ReturnType<typeof codingOf>>
): readonly [Reader, Pipe, () => void] => {
  const undo = decompressor(coding)
  const pipe = new Pipe(() => undo.resume())
  undo.on("data", (bytes: Uint8Array) => {
    if (!pipe.offer(bytes)) {
      undo.pause()
    }
  })
  undo.on("drain", () => body.resume())
  undo.on("end", () => pipe.end())
  undo.on("error", (cause: unknown) => {
    pipe.fail(cause)
    body.abort()
  })
  const reader: Reader = {
    onChunk: (bytes) => undo.write(bytes),
    onEnd: () => undo.end(),
    onFailure: (cause) => pipe.fail(cause)
  }
  return [reader, pipe, () => undo.destroy()]
}

/** Streams the body chunk by chunk. If the consumer stops early, the socket is closed. */
export const make = <E>(
  body: Body,
  coding: ReturnType<typeof codingOf>,
  unreadable: (cause: unknown) => E
): Stream.Stream<Uint8Array, E> =>
  Stream.mapError(
    Stream.fromPull(
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const [reader, pipe, close] = coding === undefined ? plain(body) : decompressed(body, coding)
            if (!body.read(reader)) {
              pipe.fail(new Error("the body was read before"))
              return { pipe, close }
            }
            return {
              pipe,
              close: () => {
                body.abort()
                close()
              }
            }
          }),
          ({ close }) => Effect.sync(close)
        ),
        ({ pipe }) => pipe.pull
      )
    ),
    unreadable
  )
